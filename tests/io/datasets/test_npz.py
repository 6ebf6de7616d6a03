from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz.errors import DataError
from cnnviz.io.datasets import read_dataset
from tests.helpers.datasets import digits
from tests.helpers.pictures import npy
from tests.helpers.rows import each

PICTURES, LABELS = digits(4, side=8)


def save(folder: Path, **arrays: Any) -> Path:
    path = folder / "data.npz"
    np.savez(path, **arrays)
    return path


def test_pictures_and_labels(tmp_path: Path) -> None:
    found = read_dataset(save(tmp_path, x=PICTURES, y=LABELS))
    np.testing.assert_array_equal(found.pictures, PICTURES)
    np.testing.assert_array_equal(found.labels, LABELS)
    assert found.source == str(tmp_path / "data.npz")


def test_parts_as_keras_names_them(tmp_path: Path) -> None:
    path = save(tmp_path, x_train=PICTURES, y_train=LABELS, x_test=PICTURES[:2], y_test=LABELS[:2])
    assert len(read_dataset(path, "train")) == 4
    assert len(read_dataset(path, "test")) == 2


def test_one_part_serves_either(tmp_path: Path) -> None:
    assert len(read_dataset(save(tmp_path, x_train=PICTURES, y_train=LABELS), "test")) == 4


def test_labels_as_a_column_and_a_channel_axis(tmp_path: Path) -> None:
    found = read_dataset(save(tmp_path, x=PICTURES[..., None], y=LABELS[:, None].astype(">u2")))
    np.testing.assert_array_equal(found.pictures, PICTURES)
    np.testing.assert_array_equal(found.labels, LABELS)


@each("kind", [np.float32, np.int8, np.bool_])
def test_labels_one_hot_or_in_other_numbers(tmp_path: Path, kind: type) -> None:
    np.testing.assert_array_equal(
        read_dataset(save(tmp_path, x=PICTURES, y=np.eye(4)[LABELS].astype(kind))).labels, LABELS
    )
    either = LABELS % 2
    found = read_dataset(save(tmp_path, x=PICTURES, y=either.astype(kind))).labels
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found, either)


def test_compressed_and_other_numbers(tmp_path: Path) -> None:
    numbers = np.asfortranarray(PICTURES / 16).astype(">f4")
    np.savez_compressed(tmp_path / "data.npz", x=numbers, y=LABELS)
    found = read_dataset(tmp_path / "data.npz")
    np.testing.assert_array_equal(found.pictures, numbers)
    assert found.pictures.dtype == np.float32


class Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return exit, (1,)


@each(
    ("arrays", "message"),
    [
        ({"x": PICTURES}, "must hold the arrays x and y, or x_train and y_train; it holds x"),
        ({"x": np.array([Trap()]), "y": LABELS}, "the array x cannot be read: Object arrays cannot be loaded"),
        ({"x": PICTURES.astype("S1"), "y": LABELS}, "the array x holds |S1, not real numbers"),
        ({"x": PICTURES.reshape(4, 64), "y": LABELS}, r"x has shape \(4, 64\), not \(pictures, height, width\)"),
        ({"x": PICTURES[:, :0], "y": LABELS}, r"x has shape \(4, 0, 8\)"),
        ({"x": PICTURES / np.nan, "y": LABELS}, "x holds numbers that are not finite"),
        ({"x": PICTURES, "y": np.eye(4) + np.eye(4)[::-1]}, r"\(4, 4\) .* several labels a picture are not offered"),
        ({"x": PICTURES, "y": np.eye(4) / 2}, r"y has shape \(4, 4\) and holds float64; it must be the number"),
        ({"x": PICTURES, "y": np.array([0, 1, np.nan, 2])}, "holds float64; it must be the number"),
        ({"x": PICTURES, "y": np.array([0, 1, 1e300, 2])}, "holds float64; it must be the number"),
        ({"x": PICTURES, "y": np.array([0, 1, 2**63, 2], np.uint64)}, "example 2 has the label 9223372036854775808"),
        ({"x": PICTURES, "y": np.array(list("abcd"))}, r"the array y holds <U1, not real numbers"),
        ({"x": PICTURES.reshape(4, 1, 8, 8, 1), "y": LABELS}, r"x has shape \(4, 1, 8, 8, 1\)"),
        ({"x": PICTURES, "y": LABELS / 2}, "holds float64; it must be the number"),
        ({"x": PICTURES, "y": LABELS[:3]}, "has 4 pictures but 3 labels"),
        ({"x": PICTURES, "y": LABELS - 1}, "example 0 has the label -1; labels count from 0"),
        ({"x": PICTURES[:0], "y": LABELS[:0]}, "holds no examples"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_dataset(save(tmp_path, **arrays))


@each("cut", [0, 100, -30])
def test_a_file_that_is_cut_short(tmp_path: Path, cut: int) -> None:
    path = save(tmp_path, x=PICTURES, y=LABELS)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(DataError, match=r"is no \.npz archive, or is damaged"):
        read_dataset(path)


@each(
    ("x", "message"),
    [
        (npy(PICTURES)[:-1], "the array x cannot be read"),
        (b"not an array", "the array x cannot be read"),
        (npy(PICTURES).replace(b"(4, 8, 8)", b"(4, 8, 88888888888)"), "the array x cannot be read"),
    ],
)
def test_damage_inside(tmp_path: Path, x: bytes, message: str) -> None:
    with zipfile.ZipFile(tmp_path / "data.npz", "w") as archive:
        archive.writestr("x.npy", x)
        archive.writestr("y.npy", npy(LABELS))
        archive.writestr("x_train", "no array by its name")
    with pytest.raises(DataError, match=message):
        read_dataset(tmp_path / "data.npz")
