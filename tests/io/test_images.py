from __future__ import annotations

import hashlib
import io
import os

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from cnnviz.errors import ImageError
from cnnviz.io.images import read_image
from tests.helpers.pictures import PICTURES, SAMPLES, npy, photograph, save
from tests.helpers.rows import each


def random_levels(channels: int) -> np.ndarray:
    """Independent channels, alpha among them: blending with it would show."""
    return np.random.default_rng(4).integers(0, 256, (12, 16, channels), np.uint8)


@each("name", [name for name in PICTURES if not name.startswith("npy")])
def test_every_kind_of_picture_is_read(name):
    picture = read_image(PICTURES[name])
    assert not picture.is_array
    assert picture.pixels.dtype == (np.uint16 if "16" in name else np.uint8)
    assert picture.pixels.shape[:2] == ((23, 17) if "turned" in name else (17, 23))
    assert picture.pixels.ndim == (2 if name.endswith((" 1", " L", " LA")) and "GIF" not in name else 3)
    assert picture.sha256 == hashlib.sha256(PICTURES[name]).hexdigest()
    assert bool(picture.warnings) == name.endswith(("animation", "pages"))
    assert not picture.pixels.flags.writeable
    assert picture.pixels.flags.c_contiguous


@each("kind", ["PNG", "BMP", "TIFF"])
def test_lossless_kinds_keep_every_pixel(kind):
    levels = random_levels(3)
    np.testing.assert_array_equal(read_image(save(Image.fromarray(levels), kind)).pixels, levels)
    np.testing.assert_array_equal(read_image(save(Image.fromarray(levels[..., 0]), kind)).pixels, levels[..., 0])
    bits = levels[..., 0] > 127
    np.testing.assert_array_equal(read_image(save(Image.fromarray(bits), kind)).pixels, bits * np.uint8(255))


@each(
    ("kind", "options"),
    [("PNG", {}), ("BMP", {}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"}), ("WEBP", {"exact": True})],
)
def test_alpha_is_dropped_without_blending(kind, options):
    levels = random_levels(4)
    if kind == "WEBP":
        options["lossless"] = True
    data = save(Image.fromarray(levels), kind, **options)
    np.testing.assert_array_equal(read_image(data).pixels, levels[..., :3])


@each("kind", ["PNG", "TIFF"])
def test_gray_with_alpha_is_gray(kind):
    levels = random_levels(2)
    np.testing.assert_array_equal(read_image(save(Image.fromarray(levels), kind)).pixels, levels[..., 0])


@each("kind", ["png", "tiff"])
@each("channels", [1, 3, 4])
def test_16_bits_stay(kind, channels):
    levels = np.random.default_rng(1).integers(0, 65536, (5, 7, channels), np.uint16)
    picture = read_image(cv2.imencode(f".{kind}", levels)[1].tobytes())
    expected = levels[..., 0] if channels == 1 else levels[..., 2::-1]
    np.testing.assert_array_equal(picture.pixels, expected)
    assert picture.pixels.dtype == np.uint16


@each("kind", ["PNG", "BMP", "TIFF", "GIF"])
def test_palettes_are_expanded(kind):
    image = Image.fromarray(random_levels(3)).quantize(32)
    expected = np.array(image.convert("RGB"))
    np.testing.assert_array_equal(read_image(save(image, kind)).pixels, expected)


@each("kind", ["PNG", "GIF"])
def test_what_is_transparent_keeps_its_colour(kind):
    image = Image.fromarray(random_levels(3)).quantize(32)
    expected = np.array(image.convert("RGB"))
    np.testing.assert_array_equal(read_image(save(image, kind, transparency=3)).pixels, expected)


@each("kind", ["TIFF", "JPEG"])
def test_cmyk_becomes_rgb(kind):
    data = save(photograph().convert("CMYK"), kind)
    expected = np.array(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)
    assert np.abs(read_image(data).pixels - expected).max() <= 2


@each("kind", ["PNG", "JPEG", "TIFF", "WEBP"])
@each("mode", ["RGB", "L"])
def test_exif_orientation_is_applied(kind, mode):
    image = photograph().convert(mode)
    upright = read_image(save(image, kind)).pixels
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[274] = orientation
        where = {"tiffinfo": {274: orientation}} if kind == "TIFF" else {"exif": exif.tobytes()}
        turned = Image.fromarray(upright)
        turned.getexif()[274] = orientation
        expected = np.array(ImageOps.exif_transpose(turned))
        np.testing.assert_array_equal(read_image(save(image, kind, **where)).pixels, expected, f"{orientation=}")


@each("exif", [b"", b"II*\0", b"MM\0*\0\0\0\x08\xff\xff", b"nonsense" * 9])
def test_damaged_exif_is_no_reason_to_refuse(exif):
    assert read_image(save(photograph(), "JPEG", exif=b"Exif\0\0" + exif)).pixels.shape == (17, 23, 3)


@each("name", [name for name in PICTURES if name.endswith("animation")])
def test_of_an_animation_the_first_frame_is_taken(name):
    picture = read_image(PICTURES[name])
    assert picture.warnings == ("an animation of 3 frames: only the first is used",)
    assert np.abs(picture.pixels - np.array(photograph()).astype(int)).mean() < 12


def test_of_several_pages_the_first_is_taken():
    picture = read_image(PICTURES["TIFF pages"])
    assert picture.warnings == ("a file of several pages: only the first is used",)
    np.testing.assert_array_equal(picture.pixels, np.array(photograph()))


def test_the_content_decides_not_the_name(tmp_path):
    path = tmp_path / "actually-a-png.jpg"
    path.write_bytes(PICTURES["PNG RGB"])
    np.testing.assert_array_equal(read_image(path).pixels, np.array(photograph()))


def test_messages_name_the_file(tmp_path):
    path = tmp_path / "a\nb.png"
    path.write_bytes(PICTURES["PNG RGB"][:-1])
    with pytest.raises(ImageError) as raised:
        read_image(path)
    assert str(raised.value) == rf"{tmp_path}/a\nb.png: the PNG file is cut short: its 'IEND' chunk ends after the file"


def test_messages_can_leave_the_path_out(tmp_path):
    path = tmp_path / "a.png"
    for start, message in (("cannot read below/a.png: ", "it does not exist"), ("below/a.png: ", "the file is empty")):
        with pytest.raises(ImageError, match=f"^{start}{message}"):
            read_image(path, name="below/a.png")
        path.write_bytes(b"")


@each("name", PICTURES)
def test_sizes_are_limited_before_decoding(name, monkeypatch):
    monkeypatch.setattr(cv2, "imdecode", lambda *args: pytest.fail("decoded"))
    with pytest.raises(ImageError, match=r"is 391 pixels; --max-pixels allows 390$"):
        read_image(PICTURES[name], max_pixels=390)


def test_a_bomb_is_not_set_off():
    data = save(Image.new("1", (12000, 12000)), "PNG")
    assert len(data) < 100_000
    with pytest.raises(ImageError, match=r"^12000x12000 is 144,000,000 pixels; --max-pixels allows 100,000,000$"):
        read_image(data)


def test_files_too_large_for_any_such_picture_are_not_read(tmp_path):
    path = tmp_path / "large.png"
    with path.open("wb") as file:
        file.truncate(2**26 + 17)
    with pytest.raises(ImageError, match="too large for a picture"):
        read_image(path, max_pixels=1)


@each("name", ["chelsea.png", "astronaut.png", "coffee.png", "camera.png", "digit.png"])
def test_sample_pictures_equal_what_another_decoder_sees(name):
    np.testing.assert_array_equal(read_image(SAMPLES / name).pixels, np.array(Image.open(SAMPLES / name)))


def test_float_tiff_is_refused_with_a_way_out():
    data = save(Image.fromarray(np.zeros((3, 4), np.float32)), "TIFF")
    with pytest.raises(ImageError, match=r"floating-point.*save it with 8 or 16 bits, or as \.npy"):
        read_image(data)


@pytest.mark.skipif(os.name != "posix", reason="POSIX only")
def test_pipes_are_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(ImageError, match="it is a pipe"):
        read_image(tmp_path / "pipe.png")


def test_arrays_are_taken_as_they_are(tmp_path):
    array = np.random.default_rng(2).normal(size=(4, 5, 7)).astype(">f4")
    array[0, 0, 0] = np.nan
    np.save(tmp_path / "a.npy", array)
    picture = read_image(tmp_path / "a.npy")
    assert picture.is_array
    np.testing.assert_array_equal(picture.pixels, array)
    assert picture.pixels.dtype == np.dtype("f4")
    assert picture.warnings == ("not finite: 1 of its 140 numbers",)
    assert read_image(npy(np.zeros((2, 3), bool))).pixels.dtype == bool
