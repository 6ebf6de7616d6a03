"""TIFF: every layout, depth, compression and turn gives the array that was stored."""

from __future__ import annotations

import itertools
import zlib
from struct import pack

import numpy as np
import pytest
from PIL import Image, ImageOps

from cnnviz.errors import ImageError
from cnnviz.io.images import read_image
from tests.helpers.pictures import photograph, save
from tests.helpers.rows import each

HEIGHT, WIDTH = 21, 25
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, INDEXED, CMYK = 0, 1, 2, 3, 5
NONE, LZW, DEFLATE, PACK_BITS = 1, 5, 8, 32773
RNG = np.random.default_rng(11)


def lzw(data: bytes) -> bytes:
    """Nothing but literals, of 9 bits, and a clear code before they would widen."""
    codes = []
    for start in range(0, len(data), 250):
        codes += [256, *data[start : start + 250]]
    bits = "".join(f"{code:09b}" for code in [*codes, 257])
    return int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8))


def pack_bits(data: bytes) -> bytes:
    """A run where two bytes are the same, else a literal."""
    out, at = b"", 0
    while at < len(data):
        run = len(data[at : at + 128]) - len(data[at : at + 128].lstrip(data[at : at + 1]))
        out += pack("Bc", 257 - run, data[at : at + 1]) if run > 1 else b"\0" + data[at : at + 1]
        at += run
    return out


PACK = {NONE: bytes, LZW: lzw, DEFLATE: zlib.compress, PACK_BITS: pack_bits}


def write(
    stored: np.ndarray,
    photometric: int,
    bits: int = 8,
    tile: tuple[int, int] | None = None,
    compression: int = NONE,
    separate: bool = False,
    predictor: int = 1,
    order: str = "<",
    big: bool = False,
    **tags: tuple[str, tuple[int, ...]] | None,
) -> bytes:
    """Write `(H, W, C)`; tags as `tag_274=("H", (6,))`, or `tag_256=None` to leave one out."""
    height, width, samples = stored.shape
    planes = [stored[..., [c]] for c in range(samples)] if separate else [stored]
    rows, columns = tile or (7, width)
    segments = []
    for plane, top, left in itertools.product(planes, range(0, height, rows), range(0, width, columns)):
        part = plane[top : top + rows, left : left + columns]
        if tile:
            part = np.pad(part, ((0, rows - part.shape[0]), (0, columns - part.shape[1]), (0, 0)), constant_values=1)
        if predictor == 2:
            part = np.concatenate([part[:, :1], part[:, 1:] - part[:, :-1]], axis=1)
        flat = part.reshape(len(part), -1)
        if bits < 8:
            flat = np.packbits(
                np.unpackbits(flat[..., None].astype(np.uint8), axis=2)[..., -bits:].reshape(len(flat), -1), 1
            )
        segments.append(PACK[compression](flat.astype(f"{order}u{max(bits, 8) // 8}").tobytes()))
    start = 16 if big else 8
    offsets = tuple(start + sum(map(len, segments[:i])) for i in range(len(segments)))
    entries = {256: ("H", (width,)), 257: ("H", (height,)), 258: ("H", (bits,) * samples), 259: ("H", (compression,))}
    entries |= {
        262: ("H", (photometric,)),
        277: ("H", (samples,)),
        284: ("H", (1 + separate,)),
        317: ("H", (predictor,)),
    }
    entries |= {324 if tile else 273: ("I", offsets), 325 if tile else 279: ("I", tuple(map(len, segments)))}
    entries |= {322: ("H", (columns,)), 323: ("H", (rows,))} if tile else {278: ("H", (rows,))}
    changed = {int(name.removeprefix("tag_")): value for name, value in tags.items()}
    entries = {tag: value for tag, value in (entries | changed).items() if value}
    word, body, values, directory = "Q" if big else "I", b"".join(segments), b"", b""
    for tag, (letter, numbers) in sorted(entries.items()):
        inline = pack(order + letter * len(numbers), *numbers)
        if len(inline) > (8 if big else 4):
            inline, values = pack(order + word, start + len(body) + len(values)), values + inline
        count = pack(order + "HH" + word, tag, {"H": 3, "I": 4}[letter], len(numbers))
        directory += count + inline.ljust(8 if big else 4, b"\0")
    head = (b"II" if order == "<" else b"MM") + (pack(order + "HHH", 43, 8, 0) if big else pack(order + "H", 42))
    count = pack(order + ("Q" if big else "H"), len(entries))
    return head + pack(order + word, start + len(body) + len(values)) + body + values + count + directory + bytes(8)


def pixels(bits: int, samples: int) -> np.ndarray:
    stored = RNG.integers(0, 1 << bits, (HEIGHT, WIDTH, samples)).astype(np.uint16 if bits == 16 else np.uint8)
    stored[5:12] = stored[5, 0]  # runs
    return stored


def meant(stored: np.ndarray, photometric: int, bits: int) -> np.ndarray:
    most = (1 << bits) - 1
    stretched = stored * stored.dtype.type(255 // most if bits < 8 else 1)
    if photometric == RGB:
        return stretched[..., :3]
    return ~stretched[..., 0] if photometric == WHITE_IS_ZERO else stretched[..., 0]


@pytest.mark.parametrize("tile", [None, (16, 16), pytest.param((48, 32), marks=pytest.mark.slow)])
@each("compression", PACK)
@each(("photometric", "samples"), [(0, 1), (1, 1), (0, 2), (1, 2), (1, 3), (2, 3), (2, 4), (2, 5)])
@each("bits", [1, 2, 4, 8, 16])
def test_every_layout_depth_and_compression(tile, compression, photometric, samples, bits):
    stored = pixels(bits, samples)
    extra = {"tag_338": ("H", (2,))} if samples in (2, 4) else {}
    for separate, order, big in ((False, "<", False), (samples > 1, ">", True)):
        data = write(stored, photometric, bits, tile, compression, separate, 1, order, big, **extra)
        np.testing.assert_array_equal(read_image(data).pixels, meant(stored, photometric, bits))


@each("tile", [None, (16, 16)])
@each("compression", [LZW, DEFLATE])
@each("bits", [8, 16])
@each("separate", [False, True])
@each("order", ["<", ">"])
def test_differences_are_summed_up(tile, compression, bits, separate, order):
    stored = pixels(bits, 3)
    data = write(stored, RGB, bits, tile, compression, separate, 2, order)
    np.testing.assert_array_equal(read_image(data).pixels, stored)


@each("turn", range(1, 9))
@each("tile", [None, (16, 16)])
@each("bits", [8, 16])
def test_every_turn_of_strips_and_tiles(turn, tile, bits):
    stored = pixels(bits, 3)
    found = read_image(write(stored, RGB, bits, tile, tag_274=("H", (turn,)))).pixels
    places = Image.fromarray(np.arange(HEIGHT * WIDTH, dtype=np.int32).reshape(HEIGHT, WIDTH))
    places.getexif()[274] = turn
    np.testing.assert_array_equal(found, stored.reshape(-1, 3)[np.array(ImageOps.exif_transpose(places))])


@each("tile", [None, (16, 16)])
@each("bits", [1, 2, 4, 8])
def test_palettes(tile, bits):
    stored, colors = pixels(bits, 1), RNG.integers(0, 256, (3, 1 << bits))
    colors[0, 0] = 255
    for scale in (257, 256, 1):
        data = write(stored, INDEXED, bits, tile, tag_320=("H", tuple((colors * scale).ravel().tolist())))
        np.testing.assert_array_equal(read_image(data).pixels, colors.T[stored[..., 0]])


@each("kind", ["lowest bit first", "four inks"])
def test_seldom_kinds(kind):
    if kind == "four inks":
        ink = pixels(8, 4)
        light = 255.0 - ink
        assert np.abs(read_image(write(ink, CMYK)).pixels - light[..., :3] * light[..., 3:] / 255).max() <= 0.5
    else:
        stored = pixels(8, 1)
        reversed_ = np.packbits(np.unpackbits(stored, axis=2), axis=2, bitorder="little")
        np.testing.assert_array_equal(read_image(write(reversed_, 1, tag_266=("H", (2,)))).pixels, stored[..., 0])


@each("mode", ["L", "RGB"])
def test_jpeg_inside_is_whole_or_refused(mode, capfd):
    picture = photograph().convert(mode).resize((96, 64))
    data = save(picture, "TIFF", compression="jpeg")
    assert np.abs(read_image(data).pixels - np.array(picture).astype(int)).mean() < 12
    start, size = data.rindex(b"\xff\xda"), len(data)
    for cut in (start + 20, (start + size) // 2):
        end = data.index(b"\xff\xd9", start)
        damaged = data[:cut] + b"\xff\xd9" + bytes(end - cut) + data[end + 2 :]
        with pytest.raises(ImageError):
            read_image(damaged)
    assert capfd.readouterr().err == ""


@each("compression", [2, 3, 4, 6, 34712, 34925, 50000, 50001, 12345])
def test_compressions_that_cannot_be_read_are_refused_by_name(compression):
    data = write(pixels(8, 1), 1, tag_259=("H", (compression,)))
    with pytest.raises(ImageError, match=r"compression .* is not supported: convert it to PNG first"):
        read_image(data)


@each("compression", [LZW, DEFLATE, PACK_BITS])
@each("tile", [None, (16, 16)])
def test_strips_and_tiles_that_hold_too_little_are_refused(compression, tile, capfd):
    data = write(pixels(8, 1), 1, 8, tile, compression)
    whole = PACK[compression]
    PACK[compression] = lambda part: whole(part[:-1])
    try:
        short = write(pixels(8, 1), 1, 8, tile, compression)
    finally:
        PACK[compression] = whole
    assert read_image(data).pixels.shape == (HEIGHT, WIDTH)
    with pytest.raises(ImageError, match="cut short"):
        read_image(short)
    assert capfd.readouterr().err == ""


@each(
    ("tags", "message"),
    [
        ({"tag_279": ("I", (4000,) * 3)}, "some of its pixels would lie after its end"),
        ({"tag_273": ("I", (8, 9))}, "a page has no pixels"),
        ({"tag_258": ("H", (8, 8, 8))}, "contradicts itself"),
        ({"tag_262": ("H", (2,))}, "contradicts itself"),
        ({"tag_339": ("H", (3,))}, "floating-point, signed or 32-bit"),
        ({"tag_258": ("H", (32,))}, "floating-point, signed or 32-bit"),
        ({"tag_256": None}, "its first page has no size"),
    ],
)
def test_directories_that_cannot_be(tags, message):
    with pytest.raises(ImageError, match=message):
        read_image(write(pixels(8, 1), BLACK_IS_ZERO, **tags))


def test_pages_that_go_round_in_a_circle():
    stored = pixels(8, 1)
    data = write(stored, BLACK_IS_ZERO)
    np.testing.assert_array_equal(read_image(data[:-8] + data[4:8] + bytes(4)).pixels, stored[..., 0])
