"""Rows of planes: for few channels.

For a tile of the output, the input rows are copied once for every horizontal tap into a slab
`[row][tap][channel][x]`: long contiguous runs, no gather. What an output row needs is then a plain matrix inside the
slab, `kernel height * kernel width * in` rows of pixels, that starts at its first input row; the slab is shared by all
output rows of the tile, and one product makes a row. With few filters the product is too flat for BLAS: several output
rows are made in one, by a kernel matrix that holds the kernel once for each, a row lower each time.

The result's memory is height x channels x width (x batch, if pictures are small), or height x width x channels when
there are many filters; the axes are always N, H, W, C.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from cnnviz.ops.convolution.problem import Array, Problem, Run, overlap
from cnnviz.ops.parallel import run_bands

SLAB_BYTES = 1 << 21
"""How large a slab may grow. Larger than a second-level cache: its rows are read one after the other."""

TILE_COLUMNS = 640
"""Rows longer than this are cut: OpenBLAS is fastest while a product stays small."""

SHORT_ROW = 64
"""Batches of pictures no wider than this are laid out with the batch innermost, to make their rows long."""

PLANES_UP_TO = 24
"""Up to this many filters the result is laid out as rows of planes, else channels last."""

HAND_OUT = 2_000_000
"""Fewer multiply-accumulates than this are not worth a second thread."""


class Tile(NamedTuple):
    """A part of the output: rows and columns, from and to."""

    top: int
    bottom: int
    left: int
    right: int


def prepare(problem: Problem) -> Run:
    """Prepare the convolution.

    Args:
        problem: Any convolution.

    Returns:
        The convolution; one call at a time.
    """
    rows, columns = problem.out
    planes = problem.filters <= PLANES_UP_TO
    stack = _stack_height(problem) if planes else 1
    matrix = _toeplitz(problem, stack)
    slabs: list[_Slab] = []

    def convolve(x: Array) -> Array:
        count = len(x)
        if planes and count > 1 and columns <= SHORT_ROW:
            memory = np.empty((rows, problem.filters, columns, count), problem.dtype)
            pictures, outs = [x.transpose(1, 3, 2, 0)], [memory]
            out = memory.transpose(3, 0, 2, 1)
        elif planes:
            memory = np.empty((count, rows, problem.filters, columns), problem.dtype)
            pictures, outs = list(x.transpose(0, 1, 3, 2)[..., None]), list(memory[..., None])
            out = memory.transpose(0, 1, 3, 2)
        else:
            out = np.empty((count, rows, columns, problem.filters), problem.dtype)
            pictures, outs = list(x.transpose(0, 1, 3, 2)[..., None]), list(out)
        depth = pictures[0].shape[-1]
        tiles = list(_tiles(problem, stack, depth))

        def work(band: tuple[int, Tile]) -> None:
            index, tile = band
            slab = slabs.pop() if slabs else _Slab(problem, stack, planes, matrix)
            slab.fill(pictures[index], tile)
            slab.multiply(outs[index], tile)
            slabs.append(slab)

        bands = [(index, tile) for index in range(len(pictures)) for tile in tiles]
        run_bands(work, bands, worthwhile=problem.macs * count >= HAND_OUT)
        return out

    return convolve


def _stack_height(problem: Problem) -> int:
    """Choose how many output rows one product makes: tall enough to keep BLAS busy, few multiplications by zero.

    The time of a product per row and column of its operand was measured for heights 1 to 36 with OpenBLAS's AVX2 code:
    a fixed share for reading the operand, a share for each full block of rows that its inner loop works on (4 in
    float32, 8 in float64), and an unequal one for the rest.
    """
    height = problem.size[0]
    if problem.strides[0] > 1 or problem.dilation[0] > 1:
        return 1
    rest: tuple[float, ...]
    if problem.dtype.itemsize == 4:
        fixed, block, rest = 6.0, 4.0, (0.0, 4.0, 4.5, 8.0)
    else:
        fixed, block, rest = 5.0, 10.0, (0.0, 2.5, 7.0, 9.5, 8.0, 10.5, 15.0, 17.0)

    def cost(stack: int) -> float:
        tall = stack * problem.filters
        product = 3.2 if tall == 1 else fixed + block * (tall // len(rest)) + rest[tall % len(rest)]
        return product * (stack + height - 1) / stack

    return min(range(1, min(max(1, 32 // problem.filters), problem.out[0]) + 1), key=cost)


def _toeplitz(problem: Problem, stack: int) -> Array:
    """Lay the kernel out as a matrix, `stack * filters` rows by `(stack + height - 1) * width * channels` columns."""
    height, width = problem.size
    matrix = np.zeros((stack, problem.filters, stack + height - 1, width, problem.channels), problem.dtype)
    for i in range(stack):
        matrix[i, :, i : i + height] = problem.kernel.transpose(3, 0, 1, 2)
    return matrix.reshape(stack * problem.filters, -1)


def _tiles(problem: Problem, stack: int, depth: int) -> Iterator[Tile]:
    """Cut the output into tiles whose slab fits the cache; by shape alone."""
    rows, columns = problem.out
    height, width = problem.size
    pieces = -(-columns * depth // TILE_COLUMNS)
    across = -(-columns // min(pieces, columns))
    line = width * problem.channels * across * depth * problem.dtype.itemsize
    down = SLAB_BYTES // (line * problem.strides[0]) - height + 1
    down = max(down, height, 2 * stack, 4)
    # At least four tiles where threads may share them.
    parts = max(-(-rows // down), 4 if problem.macs * depth >= HAND_OUT else 1)
    down = -(-rows // parts)
    down = -(-down // stack) * stack
    for top in range(0, rows, down):
        for left in range(0, columns, across):
            yield Tile(top, min(top + down, rows), left, min(left + across, columns))


class _Slab:
    """Scratch of one thread: the rows of a tile, copied once for every horizontal tap."""

    def __init__(self, problem: Problem, stack: int, planes: bool, matrix: Array) -> None:
        self.problem = problem
        self.stack = stack
        self.planes = planes
        self.matrix = matrix
        self.memory = np.empty(0, problem.dtype)
        self.staging = np.empty(0, problem.dtype)
        self.shape = (0, 0, 0, 0, 0)

    def fill(self, picture: Array, tile: Tile) -> None:
        """Copy the input rows of a tile.

        Args:
            picture: `(height, channels, width, depth)`.
            tile: The output to be made.
        """
        problem = self.problem
        (height, width), dy, sy = problem.size, problem.dilation[0], problem.strides[0]
        channels, depth = problem.channels, picture.shape[3]
        across = tile.right - tile.left
        first = tile.top * sy - problem.padding[0]
        rows = self._rows(tile)
        needed = (rows, width, channels, across, depth)
        if self.shape != needed:
            size = rows * width * channels * across * depth
            if self.memory.size < size:
                self.memory = np.empty(size, problem.dtype)
            self.slab = self.memory[:size].reshape(needed)
            self.shape = needed
        slab = self.slab
        if dy == 1:
            self._copy(slab, picture, first, 1, tile)
        else:
            per_row = slab.reshape(-1, height, width, channels, across, depth)
            for i in range(height):
                self._copy(per_row[:, i], picture, first + i * dy, sy, tile)

    def _rows(self, tile: Tile) -> int:
        """Count the rows of the slab: those of the input, or, if dilated, those of every output row one by one."""
        height = self.problem.size[0]
        if self.problem.dilation[0] > 1:
            return (tile.bottom - tile.top) * height
        return (tile.bottom - tile.top - 1) * self.problem.strides[0] + height

    def _copy(self, slab: Array, picture: Array, first: int, step: int, tile: Tile) -> None:
        """Copy input rows `first, first + step, ...` into `(rows, taps, channels, x, depth)`."""
        problem = self.problem
        start, stop = overlap(first, len(slab), step, problem.image[0])
        slab[:start] = 0
        slab[stop:] = 0
        if start == stop:
            return
        source = picture[first + start * step : first + (stop - 1) * step + 1 : step]
        target = slab[start:stop]
        sx, dx = problem.strides[1], problem.dilation[1]
        left = tile.left * sx - problem.padding[2]
        right = (tile.right - 1) * sx - problem.padding[2] + dx * (problem.size[1] - 1) + 1
        if source.strides[2] > source.strides[1] and source.shape[1] > 1:
            # Channels are innermost: turn the rows once, not once for every tap.
            cut = max(left, 0)
            source = self._turn(source[:, :, cut : max(right, cut)])
            left -= cut
        for j in range(problem.size[1]):
            position = left + j * dx
            begin, end = overlap(position, target.shape[3], sx, source.shape[2])
            if begin:
                target[:, j, :, :begin] = 0
            if end < target.shape[3]:
                target[:, j, :, end:] = 0
            if begin < end:
                position += begin * sx
                target[:, j, :, begin:end] = source[:, :, position : position + (end - begin - 1) * sx + 1 : sx]

    def _turn(self, source: Array) -> Array:
        if self.staging.size < source.size:
            self.staging = np.empty(source.size, self.problem.dtype)
        turned = self.staging[: source.size].reshape(source.shape)
        turned[...] = source
        return turned

    def multiply(self, out: Array, tile: Tile) -> None:
        """Make a tile of the output.

        Args:
            out: `(rows, filters, columns, depth)`, or `(rows, columns, filters)` for channels last.
            tile: Which part of it.
        """
        problem = self.problem
        height = problem.size[0]
        step = height if problem.dilation[0] > 1 else problem.strides[0]
        lines = self.slab.reshape(self.shape[0], -1, self.shape[3] * self.shape[4])
        count = tile.bottom - tile.top
        whole = count - count % self.stack
        bias = problem.bias
        if not self.planes:
            part = out[tile.top : tile.bottom, tile.left : tile.right]
            operand = _windows(lines, count, step, height)
            np.matmul(operand.transpose(0, 2, 1), self.matrix.T, out=part)
            if bias is not None:
                part += bias
            return
        part = out.reshape(len(out), problem.filters, -1)[tile.top : tile.bottom]
        depth = self.shape[4]
        part = part[:, :, tile.left * depth : tile.right * depth]
        if whole:
            operand = _windows(lines, whole // self.stack, step * self.stack, height + self.stack - 1)
            if self.stack == 1:
                np.matmul(self.matrix, operand, out=part)
            else:
                np.matmul(self.matrix, operand, out=_merge(part[:whole], self.stack))
        if whole < count:
            # A remainder of its own: products that overlap would race with another thread's.
            operand = _windows(lines[whole * step :], count - whole, step, height)
            single = self.matrix[: problem.filters, : operand.shape[1]]
            np.matmul(single, operand, out=part[whole:])
        if bias is not None:
            part += bias[:, None]


def _windows(lines: Array, count: int, step: int, height: int) -> Array:
    """View `count` overlapping matrices of `height` slab rows each, `step` rows apart."""
    row, line, x = lines.strides
    shape = (count, height * lines.shape[1], lines.shape[2])
    view: Array = np.ndarray(shape, lines.dtype, lines, 0, (step * row, line, x))
    return view


def _merge(part: Array, stack: int) -> Array:
    """View `(rows, filters, x)` as `(rows / stack, stack * filters, x)`, also where x is a cut of longer rows."""
    row, line, x = part.strides
    shape = (len(part) // stack, stack * part.shape[1], part.shape[2])
    return np.lib.stride_tricks.as_strided(part, shape, (row * stack, line, x))
