"""What a kernel that slides over batches of images reads, laid out for products; and the way back.

A slab holds the image rows that some output rows see, once for every horizontal tap, with the batch innermost:
`[row][tap][channel][x][picture]`. That is a copy of long runs, and as many times larger than the rows as the kernel is
wide. What one output row sees, `kernel height` rows of the slab, is then a plain matrix of
`kernel height * kernel width * channels` by `width * pictures` in it, of which nothing was copied. With dilation, rows
that one output row sees are put side by side. Where output rows share hardly any, each has its own in the slab: padding
and gaps, however large, are never laid out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cnnviz.ops.convolution.problem import overlap
from cnnviz.ops.convolution.scratch import Scratch
from cnnviz.ops.gradients.pullback import Array

SLAB_BYTES = 1 << 22
"""How large a slab may grow, unless the rows that one output row sees are larger."""


class Geometry(NamedTuple):
    """How a kernel slides over an image.

    Attributes:
        size: Height and width of the kernel, in taps.
        image: Height and width of the image.
        out: Height and width of what the sliding yields.
        strides: Steps along height and width.
        dilation: Image pixels from one tap to the next.
        before: Zeros above and to the left of the image; those on the other sides follow from `out`.
    """

    size: tuple[int, int]
    image: tuple[int, int]
    out: tuple[int, int]
    strides: tuple[int, int]
    dilation: tuple[int, int]
    before: tuple[int, int]


class Rows(NamedTuple):
    """Image rows `first, first + step, ...` that lie in the slab at `start` to `stop` of their part."""

    part: tuple[slice | int, ...]
    start: int
    stop: int
    first: int
    step: int


class Tile(NamedTuple):
    """Some output rows, and what they see.

    Attributes:
        top: The first output row.
        bottom: One past the last.
        shape: Slab rows along two axes, one of which counts the parts: those of `dilation`, or the kernel's rows.
        rows: How the image's rows lie in the slab.
        starts: For each output row, where in the slab the rows begin that it sees.
    """

    top: int
    bottom: int
    shape: tuple[int, int]
    rows: list[Rows]
    starts: list[int]


def share_out(length: int, parts: int) -> list[range]:
    """Cut an axis into so many parts as equal as can be; into fewer if it is shorter."""
    parts = min(parts, length)
    return [range(length * part // parts, length * (part + 1) // parts) for part in range(parts)]


def cut(geometry: Geometry, row_bytes: int, parts: int) -> list[Tile]:
    """Cut the output into tiles.

    Args:
        geometry: How the kernel slides.
        row_bytes: Bytes of a slab's row.
        parts: The number of tiles is a multiple of this, where there are enough rows.
    """
    height, out = geometry.size[0], geometry.out[0]
    most = max(SLAB_BYTES // (row_bytes * min(geometry.strides[0], height)) - height, height)
    count = -(-out // most)
    return [_tile(geometry, rows.start, rows.stop) for rows in share_out(out, count + -count % parts)]


def _tile(geometry: Geometry, top: int, bottom: int) -> Tile:
    stride, dilation, image = geometry.strides[0], geometry.dilation[0], geometry.image[0]
    span = (bottom - top - 1) * stride + dilation * (geometry.size[0] - 1) + 1
    height = -(-span // dilation)
    first = top * stride - geometry.before[0]
    count, taps = bottom - top, geometry.size[0]
    rows = []
    if dilation * height >= count * taps:
        for tap in range(taps):
            start, stop = overlap(first + tap * dilation, count, stride, image)
            rows.append(Rows((slice(None), tap), start, stop, first + tap * dilation + start * stride, stride))
        return Tile(top, bottom, (count, taps), rows, list(range(0, count * taps, taps)))
    for part in range(dilation):
        start, stop = overlap(first + part, height, dilation, image)
        rows.append(Rows((part,), start, stop, first + part + start * dilation, dilation))
    places = [divmod(row * stride, dilation) for row in range(count)]
    return Tile(top, bottom, (dilation, height), rows, [part * height + index for index, part in places])


class Source(NamedTuple):
    """Where the gradient of an image's row comes from: output rows, each through one of the kernel's.

    Attributes:
        taps: The kernel's rows that could meet this row, were there no borders, from the last to the first.
        start: Where among them those begin that meet it.
        stop: Where they end.
        outs: The output rows that these belong to.
    """

    taps: tuple[int, ...]
    start: int
    stop: int
    outs: slice


def sources(geometry: Geometry) -> list[Source]:
    """Return for each row of the image where its gradient comes from."""
    stride, dilation = geometry.strides[0], geometry.dilation[0]
    found = []
    for row in range(geometry.image[0]):
        places = {tap: row + geometry.before[0] - tap * dilation for tap in reversed(range(geometry.size[0]))}
        outs = {tap: place // stride for tap, place in places.items() if place % stride == 0}
        taps = tuple(outs)
        meeting = [index for index, out in enumerate(outs.values()) if 0 <= out < geometry.out[0]]
        if not meeting:
            found.append(Source(taps, 0, 0, slice(0)))
            continue
        start, stop = meeting[0], meeting[-1] + 1
        step = outs[taps[1]] - outs[taps[0]] if len(taps) > 1 else 1
        found.append(Source(taps, start, stop, slice(outs[taps[start]], outs[taps[stop - 1]] + 1, step)))
    return found


class Slabs:
    """Slabs of a sliding, filled from images and emptied into them.

    Images are given in the order `(height, channels, width, pictures)`.

    Args:
        geometry: How the kernel slides.
    """

    def __init__(self, geometry: Geometry) -> None:
        self._geometry = geometry
        step, dilation = geometry.strides[1], geometry.dilation[1]
        # For each tap the outputs that it serves, and the image's columns that it reads.
        self._columns: list[tuple[slice, slice]] = []
        for tap in range(geometry.size[1]):
            position = tap * dilation - geometry.before[1]
            start, stop = overlap(position, geometry.out[1], step, geometry.image[1])
            first = position + start * step
            self._columns.append(
                (slice(start, stop), slice(first, max(first + (stop - start - 1) * step + 1, 0), step))
            )

    def fill(self, image: Array, tile: Tile, scratch: Scratch) -> Array:
        """Copy what a tile sees.

        Args:
            image: `(height, channels, width, pictures)`.
            tile: The tile.
            scratch: Where the slab goes.

        Returns:
            The slab, `(rows, taps * channels, width * pictures)`.
        """
        slab = self._slab(image, tile, scratch)
        for rows in tile.rows:
            part = slab[rows.part]
            part[: rows.start] = 0
            part[rows.stop :] = 0
            source = image[_slice(rows)]
            for tap, (outs, columns) in enumerate(self._columns):
                target = part[rows.start : rows.stop, tap]
                target[:, :, : outs.start] = 0
                target[:, :, outs.stop :] = 0
                target[:, :, outs] = source[:, :, columns]
        return _lines(slab)

    def fold(self, line: Array, out: Array) -> None:
        """Sum up for every pixel of an image's row what a slab's row holds for it: `fill` backwards.

        Args:
            line: A row of a slab, `(taps * channels, width * pictures)`.
            out: What to fill: a row of the image, `(channels, width, pictures)`.
        """
        taps = line.reshape(len(self._columns), len(out), -1, out.shape[2])
        out[...] = 0
        for tap, (outs, columns) in zip(taps, self._columns, strict=True):
            out[:, columns] += tap[:, outs]

    def windows(self, lines: Array, tile: Tile) -> Iterator[Array]:
        """Give for each output row of a tile the part of the slab that it sees, as one matrix."""
        height = self._geometry.size[0]
        for start in tile.starts:
            yield lines[start : start + height].reshape(-1, lines.shape[2])

    def _slab(self, image: Array, tile: Tile, scratch: Scratch) -> Array:
        _, channels, _, pictures = image.shape
        shape = (*tile.shape, self._geometry.size[1], channels, self._geometry.out[1], pictures)
        return scratch.array("slab", shape, image.dtype)


def _slice(rows: Rows) -> slice:
    return slice(rows.first, rows.first + max((rows.stop - rows.start - 1) * rows.step + 1, 0), rows.step)


def _lines(slab: Array) -> Array:
    parts, height, taps, channels, width, pictures = slab.shape
    return slab.reshape(parts * height, taps * channels, width * pictures)
