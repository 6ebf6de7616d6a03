from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from cnnviz.errors import ImageError
from cnnviz.io.stored import check_stored, decode_stored, read_stored


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_every_png_comes_back_as_it_was_stored(tmp_path: Path, dtype: type, channels: int) -> None:
    pixels = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (5, 7, channels), dtype)
    stored = pixels[..., 0] if channels == 1 else pixels
    swapped = stored if channels == 1 else stored[..., [2, 1, 0, 3][:channels]]
    path = tmp_path / "picture.png"
    path.write_bytes(cv2.imencode(".png", swapped)[1].tobytes())
    decoded = decode_stored(read_stored(path))
    assert decoded.dtype == dtype
    np.testing.assert_array_equal(decoded, stored)


@pytest.mark.parametrize("keep", [0, 4, 30, 60, -13, -1])
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
