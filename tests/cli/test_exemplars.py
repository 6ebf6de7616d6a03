from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import cnnviz as library
from cnnviz.workflows.exemplars import pictures as looking
from tests.helpers.commands import Outcome, files, picture

Invoke = Callable[..., Outcome]

STACK = """\
name: tiny
input: {color: gray, scale: 1/255}
layers:
  - {type: Conv2D, name: conv, filters: 4, kernel_size: 3, padding: same, activation: relu}
  - {type: MaxPooling2D, name: pool}
  - {type: Conv2D, name: last, filters: 3, kernel_size: 3}
"""


@pytest.fixture
def exemplars(cnnviz: Invoke, tmp_path: Path) -> Invoke:
    (tmp_path / "tiny.yaml").write_text(STACK)
    for number in range(7):
        picture(tmp_path / f"many/{number}.png", number, 12 + number % 3, 14)
    return lambda *arguments: cnnviz("exemplars", *arguments, "-c", "tiny.yaml", "--workers", 1)


def by_hand(folder: Path, layer: str, channel: int, top: int) -> list[tuple[float, str, tuple[int, int]]]:
    """Run every picture alone, and sort."""
    found = []
    for path in sorted(folder.glob("*.png")):
        maps = library.run(path, folder.parent / "tiny.yaml")[layer].array[..., channel]
        row, column = np.unravel_index(maps.argmax(), maps.shape)
        found.append((-float(maps.max()), path.name, (int(row), int(column))))
    return [(-value, name, at) for value, name, at in sorted(found)[:top]]


def test_the_strongest_patches_are_found_and_cut_out(exemplars: Invoke, tmp_path: Path) -> None:
    outcome = exemplars("many", "--layer", "last", "--top", 4, "-o", "out", "--json")
    assert (outcome.status, outcome.err) == (0, "")
    report = json.loads(outcome.out)
    assert (report["pictures"], report["failed"]) == (7, 0)
    for part in report["channels"]:
        wanted = by_hand(tmp_path / "many", "last", part["channel"], 4)
        for exemplar, (value, name, at) in zip(part["exemplars"], wanted, strict=True):
            assert exemplar["value"] == pytest.approx(value, rel=1e-6)
            assert (Path(exemplar["file"]).name, tuple(exemplar["at"])) == (name, at)
            # Only pixels of the patch matter: others may be anything.
            (top, bottom), (left, right) = exemplar["rows"], exemplar["columns"]
            pixels = library.run(tmp_path / "many" / name, tmp_path / "tiny.yaml").pixels
            other = np.random.default_rng(0).uniform(0, 255, pixels.shape)
            inside = slice(max(top, 0), bottom + 1), slice(max(left, 0), right + 1)
            other[inside] = pixels[inside]
            maps = library.load_stack(tmp_path / "tiny.yaml").build(pixels.shape).forward(other)["last"]
            assert maps[at][part["channel"]] == pytest.approx(value)
        assert cv2.imread(str(tmp_path / "out" / part["sheet"])) is not None
    sheets = {f"last_{channel:03d}.png" for channel in range(3)}
    named = {"exemplars.json", "exemplars.txt", "exemplars.png", "index.html"}
    assert files(tmp_path / "out") == sheets | named


def test_a_run_that_was_stopped_goes_on(exemplars: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "many/2.png").write_bytes(b"no picture")
    assert exemplars("many", "--layer", "conv", "-o", "whole").status == 3
    results = looking.results_of
    seen: list[str] = []

    def stopping(job: Any, sources: Any, workers: Any, cluster: Any) -> Iterator[Any]:
        for number, result in enumerate(results(job, sources, workers, cluster)):
            if not seen and number == 4:
                seen.append("stopped")
                raise KeyboardInterrupt
            if seen:
                seen.append(result.file)
            yield result

    monkeypatch.setattr(looking, "results_of", stopping)
    assert exemplars("many", "--layer", "conv", "-o", "parts").status == 130
    assert files(tmp_path / "parts") == {".cnnviz-exemplars.npz"}
    outcome = exemplars("many", "--layer", "conv", "-o", "parts")
    assert outcome.status == 3
    assert "went on from picture 4" in outcome.err
    assert "2.png" in outcome.err, "what failed before is still said"
    assert [Path(name).name for name in seen[1:]] == ["4.png", "5.png", "6.png"]
    assert files(tmp_path / "parts") == files(tmp_path / "whole")
    for file in files(tmp_path / "whole"):
        assert (tmp_path / "parts" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes(), file


def test_another_run_does_not_go_on_from_it(exemplars: Invoke, tmp_path: Path) -> None:
    assert exemplars("many", "--layer", "conv", "-o", "out").status == 0
    (tmp_path / "out/.cnnviz-exemplars.npz").write_bytes(b"mine")
    outcome = exemplars("many", "--layer", "conv", "-o", "out")
    assert outcome.status == 4
    assert (tmp_path / "out/.cnnviz-exemplars.npz").read_bytes() == b"mine"


def test_a_data_set_is_looked_through_in_batches(exemplars: Invoke, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (70, 10, 11), np.uint8)
    np.savez(tmp_path / "data.npz", x=pictures, y=np.zeros(70, int))
    assert exemplars("data.npz", "--layer", "last", "--channel", 2, "--top", 3, "-o", "out").status == 0
    report = json.loads((tmp_path / "out/exemplars.json").read_text())
    (part,) = report["channels"]
    network = library.load_stack(tmp_path / "tiny.yaml").build((10, 11, 1))
    answers = [network.forward(it[..., None].astype(float))["last"][..., 2].max() for it in pictures]
    best = np.argsort(-np.array(answers), kind="stable")[:3]
    assert [exemplar["file"] for exemplar in part["exemplars"]] == [f"data.npz #{number}" for number in best]


@pytest.mark.slow
def test_workers_find_the_same(exemplars: Invoke, tmp_path: Path) -> None:
    for name, workers in (("one", 1), ("two", 2)):
        assert exemplars("many", "--layer", "last", "-o", name, "--workers", workers).status == 0
    for file in files(tmp_path / "one"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes(), file


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["many", "--layer", "lst"], ["lst", "last"]),
        (["many", "--layer", "last", "--channel", "3"], ["0 to 2", "3"]),
        (["nothing", "--layer", "last"], ["nothing"]),
        (["many", "--layer", "last", "--top", "0"], ["top"]),
        (["many", "--layer", "last", "--scheduler", "tcp://1.2.3.4:1"], ["--engine dask"]),
    ],
)
def test_what_cannot_be_asked_is_said(exemplars: Invoke, tmp_path: Path, arguments: list[str], said: list[str]) -> None:
    outcome = exemplars(*arguments, "-o", "out")
    assert outcome.status == 2
    assert all(part in outcome.err for part in said), outcome.err
    assert not (tmp_path / "out").exists()


def test_what_no_picture_allows_is_said_before_what_one_cannot(exemplars: Invoke, tmp_path: Path) -> None:
    (tmp_path / "many/-broken.png").write_bytes(b"no picture")
    outcome = exemplars("many", "--layer", "last", "--channel", 3, "-o", "out")
    assert outcome.status == 2
    assert "0 to 2" in outcome.err


def test_channels_that_no_picture_has_are_said_before_any_is_looked_at(exemplars: Invoke, monkeypatch) -> None:
    monkeypatch.setattr(looking.Files, "outcomes", lambda *_: pytest.fail("looked at pictures"))
    outcome = exemplars("many", "--layer", "last", "--channel", 3, "-o", "out")
    assert outcome.status == 2
    assert "0 to 2" in outcome.err


def test_pictures_are_looked_at_once_whatever_they_are_called(exemplars: Invoke, tmp_path: Path) -> None:
    picture(tmp_path / "more/0.png", 9, 12, 14)
    many, more = tmp_path / "many", tmp_path / "more"
    for inputs, count in (
        (["many", "many"], 7),
        (["many", many], 7),
        (["many/3.png", "./many", many / "3.png"], 7),
        ([many, more], 8),
        ([more / "0.png", many / "0.png"], 2),
    ):
        outcome = exemplars(*inputs, "--layer", "last", "-o", "out", "--json")
        assert outcome.status == 0, outcome.err
        assert json.loads(outcome.out)["pictures"] == count, inputs


def test_pictures_for_which_the_layer_has_other_units_are_left_out(exemplars: Invoke, tmp_path: Path) -> None:
    (tmp_path / "tiny.yaml").write_text(STACK + "  - {type: Flatten, name: flat}\n")
    outcome = exemplars("many/1.png", "many/0.png", "many/2.png", "--layer", "flat", "-o", "out", "--json")
    assert outcome.status == 3
    assert "many/2.png: flat has 75 channels for it and 60 for pictures before it" in outcome.err
    report = json.loads(outcome.out)
    assert (report["pictures"], report["failed"]) == (3, 1)
    assert exemplars("many/0.png", "many/2.png", "--layer", "flat", "--channel", 70, "-o", "out").status == 3


def test_an_answer_that_is_not_finite_is_none(exemplars: Invoke, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).uniform(0, 255, (12, 14, 1))
    np.save(tmp_path / "good.npy", pixels)
    pixels[5, 6] = np.inf
    np.save(tmp_path / "odd.npy", pixels)
    assert exemplars("odd.npy", "good.npy", "--layer", "conv", "-o", "out").status == 0
    report = json.loads((tmp_path / "out/exemplars.json").read_text())
    assert all(np.isfinite(it["value"]) for part in report["channels"] for it in part["exemplars"])


def test_a_picture_that_fails_is_named_once(exemplars: Invoke, tmp_path: Path) -> None:
    (tmp_path / "many/broken.png").write_bytes(b"no picture")
    outcome = exemplars("many", "--layer", "last", "-o", "out")
    assert outcome.status == 3
    assert outcome.err.count("many/broken.png") == 1
