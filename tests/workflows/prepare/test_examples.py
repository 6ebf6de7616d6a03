from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from cnnviz.errors import DataError
from cnnviz.io.datasets import read_dataset
from cnnviz.io.datasets.examples import Examples
from cnnviz.io.images import DecodedImage
from cnnviz.io.pixels import to_pixels
from cnnviz.stack.spec import InputSpec
from cnnviz.workflows.prepare.examples import prepare_examples
from tests.helpers.commands import picture

SPECS = [
    InputSpec(color="gray"),
    InputSpec(color="bgr"),
    InputSpec(color="rgb", size=(9, 20)),
    InputSpec(color="gray", size=(32, 32)),
    InputSpec(color="gray", max_side=7),
]
RNG = np.random.default_rng(0)
GRAY = RNG.integers(0, 256, (300, 12, 10), np.uint8)
COLOR = RNG.integers(0, 256, (300, 12, 10, 3), np.uint8)


def examples(pictures: np.ndarray) -> Examples:
    return Examples(pictures, np.zeros(len(pictures), np.int64), None, "data")


KINDS = {
    "gray": GRAY,
    "color": COLOR,
    "turned": COLOR.transpose(0, 2, 1, 3),
    "float": GRAY / 3,
    "six_channels": np.repeat(COLOR, 2, axis=3),
}
# Every kind with every specification among the slow ones, else two of each.
PAIRS = [
    pytest.param(KINDS[kind], spec, id=f"{kind}-{number}", marks=[] if (row - number) % 5 < 2 else pytest.mark.slow)
    for row, kind in enumerate(KINDS)
    for number, spec in enumerate(SPECS)
]


@pytest.mark.parametrize(("pictures", "spec"), PAIRS)
def test_a_data_set_is_prepared_as_each_picture_alone(spec: InputSpec, pictures: np.ndarray) -> None:
    found = prepare_examples(examples(pictures), spec, [])
    is_array = pictures.dtype != np.uint8 or pictures.shape[3:] == (6,)
    for index in (0, 255, 256, 299):
        alone = to_pixels(DecodedImage(pictures[index], is_array, ""), spec.color, spec.size, spec.max_side)
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
    found = prepare_examples(read_dataset(tmp_path), spec, [])
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found[1], np.repeat(gray[..., None], 3, axis=2))


def test_sixteen_bits_keep_their_fractions(tmp_path: Path) -> None:
    deep = RNG.integers(0, 65536, (8, 9), np.uint16)
    shallow = RNG.integers(0, 256, (8, 9), np.uint8)
    for name, pixels in (("a", shallow), ("b", deep)):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / "0.png"), pixels)
    found = prepare_examples(read_dataset(tmp_path), InputSpec(color="gray"), [])
    np.testing.assert_array_equal(found[..., 0], [shallow, deep / 257])


def test_numbers_of_a_file_that_are_not_finite(tmp_path: Path) -> None:
    (tmp_path / "cats").mkdir()
    np.save(tmp_path / "cats/a.npy", np.full((8, 9), np.nan))
    with pytest.raises(DataError, match=r"a\.npy holds numbers that are not finite"):
        prepare_examples(read_dataset(tmp_path), InputSpec(), [])


def test_what_is_remarkable_about_a_picture_is_said_with_its_name_and_not_of_thousands(tmp_path: Path) -> None:
    for number in range(7):
        frames = [Image.new("L", (9, 8), level) for level in (number, 255)]
        place = tmp_path / "cats" / f"{number}.gif"
        place.parent.mkdir(exist_ok=True)
        frames[0].save(place, save_all=True, append_images=frames[1:])
    remarks: list[str] = []
    prepare_examples(read_dataset(tmp_path), InputSpec(), remarks)
    assert [Path(remark.split(": ")[0]).name for remark in remarks[:5]] == [f"{number}.gif" for number in range(5)]
    assert remarks[5:] == [f"{tmp_path}: 2 more such remarks"]


def test_pictures_of_two_sizes(tmp_path: Path) -> None:
    picture(tmp_path / "cats/a.png")
    picture(tmp_path / "dogs/b.png", height=5)
    with pytest.raises(DataError, match="picture 1 is 5x18x3, those before it 16x18x3; bring them to one size"):
        prepare_examples(read_dataset(tmp_path), InputSpec(), [])


@pytest.mark.parametrize("size", [None, (3, 9)])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_channels_that_seem_to_come_first_are_asked_about(channels: int, size: tuple[int, int] | None) -> None:
    numbers = RNG.uniform(0, 255, (5, channels, 8, 9))
    with pytest.raises(
        DataError, match=rf"holds arrays of {channels}x8x9: .* np\.moveaxis.* input\.size=\[{channels},8\]"
    ):
        prepare_examples(examples(numbers), InputSpec(size=size), [])
    said = prepare_examples(examples(numbers), InputSpec(size=(channels, 8)), [])
    np.testing.assert_array_equal(said, numbers)
    last = np.moveaxis(numbers, 1, -1)
    np.testing.assert_array_equal(prepare_examples(examples(last), InputSpec(), []), last)


def test_channels_first_in_files(tmp_path: Path) -> None:
    (tmp_path / "cats").mkdir()
    np.save(tmp_path / "cats/a.npy", np.zeros((3, 8, 9)))
    with pytest.raises(DataError, match="holds arrays of 3x8x9"):
        prepare_examples(read_dataset(tmp_path), InputSpec(), [])


@pytest.mark.parametrize(
    ("pictures", "spec", "remark"),
    [
        (
            GRAY / 255,
            InputSpec(scale=1 / 255),
            "holds numbers from 0 to 1, and input.scale makes them 0.0039 at most",
        ),
        ((GRAY > 99).astype(np.uint8), InputSpec(color="gray", scale=1 / 255), "data holds numbers from 0 to 1"),
        (GRAY / 255, InputSpec(), ""),
        (GRAY, InputSpec(scale=1 / 255), ""),
        (GRAY / 255 - 0.5, InputSpec(scale=1 / 255), ""),
        (GRAY * 0, InputSpec(scale=1 / 255), ""),
        (
            COLOR / 1.0,
            InputSpec(color="gray"),
            "float64: taken as they are, not brought to `input.color` gray",
        ),
        (COLOR / 1.0, InputSpec(), ""),
        (COLOR, InputSpec(color="gray"), ""),
    ],
)
def test_numbers_that_do_not_go_with_the_input_are_said(pictures: np.ndarray, spec: InputSpec, remark: str) -> None:
    remarks: list[str] = []
    prepare_examples(examples(pictures), spec, remarks)
    assert [remark in said for said in remarks] == [True] * bool(remark)


@pytest.mark.parametrize("pictures", [GRAY, COLOR])
def test_the_middle_is_cut_out_of_every_picture(pictures):
    spec = InputSpec(color="rgb", size=(5, 10), crop="center")
    found = prepare_examples(examples(pictures), spec, [])
    plain = InputSpec(color="rgb", size=(5, 10))
    np.testing.assert_array_equal(found, prepare_examples(examples(pictures[:, 3:8]), plain, []))
