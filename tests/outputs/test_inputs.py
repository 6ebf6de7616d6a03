from __future__ import annotations

import inspect
import io
import json
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.errors import UsageError
from cnnviz.outputs.inputs import resolve
from cnnviz.outputs.names import SHARED
from cnnviz.outputs.sources import Source
from tests.helpers.rows import each

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX only")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


REPORT = json.dumps(
    {"schema_version": 1, "digest": "0", "input": {"pixels_sha256": "0"}, "layers": [], "totals": {"params": 0}}
)


def make(*paths: str) -> None:
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(b"")


def labels(*inputs: str, **options: object) -> list[str]:
    return [source.label for source in resolve(inputs, **options)]


def test_a_named_file_is_always_tried_and_goes_by_its_stem(here):
    make("a/photo.png", "noise.dat", "plain", ".hidden.png", "v1.2.PNG")
    sources = resolve(["a/photo.png", "noise.dat", "plain", ".hidden.png", str(here / "v1.2.PNG")])
    assert [source.label for source in sources] == ["photo", "noise", "plain", ".hidden", "v1.2"]
    assert [source.file for source in sources] == ["photo.png", "noise.dat", "plain", ".hidden.png", "v1.2.PNG"]
    assert [source.path for source in sources][:2] == ["a/photo.png", "noise.dat"]
    assert labels("a/photo.png", name_by="file") == ["photo.png"]


def test_a_folder_is_searched_recursively_in_order(here):
    make("pics/b.PNG", "pics/a/z.jpeg", "pics/a.gif", "pics/a/deep/er/x.npy", "pics/notes.txt", "pics/c.TIFF")
    expected = ["a/deep/er/x", "a/z", "a", "b", "c"]
    with pytest.raises(UsageError, match="would share a folder"):
        resolve(["pics"])
    Path("pics/a.gif").rename("pics/aa.gif")
    expected[2] = "aa"
    assert labels("pics") == labels("pics/") == labels("./pics//") == labels(str(here / "pics")) == expected
    sources = resolve(["pics"])
    assert [source.file for source in sources] == ["a/deep/er/x.npy", "a/z.jpeg", "aa.gif", "b.PNG", "c.TIFF"]
    assert all(Path(source.path).exists() for source in sources)
    os.chdir("pics")
    assert labels(".") == expected


@pytest.mark.parametrize("suffix", ["png", "jpg", "jpeg", "bmp", "tif", "tiff", "webp", "gif", "npy", "PNG", "Jpg"])
def test_suffixes_decide_in_folders(here, suffix):
    make(f"pics/x.{suffix}", "pics/y.txt", "pics/png", "pics/z.png.bak")
    assert labels("pics") == ["x"]


def test_hidden_names_symlinked_folders_and_outputs_are_passed_over(here):
    make("pics/a.png", "pics/.b.png", "pics/.git/c.png", "other/d.png")
    make("pics/out/l3/x/00_input.png", "pics/run/y/00_input.png", "pics/killed/00_input.png", "pics/mine/e.png")
    Path("pics/out/l3/environment.json").write_text('{"schema_version": 1, "cnnviz": "0.1.0", "python": "3.11"}')
    Path("pics/run/y/report.json").write_text(REPORT)
    Path("pics/killed/.cnnviz-journal.json").write_text("{}")
    Path("pics/mine/report.json").write_text('{"title": "of someone else"}')
    Path("pics/mine/environment.json").write_text("[" * 5000)
    Path("pics/link").symlink_to(here / "other", target_is_directory=True)
    Path("pics/linked.png").symlink_to(here / "other" / "d.png")
    assert labels("pics") == ["a", "linked", "mine/e"]
    assert labels("pics/**/*.png") == ["a", "linked", "mine/e"]
    assert labels("pics/*.png", "pics/link") == ["a", "linked", "d"]
    assert labels("pics/.*.png") == [".b"]
    with pytest.raises(UsageError, match=r"no image found in pics/run/y: .*output folders of cnnviz"):
        resolve(["pics/run/y"])


def test_what_only_looks_like_a_picture_is_left_to_reading(here):
    make("pics/a.png")
    Path("pics/gone.png").symlink_to(here / "nowhere")
    assert labels("pics") == ["a", "gone"]


def test_patterns(here):
    make("p/1/a.png", "p/1/b.jpg", "p/2/a.png", "p/2/deep/c.png", "p/notes.txt", "p/d.png")
    assert labels("p/*/a.png") == ["1/a", "2/a"]
    assert labels("p/**/*.png") == ["1/a", "2/a", "2/deep/c", "d"]
    assert labels("p/**") == ["1/a", "1/b", "2/a", "2/deep/c", "d"]
    assert labels("p/**/**/c.png") == ["2/deep/c"]
    assert labels("p/[12]/?.png") == ["1/a", "2/a"]
    assert labels("p/2*") == ["2/a", "2/deep/c"]
    assert labels("*/d.png") == ["p/d"]
    assert labels("p/*") == ["1/a", "1/b", "2/a", "2/deep/c", "d"]
    assert labels(str(here / "p" / "1" / "*.jpg")) == ["b"]
    for nothing in ("p/*.gif", "p/*.txt", "p/**/x*", "p/d.png/*"):
        with pytest.raises(UsageError):
            resolve([nothing])


def test_a_file_that_is_there_is_no_pattern(here):
    make("photo[1].png", "photo1.png", "what?.png")
    assert labels("photo[1].png") == ["photo[1]"]
    assert labels("photo[12].png") == ["photo1"]


def test_lists(here):
    make("a/x.png")
    text = b"a/x.png\n\n./b//y.jpg\r\n/abs/z.png\n../up/w.png\nmissing\n"
    sources = resolve(["-"], stdin=io.BytesIO(text))
    assert [source.label for source in sources] == ["a/x", "b/y", "z", "w", "missing"]
    assert [source.file for source in sources] == ["a/x.png", "b/y.jpg", "z.png", "w.png", "missing"]
    assert sources[2].path == "/abs/z.png"
    Path("list.txt").write_bytes(text)
    assert resolve([], files_from="list.txt") == sources
    assert resolve([], files_from=Path("list.txt")) == sources
    assert resolve([], files_from="-", stdin=io.BytesIO(text)) == sources
    assert labels("-", stdin=io.BytesIO(b"odd\nname.png\0b.png"), null=True) == ["odd\nname", "b"]
    assert labels("a", files_from="list.txt", name_by="file") == [
        "x.png",
        "a/x.png",
        "b/y.jpg",
        "z.png",
        "w.png",
        "missing",
    ]


@posix
def test_a_list_may_be_a_pipe(here):
    inlet, outlet = os.pipe()
    os.write(outlet, b"a.png\n")
    os.close(outlet)
    try:
        assert labels(files_from=f"/dev/fd/{inlet}") == ["a"]
    finally:
        os.close(inlet)


@each("name", [".", "..", "/", "a/..", "./", "../.."])
def test_no_folder_leads_out_of_the_output(name):
    (label,) = labels("-", stdin=io.BytesIO(name.encode()))
    assert not label.strip("_")
    assert label


@given(st.text(st.characters(exclude_characters="\n\r\0"), min_size=1).filter(lambda s: "\n" not in s))
def test_labels_stay_inside_whatever_is_listed(name):
    for name_by in ("stem", "file"):
        try:
            sources = resolve(["-"], null=True, name_by=name_by, stdin=io.BytesIO(os.fsencode(name)))
        except UsageError:
            continue
        for source in sources:
            parts = source.label.split("/")
            assert not {"", ".", ".."} & set(parts)
            source.file.encode()


@each(
    ("name", "label"),
    [
        ("...png", "...png"),
        ("..png", "..png"),
        (".png", ".png"),
        ("photo..png", "photo..png"),
        ("photo .png", "photo .png"),
        ("-rf.png", "-rf"),
        ("a\nb.png", "a\nb"),
        ("日本.png", "日本"),
        ("tar.gz.png", "tar.gz"),
        ("con.png", "con"),
    ],
)
@posix
def test_odd_names(here, name, label):
    make(name)
    (source,) = resolve([name])
    assert source.label == label
    assert source.file == name.replace("\n", "\\n")


@posix
def test_names_that_are_no_text(here):
    name = os.fsdecode(b"caf\xe9.png")
    make(f"pics/{name}")
    (source,) = resolve(["pics"])
    assert source.label == os.fsdecode(b"caf\xe9")
    assert source.file == "caf\\udce9.png"


def test_very_long_names(here):
    name = "x" * 251 + ".png"
    make(name)
    assert labels(name) == ["x" * 251]
    with pytest.raises(UsageError, match="the name is too long"):
        resolve(["x" * 5000])


def test_samples():
    (source,) = resolve(["sample:chelsea"])
    assert (source.label, source.file) == ("chelsea", "chelsea.png")
    assert Path(source.path).exists()
    assert [s.file for s in resolve(["sample:coffee", "sample:coffee_q90", "sample:digit.png"])] == [
        "coffee.png",
        "coffee_q90.jpg",
        "digit.png",
    ]
    with pytest.raises(UsageError, match=r"'chelse'; did you mean sample:chelsea\? .*astronaut, camera"):
        resolve(["sample:chelse"])
    assert [s.label for s in resolve(["sample:digits/"])] == list("0123456789")
    for name in ("../README", "", "CREDITS.md", "gallery"):
        with pytest.raises(UsageError, match="no bundled picture"):
            resolve([f"sample:{name}"])


def test_what_does_not_exist_is_said_with_the_nearest_name(here):
    make("photos/chelsea.png")
    with pytest.raises(UsageError, match=r"^'photos/chelsae.png' does not exist; did you mean 'photos/chelsea.png'\?$"):
        resolve(["photos/chelsae.png"])
    with pytest.raises(UsageError, match=r"^'missing' does not exist$"):
        resolve(["missing"])
    with pytest.raises(UsageError, match="a part of the path is not a folder"):
        resolve(["photos/chelsea.png/"])
    with pytest.raises(UsageError, match="cannot take"):
        resolve(["a\0b"])
    with pytest.raises(UsageError, match="does not exist"):
        resolve([""])
    with pytest.raises(UsageError, match="cannot list the folder nowhere/: it does not exist"):
        resolve(["nowhere/*.png"])
    with pytest.raises(UsageError, match=r"cannot read the list missing\.txt: it does not exist"):
        resolve([], files_from="missing.txt")
    with pytest.raises(UsageError, match="cannot read the list photos: it is a folder"):
        resolve([], files_from="photos")


def test_nothing_to_do(here):
    Path("empty").mkdir()
    make("photos/notes.txt")
    with pytest.raises(UsageError, match="no input: name a picture"):
        resolve([])
    with pytest.raises(UsageError, match=r"no image found in empty, photos: looked for \.png \.jpg"):
        resolve(["empty", "photos"])
    with pytest.raises(UsageError, match="the list of paths is empty"):
        resolve(["-"], stdin=io.BytesIO(b"\n\n"))
    with pytest.raises(UsageError, match="-0 is for lists"):
        resolve(["photos"], null=True)
    with pytest.raises(UsageError, match="stdin can be read only once"):
        resolve(["-"], files_from="-", stdin=io.BytesIO(b""))
    with pytest.raises(UsageError, match="separated by NUL: say so with -0"):
        resolve(["-"], stdin=io.BytesIO(b"a.png\0b.png\0"))
    with pytest.raises(UsageError, match="separated by lines: leave -0 out"):
        resolve(["-"], null=True, stdin=io.BytesIO(b"a.png\nb.png\n"))


def test_inputs_that_would_share_a_folder(here):
    make("a/x.png", "a/x.jpg", "b/x.png", "c/y.png", "c/y/z.png")
    with pytest.raises(UsageError) as raised:
        resolve(["a"])
    assert str(raised.value) == (
        "these inputs would share a folder in the output:\n"
        "  x: a/x.jpg, a/x.png\n"
        "keep their suffixes with --name-by file, or name the folder above them instead"
    )
    assert labels("a", name_by="file") == ["x.jpg", "x.png"]
    with pytest.raises(UsageError, match=r"x\.png: a/x\.png, b/x\.png\nname the folder above them instead"):
        resolve(["a/x.png", "b"], name_by="file")
    with pytest.raises(UsageError, match=r"y: c/y\.png, c/y/z\.png\nkeep"):
        resolve(["c"])
    assert labels("c", name_by="file") == ["y/z.png", "y.png"]


def test_the_same_input_twice_is_taken_once(here):
    make("a/x.png", "a/y.png")
    assert labels("a/x.png", "a", "./a/x.png", "a/x.png") == ["x", "y"]


@each("name", sorted(SHARED))
def test_names_that_the_output_needs_itself(here, name):
    make(f"{name}.png", f"below/{name}/x.png")
    with pytest.raises(UsageError, match=f"would be '{name}', a name that cnnviz needs itself; use --name-by file"):
        resolve([f"{name}.png"])
    assert labels(f"{name}.png", name_by="file") == [f"{name}.png"]
    with pytest.raises(UsageError, match="a name that cnnviz needs itself"):
        resolve(["below"])
    assert labels(f"below/{name}/x.png") == ["x"]


@each("platform", ["darwin", "win32"])
def test_folders_that_differ_only_where_the_system_does_not_see_it(here, monkeypatch, platform):
    make("p/Cat.png", "p/cat.jpg", "p/u\u0308.png", "p/ü.jpg")
    if len(list(Path("p").iterdir())) < 4:
        pytest.skip("this file system does not tell them apart")
    assert len(resolve(["p"])) == 4
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(UsageError, match=r"cat: p/Cat\.png, p/cat\.jpg\n  ü: "):
        resolve(["p"])


@posix
def test_folders_that_cannot_be_listed(here, monkeypatch):
    make("p/a.png", "p/q/b.png")

    def scandir(path, real=os.scandir):
        if str(path).rstrip("/").endswith("q"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(UsageError, match="cannot list the folder p/q/: permission denied"):
        resolve(["p"])


@each(
    ("name", "content"),
    [
        ("report.json", '{"schema_version": 1, "layers": [], "totals": {}}'),
        ("report.json", '{"schema_version": 1, "digest": 5, "input": {}, "layers": {}, "totals": []}'),
        ("report.json", '{"schema_version": "1.0", "title": "Quality"}'),
        ("sweep.json", '{"schema_version": 1, "layers": [1], "combinations": 3}'),
        ("environment.json", '{"schema_version": 2, "name": "conda", "python": "3.11"}'),
        ("index.html", "<html>"),
        ("report.txt", "mine"),
    ],
)
def test_files_of_others_with_names_of_ours_hide_no_picture(here, name, content):
    make("data/a.png", "data/deep/b.png")
    for folder in ("data", "data/deep"):
        Path(folder, name).write_text(content)
    remarks: list[str] = []
    assert [source.label for source in resolve(["data"], remarks=remarks)] == ["a", "deep/b"]
    assert not remarks


def test_what_is_passed_over_is_said(here):
    make("pics/a.png", "other/b.png", *(f"pics/out{i}/x/01_conv.png" for i in range(3)))
    for i in range(3):
        Path(f"pics/out{i}/x/report.json").write_text(REPORT)
    Path("pics/link").symlink_to(here / "other", target_is_directory=True)
    for name in ("pics", "pics/**/*.png"):
        remarks: list[str] = []
        assert [source.label for source in resolve([name], remarks=remarks)] == ["a"]
        assert len(remarks) == 2
        assert any("3 output folders of cnnviz, such as pics/out0/x/" in remark for remark in remarks)
        assert any("1 symlinked folder pics/link" in remark for remark in remarks)
    with pytest.raises(UsageError, match=r"no image found in pics/out1: .*passed over 1 output folder of cnnviz"):
        resolve(["pics/out1"])


def test_very_deep_folders(here):
    make("p/" + "d/" * 300 + "x.png")
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 150)
    try:
        found = [source.label for name in ("p", "p/**/x.png") for source in resolve([name])]
    finally:
        sys.setrecursionlimit(limit)
    assert found == ["d/" * 300 + "x"] * 2


def test_a_source_is_small_and_travels_to_other_processes():
    import pickle

    source = Source("pics/a/x.png", 5)
    assert pickle.loads(pickle.dumps(source)) == source
    assert not hasattr(source, "__dict__")
