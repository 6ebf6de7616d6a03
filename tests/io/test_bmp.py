"""BMP: every header, depth, mask and palette gives the pixels that were stored."""

from __future__ import annotations

from struct import pack

import numpy as np
import pytest

from cnnviz.errors import ImageError
from cnnviz.io.images import read_image
from tests.helpers.rows import each

RNG = np.random.default_rng(12)
HEIGHT, WIDTH = 9, 13
COLOR = RNG.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)


def bmp(
    size: int, bits: int, rows: list[bytes], compression: int = 0, masks=(), palette: bytes = b"", down=False
) -> bytes:
    """Write a bitmap with a header of that size; masks stand where they belong, in or behind it."""
    body = b"".join(row.ljust(-(-len(row) // 4) * 4, b"\0") for row in (rows if down else rows[::-1]))
    if size == 12:
        info = pack("<IHHHH", 12, WIDTH, HEIGHT, 1, bits)
    else:
        fields = pack("<iiHHIIiiII", WIDTH, -HEIGHT if down else HEIGHT, 1, bits, compression, len(body), 0, 0, 0, 0)
        info = (pack("<I", size) + fields + pack(f"<{len(masks)}I", *masks)).ljust(size, b"\0")
    start = 14 + len(info) + len(palette)
    return b"BM" + pack("<IHHI", start + len(body), 0, 0, start) + info + palette + body


@each("size", [12, 40, 52, 56, 64, 108, 124])
@each("bits", [24, 32])
@each("down", [False, True])
def test_colours(size, bits, down):
    if size == 12 and down:
        pytest.skip("this header has no sign")
    stored = np.zeros((HEIGHT, WIDTH, bits // 8), np.uint8)
    stored[..., :3] = COLOR[..., ::-1]
    data = bmp(size, bits, [row.tobytes() for row in stored], down=down)
    np.testing.assert_array_equal(read_image(data).pixels, COLOR)


@each("size", [40, 52, 56, 108, 124])
@each("order", [(0, 8, 16), (8, 16, 24), (16, 0, 8)])
def test_masks_of_whole_bytes(size, order):
    numbers = sum(COLOR[..., channel].astype(np.uint32) << shift for channel, shift in enumerate(order))
    data = bmp(size, 32, [row.astype("<u4").tobytes() for row in numbers], 3, [255 << shift for shift in order])
    np.testing.assert_array_equal(read_image(data).pixels, COLOR)


@each("size", [40, 56, 124])
@each(
    ("bits", "widths"),
    [(16, (5, 6, 5)), (16, (5, 5, 5)), (16, (4, 4, 4)), (16, (1, 7, 8)), (32, (10, 10, 10)), (32, (2, 12, 16))],
)
def test_masks_of_any_width_are_stretched_to_the_nearest_level(size, bits, widths):
    shifts = (0, widths[0], widths[0] + widths[1])
    most = [(1 << width) - 1 for width in widths]
    values = [RNG.integers(0, m + 1, (HEIGHT, WIDTH)) for m in most]
    numbers = sum(value << shift for value, shift in zip(values, shifts, strict=True))
    masks = [m << shift for m, shift in zip(most, shifts, strict=True)]
    data = bmp(size, bits, [row.astype(f"<u{bits // 8}").tobytes() for row in numbers], 3, masks)
    expected = np.stack([value * 255 / m for value, m in zip(values, most, strict=True)], axis=2)
    assert np.abs(read_image(data).pixels - expected).max() <= 0.5


@each("masks", [(0xFF, 0xFF, 0xFF0000), (0x5, 0xFF00, 0xFF0000)])
def test_masks_that_cannot_be_are_refused(masks):
    with pytest.raises(ImageError, match="damaged"):
        read_image(bmp(40, 32, [bytes(4 * WIDTH)] * HEIGHT, 3, masks))


@each("size", [12, 40, 108])
@each("bits", [1, 2, 4, 8])
@each("short", [False, True])
def test_palettes(size, bits, short):
    colors = RNG.integers(0, 256, (1 << bits, 3), np.uint8)
    indices = RNG.integers(0, 1 << bits, (HEIGHT, WIDTH)).astype(np.uint8)
    kept = colors[: len(colors) // 2 + 1] if short else colors
    palette = b"".join(bytes([blue, green, red, *([] if size == 12 else [0])]) for red, green, blue in kept.tolist())
    packed = np.packbits(np.unpackbits(indices[..., None], axis=2)[..., 8 - bits :].reshape(HEIGHT, -1), axis=1)
    expected = np.zeros_like(colors)
    expected[: len(kept)] = kept  # what is missing is black
    data = bmp(size, bits, [row.tobytes() for row in packed], palette=palette)
    np.testing.assert_array_equal(read_image(data).pixels, expected[indices])


@each(("bits", "compression"), [(24, 4), (24, 5), (24, 1), (8, 2), (16, 1), (7, 0), (24, 3)])
def test_what_nobody_reads_is_refused(bits, compression):
    with pytest.raises(ImageError, match=r"is not supported: convert it to PNG first"):
        read_image(bmp(40, bits, [bytes(WIDTH * 4)] * HEIGHT, compression))


def test_run_lengths():
    gray = COLOR[..., 0]
    palette = b"".join(bytes([i, i, i, 0]) for i in range(256))
    rows = b"".join(b"".join(bytes([1, value]) for value in row) + b"\0\0" for row in gray[::-1].tolist())
    data = bmp(40, 8, [rows + b"\0\1"], 1, palette=palette)
    np.testing.assert_array_equal(read_image(data).pixels, gray)
    with pytest.raises(ImageError, match="cut short"):
        read_image(data[:-10])
