from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cnnviz.errors import DataError
from cnnviz.io.datasets import read_dataset
from tests.helpers.datasets import cifar

NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def batch(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (count, 32, 32, 3), np.uint8), rng.integers(0, 10, count)


def write(folder: Path, names: bool = True) -> None:
    for name, seed in (("data_batch_1.bin", 1), ("data_batch_2.bin", 2), ("test_batch.bin", 3)):
        (folder / name).write_bytes(cifar(*batch(3, seed)))
    if names:
        (folder / "batches.meta.txt").write_text("\n".join(NAMES) + "\n\n")


def test_batches_are_joined_in_order(tmp_path: Path) -> None:
    write(tmp_path)
    found = read_dataset(tmp_path, "train")
    (first, labels), (second, more) = batch(3, 1), batch(3, 2)
    np.testing.assert_array_equal(found.pictures, np.concatenate([first, second]))
    np.testing.assert_array_equal(found.labels, np.concatenate([labels, more]))
    assert found.classes == NAMES
    assert found.source == str(tmp_path)


def test_the_test_batch_is_the_test_part(tmp_path: Path) -> None:
    write(tmp_path, names=False)
    found = read_dataset(tmp_path, "test")
    np.testing.assert_array_equal(found.pictures, batch(3, 3)[0])
    assert found.classes is None


def test_one_part_serves_either(tmp_path: Path) -> None:
    write(tmp_path)
    for file in tmp_path.glob("data_batch_*"):
        file.unlink()
    assert len(read_dataset(tmp_path, "train")) == 3


def test_one_batch_alone(tmp_path: Path) -> None:
    write(tmp_path)
    found = read_dataset(tmp_path / "data_batch_2.bin", "test")
    np.testing.assert_array_equal(found.pictures, batch(3, 2)[0])
    assert found.classes == NAMES


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "data_batch_2.bin is no batch of CIFAR-10's binary version, or is cut short: 0 bytes"),
        (cifar(*batch(3, 1))[:-5], "cut short: 9,214 bytes are not records of 3,073"),
        (
            cifar(batch(3, 1)[0], np.array([1, 10, 3])),
            "data_batch_2.bin: example 1 has the label 10; there are 10 classes, 0 to 9",
        ),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, data: bytes, message: str) -> None:
    write(tmp_path)
    (tmp_path / "data_batch_2.bin").write_bytes(data)
    with pytest.raises(DataError, match=message):
        read_dataset(tmp_path, "train")
