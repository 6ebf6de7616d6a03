"""Checkpoints come back bit by bit; what is none is refused."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from cnnviz.errors import OutputError, WeightsError
from cnnviz.io import files
from cnnviz.io.hdf5.checkpoints import read_checkpoint, write_checkpoint
from cnnviz.io.hdf5.writing import write_weights

VECTORS = {
    "weights": np.array([0.1, -0.0, np.pi, 1e-45], np.float32),
    "mean": np.random.default_rng(0).normal(0, 1, 70_000),
}


def test_they_come_back(tmp_path: Path) -> None:
    for name in ("a.h5", "b.h5"):
        write_checkpoint(tmp_path / name, VECTORS, b'{"step": 3}')
    vectors, text = read_checkpoint(tmp_path / "a.h5")
    assert text == b'{"step": 3}'
    assert {name: vector.tobytes() for name, vector in vectors.items()} == {
        name: vector.tobytes() for name, vector in VECTORS.items()
    }
    assert {name: vector.dtype for name, vector in vectors.items()} == {"weights": np.float32, "mean": np.float64}
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def test_one_without_numbers_or_text_comes_back(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "a.h5", {"none": np.zeros(0, np.float32), "one": np.ones(1)}, b"")
    vectors, text = read_checkpoint(tmp_path / "a.h5")
    assert text == b""
    assert {name: (vector.dtype, vector.tolist()) for name, vector in vectors.items()} == {
        "none": (np.float32, []),
        "one": (np.float64, [1.0]),
    }


def test_they_are_on_the_disk_before_they_have_their_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[tuple[str, bool]] = []

    def flush(path: Path) -> None:
        flushed.append((path.suffix, (tmp_path / "a.h5").exists()))

    monkeypatch.setattr(files, "flush", flush)
    write_checkpoint(tmp_path / "a.h5", VECTORS, b"{}")
    assert flushed == [(".cnnviz-tmp", False), ("", True)]


def test_nothing_is_left_of_one_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        write_checkpoint(tmp_path / "missing" / "a.h5", VECTORS, b"")
    assert not list(tmp_path.iterdir())


def test_weights_are_no_checkpoint(tmp_path: Path) -> None:
    write_weights(tmp_path / "w.h5", {"a": {"kernel": VECTORS["weights"]}}, ["a"])
    with pytest.raises(WeightsError, match=r"w\.h5 is no checkpoint of this version"):
        read_checkpoint(tmp_path / "w.h5")


def test_a_damaged_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    write_checkpoint(path, VECTORS, b"{}")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(WeightsError, match=r"cut short|damaged"):
        read_checkpoint(path)
    with h5py.File(path, "w") as file:
        file.attrs["cnnviz_checkpoint"] = 1
        file.create_group("vectors")
    with pytest.raises(WeightsError, match="damaged"):
        read_checkpoint(path)
