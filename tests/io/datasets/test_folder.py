from __future__ import annotations

from pathlib import Path

import pytest

from cnnviz.errors import DataError
from cnnviz.io.datasets import read_dataset
from tests.helpers.commands import picture
from tests.helpers.datasets import digits, write_idx


def write(folder: Path) -> Path:
    names = ("dogs/b.png", "dogs/a.JPG", "dogs/old/2/e.png", "cats/c.png", "cats/.hidden.png", "cats/.cache/d.png")
    for name in (*names, ".cache/d.png"):
        picture(folder / name)
    (folder / "dogs/notes.txt").write_text("not a picture")
    (folder / "readme.txt").write_text("not a class")
    return folder


def test_each_subfolder_is_a_class(tmp_path: Path) -> None:
    found = read_dataset(write(tmp_path))
    names = ("cats/c.png", "dogs/a.JPG", "dogs/b.png", "dogs/old/2/e.png")
    assert found.pictures == tuple(tmp_path / name for name in names)
    assert found.labels.tolist() == [0, 1, 1, 1]
    assert found.classes == ("cats", "dogs")
    assert found.source == str(tmp_path)


def test_a_class_without_pictures(tmp_path: Path) -> None:
    (write(tmp_path) / "fish").mkdir()
    with pytest.raises(DataError, match=r"the class .*fish holds no picture \(\.png \.jpg"):
        read_dataset(tmp_path)


def test_a_data_set_one_folder_further_down_is_named(tmp_path: Path) -> None:
    write_idx(tmp_path / "MNIST" / "raw", "train", *digits(2))
    with pytest.raises(DataError, match=r"MNIST is no data set, but .*raw in it is: name that"):
        read_dataset(tmp_path / "MNIST")


def test_a_folder_without_classes(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    with pytest.raises(DataError, match=r"is no data set: .* nor a subfolder of pictures a class"):
        read_dataset(tmp_path)
