from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

from cnnviz.errors import DataError
from cnnviz.io.datasets import read_dataset
from tests.helpers.datasets import digits, idx, write_idx
from tests.helpers.rows import each


@each("packed", [True, False])
def test_a_pair_is_read(tmp_path: Path, packed: bool) -> None:
    pictures, labels = digits(5)
    path = write_idx(tmp_path, "t10k", pictures, labels, packed)
    for source in (tmp_path, path):
        found = read_dataset(source, "train")
        np.testing.assert_array_equal(found.pictures, pictures)
        np.testing.assert_array_equal(found.labels, labels)
        assert found.labels.dtype == np.int64
        assert found.classes is None
        assert found.source == str(path)


@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=3, max_dims=3, max_side=5)))
def test_every_size_comes_back(tmp_path_factory: pytest.TempPathFactory, pictures: np.ndarray) -> None:
    folder = tmp_path_factory.mktemp("idx")
    write_idx(folder, "train", pictures, np.zeros(len(pictures)))
    np.testing.assert_array_equal(read_dataset(folder, "train").pictures, pictures)


def test_each_part_has_its_pair(tmp_path: Path) -> None:
    write_idx(tmp_path, "train", *digits(6))
    write_idx(tmp_path, "t10k", *digits(4))
    assert len(read_dataset(tmp_path, "train")) == 6
    assert len(read_dataset(tmp_path, "test")) == 4


def test_labels_and_images_may_be_packed_apart(tmp_path: Path) -> None:
    path = write_idx(tmp_path, "train", *digits(3))
    labels = tmp_path / "train-labels-idx1-ubyte.gz"
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(gzip.decompress(labels.read_bytes()))
    labels.unlink()
    assert len(read_dataset(path)) == 3


def test_an_unpacked_file_beside_its_archive_is_one_pair(tmp_path: Path) -> None:
    write_idx(tmp_path, "train", *digits(3), packed=True)
    write_idx(tmp_path, "train", *digits(3), packed=False)
    assert read_dataset(tmp_path).source == str(tmp_path / "train-images-idx3-ubyte")


def test_other_names_of_the_files(tmp_path: Path) -> None:
    pictures, labels = digits(3)
    for name, array in (("train-images.idx3-ubyte", pictures), ("train-labels.idx1-ubyte", labels)):
        (tmp_path / name).write_bytes(idx(array))
    assert len(read_dataset(tmp_path)) == 3


def broken(folder: Path, images: bytes | None = None, labels: bytes | None = None) -> Path:
    pictures, numbers = digits(4)
    path = write_idx(folder, "train", pictures, numbers, packed=False)
    if images is not None:
        path.write_bytes(images)
    if labels is not None:
        (folder / "train-labels-idx1-ubyte").write_bytes(labels)
    return path


IMAGES, LABELS = idx(digits(4)[0]), idx(digits(4)[1])


@each(
    ("images", "labels", "message"),
    [
        (
            b"\0\0\x08\x04" + IMAGES[4:],
            None,
            "images-idx3-ubyte is no IDX file of images: its magic number is 2052, not",
        ),
        (LABELS + bytes(20), None, "its magic number is 2049, not 2051; 2049 is that of labels"),
        (None, IMAGES, "labels-idx1-ubyte is no IDX file of labels: .* 2051, not 2049; 2051 is that of images"),
        (b"", None, "images-idx3-ubyte is cut short: it has 0 bytes"),
        (IMAGES[:10], None, "is cut short: it has 10 bytes"),
        (IMAGES[:-1], None, "images-idx3-ubyte is cut short: its header tells of 4x28x28 bytes"),
        (IMAGES + b"\0", None, "goes on after its end: its header tells of 4x28x28 bytes"),
        (gzip.compress(IMAGES, mtime=0)[:-9], None, "is cut short or damaged"),
        (gzip.compress(IMAGES, mtime=0)[:-8] + bytes(8), None, "is cut short or damaged"),
        (gzip.compress(IMAGES, mtime=0)[:9] + b"\xff" * 40, None, "is cut short or damaged"),
        (IMAGES[:4] + b"\xff" * 12 + IMAGES[16:], None, "is cut short"),
        (gzip.compress(IMAGES[:4] + b"\xff" * 12 + bytes(10**6), mtime=0), None, "is cut short"),
        (None, idx(np.arange(3)), "has 4 pictures but 3 labels"),
        (idx(np.zeros((0, 28, 28))), idx(np.zeros(0)), "holds no examples"),
        (idx(np.zeros((4, 0, 28))), None, "has images of 0x28"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, images: bytes | None, labels: bytes | None, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_dataset(broken(tmp_path, images, labels))


def test_images_without_labels(tmp_path: Path) -> None:
    path = broken(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match=r"lacks its labels: there is no .*train-labels-idx1-ubyte, plain or \.gz"):
        read_dataset(path)


def test_a_name_that_tells_no_labels(tmp_path: Path) -> None:
    path = broken(tmp_path).rename(tmp_path / "mnist.idx")
    with pytest.raises(
        DataError, match=r"mnist\.idx is no data set: a file must be an \.npz .* for its labels to be found"
    ):
        read_dataset(path)


def test_pairs_of_no_known_part(tmp_path: Path) -> None:
    for stem in ("one", "two"):
        write_idx(tmp_path, stem, *digits(2))
    with pytest.raises(DataError, match=r"to train with \(one-images-idx3-ubyte.gz, two-images.*\): name one file"):
        read_dataset(tmp_path, "train")
