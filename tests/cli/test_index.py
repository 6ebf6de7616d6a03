"""The overview page, from `cnnviz index` and at the end of a run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from html import unescape
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest

from cnnviz.workflows import index
from tests.helpers.commands import Outcome, picture

Invoke = Callable[..., Outcome]

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX only")


def names(page: Path) -> list[str]:
    return [unescape(name) for name in re.findall(r'<span class="name">(.*?)</span>', page.read_text())]


def linked(page: Path) -> list[Path]:
    """Return what the page links to, as files."""
    addresses = re.findall(r'<a href="([^#"]+)"|<img src="(?!data:)([^"]+)"', page.read_text())
    return [page.parent / os.fsdecode(unquote_to_bytes(unescape(a or b))) for a, b in addresses]


@pytest.fixture
def out(cnnviz: Invoke, tmp_path: Path) -> Path:
    """An output folder of two images and a failure."""
    picture(tmp_path / "in/b.png", 1)
    picture(tmp_path / "in/deep/a.png", 2)
    (tmp_path / "in/bad.png").write_bytes(b"no picture")
    assert cnnviz("run", "in", "-c", "stack.yaml", "-o", "out", "--workers", 1).status == 3
    return tmp_path / "out"


def test_a_run_over_several_images_leaves_an_overview(out: Path) -> None:
    page = out / "index.html"
    text = page.read_text()
    assert names(page) == ["b", "deep/a"]
    assert "<title>small: 2 images</title>" in text
    assert "3 layers, 30 parameters, 16x18x1 → 7x8x3" in text
    assert "1 image failed" in text
    assert "no PNG" in text or "not PNG" in text
    assert [path.relative_to(out).as_posix() for path in linked(page)] == [
        "b/01_conv.png",
        "b/report.txt",
        "deep/a/01_conv.png",
        "deep/a/report.txt",
    ]
    assert all(path.is_file() for path in linked(page))
    assert text.count('src="data:image/webp;base64,') == 4
    assert 'alt="pool"' in text
    assert str(out) not in text


def test_one_image_leaves_none(cnnviz: Invoke, tmp_path: Path) -> None:
    assert cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "out").status == 0
    assert not (tmp_path / "out/index.html").exists()


def test_the_page_depends_on_the_folder_alone(cnnviz: Invoke, out: Path) -> None:
    before = (out / "index.html").read_bytes()
    status, said, _ = cnnviz("index", "out")
    assert (status, said) == (0, str(Path("out/index.html")) + "\n")
    assert (out / "index.html").read_bytes() == before
    (out / "index.html").unlink()
    shutil.copytree(out, out.parent / "elsewhere/copied")
    shutil.rmtree(out)
    cnnviz("run", "in/deep/a.png", "-c", "stack.yaml", "-o", "out/deep", "--no-html")
    cnnviz("run", "in/b.png", "in/bad.png", "-c", "stack.yaml", "-o", "out", "--workers", 1)
    assert (out / "index.html").read_bytes() == before
    cnnviz("index", "elsewhere/copied")
    assert (out.parent / "elsewhere/copied/index.html").read_bytes() == before


def test_a_loop_with_several_stacks_is_one_page(cnnviz: Invoke, tmp_path: Path) -> None:
    cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "out/one")
    cnnviz("run", "sample:digit", "-c", "lenet5", "-o", "out/two", "--no-maps")
    status, _, err = cnnviz("index", "out")
    assert status == 0
    assert "2 complete, 0 failed, 0 incomplete" in err
    page = tmp_path / "out/index.html"
    assert names(page) == ["one/photo", "two/digit"]
    assert "<h1>small, lenet5</h1>" in page.read_text()
    # The last layer with a height and a width: not the dense ones, not 1x1.
    assert 'alt="average_pooling2d_1"' in page.read_text()


def test_pictures_of_different_sizes_are_said_to_be(cnnviz: Invoke, tmp_path: Path) -> None:
    picture(tmp_path / "larger.png", height=30, width=30)
    cnnviz("run", "photo.png", "larger.png", "-c", "stack.yaml", "-o", "out", "--workers", 1)
    text = (tmp_path / "out/index.html").read_text()
    assert "The shapes are those of larger; they follow the size of the picture." in text
    assert "→" not in text


def test_an_image_inside_another_is_found(cnnviz: Invoke, tmp_path: Path) -> None:
    cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "out")
    cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "out/photo/01_conv")
    cnnviz("index", "out")
    assert names(tmp_path / "out/index.html") == ["photo", "photo/01_conv/photo"]


def test_what_is_not_complete_is_listed(cnnviz: Invoke, out: Path) -> None:
    (out / "b/report.json").rename(out / "b/.cnnviz-journal.json")
    for name, content in {
        "cut": '{"schema_version": 1, "na',
        "deeply": "[" * 100_000,
        "newer": (out / "deep/a/report.json").read_text().replace('"schema_version": 1', '"schema_version": 999'),
        "foreign": "{}",
    }.items():
        (out / name).mkdir()
        (out / name / "report.json").write_text(content)
        if name != "foreign":
            (out / name / "00_input.png").write_bytes(b"")
    (out / "shapes_only").mkdir()
    shapes = cnnviz("shapes", "-c", "l3", "--input-size", "30x30", "--format", "json").out
    (out / "shapes_only/report.json").write_text(shapes)
    assert "1 complete, 1 failed, 4 incomplete" in cnnviz("index", "out").err
    listed = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", (out / "index.html").read_text())
    assert listed[1:] == [
        ("b", "interrupted, or still under way"),
        ("cut", "its report cannot be read"),
        ("deeply", "its report cannot be read"),
        ("newer", "its report was written by another version of cnnviz"),
    ]


@pytest.mark.parametrize("content", [None, b"", b"\x89PNG\r\n\x1a\n cut", b"no picture", "cut"])
def test_pictures_that_are_gone_or_damaged_are_left_out(cnnviz: Invoke, out: Path, content: bytes | str | None) -> None:
    for path in (out / "b").glob("*.png"):
        whole = path.read_bytes()
        path.unlink()
        if content is not None:
            path.write_bytes(content if isinstance(content, bytes) else whole[:100])
    assert cnnviz("index", "out").status == 0
    assert (out / "index.html").read_text().count("<img") == 2
    assert all(path.is_file() for path in linked(out / "index.html"))


def test_reports_alone_are_linked(cnnviz: Invoke, out: Path) -> None:
    for path in (*out.rglob("*.png"), *out.rglob("report.txt")):
        path.unlink()
    cnnviz("index", "out")
    assert [path.relative_to(out).as_posix() for path in linked(out / "index.html")] == [
        "b/report.json",
        "b/report.json",
        "deep/a/report.json",
        "deep/a/report.json",
    ]


def test_a_report_cannot_lead_out_of_its_folder(cnnviz: Invoke, out: Path) -> None:
    picture(out.parent / "secret.png")
    report = json.loads((out / "b/report.json").read_text())
    for layer in report["layers"]:
        layer["sheet"]["path"] = "../../secret.png"
    (out / "b/report.json").write_text(json.dumps(report))
    cnnviz("index", "out")
    text = (out / "index.html").read_text()
    assert "secret" not in text
    assert text.count("<img") == 3


def test_after_the_first_ones_pictures_are_linked(cnnviz: Invoke, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "EMBEDDED", 1)
    cnnviz("index", "out")
    page = out / "index.html"
    assert page.read_text().count('src="data:') == 2
    assert [path.name for path in linked(page)][-3:] == ["00_input.png", "03_pool.png", "report.txt"]
    assert all(path.is_file() for path in linked(page))
    monkeypatch.setattr(index, "EMBEDDED", 1000)
    monkeypatch.setattr(index, "_DECODED", 16 * 18)
    cnnviz("index", "out")
    assert page.read_text().count('src="data:') == 1


def test_a_page_of_an_image_is_what_opens(cnnviz: Invoke, out: Path) -> None:
    (out / "b/index.html").write_text("its own page")
    cnnviz("index", "out")
    assert linked(out / "index.html")[0] == out / "b/index.html"
    assert (out / "b/index.html").read_text() == "its own page"


def test_a_foreign_page_is_never_overwritten(cnnviz: Invoke, out: Path) -> None:
    page = out / "index.html"
    page.write_text("<!doctype html><title>mine</title>")
    for command in (("index", "out"), ("run", "in", "-c", "stack.yaml", "-o", "out", "--force", "--workers", 1)):
        before = (out / "b/report.json").stat().st_mtime_ns
        status, _, err = cnnviz(*command)
        assert status == 4
        assert "a file that cnnviz did not write is in the way" in err
        assert page.read_text() == "<!doctype html><title>mine</title>"
        assert (out / "b/report.json").stat().st_mtime_ns == before
    page.unlink()
    page.mkdir()
    assert cnnviz("index", "out").status == 4


def test_folders_that_cannot_have_an_overview(cnnviz: Invoke, out: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder, message in {
        "missing": "cannot read missing: it does not exist",
        "photo.png": "is not a folder",
        "empty": "holds no output of cnnviz",
        "out/b": "is the folder of one image",
    }.items():
        status, _, err = cnnviz("index", folder)
        assert status == 2
        assert message in err
    assert not (tmp_path / "missing").exists()
    assert not list((tmp_path / "empty").iterdir())
    status, _, err = cnnviz("run", "in", "-c", "stack.yaml", "-o", "out/b")
    assert status == 2
    assert "is the folder of one image" in err


def test_failures_alone_are_a_page_too(cnnviz: Invoke, tmp_path: Path) -> None:
    for name in ("x.png", "y.png"):
        (tmp_path / name).write_bytes(b"no picture")
    assert cnnviz("run", "x.png", "y.png", "-c", "stack.yaml", "-o", "out", "--workers", 1).status == 3
    text = (tmp_path / "out/index.html").read_text()
    assert "No image is complete" in text
    assert "2 images failed" in text


def test_lines_that_are_not_failures_are_passed_over(cnnviz: Invoke, out: Path) -> None:
    lines = [b"[]", b"\xff\xfe", b'{"file": 1, "stage": "a", "message": "b"}', b"[" * 100_000, b"x" * 200_000]
    good = b'{"file": "\\ud800", "stage": "input", "message": "<i>\\u0000"}'
    (out / "failures.jsonl").write_bytes(b"\n".join([*lines, good]))
    assert "2 complete, 1 failed" in cnnviz("index", "out").err
    assert "&lt;i&gt;" in (out / "index.html").read_text()


@posix
def test_odd_names_are_shown_and_linked(cnnviz: Invoke, tmp_path: Path) -> None:
    odd = [
        b"a\"b'c",
        b"new\nline",
        b"javascript:alert(1)",
        b"<script>alert(1)<",
        b"a#b?c%20d",
        b" spaces ",
        b"-dash",
        "ünï 図 \u202e".encode(),
        b"x" * 200,
    ]
    if sys.platform == "linux":
        odd.append(b"\xff\xfe")
    cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "out", "--no-maps")
    for name in odd:
        shutil.copytree(tmp_path / "out/photo", tmp_path / "out" / os.fsdecode(name))
    cnnviz("index", "out")
    page = tmp_path / "out/index.html"
    files = linked(page)
    assert len(files) == 2 * len(odd) + 2
    assert all(path.is_file() for path in files)
    assert {os.fsencode(path.parent.name) for path in files} == {*odd, b"photo"}
    assert "<script>alert" not in page.read_text()
    assert {"new\\nline", "<script>alert(1)<", " spaces "} <= set(names(page))


@posix
def test_pipes_and_links_do_not_hold_it_up(cnnviz: Invoke, out: Path) -> None:
    (out / "loop").symlink_to(out)
    for name, file in {"one": "report.json", "two": "failures.jsonl"}.items():
        (out / name).mkdir()
        os.mkfifo(out / name / file)
    (out / "b/00_input.png").unlink()
    os.mkfifo(out / "b/00_input.png")
    assert "2 complete, 1 failed, 0 incomplete" in cnnviz("index", "out").err


def test_no_other_file_is_left(cnnviz: Invoke, out: Path) -> None:
    before = sorted(path.name for path in out.iterdir())
    cnnviz("index", "out")
    assert sorted(path.name for path in out.iterdir()) == before


def test_a_failing_disk_leaves_the_old_page(cnnviz: Invoke, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (out / "index.html").read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "no space")

    monkeypatch.setattr(os, "replace", fail)
    status, _, err = cnnviz("index", "out")
    assert status == 4
    assert "the disk is full" in err
    monkeypatch.undo()
    assert (out / "index.html").read_bytes() == before
    assert not list(out.glob(".*"))


@pytest.mark.browser
def test_a_browser_obeys_its_script_and_no_other(cnnviz: Invoke, out: Path, tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium")
    page = out / "index.html"
    text = page.read_text()
    assert '<form id="filter" role="search" hidden>' in text
    page.write_text(text.replace("</main>", "<script>document.title = 'pwned'</script></main>"))
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"]
    seen = subprocess.run(
        [browser, *options, page.as_uri()], capture_output=True, check=True, timeout=60
    ).stdout.decode()
    assert '<form id="filter" role="search">' in seen
    assert "<title>pwned" not in seen
