"""BMP: Windows and OS/2 bitmaps, decoded here: other decoders pass over masks and mistake palettes."""

from __future__ import annotations

import struct
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.io.formats.header import Header, cut_short, damaged, unsupported
from cnnviz.io.formats.levels import expand_palette, unpack_bits

NAME = "BMP"
# Two letters alone would also start a text: the size of a header follows.
_HEAD = 14
_OLD_HEADER, _OS2_HEADER = 12, 64
_ROWS, _RLE8, _RLE4, _MASKS, _ALPHA_MASKS = 0, 1, 2, 3, 6
_MASKS_AT = 54
_USUAL_MASKS = {16: (0x7C00, 0x3E0, 0x1F), 32: (0xFF0000, 0xFF00, 0xFF)}
_END_OF_ROW, _END, _DELTA = 0, 1, 2


class _Bitmap(NamedTuple):
    """What a header says.

    Attributes:
        masks: The bits of red, green and blue, where pixels are no indices.
        palette: `(N, 3)`, RGB.
        start: Where the pixels are.
    """

    height: int
    width: int
    bits: int
    compression: int
    upside_down: bool
    masks: tuple[int, ...]
    palette: NDArray[np.uint8]
    start: int


def inspect(data: bytes) -> Header:
    """Read the header and compare the sizes that it gives with the file's."""
    start, size = struct.unpack_from("<II", data, 10)
    compression = colors = 0
    if size == _OLD_HEADER:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
    else:
        # A header may end before the fields that it does not need.
        width, height, _, bits, compression, *_, colors = struct.unpack(
            "<iiHHIIiiI", data[18 : _HEAD + size][:32].ljust(32, b"\0")
        )
    masks = _masks(data, size, bits, compression)
    palette = _palette(data, size, bits, colors, start) if bits <= 8 else np.zeros((0, 3), np.uint8)
    start = max(start, _HEAD + size)
    bitmap = _Bitmap(abs(height), width, bits, compression, height > 0, masks, palette, start)
    if compression not in (_RLE8, _RLE4):
        end = start + _stride(bitmap) * bitmap.height
        if len(data) < end:
            raise cut_short(NAME, f"{len(data):,} bytes where its header needs {end:,}")
    return Header(bitmap.height, width, partial(_decode, data, bitmap))


def _masks(data: bytes, size: int, bits: int, compression: int) -> tuple[int, ...]:
    """Return the masks of red, green and blue, and refuse kinds that nobody reads."""
    indexed, run_lengths = bits in (1, 2, 4, 8), {8: _RLE8, 4: _RLE4}.get(bits)
    if size == _OS2_HEADER and compression > _RLE4:
        raise unsupported(f"a BMP file with OS/2's compression {compression}")
    if compression in (_MASKS, _ALPHA_MASKS) and bits in _USUAL_MASKS:
        masks: tuple[int, ...] = struct.unpack_from("<III", data, _MASKS_AT)
        if any(masks[one] & masks[other] for one, other in ((0, 1), (0, 2), (1, 2))) or max(masks) >> bits:
            raise damaged(NAME, "the masks of its colours overlap")
        return masks
    if not (compression == _ROWS and (indexed or bits in (16, 24, 32))) and compression != run_lengths:
        raise unsupported(f"a BMP file of {bits} bits with compression {compression}")
    return _USUAL_MASKS.get(bits, ())


def _palette(data: bytes, size: int, bits: int, colors: int, start: int) -> NDArray[np.uint8]:
    """Read as many colours as there are before the pixels; OS/2's have three bytes."""
    first, entry = _HEAD + size, 3 if size == _OLD_HEADER else 4
    wanted = min(colors or 1 << bits, 1 << bits)
    end = min(first + entry * wanted, max(start, first), len(data))
    found = np.frombuffer(data[first:end], np.uint8)
    return found[: len(found) // entry * entry].reshape(-1, entry)[:, 2::-1]


def _stride(bitmap: _Bitmap) -> int:
    return (bitmap.width * bitmap.bits + 31) // 32 * 4


def _decode(data: bytes, bitmap: _Bitmap) -> tuple[NDArray[Any], tuple[str, ...]]:
    pixels = _run_lengths(data, bitmap) if bitmap.compression in (_RLE8, _RLE4) else _rows(data, bitmap)
    if bitmap.upside_down:
        pixels = pixels[::-1]
    if bitmap.bits <= 8:
        colors = expand_palette(pixels, bitmap.palette)
        gray = not np.any(bitmap.palette != bitmap.palette[:, :1])
        return colors[..., 0] if gray else colors, ()
    if bitmap.bits == 24:
        return pixels[..., ::-1], ()
    return np.stack([_channel(pixels, mask) for mask in bitmap.masks], axis=2), ()


def _rows(data: bytes, bitmap: _Bitmap) -> NDArray[Any]:
    """Return indices, numbers of 16 or 32 bits, or three bytes per pixel, as they are stored."""
    stride = _stride(bitmap)
    rows = np.frombuffer(data, np.uint8, stride * bitmap.height, bitmap.start).reshape(bitmap.height, stride)
    if bitmap.bits <= 8:
        return unpack_bits(rows, bitmap.bits, bitmap.width)
    rows = rows[:, : bitmap.width * bitmap.bits // 8]
    if bitmap.bits == 24:
        return rows.reshape(bitmap.height, bitmap.width, 3)
    return np.ascontiguousarray(rows).view(f"<u{bitmap.bits // 8}")


def _channel(pixels: NDArray[Any], mask: int) -> NDArray[np.uint8]:
    """Stretch the bits of a mask to 0..255."""
    shift = (mask & -mask).bit_length() - 1
    most = mask >> shift if mask else 1
    if most & (most + 1):
        raise damaged(NAME, "the bits of a colour do not lie together")
    levels: NDArray[Any] = ((pixels & pixels.dtype.type(mask)) >> max(shift, 0)).astype(np.uint64)
    levels *= np.uint64(510)
    levels += np.uint64(most)
    levels //= np.uint64(2 * most)
    return levels.astype(np.uint8)


def _run_lengths(data: bytes, bitmap: _Bitmap) -> NDArray[np.uint8]:
    """Decode runs and literal stretches; what is skipped is of the first colour."""
    height, width = bitmap.height, bitmap.width
    out = np.zeros((height, width), np.uint8)
    per_byte = 8 // bitmap.bits
    position, x, y = bitmap.start, 0, 0
    while y < height:
        if position + 2 > len(data):
            if y == height - 1 and x >= width:
                break
            raise cut_short(NAME, "its pixels end before the picture does")
        count, value = data[position], data[position + 1]
        position += 2
        if count:
            run = np.array([value] if per_byte == 1 else [value >> 4, value & 15], np.uint8)
            stretch = np.resize(run, count)
        elif value == _END:
            break
        elif value == _END_OF_ROW:
            x, y = 0, y + 1
            continue
        elif value == _DELTA:
            if position + 2 > len(data):
                continue
            position, x, y = position + 2, x + data[position], y + data[position + 1]
            continue
        else:
            used = -(-value // per_byte)
            if position + used > len(data):
                raise cut_short(NAME, "its pixels end before the picture does")
            stretch = unpack_bits(np.frombuffer(data, np.uint8, used, position)[None], bitmap.bits, value)[0]
            position += used + used % 2
        out[y, x : x + len(stretch)] = stretch[: max(width - x, 0)]
        x += len(stretch)
    return out
