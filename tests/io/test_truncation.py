"""A picture that is not all there is refused: never half a picture, never a part of the one before it."""

from __future__ import annotations

import os
import subprocess
import sys

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from cnnviz.errors import ImageError
from cnnviz.io.images import DecodedImage, read_image
from tests.helpers.fuzzing import cases
from tests.helpers.pictures import PICTURES, photograph, save
from tests.helpers.rows import each


def read_or_none(data: bytes) -> DecodedImage | None:
    """Whatever the bytes are, there is a picture or an `ImageError`."""
    try:
        return read_image(data, max_pixels=10**6)
    except ImageError as error:
        assert "\n" not in str(error)
        return None


@each("name", PICTURES)
def test_cut_anywhere(name, capfd):
    data = PICTURES[name]
    whole = read_image(data).pixels
    step = max(1, len(data) // 400)
    for cut in {*range(0, len(data), step), *range(max(0, len(data) - 40), len(data))}:
        found = read_or_none(data[:cut])
        # Only what stands behind the last page of a TIFF, which aligns what might follow, may be missing.
        assert found is None or (name == "TIFF pages" and cut >= len(data) - 16)
        assert found is None or np.array_equal(found.pixels, whole)
    assert capfd.readouterr().err == ""


@each("progressive", [False, True])
@each("part", [0.3, 0.6, 0.95])
def test_a_jpeg_cut_and_closed_again_is_refused(progressive, part, capfd):
    data = save(photograph().resize((230, 170)), "JPEG", progressive=progressive)
    with pytest.raises(ImageError, match=r"damaged|cut short"):
        read_image(data[: int(len(data) * part)] + b"\xff\xd9")
    assert capfd.readouterr().err == ""


def test_a_cut_jpeg_does_not_show_the_picture_before_it():
    before = np.full((170, 230, 3), 201, np.uint8)
    data = save(photograph().resize((230, 170)), "JPEG")
    for _ in range(3):
        read_image(cv2.imencode(".png", before)[1].tobytes())
        assert read_or_none(data[: len(data) // 2]) is None


def test_bytes_after_a_picture_do_no_harm():
    for name in ("PNG RGB", "JPEG RGB", "GIF P", "WEBP RGB", "BMP RGB"):
        whole = read_image(PICTURES[name]).pixels
        np.testing.assert_array_equal(read_image(PICTURES[name] + b"trailer" * 9).pixels, whole)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A good picture with bytes changed, put in, taken out, or cut off."""
    data = bytearray(PICTURES[draw(st.sampled_from(sorted(PICTURES)))])
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, len(data)))
        change = draw(st.sampled_from(["set", "insert", "delete", "cut"]))
        if change == "set":
            new = draw(st.binary(min_size=1, max_size=4))
            data[at : at + len(new)] = new
        elif change == "insert":
            data[at:at] = draw(st.binary(min_size=1, max_size=8))
        elif change == "delete":
            del data[at : at + draw(st.integers(1, 20))]
        else:
            del data[at:]
    return bytes(data)


def check_damaged(data: bytes) -> None:
    found = read_or_none(data)
    if found is not None:
        first = found.pixels.copy()
        others = [np.full(first.shape, value, first.dtype) for value in (37, 201)]
        del others
        again = read_or_none(data)
        assert again is not None
        # What was in memory before must not shine through.
        np.testing.assert_array_equal(first, again.pixels)


@given(damaged())
@settings(max_examples=100)
def test_damaged_pictures(data):
    check_damaged(data)


@pytest.mark.fuzz
@given(damaged())
@settings(max_examples=cases(20_000))
def test_damaged_pictures_at_length(data):
    check_damaged(data)


@given(st.binary(max_size=200), st.sampled_from(sorted({data[:12] for data in PICTURES.values()})))
def test_noise_behind_a_good_start(noise, start):
    read_or_none(noise)
    read_or_none(start + noise)


@each(
    "data",
    [
        # Found by fuzzing: a BigTIFF whose first directory lies beyond what a machine can address.
        b"II+\0\x08\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x93NUMPY\x01\0v\0{'descr': '<f4', 'fortran_order'# False, 'shape': (17, 23, 3), }".ljust(128),
    ],
)
def test_found_by_fuzzing(data):
    with pytest.raises(ImageError):
        read_image(data)


def test_a_tiff_with_more_bits_than_samples_is_refused():
    # OpenCV 5 left a part of the pixels as it found the memory.
    data = bytearray(PICTURES["TIFF 16"])
    at = data.index(b"\x15\x01\x03\x00\x01\x00\x00\x00\x03")
    data[at] = 0x16
    with pytest.raises(ImageError, match="contradicts itself about its colours"):
        read_image(bytes(data))


SILENT = {"OPENCV_LOG_LEVEL": "SILENT"}


@each(("environment", "closed"), [({}, True), (SILENT, False)])
def test_nobody_has_to_listen(environment, closed, tmp_path):
    data = save(photograph().resize((230, 170)), "JPEG")
    (tmp_path / "cut.jpg").write_bytes(data[: len(data) // 2] + b"\xff\xd9")
    code = (
        f"import os; {'os.close(2)' if closed else ''}\n"
        "from cnnviz.errors import ImageError\nfrom cnnviz.io.images import read_image\n"
        "try:\n    read_image('cut.jpg')\nexcept ImageError:\n    print('refused')"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, env=os.environ | environment, stdout=subprocess.PIPE, check=True)
    assert done.stdout.split() == [b"refused"]


@each("limit", [1, None])
def test_limits_that_a_program_has_set_in_pillow_are_its_own(limit, monkeypatch):
    whole = read_image(PICTURES["WEBP RGB"]).pixels
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    np.testing.assert_array_equal(read_image(PICTURES["WEBP RGB"]).pixels, whole)
    assert (limit, True) == (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)
    for name in PICTURES:
        if not name.startswith(("npy", "TIFF pages")):
            assert read_or_none(PICTURES[name][:-9]) is None
