from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import h5py
import numpy as np
import pytest

import cnnviz as public
from tests.helpers.commands import STACK, Outcome, files, picture
from tests.helpers.rows import each

Invoke = Callable[..., Outcome]


def report(folder: Path) -> Any:
    return json.loads((folder / "report.json").read_text())


def test_one_image_gives_the_promised_folder(cnnviz: Invoke, tmp_path: Path) -> None:
    status, out, _ = cnnviz("run", "photo.png", "-c", "stack.yaml")
    assert status == 0
    assert files(tmp_path / "cnnviz-out" / "small") == {
        "weights.h5",
        "environment.json",
        "photo/index.html",
        "photo/report.json",
        "photo/report.txt",
        "photo/00_input.png",
        "photo/01_conv.png",
        *(f"photo/01_conv/00{i}.png" for i in range(3)),
        "photo/02_act.png",
        *(f"photo/02_act/00{i}.png" for i in range(3)),
        "photo/03_pool.png",
        *(f"photo/03_pool/00{i}.png" for i in range(3)),
    }
    text = (tmp_path / "cnnviz-out/small/photo/report.txt").read_text()
    assert out.startswith(text.rstrip())
    assert out.splitlines()[-1] == str(Path("cnnviz-out/small/photo/index.html"))


def test_pixels_are_the_values_rescaled(cnnviz: Invoke, tmp_path: Path) -> None:
    cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "out", "--save-activations")
    drawn = cv2.imread(str(tmp_path / "out/photo/01_conv/001.png"), cv2.IMREAD_UNCHANGED)
    with h5py.File(tmp_path / "out/photo/activations.h5") as file:
        conv = file["conv"][:]
    t = (conv - conv.min()) / (conv.max() - conv.min())
    np.testing.assert_array_equal(drawn, np.floor(255 * t[..., 1] + 0.5 + 2**-20))


def test_hashes_are_those_of_the_decoded_pixels(cnnviz: Invoke, tmp_path: Path) -> None:
    cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "out", "--colormap", "viridis", "--kernels")
    written = report(tmp_path / "out/photo")
    listed = [written["layers"][0]["kernels"]]
    for layer in written["layers"]:
        listed += [layer["sheet"], *layer["maps"]]
    assert len(listed) == 13
    for entry in listed:
        pixels = cv2.imread(str(tmp_path / "out/photo" / entry["path"]), cv2.IMREAD_UNCHANGED)[..., ::-1]
        assert hashlib.sha256(np.ascontiguousarray(pixels)).hexdigest() == entry["sha256"]
    gray = cv2.imread(str(tmp_path / "out/photo/00_input.png"), cv2.IMREAD_UNCHANGED)
    assert hashlib.sha256(gray).hexdigest() == written["input"]["pixels_sha256"]


def test_twice_the_same_bytes_for_any_threads_and_workers(cnnviz: Invoke, tmp_path: Path) -> None:
    picture(tmp_path / "more/a.png", 1)
    picture(tmp_path / "more/deep/b.png", 2)
    for name, options in {"one": ["--workers", 1, "--threads", 1], "two": ["--workers", 2, "--threads", 2]}.items():
        assert cnnviz("run", "photo.png", "more", "-c", "stack.yaml", "-o", name, *options).status == 0
    first, second = files(tmp_path / "one"), files(tmp_path / "two")
    assert first == second
    assert "deep/b/report.json" in first
    for name in first - {"environment.json"}:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_what_is_up_to_date_is_left_alone_and_what_is_not_is_redone(cnnviz: Invoke, tmp_path: Path) -> None:
    command = ("run", "photo.png", "-c", "stack.yaml", "-o", "out", "--jsonl")
    assert json.loads(cnnviz(*command).out)["status"] == "ok"
    sheet = tmp_path / "out/photo/02_act.png"
    before = sheet.stat().st_mtime_ns
    again = cnnviz(*command)
    assert json.loads(again.out)["status"] == "up_to_date"
    assert sheet.stat().st_mtime_ns == before
    good = sheet.read_bytes()
    sheet.write_bytes(good[:100])
    assert json.loads(cnnviz(*command).out)["status"] == "ok"
    assert sheet.read_bytes() == good
    assert json.loads(cnnviz(*command, "--force").out)["status"] == "ok"
    assert json.loads(cnnviz(*command, "--seed", 3).out)["status"] == "ok"


def test_an_up_to_date_image_still_prints_its_report(cnnviz: Invoke) -> None:
    first = cnnviz("run", "photo.png", "-c", "stack.yaml")
    assert cnnviz("run", "photo.png", "-c", "stack.yaml").out == first.out


def test_a_redo_deletes_what_the_old_report_listed_and_nothing_else(cnnviz: Invoke, tmp_path: Path) -> None:
    cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "out")
    mine = tmp_path / "out/photo/notes.txt"
    mine.write_text("mine")
    assert cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "out", "--no-maps", "--layer", "conv").status == 0
    assert files(tmp_path / "out/photo") == {
        "00_input.png",
        "01_conv.png",
        "index.html",
        "notes.txt",
        "report.json",
        "report.txt",
    }
    assert mine.read_text() == "mine"


def test_a_report_that_lists_foreign_files_deletes_none_of_them(cnnviz: Invoke, tmp_path: Path) -> None:
    cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "out")
    old = tmp_path / "out/photo/report.json"
    hostile = report(tmp_path / "out/photo")
    for victim in ("../../stack.yaml", str(tmp_path / "photo.png"), "notes.txt"):
        hostile["layers"][0]["maps"][0]["path"] = victim
        old.write_text(json.dumps(hostile))
        (tmp_path / "out/photo/.cnnviz-journal.json").write_text(json.dumps({"files": [victim]}))
        (tmp_path / "out/photo/notes.txt").write_text("mine")
        assert cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "out", "--force").status in (0, 4)
        assert (tmp_path / "stack.yaml").exists()
        assert (tmp_path / "photo.png").exists()
        assert (tmp_path / "out/photo/notes.txt").exists()


@pytest.mark.parametrize("name", ["photo/01_conv.png", "photo/report.json", "weights.h5", "photo"])
def test_a_foreign_file_in_the_way_is_never_overwritten(cnnviz: Invoke, tmp_path: Path, name: str) -> None:
    foreign = tmp_path / "out" / name
    foreign.parent.mkdir(parents=True, exist_ok=True)
    foreign.write_text("somebody's")
    status, _, err = cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "out")
    assert status == 4
    assert foreign.name in err
    assert foreign.read_text() == "somebody's"


def test_an_image_that_fails_does_not_stop_the_others(cnnviz: Invoke, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes((tmp_path / "photo.png").read_bytes()[:60])
    command = ("run", "broken.png", "photo.png", "-c", "stack.yaml", "-o", "out", "--workers", 1)
    status, out, err = cnnviz(*command)
    assert status == 3
    assert out.splitlines()[0].startswith("failed      broken.png: the PNG file is cut short")
    assert "1 ok, 0 up to date, 1 failed" in err
    assert err.endswith("s; overview: out/index.html\n")
    line = json.loads((tmp_path / "out/failures.jsonl").read_text())
    assert (line["file"], line["stage"]) == ("broken.png", "input")
    assert not (tmp_path / "out/broken").exists()
    picture(tmp_path / "broken.png", 5)
    assert cnnviz(*command).status == 0
    assert not (tmp_path / "out/failures.jsonl").exists()


def test_quiet_and_verbose(cnnviz: Invoke, tmp_path: Path) -> None:
    one = ("run", "photo.png", "-c", "stack.yaml", "-o", "one")
    assert cnnviz(*one).out.endswith("\n" + cnnviz(*one, "-q").out)
    assert (tmp_path / cnnviz(*one, "-q").out.strip()).is_file()
    assert cnnviz(*one, "-qq") == (0, "", "")
    assert re.fullmatch(
        r"cnnviz: 1 image through small into one\ncnnviz: photo\.png: up to date in \d\.\d{3} s\n",
        cnnviz(*one, "-v").err,
    )
    (tmp_path / "broken.png").write_bytes(b"no picture")
    several = ("run", "broken.png", "photo.png", "-c", "stack.yaml", "-o", "several", "--workers", 1)
    status, out, err = cnnviz(*several, "-q")
    assert (status, err) == (3, "")
    assert re.fullmatch(r"failed      broken\.png: .*\n", out)
    status, out, err = cnnviz(*several, "-qq")
    assert (status, out) == (3, "")
    assert re.fullmatch(r"cnnviz: error: broken\.png: .*\n", err)


def test_fail_fast_stops_at_the_first(cnnviz: Invoke, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    outcome = cnnviz("run", "broken.png", "photo.png", "-c", "stack.yaml", "-o", "out", "--fail-fast", "--workers", 1)
    assert outcome.status == 3
    assert not (tmp_path / "out/photo").exists()


@each(
    ("arguments", "message"),
    [
        (["run", "photo.png"], "--config is missing"),
        (["run", "photo.png", "-c", "walktrough"], "walkthrough"),
        (["run", "nosuch.png", "-c", "stack.yaml"], "nosuch.png"),
        (["run", "stack.yaml", "-c", "stack.yaml"], "stack.yaml"),
        (["run", "-c", "stack.yaml"], "no input"),
        (["run", "photo.png", "-c", "stack.yaml", "--layer", "nosuch"], "conv, act, pool"),
        (["run", "photo.png", "-c", "stack.yaml", "--colormap", "virids"], "viridis"),
        (["run", "photo.png", "-c", "stack.yaml", "--scale-by", "fixed:5"], "fixed:LO:HI"),
        (["run", "photo.png", "-c", "stack.yaml", "--set", "conv.kernel_size=99"], "--set conv.kernel_size=99"),
        (["run", "photo.png", "-c", "stack.yaml", "--max-pixels", "100"], "--max-pixels allows 100"),
        (["run", "photo.png", "-c", "stack.yaml", "--max-memory", "1k"], "--max-memory allows"),
        (["run", "photo.png", "-c", "stack.yaml", "--json", "--jsonl"], "--jsonl"),
        (["run", "photo.png", "-c", "stack.yaml", "--colour"], "--colormap"),
        (["rum"], "run"),
    ],
)
def test_bad_usage_is_a_message_and_writes_nothing(cnnviz: Invoke, arguments: list[str], message: str) -> None:
    before = files(Path())
    status, out, err = cnnviz(*arguments)
    assert status == 2
    assert message in err
    assert "Traceback" not in err
    assert out == ""
    assert files(Path()) == before
    assert not Path("cnnviz-out").exists()


def test_a_loaded_file_gives_its_weights_and_is_not_written_again(cnnviz: Invoke, tmp_path: Path) -> None:
    cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "a", "--seed", 5)
    cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "b", "--weights", "a/weights.h5")
    first, second = report(tmp_path / "a/photo"), report(tmp_path / "b/photo")
    assert first["layers"][0]["weights"] == "initialised"
    assert second["layers"][0]["weights"] == "file"
    assert first["layers"][0]["sheet"] == second["layers"][0]["sheet"]
    assert first["weights_sha256"] == second["weights_sha256"]
    assert not (tmp_path / "b/weights.h5").exists()


def test_a_weights_file_of_other_shapes_shows_both(cnnviz: Invoke) -> None:
    cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "a")
    status, _, err = cnnviz(
        "run", "photo.png", "-c", "stack.yaml", "-o", "b", "--kernel-size", 5, "--weights", "a/weights.h5"
    )
    assert status == 2
    assert "3x3x1x3" in err
    assert "5x5x1x3" in err


def test_weights_that_differ_between_sizes_are_not_written(cnnviz: Invoke, tmp_path: Path) -> None:
    (tmp_path / "dense.yaml").write_text(STACK + "  - Flatten\n  - {type: Dense, units: 2}\n")
    picture(tmp_path / "wide.png", 1, 16, 30)
    status, _, err = cnnviz("run", "photo.png", "wide.png", "-c", "dense.yaml", "-o", "out", "--workers", 1)
    assert status == 0
    assert "fix input.size" in err
    assert not (tmp_path / "out/weights.h5").exists()


def test_jsonl_and_json_say_the_same(cnnviz: Invoke, tmp_path: Path) -> None:
    picture(tmp_path / "b.png", 1)
    command = ("run", "photo.png", "b.png", "-c", "stack.yaml", "--workers", 1)
    lines = cnnviz(*command, "--jsonl").out.splitlines()
    document = json.loads(cnnviz(*command, "--json").out)
    assert [set(json.loads(line)) for line in lines] == [{"file", "folder", "status", "message", "seconds"}] * 2
    assert [image["folder"] for image in document["images"]] == ["photo", "b"]
    assert [image["status"] for image in document["images"]] == ["up_to_date"] * 2


def test_arrays_of_any_depth_are_taken_as_they_are(cnnviz: Invoke, tmp_path: Path) -> None:
    array = np.random.default_rng(0).normal(size=(9, 10, 5)).astype(np.float32)
    np.save(tmp_path / "cube.npy", array)
    assert cnnviz("run", "cube.npy", "-c", "stack.yaml", "-o", "out").status == 0
    written = report(tmp_path / "out/cube")
    assert written["input"]["shape"] == [9, 10, 5]
    sheet = cv2.imread(str(tmp_path / "out/cube/00_input.png"), cv2.IMREAD_UNCHANGED)
    assert sheet.shape == (2 * 9 * 10 + 2, 3 * 10 * 10 + 4)


def test_options_may_come_from_the_environment(cnnviz: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNVIZ_RUN_CONFIG", "stack.yaml")
    monkeypatch.setenv("CNNVIZ_RUN_OUTPUT", "elsewhere")
    assert cnnviz("run", "photo.png").status == 0
    assert (tmp_path / "elsewhere/photo/report.json").exists()


def test_a_list_on_stdin(cnnviz: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "list.txt").write_text("photo.png\nmissing.png\n")
    status, out, _ = cnnviz("run", "--files-from", "list.txt", "-c", "stack.yaml", "--workers", 1)
    assert status == 3
    assert out.splitlines()[1].startswith("failed      missing.png")


def test_the_python_face_gives_what_the_command_writes(cnnviz: Invoke, tmp_path: Path) -> None:
    cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "out")
    trace = public.run(tmp_path / "photo.png", tmp_path / "stack.yaml")
    sheet = cv2.imread(str(tmp_path / "out/photo/02_act.png"), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(trace["act"].image(), sheet)
    assert trace["act"].array.shape == (14, 16, 3)
