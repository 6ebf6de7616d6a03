"""Kinds that other programs seldom write, made byte by byte."""

from __future__ import annotations

import zlib
from struct import pack

import numpy as np
import pytest

from cnnviz.errors import ImageError
from cnnviz.io.formats.directory import exif_orientation
from cnnviz.io.images import read_image
from tests.helpers.pictures import PICTURES
from tests.helpers.rows import each

RNG = np.random.default_rng(5)
GRAY = RNG.integers(0, 256, (12, 16), np.uint8)


def chunk(kind: bytes, body: bytes) -> bytes:
    return pack(">I", len(body)) + kind + body + pack(">I", zlib.crc32(kind + body))


def png(bits: int, rows: bytes, *more: bytes, width: int = 16, height: int = 12) -> bytes:
    header = chunk(b"IHDR", pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0))
    return b"".join([b"\x89PNG\r\n\x1a\n", header, *more, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")])


def packed(levels: np.ndarray, bits: int) -> list[bytes]:
    """Pack each row of small numbers into bytes, the first in the highest bits."""
    unpacked = np.unpackbits(levels[..., None], axis=2)[..., 8 - bits :]
    return [row.tobytes() for row in np.packbits(unpacked.reshape(len(levels), -1), axis=1)]


@each("bits", [1, 2, 4])
def test_png_of_few_bits_is_stretched(bits):
    levels = RNG.integers(0, 2**bits, (12, 16)).astype(np.uint8)
    data = png(bits, b"".join(b"\0" + row for row in packed(levels, bits)))
    np.testing.assert_array_equal(read_image(data).pixels, levels * (255 // (2**bits - 1)))


def test_png_checksums_of_the_picture_count_and_others_do_not():
    rows = b"".join(b"\0" + row.tobytes() for row in GRAY)
    text = chunk(b"tEXt", b"Comment\0hello")
    np.testing.assert_array_equal(read_image(png(8, rows, text[:-1] + b"x")).pixels, GRAY)
    data = bytearray(png(8, rows))
    data[-20] ^= 1
    with pytest.raises(ImageError, match=r"the PNG file is damaged: wrong checksum in 'IDAT'$"):
        read_image(bytes(data))


def test_png_with_too_few_pixels():
    rows = b"".join(b"\0" + row.tobytes() for row in GRAY[:6])
    with pytest.raises(ImageError, match="cut short: 102 bytes of pixels where its header needs 204"):
        read_image(png(8, rows))


@each(
    ("data", "message"),
    [
        (b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b"") + bytes(20), "does not start with its header"),
        (png(8, b"", width=0), "12 x 0 pixels"),
        (png(8, b"").replace(b"IDAT", b"iDAT"), "it holds no pixels"),
        (b"\xff\xd8\xff\xd9", "it holds no pixels"),
        (b"\xff\xd8\xff\xe0\0\1", "a segment without length"),
        (b"\xff\xd8\xff\xe0\0\2hello", "something stands between its segments"),
        (b"GIF89a\1\0\1\0\0\0\0;", "it holds no pixels"),
        (b"GIF89a\1\0\1\0\0\0\0?", "an unknown block"),
        (b"RIFF\x04\0\0\0WEBP", "it holds no pixels"),
        (b"RIFF\x0c\0\0\0WEBPVP8 \x09\0\0\0", "chunk ends after the file"),
        (b"BM" + bytes(12) + b"\x28\0\0\0", "0 bits"),
        (b"II*\0\x08\0\0\0\0\0\0\0\0\0", "a page has no pixels"),
        (b"II*\0\x08\0\0\0", "the TIFF file is cut short"),
    ],
)
def test_files_that_are_little_more_than_a_start(data, message):
    with pytest.raises(ImageError, match=message):
        read_image(data)


def test_jpeg_with_a_picture_of_itself_inside_is_walked_past_it():
    data = PICTURES["JPEG RGB"]
    thumbnail = b"\xff\xe2" + pack(">H", 2 + len(data)) + data
    nested = data[:2] + thumbnail + data[2:]
    np.testing.assert_array_equal(read_image(nested).pixels, read_image(data).pixels)
    with pytest.raises(ImageError, match="cut short"):
        read_image(nested[: -len(data) // 2])


def animated(rows: bytes, still: bool = False, frames: int = 2) -> bytes:
    """An animation, whose frames are the picture of a PNG or beside it."""
    control = chunk(b"fcTL", pack(">IIIIIHHBB", 0, 16, 12, 0, 0, 1, 10, 0, 0))
    more = [chunk(b"acTL", pack(">II", frames, 0)), *([] if still else [control])]
    return png(8, rows, *more)


def test_apng_shows_its_first_picture_whole_or_not_at_all():
    rows = b"".join(b"\0" + row.tobytes() for row in GRAY)
    for still, words in ((False, "the first is used"), (True, "the still picture beside them is used")):
        found = read_image(animated(rows, still))
        np.testing.assert_array_equal(found.pixels, GRAY)
        assert found.warnings[0].endswith(words)
        for kept in (0, 17, 100, len(rows) - 1):
            with pytest.raises(ImageError, match="cut short"):
                read_image(animated(rows[:kept], still))


@each("interlaced", [0, 1])
@each(
    ("color", "bits"),
    [
        (c, b)
        for c, bs in {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}.items()
        for b in bs
    ],
)
def test_png_with_one_byte_too_few(color, bits, interlaced):
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    sizes = [(5, 7)]
    if interlaced:
        starts = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
        sizes = [(len(range(top, 5, down)), len(range(left, 7, right))) for left, top, right, down in starts]
    rows = b"".join((b"\0" + b"\x55" * -(-width * channels * bits // 8)) * height for height, width in sizes if width)
    header = chunk(b"IHDR", pack(">IIBBBBB", 7, 5, bits, color, 0, 0, interlaced))
    start = b"\x89PNG\r\n\x1a\n" + header + (chunk(b"PLTE", bytes(range(6))) if color == 3 else b"")
    whole, short = (start + chunk(b"IDAT", zlib.compress(part)) + chunk(b"IEND", b"") for part in (rows, rows[:-1]))
    assert read_image(whole).pixels.shape[:2] == (5, 7)
    with pytest.raises(ImageError, match="cut short"):
        read_image(short)


@each(("width", "height"), [(1_000_001, 1), (1, 1_000_001)])
def test_png_of_more_than_a_million(width, height):
    levels = RNG.integers(0, 256, (height, width), np.uint8)
    rows = np.insert(levels, 0, 0, axis=1).tobytes()
    np.testing.assert_array_equal(read_image(png(8, rows, width=width, height=height)).pixels, levels)


ENTRY = pack("<HHIHH", 274, 3, 1, 6, 0)
LONG = pack("<HHII", 274, 4, 1, 6)
ASTRAY = pack("<HHII", 700, 4, 500, 5000)


@each(
    "block",
    [
        pack("<H", 1) + ENTRY + bytes(4),
        pack("<H", 1) + LONG + bytes(4),
        pack("<H", 1) + ENTRY,  # no pointer to the next directory
        pack("<H", 5) + ENTRY,  # fewer entries than announced
        pack("<H", 2) + ASTRAY + ENTRY,  # values of another tag beyond the block
        pack("<H", 2) + ENTRY + ASTRAY,
        pack("<H", 2) + ENTRY + b"\x12",  # the block ends inside an entry
        pack("<H", 2) + pack("<HHII", 271, 999, 9, 9) + ENTRY,  # an unknown kind
    ],
)
@each("prefix", [b"", b"Exif\0\0"])
def test_an_orientation_counts_whatever_else_is_damaged(block, prefix):
    assert exif_orientation(prefix + b"II*\0\x08\0\0\0" + block) == 6


@each("bits", range(2, 9))
def test_gif_of_any_depth_with_a_frame_in_a_corner(bits):
    size, literal = 1 << bits, max(bits, 2)
    palette = RNG.integers(0, 256, (size, 3), np.uint8)
    indices = RNG.integers(0, size, (6, 8))
    codes = [code for index in indices.ravel().tolist() for code in (1 << literal, index)] + [(1 << literal) + 1]
    number = sum(code << place * (literal + 1) for place, code in enumerate(codes))
    packed_codes = number.to_bytes(-(-len(codes) * (literal + 1) // 8), "little")
    blocks = bytes([literal, len(packed_codes)]) + packed_codes + b"\0"
    frame = b"," + pack("<HHHHB", 2, 1, 8, 6, 0)
    data = b"GIF89a" + pack("<HHBBB", 12, 9, 0x80 | bits - 1, 0, 0) + palette.tobytes() + frame + blocks + b";"
    expected = np.zeros((9, 12, 3), np.uint8)
    expected[1:7, 2:10] = palette[indices]
    np.testing.assert_array_equal(read_image(data).pixels, expected)
