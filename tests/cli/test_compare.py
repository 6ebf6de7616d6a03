from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

from tests.helpers.commands import STACK, Outcome, picture
from tests.helpers.snapshots import change, edit_report

Invoke = Callable[..., Outcome]


def test_the_same_outputs_have_no_difference(cnnviz: Invoke, two: Path) -> None:
    status, out, err = cnnviz("compare", "base", "now")
    assert status == 0
    assert out.splitlines()[-1] == "no difference: 2 images: 2 same; 26 pictures: 26 same"
    assert err == ""


def test_other_bytes_of_the_same_pixels_are_the_same(cnnviz: Invoke, two: Path) -> None:
    path = two / "photo/01_conv.png"
    before = path.read_bytes()
    cv2.imwrite(str(path), cv2.imread(str(path), cv2.IMREAD_UNCHANGED), [cv2.IMWRITE_PNG_COMPRESSION, 0])
    assert path.read_bytes() != before
    assert cnnviz("compare", "base", "now").status == 0


def test_equal_bytes_are_not_decoded(cnnviz: Invoke, two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "imdecode", None)
    assert cnnviz("compare", "base", "now").status == 0


def test_the_first_layer_that_diverges_is_named(cnnviz: Invoke, two: Path) -> None:
    change(two / "photo/03_pool.png")
    change(two / "photo/02_act/001.png", 7, 3)
    status, out, _ = cnnviz("compare", "base", "now")
    assert status == 1
    assert out == (
        "photo: diverges first at layer 2, act: 02_act/001.png: 3 of 224 pixels (1.34 %), "
        "largest difference 7 of 255\n"
        "  changed         02_act/001.png  3 of 224 pixels (1.34 %), largest difference 7 of 255\n"
        "  changed         03_pool.png  1 of 24,528 pixels (0.00408 %), largest difference 5 of 255\n"
        "first layer that diverges: layer 2, act in photo: 02_act/001.png: 3 of 224 pixels (1.34 %), "
        "largest difference 7 of 255\n"
        "limits: exact, no pixel may differ; measured: largest difference 7 of 255, up to 3 pixels of a picture "
        "(1.34 %)\n"
        "differs: 2 images: 1 same, 1 changed; 26 pictures: 24 same, 2 changed\n"
    )


def test_the_decoded_input_is_said_before_anything_else(cnnviz: Invoke, two: Path) -> None:
    change(two / "cat/01_conv.png")
    change(two / "photo/00_input.png", 2)
    status, out, _ = cnnviz("compare", "base", "now", "-q")
    assert status == 1
    assert out.startswith("the decoded input differs in photo: 00_input.png: 1 of 288 pixels")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ((), 1),
        (("--max-level", 5), 0),
        (("--max-level", 4), 1),
        (("--max-diff-pixels", 3), 0),
        (("--max-diff-pixels", 2), 1),
        (("--max-diff-ratio", 3 / 224), 0),
        (("--max-diff-ratio", 0.0133), 1),
        (("--max-level", 5, "--max-diff-pixels", 3, "--max-diff-ratio", 0.1), 0),
        (("--max-level", 5, "--max-diff-pixels", 2), 1),
        (("--max-level", 4, "--max-diff-pixels", 3), 1),
    ],
)
def test_each_limit_that_is_given_must_hold(cnnviz: Invoke, two: Path, arguments: Any, status: int) -> None:
    change(two / "photo/01_conv/000.png", 5, 3)
    outcome = cnnviz("compare", "base", "now", *arguments)
    assert outcome.status == status
    word = "changed" if status else "within limits"
    assert f"25 same, 1 {word}" in outcome.out


@pytest.mark.parametrize(
    "option", ["--max-level=nan", "--max-diff-ratio=nan", "--rtol=nan", "--rtol=inf", "--atol=nan", "--max-level=256"]
)
def test_a_limit_is_a_number(cnnviz: Invoke, two: Path, option: str) -> None:
    status, out, err = cnnviz("compare", "base", "now", option)
    assert (status, out) == (2, "")
    assert option.partition("=")[0] in err


def test_limits_measured_values_and_headroom_are_printed(cnnviz: Invoke, two: Path) -> None:
    change(two / "photo/01_conv/000.png", 5, 3)
    out = cnnviz("compare", "base", "now", "--max-level", 7, "--max-diff-pixels", 2).out
    assert "limit on largest difference of a level: 7, measured 5, headroom 2\n" in out
    assert "limit on pixels that differ: 2, measured 3, beyond it by 1\n" in out
    assert "limit on part of pixels that differ: free, measured 1.34 %\n" in out


def test_added_and_removed_pictures_and_images(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    (two / "photo/01_conv/002.png").unlink()
    shutil.copy(two / "photo/01_conv.png", two / "photo/extra.png")
    shutil.move(two / "cat", two / "dog")
    status, out, _ = cnnviz("compare", "base", "now")
    assert status == 1
    lines = out.splitlines()
    assert "cat: removed: in the baseline only (13 pictures)" in lines
    assert "dog: added: not in the baseline (13 pictures)" in lines
    assert "  removed         01_conv/002.png" in lines
    assert "  added           extra.png" in lines
    assert lines[-1].startswith("differs: 3 images: 1 changed, 1 added, 1 removed; ")


def test_what_somebody_put_into_the_baseline_is_passed_over(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    picture(tmp_path / "base/photo/mine.png")
    (tmp_path / "base/photo/notes.txt").write_text("mine")
    assert cnnviz("compare", "base", "now").status == 0
    shutil.copy(two / "photo/01_conv.png", tmp_path / "base/photo/99_left.png")
    assert "  removed         99_left.png" in cnnviz("compare", "base", "now").out


def test_other_sizes_and_kinds(cnnviz: Invoke, two: Path) -> None:
    path = two / "photo/01_conv/000.png"
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    cv2.imwrite(str(path), pixels[:-1])
    other = two / "photo/01_conv/001.png"
    cv2.imwrite(str(other), cv2.cvtColor(cv2.imread(str(other), cv2.IMREAD_UNCHANGED), cv2.COLOR_GRAY2BGR))
    wide = two / "photo/01_conv/002.png"
    cv2.imwrite(str(wide), cv2.imread(str(wide), cv2.IMREAD_UNCHANGED).astype(np.uint16) * 257)
    status, out, _ = cnnviz("compare", "base", "now")
    assert status == 1
    assert "  different size  01_conv/000.png  14x16 -> 13x16\n" in out
    assert "  changed         01_conv/001.png  8-bit gray -> 8-bit RGB; 0 of 224 pixels" in out
    assert "  changed         01_conv/002.png  8-bit gray -> 16-bit gray; 0 of 224 pixels" in out


def test_damage_is_a_verdict_and_never_a_crash(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    data = (two / "photo/01_conv.png").read_bytes()
    (two / "photo/01_conv.png").write_bytes(data[: len(data) // 2])
    (two / "photo/02_act.png").unlink()
    (two / "photo/02_act.png").mkdir()
    (two / "photo/03_pool.png").write_bytes(b"")
    for side in (two, tmp_path / "base"):
        (side / "photo/01_conv/000.png").write_bytes(data[:-4])
        (side / "photo/00_input.png").write_bytes(data[:50] + bytes([data[50] ^ 1]) + data[51:])
    (two / "photo/01_conv/001.png").unlink()
    os.mkfifo(two / "photo/01_conv/001.png")
    status, out, err = cnnviz("compare", "base", "now")
    assert status == 1
    assert "20 same, 6 unreadable" in out
    assert "  unreadable      00_input.png  baseline: the PNG file is damaged: wrong checksum in 'IDAT'" in out
    assert "  unreadable      01_conv/000.png  baseline: the PNG file is cut short" in out
    assert "  unreadable      02_act.png  current: it is a folder, not a regular file" in out
    assert "  unreadable      03_pool.png  current: the file is empty" in out
    assert err == ""


def test_shapes_and_parameters_are_compared_exactly(cnnviz: Invoke, two: Path) -> None:
    edit_report(two / "photo", lambda report: report["layers"][0].update(params=31, output_shape=[14, 16, 4]))
    status, out, _ = cnnviz("compare", "base", "now", "--max-level", 255)
    assert status == 1
    assert "photo: diverges first at layer 1, conv: output_shape 14x16x3 -> 14x16x4\n" in out
    assert "  report          conv: output_shape 14x16x3 -> 14x16x4; params 30 -> 31\n" in out


def test_another_stack_shows_where_it_begins(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text(STACK.replace("relu", "tanh").replace("pool}", "pool, pool_size: 3}"))
    cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "other")
    out = cnnviz("compare", "base/photo", "other/photo").out
    assert out.startswith("the image: diverges first at layer 2, act: variant relu -> tanh; 02_act.png: ")
    assert "  different size  03_pool/000.png  7x8 -> 4x5\n" in out
    assert "  report          pool: output_shape 7x8x3 -> 4x5x3; " in out


@pytest.mark.parametrize(
    ("factor", "arguments", "status"),
    [
        (1 + 1e-7, (), 0),
        (1 + 1e-4, (), 1),
        (1 + 1e-4, ("--rtol", 1e-3), 0),
        (1 + 1e-4, ("--atol", 1e-3), 0),
    ],
)
def test_statistics_are_compared_where_the_pixels_are_the_same(
    cnnviz: Invoke, two: Path, factor: float, arguments: Any, status: int
) -> None:
    def scale(report: Any) -> None:
        report["layers"][0]["stats"]["max"] *= factor

    edit_report(two / "photo", scale)
    outcome = cnnviz("compare", "base", "now", *arguments)
    assert outcome.status == status
    assert ("the pixels are the same, stats.max" in outcome.out) == bool(status)
    change(two / "photo/01_conv.png", 1)
    assert cnnviz("compare", "base", "now", *arguments, "--max-level", 1).status == 0


def test_what_is_not_compared(cnnviz: Invoke, two: Path) -> None:
    (two / "weights.h5").unlink()
    (two / "photo/index.html").write_text("a page")
    (two / "photo/report.txt").write_text("other words")
    edit_report(two / "photo", lambda report: report.update(digest="0", seed=7, weights_sha256=None))
    edit_report(two / "photo", lambda report: report["layers"][0].update(notes=["a note"]))
    assert cnnviz("compare", "base", "now").status == 0


def test_other_environments_are_a_warning(cnnviz: Invoke, two: Path) -> None:
    path = two / "environment.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"numpy": "9.9"}))
    for pair in (("base", "now"), ("base/photo", "now/photo")):
        status, _, err = cnnviz("compare", *pair)
        assert status == 0
        assert re.fullmatch(r"cnnviz: warning: .* different environments: numpy [\d.]+ -> 9.9\n", err)
        assert cnnviz("compare", *pair, "-qq") == (0, "", "")


def test_layers_narrow(cnnviz: Invoke, two: Path) -> None:
    change(two / "photo/02_act.png")
    change(two / "photo/00_input.png")
    shutil.copy(two / "photo/01_conv.png", two / "photo/extra.png")
    assert cnnviz("compare", "base", "now", "--layer", "conv", "--layer", "p*").status == 0
    assert cnnviz("compare", "base", "now", "--layer", "a*").out.startswith("photo: diverges first at layer 2, act")
    assert cnnviz("compare", "base", "now", "--layer", "input").status == 1
    status, _, err = cnnviz("compare", "base", "now", "--layer", "conv", "--layer", "cnov")
    assert status == 2
    assert "--layer cnov: there is no such layer; there are: input, conv, act, pool" in err


@pytest.mark.parametrize("name", ["missing", "empty", "foreign", "photo.png", "bare"])
def test_a_folder_that_is_no_output_is_never_no_difference(
    cnnviz: Invoke, two: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "bare").mkdir()
    shutil.copy(two / "environment.json", tmp_path / "bare")
    picture(tmp_path / "foreign/photo.png")
    (tmp_path / "foreign/report.json").write_text('{"somebody": "else"}')
    for pair in (("base", name), (name, "now"), (name, name)):
        status, out, err = cnnviz("compare", *pair)
        assert status == 2
        assert out == ""
        assert name in err
    assert cnnviz("compare", "base", "now/photo").status == 2


def test_an_image_that_is_not_complete_never_passes(cnnviz: Invoke, two: Path) -> None:
    report = two / "photo/report.json"
    data = report.read_bytes()
    report.unlink()
    status, out, _ = cnnviz("compare", "base", "now")
    assert status == 1
    assert "there is no report.json that this version can read" in out
    (two / "photo/.cnnviz-journal.json").write_text('{"files": []}')
    status, out, _ = cnnviz("compare", "base", "now")
    assert status == 1
    assert "photo: current: a run was broken off" in out
    report.write_bytes(data)
    assert cnnviz("compare", "base", "now").status == 0
    report.write_bytes(data[:100])
    assert cnnviz("compare", "base", "now").status == 1


def test_a_picture_that_both_lack_is_missed_by_the_report(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    for side in (two, tmp_path / "base"):
        (side / "photo/01_conv.png").unlink()
    status, out, _ = cnnviz("compare", "base", "now")
    assert status == 1
    assert "its report lists 01_conv.png, which is not there" in out


def test_an_image_that_failed_now_and_not_before_never_passes(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    line = json.dumps({"file": "bad.png", "stage": "input", "message": "the file is empty"}) + "\n"
    (two / "failures.jsonl").write_text(line)
    status, out, _ = cnnviz("compare", "base", "now")
    assert status == 1
    assert "bad.png failed in the current run: the file is empty" in out
    (tmp_path / "base/failures.jsonl").write_text(line)
    assert cnnviz("compare", "base", "now").status == 0


def test_json_says_it_all(cnnviz: Invoke, two: Path) -> None:
    change(two / "photo/02_act.png", 9, 2)
    status, out, _ = cnnviz("compare", "base", "now", "--json", "--max-level", 4)
    assert status == 1
    document = json.loads(out)
    assert document["result"] == "differs"
    assert document["limits"]["max_level"] == 4
    assert document["measured"]["max_level"] == 9
    assert document["headroom"] == {"max_level": -5, "max_diff_pixels": None, "max_diff_ratio": None}
    assert document["first_divergence"]["image"] == "photo"
    assert document["first_divergence"]["layer"] == "act"
    assert document["summary"] == {"images": {"same": 1, "changed": 1}, "pictures": {"same": 25, "changed": 1}}
    changed = [image for image in document["images"] if image["verdict"] != "same"]
    assert [layer["layer"] for layer in changed[0]["layers"]] == ["act"]
    found = changed[0]["layers"][0]["pictures"][0]
    assert (found["path"], found["differing_pixels"], found["max_level"]) == ("02_act.png", 2, 9)


def test_junit_has_a_case_for_every_layer(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    change(two / "photo/02_act.png")
    shutil.move(two / "cat", two / "odd\x01 name")
    assert cnnviz("compare", "base", "now", "--junit", "made/result.xml").status == 1
    root = ElementTree.parse(tmp_path / "made/result.xml").getroot()
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("6", "3", "0")
    cases = {(case.get("classname"), case.get("name")): case for case in root.iter("testcase")}
    failing = {key for key, case in cases.items() if case.find("failure") is not None}
    assert failing == {("photo", "02 act"), ("cat", "removed"), ("odd\\x01 name", "added")}


class Page(HTMLParser):
    """Gathers what a page loads and shows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.sources += [value for name, value in attrs if name in ("src", "href", "srcset")]

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_page_is_one_file_that_shows_both_and_the_difference(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    change(two / "photo/02_act.png", 9, 2)
    shutil.move(two / "cat", two / "<i>odd")
    assert cnnviz("compare", "base", "now", "--report", "made/page.html").status == 1
    page = Page((tmp_path / "made/page.html").read_text())
    assert all(source.startswith("data:image/png;base64,") for source in page.sources)
    # Three of the picture that changed, one of each that was added or removed.
    assert len(page.sources) == 3 + 13 + 13
    assert "<i>odd" in page.words
    assert "layer 2, act" in page.words
    assert "amplified 28.3 times" in " ".join(page.words.split())


def test_a_page_of_very_many_differences_stays_small_and_says_so(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    for i in range(31):
        for side in (two, tmp_path / "base"):
            shutil.copytree(side / "photo", side / f"more_{i}")
        for name in ("01_conv.png", "03_pool.png"):
            change(two / f"more_{i}" / name)
    cnnviz("compare", "base", "now", "--report", "page.html")
    page = Page((tmp_path / "page.html").read_text())
    assert len(page.sources) == 3 * 60
    assert "60 of the 62 pictures that are not the same are shown" in page.words


def test_a_page_that_cannot_be_written_is_an_output_error(cnnviz: Invoke, two: Path) -> None:
    assert cnnviz("compare", "base", "now", "--report", "photo.png/page.html").status == 4


def test_annotations_where_they_are_shown(cnnviz: Invoke, two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    change(two / "photo/02_act.png", 9, 2)
    shutil.copytree(two / "photo", two / "a,b:c%")
    err = cnnviz("compare", "base", "now").err
    assert err.splitlines()[0].startswith(
        "::error file=now/a%2Cb%3Ac%25/report.json,title=cnnviz compare::a,b:c%25: added: "
    )
    assert err.splitlines()[1].startswith(
        "::error file=now/photo/02_act.png,title=cnnviz compare::photo: diverges first at layer 2, act: "
    )
    for i in range(12):
        shutil.copytree(two / "photo", two / f"more{i:02d}")
    lines = cnnviz("compare", "base", "now").err.splitlines()
    assert len(lines) == 10
    assert "::5 more images differ; " in lines[-1]


def test_the_number_of_workers_changes_nothing(cnnviz: Invoke, two: Path) -> None:
    change(two / "photo/02_act.png")
    change(two / "cat/02_act.png")
    one = cnnviz("compare", "base", "now", "--workers", 1)
    assert cnnviz("compare", "base", "now", "--workers", 3) == one


def test_help_has_examples_and_the_exit_statuses(cnnviz: Invoke) -> None:
    status, out, _ = cnnviz("compare", "--help")
    assert status == 0
    assert "cnnviz compare tests/baseline out" in out.partition("Examples:")[2]
    assert "Exit status: 0 " in out
