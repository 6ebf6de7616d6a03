"""Whatever a file holds: examples come out, or an error that says what is wrong; nothing else."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.errors import DataError
from cnnviz.io.datasets import read_dataset
from tests.helpers.datasets import cifar, digits, idx

PICTURES, LABELS = digits(3, side=4)


def npz(compressed: bool) -> bytes:
    stream = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(stream, x=PICTURES, y=LABELS)
    return stream.getvalue()


FILES = {
    "train-images-idx3-ubyte": idx(PICTURES),
    "train-images-idx3-ubyte.gz": gzip.compress(idx(PICTURES), mtime=0),
    "batch.bin": cifar(np.zeros((1, 32, 32, 3)), np.zeros(1)),
    "stored.npz": npz(False),
    "compressed.npz": npz(True),
}


def mutated(data: bytes) -> st.SearchStrategy[bytes]:
    """The bytes with some replaced, a part left out, or some put in."""
    place = st.integers(0, len(data))

    def change(ends: tuple[int, int], new: bytes) -> bytes:
        start, stop = sorted(ends)
        return data[:start] + new + data[stop:]

    near = place.flatmap(lambda start: st.tuples(st.just(start), st.integers(start, min(start + 4, len(data)))))
    return st.builds(change, near | st.tuples(place, place), st.binary(max_size=6))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("damage")
    (path / "train-labels-idx1-ubyte").write_bytes(idx(LABELS))
    return path


@pytest.mark.parametrize("name", FILES)
@given(data=st.data())
def test_damage_is_said(folder: Path, name: str, data: st.DataObject) -> None:
    (folder / name).write_bytes(data.draw(mutated(FILES[name])))
    try:
        found = read_dataset(folder / name)
    except DataError as error:
        assert str(error).startswith(str(folder))
    else:
        assert len(found) == len(found.pictures) == len(found.labels) > 0
