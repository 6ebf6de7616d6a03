from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from commands import picture
from datasets import digits

from cnnviz.errors import DataError
from cnnviz.io.datasets import read_dataset
from cnnviz.io.datasets.examples import Examples
from cnnviz.io.images import Picture
from cnnviz.io.pixels import to_pixels
from cnnviz.stack.spec import InputSpec
from cnnviz.workflows.examples import match_classes, prepare_examples

SPECS = [
    InputSpec(color="gray"),
    InputSpec(color="bgr"),
    InputSpec(color="rgb", size=(9, 20)),
    InputSpec(color="gray", size=(32, 32)),
    InputSpec(color="gray", max_side=7),
]
RNG = np.random.default_rng(0)
GRAY = RNG.integers(0, 256, (300, 12, 10), np.uint8)
DIGITS, LABELS = digits(10)
COLOR = RNG.integers(0, 256, (300, 12, 10, 3), np.uint8)


def examples(pictures: np.ndarray) -> Examples:
    return Examples(pictures, np.zeros(len(pictures), np.int64), None, "data")


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize(
    "pictures", [GRAY, COLOR, COLOR.transpose(0, 2, 1, 3), GRAY / 3, np.repeat(COLOR, 2, axis=3)], ids=str
)
def test_a_data_set_is_prepared_as_each_picture_alone(spec: InputSpec, pictures: np.ndarray) -> None:
    found = prepare_examples(examples(pictures), spec)
    is_array = pictures.dtype != np.uint8 or pictures.shape[3:] == (6,)
    for index in (0, 255, 256, 299):
        alone = to_pixels(Picture(pictures[index], is_array, ""), spec.color, spec.size, spec.max_side)
        np.testing.assert_array_equal(found[index], alone)
    whole = not is_array and not (pictures.ndim == 4 and spec.color == "gray")
    assert (found.dtype == np.uint8) == (
        whole or (pictures.dtype == np.uint8 and found.shape[1:3] == (12, 10) and is_array)
    )


def test_pictures_of_a_folder(tmp_path: Path) -> None:
    picture(tmp_path / "cats/a.png", 1)
    gray = RNG.integers(0, 256, (8, 9), np.uint8)
    (tmp_path / "dogs").mkdir()
    cv2.imwrite(str(tmp_path / "dogs/b.png"), gray)
    spec = InputSpec(color="rgb", size=(8, 9))
    found = prepare_examples(read_dataset(tmp_path), spec)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found[1], np.repeat(gray[..., None], 3, axis=2))


def test_sixteen_bits_keep_their_fractions(tmp_path: Path) -> None:
    deep = RNG.integers(0, 65536, (8, 9), np.uint16)
    shallow = RNG.integers(0, 256, (8, 9), np.uint8)
    for name, pixels in (("a", shallow), ("b", deep)):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / "0.png"), pixels)
    found = prepare_examples(read_dataset(tmp_path), InputSpec(color="gray"))
    np.testing.assert_array_equal(found[..., 0], [shallow, deep / 257])


def test_pictures_of_two_sizes(tmp_path: Path) -> None:
    picture(tmp_path / "cats/a.png")
    picture(tmp_path / "dogs/b.png", height=5)
    with pytest.raises(DataError, match="picture 1 is 5x18x3, those before it 16x18x3; bring them to one size"):
        prepare_examples(read_dataset(tmp_path), InputSpec())


def test_classes_are_matched_by_their_names() -> None:
    data = Examples(DIGITS[:3], np.array([0, 1, 1]), ("cat", "dog"), "pets")
    remarks: list[str] = []
    found = match_classes(data, ("dog", "bird", "cat"), 3, remarks)
    assert found.labels.tolist() == [2, 0, 0]
    assert found.classes == ("dog", "bird", "cat")
    assert remarks == []


def test_classes_of_other_names_are_matched_by_their_order() -> None:
    data = Examples(DIGITS[:3], np.array([0, 1, 1]), ("cat", "dog"), "pets")
    remarks: list[str] = []
    assert match_classes(data, tuple("abcde"), 5, remarks) is data
    assert remarks == ["pets has the classes cat, dog, the stack a, b, c, d, ...: matched by their order"]
    for names in (None, ("cat", "dog")):
        assert match_classes(data, names, 2, []) is data


def test_labels_beyond_the_scores() -> None:
    data = Examples(DIGITS, LABELS, None, "digits")
    assert match_classes(data, None, 10, []) is data
    with pytest.raises(
        DataError, match=r"digits \(the stack ends in 9 scores\): example 9 has the label 9; there are 9"
    ):
        match_classes(data, None, 9, [])
