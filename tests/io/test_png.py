from __future__ import annotations

import hashlib
import os
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cnnviz.errors import ImageError
from cnnviz.io.images import read_image
from cnnviz.io.png import check_stored, decode_png, decode_stored, encode_png, pixel_stream, pixels_sha256, read_stored
from tests.helpers.pictures import PICTURES
from tests.helpers.rows import each

SIDES = st.integers(1, 40)
SHAPES = st.one_of(st.tuples(SIDES, SIDES), st.tuples(SIDES, SIDES, st.just(3)))


@given(hnp.arrays(np.uint8, SHAPES))
def test_what_is_encoded_is_decoded(levels):
    data = encode_png(levels)
    np.testing.assert_array_equal(decode_png(data), levels)
    np.testing.assert_array_equal(read_image(data).pixels, levels)
    assert encode_png(levels) == data


@given(hnp.arrays(np.uint8, st.tuples(SIDES, SIDES)))
def test_its_rows_are_less_the_row_above(levels):
    rows = np.frombuffer(zlib.decompress(pixel_stream(encode_png(levels))), np.uint8).reshape(len(levels), -1)
    assert rows[0, 0] in (0, 2) and (rows[1:, 0] == 2).all()
    np.testing.assert_array_equal(np.cumsum(rows[:, 1:], axis=0, dtype=np.uint8), levels)


@each("filters", [cv2.IMWRITE_PNG_FILTER_NONE, cv2.IMWRITE_PNG_FILTER_UP, cv2.IMWRITE_PNG_ALL_FILTERS])
@each("shape", [(1, 1), (1, 700), (9, 511), (9, 512), (9, 171, 3), (20, 400, 3)])
def test_rows_filtered_in_any_way(filters, shape):
    levels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    data = cv2.imencode(".png", levels[..., ::-1] if len(shape) == 3 else levels, [cv2.IMWRITE_PNG_FILTER, filters])[1]
    np.testing.assert_array_equal(decode_png(data.tobytes()), levels)


def test_views_in_any_order_of_memory():
    levels = np.random.default_rng(0).integers(0, 256, (3, 20, 30), np.uint8)
    np.testing.assert_array_equal(decode_png(encode_png(levels.transpose(1, 2, 0))), levels.transpose(1, 2, 0))
    np.testing.assert_array_equal(decode_png(encode_png(levels[0, ::-2, ::3])), levels[0, ::-2, ::3])


def test_holds_nothing_but_the_picture():
    data = encode_png(np.zeros((4, 5, 3), np.uint8))
    position, kinds = 8, []
    while position < len(data):
        length = int.from_bytes(data[position : position + 4])
        kinds.append(data[position + 4 : position + 8])
        position += length + 12
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]
    assert zlib.crc32(b"IEND").to_bytes(4) == data[-4:]


@each("data", [b"", b"nonsense", PICTURES["PNG 16"], PICTURES["PNG RGBA"]])
def test_decodes_only_what_it_could_have_encoded(data):
    with pytest.raises(ImageError):
        decode_png(data)


def test_damage_is_found_and_nothing_printed(capfd):
    data = encode_png(np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8))
    for at in range(8, len(data), 7):
        for damaged in (data[:at], data[:at] + bytes([data[at] ^ 0x41]) + data[at + 1 :]):
            with pytest.raises(ImageError):
                decode_png(damaged)
    assert capfd.readouterr().err == ""


def test_hash_is_of_the_bytes_in_c_order():
    levels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    assert pixels_sha256(levels) == hashlib.sha256(bytes(range(24))).hexdigest()
    assert pixels_sha256(levels[:, ::-1][:, ::-1]) == pixels_sha256(levels)
    deep = levels.astype(np.uint16)
    assert pixels_sha256(deep.astype(">u2")) == pixels_sha256(deep.astype("<u2"))


@each("dtype", [np.uint8, np.uint16])
@each("channels", [1, 3, 4])
def test_every_png_comes_back_as_it_was_stored(tmp_path: Path, dtype: type, channels: int) -> None:
    pixels = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (5, 7, channels), dtype)
    stored = pixels[..., 0] if channels == 1 else pixels
    swapped = stored if channels == 1 else stored[..., [2, 1, 0, 3][:channels]]
    path = tmp_path / "picture.png"
    path.write_bytes(cv2.imencode(".png", swapped)[1].tobytes())
    decoded = decode_stored(read_stored(path))
    assert decoded.dtype == dtype
    np.testing.assert_array_equal(decoded, stored)


@each("keep", [0, 4, 30, 60, -13, -1])
def test_what_is_cut_short_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str], keep: int) -> None:
    data = cv2.imencode(".png", np.arange(600, dtype=np.uint8).reshape(20, 30))[1].tobytes()
    (tmp_path / "picture.png").write_bytes(data[:keep])
    read = read_stored(tmp_path / "picture.png")
    assert read == data[:keep]
    for refuse in (check_stored, decode_stored):
        with pytest.raises(ImageError):
            refuse(read)
    assert capfd.readouterr().err == ""


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    for name in ("folder.png", "pipe.png", "missing.png"):
        with pytest.raises(ImageError, match=r"cannot read .*: it "):
            read_stored(tmp_path / name)


def test_pixels_that_do_not_fill_the_picture_are_refused() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    data = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 9)) + chunk(b"IEND", b"")
    )
    with pytest.raises(ImageError, match="cut short"):
        decode_stored(data)
