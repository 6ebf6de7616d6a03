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

from cnnviz.ops.convolution.scratch import ScratchArrays
from cnnviz.ops.gradients.pullback import Array
from cnnviz.ops.sliding import Sliding, Window, meeting

SLAB_BYTES = 1 << 22
"""How large a slab may grow, unless the rows that one output row sees are larger."""


class Rows(NamedTuple):
    """Image rows that lie in the slab.

    Attributes:
        part: Where their part of the slab lies.
        places: Their places in that part; the others are padding.
        image: The rows.
    """

    part: tuple[slice | int, ...]
    places: slice
    image: slice


class Strip(NamedTuple):
    """Some output rows, and what they see.

    Attributes:
        top: The first output row.
        bottom: One past the last.
        shape: Slab rows along two axes, one of which counts the parts: the remainders modulo `dilation`, or the
            kernel's rows.
        rows: What the slab's rows hold.
        starts: For each output row the first of the slab's rows that it sees.
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


def strips_of(window: Window, row_bytes: int, parts: int) -> list[Strip]:
    """Cut the output into strips.

    Args:
        window: How the kernel slides along the height.
        row_bytes: Bytes of a slab's row.
        parts: The number of strips is a multiple of this, where there are enough rows.
    """
    most = max(SLAB_BYTES // (row_bytes * min(window.stride, window.size)) - window.size, window.size)
    count = -(-window.output // most)
    return [_strip(window, rows.start, rows.stop) for rows in share_out(window.output, count + -count % parts)]


def _strip(window: Window, top: int, bottom: int) -> Strip:
    stride, dilation, taps = window.stride, window.dilation, window.size
    count = bottom - top
    height = -(-((count - 1) * stride + window.extent) // dilation)
    if dilation * height >= count * taps:
        rows = [Rows((slice(None), tap), *window.meeting(tap, top, count)) for tap in range(taps)]
        return Strip(top, bottom, (count, taps), rows, list(range(0, count * taps, taps)))
    first = window.start + top * stride
    rows = [Rows((part,), *meeting(first + part, height, dilation, window.input)) for part in range(dilation)]
    places = [divmod(row * stride, dilation) for row in range(count)]
    return Strip(top, bottom, (dilation, height), rows, [part * height + index for index, part in places])


class RowSources(NamedTuple):
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


def sources(window: Window) -> list[RowSources]:
    """Return for each row of the image where its gradient comes from.

    Args:
        window: How the kernel slides along the height.
    """
    found, transposed = [], window.transposed()
    for row in range(window.input):
        outs = {window.size - 1 - tap: out for tap, out in transposed.taps(row)}
        taps = tuple(outs)
        real = [index for index, out in enumerate(outs.values()) if 0 <= out < window.output]
        if not real:
            found.append(RowSources(taps, 0, 0, slice(0)))
            continue
        start, stop = real[0], real[-1] + 1
        step = outs[taps[1]] - outs[taps[0]] if len(taps) > 1 else 1
        found.append(RowSources(taps, start, stop, slice(outs[taps[start]], outs[taps[stop - 1]] + 1, step)))
    return found


class Slabs:
    """Slabs of a sliding, filled from images and emptied into them.

    Images are given in the order `(height, channels, width, pictures)`.

    Args:
        sliding: How the kernel slides.
    """

    def __init__(self, sliding: Sliding) -> None:
        self._height, self._width = sliding.rows.size, sliding.columns.output
        # For each tap the outputs that it serves, and the image's columns that it reads.
        self._columns = [sliding.columns.meeting(tap) for tap in range(sliding.columns.size)]

    def fill(self, image: Array, strip: Strip, scratch: ScratchArrays) -> Array:
        """Copy what a strip sees.

        Args:
            image: `(height, channels, width, pictures)`.
            strip: The strip.
            scratch: Where the slab goes.

        Returns:
            The slab, `(rows, taps * channels, width * pictures)`.
        """
        _, channels, _, pictures = image.shape
        taps, (parts, height) = len(self._columns), strip.shape
        slab = scratch.array("slab", (parts, height, taps, channels, self._width, pictures), image.dtype)
        for rows in strip.rows:
            part = slab[rows.part]
            part[: rows.places.start] = 0
            part[rows.places.stop :] = 0
            source = image[rows.image]
            for tap, (outs, columns) in enumerate(self._columns):
                target = part[rows.places, tap]
                target[:, :, : outs.start] = 0
                target[:, :, outs.stop :] = 0
                target[:, :, outs] = source[:, :, columns]
        return slab.reshape(parts * height, taps * channels, self._width * pictures)

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

    def windows(self, lines: Array, strip: Strip) -> Iterator[Array]:
        """Give for each output row of a strip the part of the slab that it sees, as one matrix."""
        for start in strip.starts:
            yield lines[start : start + self._height].reshape(-1, lines.shape[2])
