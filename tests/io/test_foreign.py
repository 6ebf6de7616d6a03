from __future__ import annotations

import numpy as np
import pytest

from cnnviz.errors import ImageError
from cnnviz.io.images import read_image
from tests.helpers.rows import each


@each(
    ("data", "message"),
    [
        (b"", "is empty, not PNG, JPEG, BMP, TIFF, WebP, GIF or .npy: was it copied whole?"),
        (bytes(1000), "is nothing but zeros"),
        (b'<?xml version="1.0"?>\n<svg xmlns="x"/>', "is an SVG drawing.*draw it as PNG first"),
        (b"%PDF-1.7", "is a PDF document.*save the page as PNG first"),
        (b"\0\0\0\x1cftypheic", "is a HEIC picture.*convert it to PNG first"),
        (b"\0\0\0\x1cftypavif", "is an AVIF picture"),
        (b"\0\0\0\x1cftypisom", "is a video file"),
        (b"<!DOCTYPE html><html>", "is a web page"),
        (b"name: l3\nlayers: []\n", "is a text file.*--files-from"),
        ("Bäume\n".encode(), "is a text file"),
        (b"PK\x03\x04", "is a ZIP or .npz archive"),
        (b"\x89HDF\r\n\x1a\n", "is an HDF5 file.*--weights"),
        (b"version https://git-lfs.github.com/spec/v1\n", "is a Git LFS pointer.*git lfs pull"),
        (b"RIFF\0\0\0\0WAVE", "is a sound or video file"),
        (b"BM is how this text begins", "is a text file"),
        (np.random.default_rng(0).bytes(100), "is of an unknown kind"),
    ],
)
def test_says_what_it_looks_like_and_what_to_do(data, message):
    with pytest.raises(ImageError, match=message):
        read_image(data)
