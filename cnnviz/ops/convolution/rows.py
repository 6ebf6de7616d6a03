"""Rows of planes: for few channels.

For a region of the output, the input rows are copied once for every horizontal tap into a slab
`[row][tap][channel][x]`: long contiguous runs, no gather. What an output row needs is then a plain matrix inside the
slab, `kernel height * kernel width * in` rows of pixels, that starts at its first input row; the slab is shared by all
output rows of the region, and one product makes a row. With few filters the product is too flat for BLAS: several
output rows are made in one, by a kernel matrix that holds the kernel once for each, a row lower each time.

The result's memory is height x channels x width (x batch, if pictures are small), or height x width x channels when
there are many filters, unless the batch lay innermost already; the axes are always N, H, W, C.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from cnnviz.ops.convolution.problem import Array, Problem, Region, Run
from cnnviz.ops.convolution.scratch import borrow_scratch
from cnnviz.ops.convolution.slab import Filling, Slab
from cnnviz.ops.memory import empty, turn
from cnnviz.ops.parallel import run_bands

SLAB_BYTES = 1 << 22
"""How large a slab may grow. Larger than a second-level cache: its rows are read one after the other."""

LINE_BYTES = 1 << 18
"""How large a row of a slab may grow, with all its taps and channels, before rows are cut."""

BATCH_LINE_BYTES = 1 << 17
"""The same where the batch lies innermost: what is left of a row is long all the same, and the slab stays cached."""

SHORT_ROW = 64
"""Batches of pictures no wider than this are laid out with the batch innermost, to make their rows long."""

PLANES_UP_TO = 24
"""Up to this many filters the result is laid out as rows of planes, else channels last."""

SMALL_PRODUCT = 1_000_000
"""Products of no more multiply-accumulates than this are made without packing by some of OpenBLAS's code."""

CHUNK = 512
"""Columns of a small product for a batch: many more gain nothing, and less than half as many are not worth it."""

HAND_OUT = 10_000_000
"""Fewer multiply-accumulates than this are not worth a second thread."""


def prepare(problem: Problem) -> Run:
    """Prepare the convolution.

    Args:
        problem: Any convolution.

    Returns:
        The convolution; one call at a time.
    """
    rows, columns = problem.sliding.output
    planes = problem.filters <= PLANES_UP_TO
    into_planes, into_pixels = cache(lambda: _into_planes(problem)), cache(lambda: _into_pixels(problem))

    @cache
    def cut(depth: int) -> list[Filling]:
        # Where several rows are made in one, a NaN would meet the zeros between the kernels.
        check = _stack_height(problem) > 1
        return [Filling(problem, region, check=check) for region in _regions(problem, depth)]

    def convolve(x: Array) -> Array:
        count = len(x)
        lies_innermost = x.strides[0] == x.itemsize
        innermost = count > 1 and columns <= SHORT_ROW and (planes or lies_innermost)
        multiply = into_planes() if planes or innermost else into_pixels()
        if innermost:
            memory = empty((rows, problem.filters, columns, count), problem.dtype)
            picture = x.transpose(1, 3, 2, 0)
            # Once, not once for each region that reads a row.
            pictures = [picture if lies_innermost else turn(picture, empty(picture.shape, problem.dtype))]
            outs = [memory]
            out = memory.transpose(3, 0, 2, 1)
        elif planes:
            memory = empty((count, rows, problem.filters, columns), problem.dtype)
            pictures, outs = list(x.transpose(0, 1, 3, 2)[..., None]), list(memory)
            out = memory.transpose(0, 1, 3, 2)
        else:
            out = empty((count, rows, columns, problem.filters), problem.dtype)
            pictures, outs = list(x.transpose(0, 1, 3, 2)[..., None]), list(out)

        def work(band: tuple[int, Filling]) -> None:
            index, filling = band
            with borrow_scratch() as scratch:
                multiply(filling.fill(pictures[index], scratch), outs[index], filling.region)

        fillings = cut(pictures[0].shape[3])
        bands = [(index, filling) for index in range(len(pictures)) for filling in fillings]
        run_bands(work, bands, worthwhile=problem.macs * count >= HAND_OUT)
        return out

    return convolve


def _regions(problem: Problem, depth: int) -> list[Region]:
    """Cut the output into regions whose slab does not grow too large; by shape alone."""
    rows, columns = problem.sliding.output
    height, width = problem.sliding.size
    stack = _stack_height(problem)
    pixel = width * problem.channels * depth * problem.dtype.itemsize
    pieces = min(-(-columns * pixel // (BATCH_LINE_BYTES if depth > 1 else LINE_BYTES)), columns)
    across = -(-columns // pieces)
    line = across * pixel
    down = SLAB_BYTES // (line * min(problem.sliding.rows.stride, height)) - height + 1
    down = max(down, height, 2 * stack, 4)
    parts = -(-rows // down)
    if problem.macs * depth >= HAND_OUT:
        # Regions for threads to share, as many for each; no more of them, since those below each other read rows twice.
        parts = parts + -parts % 4 if pieces == 1 else max(parts, -(-4 // pieces))
    down = -(-rows // parts)
    down = -(-down // stack) * stack
    return [
        Region(top, min(top + down, rows), left, min(left + across, columns))
        for top in range(0, rows, down)
        for left in range(0, columns, across)
    ]


def _stack_height(problem: Problem) -> int:
    """Choose how many output rows one product makes: tall enough to keep BLAS busy, few multiplications by zero.

    The time of a product per row and column of its operand was measured for heights 1 to 36 with OpenBLAS's AVX2 code:
    a fixed share for reading the operand, a share for each full block of rows that its inner loop works on (4 in
    float32, 8 in float64), and an unequal one for the rest.
    """
    window = problem.sliding.rows
    height = window.size
    if window.stride > 1 or window.dilation > 1 or problem.filters > PLANES_UP_TO:
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

    return min(range(1, min(max(1, 32 // problem.filters), window.output) + 1), key=cost)


def _into_planes(problem: Problem) -> Callable[[Slab, Array, Region], None]:
    """Prepare the products that make `(rows, filters, columns[, depth])`."""
    (height, width), stack = problem.sliding.size, _stack_height(problem)
    stacked = np.zeros((stack, problem.filters, stack + height - 1, width, problem.channels), problem.dtype)
    for i in range(stack):
        stacked[i, :, i : i + height] = problem.kernel.transpose(3, 0, 1, 2)
    stacked = stacked.reshape(stack * problem.filters, -1)
    single = np.ascontiguousarray(problem.kernel.reshape(-1, problem.filters).T)
    bias = None if problem.bias is None else problem.bias[:, None]

    def multiply(slab: Slab, out: Array, region: Region) -> None:
        across = slab.lines.shape[2]
        left = region.left * (across // (region.right - region.left))
        part = out.reshape(len(out), problem.filters, -1)[region.top : region.bottom, :, left : left + across]
        small = across > region.right - region.left and SMALL_PRODUCT // stacked.size >= CHUNK // 2
        product = _multiply_in_chunks if small else _multiply
        # Zero times NaN is NaN: rows that see one are made one by one.
        whole = len(part) // stack * stack if stack > 1 and slab.finite else 0
        if whole:
            windows = slab.windows(0, whole // stack, height + stack - 1, slab.step * stack)
            # A view, also of a part of each row.
            product(stacked, windows, part[:whole].reshape(whole // stack, len(stacked), across))
        if whole < len(part):
            windows = slab.windows(whole * slab.step, len(part) - whole, height, slab.step)
            product(single, windows, part[whole:])
        if bias is not None:
            part += bias

    return multiply


def _multiply(matrix: Array, windows: Array, out: Array) -> None:
    """Multiply a matrix by several, `(count, K, N)`, to `(count, M, N)`."""
    np.matmul(matrix, windows, out=out)


def _multiply_in_chunks(matrix: Array, windows: Array, out: Array) -> None:
    """Do the same in small products, whose rows need not be long."""
    length = out.shape[2]
    chunk = min(SMALL_PRODUCT // matrix.size // 64 * 64, CHUNK)
    whole = length // chunk * chunk
    if whole:
        _multiply(matrix, _chunks(windows, whole, chunk), _chunks(out, whole, chunk))
    if whole < length:
        _multiply(matrix, windows[..., whole:], out[..., whole:])


def _chunks(x: Array, whole: int, chunk: int) -> Array:
    """View `(count, rows, columns)` as `(count, chunks, rows, chunk)`."""
    return x[..., :whole].reshape(*x.shape[:2], -1, chunk).transpose(0, 2, 1, 3)


def _into_pixels(problem: Problem) -> Callable[[Slab, Array, Region], None]:
    """Prepare the products that make `(rows, columns, filters)`."""
    height = problem.sliding.rows.size
    matrix = np.ascontiguousarray(problem.kernel.reshape(-1, problem.filters))

    def multiply(slab: Slab, out: Array, region: Region) -> None:
        part = out[region.top : region.bottom, region.left : region.right]
        windows = slab.windows(0, len(part), height, slab.step)
        np.matmul(windows.transpose(0, 2, 1), matrix, out=part)
        if problem.bias is not None:
            part += problem.bias

    return multiply
