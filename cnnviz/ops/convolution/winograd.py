"""Winograd's minimal filtering, F(4x4, 3x3): for 3x3 kernels at stride 1 with many channels.

Each tile of 4x4 outputs is made from 6x6 inputs with 36 multiplications a channel and filter instead of 144: inputs
and kernel are turned into sums (as a Fourier transform would do, but with small fractions), multiplied, and turned
back. All three turns are matrix products here. Rounding errors spread over a tile: what is so small that it may be one
is worked out from its own window.

Source: A. Lavin, S. Gray, Fast Algorithms for Convolutional Neural Networks, CVPR 2016.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from cnnviz.ops.convolution import patches as direct
from cnnviz.ops.convolution.points import repair
from cnnviz.ops.convolution.problem import Array, Problem, Run, is_finite
from cnnviz.ops.convolution.scratch import ScratchArrays, borrow_scratch
from cnnviz.ops.convolution.window import read_window
from cnnviz.ops.memory import empty
from cnnviz.ops.parallel import run_bands

OUT = 4
"""Height and width of a tile's output."""

IN = 6
"""Height and width of a tile's input."""

BLOCK_BYTES = 1 << 22
"""How large a block of tiles may grow, in all its forms."""

TURN_BYTES = 1 << 20
"""How much of a small picture is turned at a time."""

PICTURE_BYTES = 24 << 20
"""Pictures no larger than this, in all their forms, are one block."""

# Rows: the six points 0, 1, -1, 2, -2 and infinity.
INPUT = (
    (4, 0, -5, 0, 1, 0),
    (0, -4, -4, 1, 1, 0),
    (0, 4, -4, -1, 1, 0),
    (0, -2, -1, 2, 1, 0),
    (0, 2, -1, -2, 1, 0),
    (0, 4, 0, -5, 0, 1),
)
KERNEL = (
    (1 / 4, 0, 0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0, 0, 1),
)
OUTPUT = (
    (1, 1, 1, 1, 1, 0),
    (0, 1, -1, 2, -2, 0),
    (0, 1, 1, 4, 4, 0),
    (0, 1, -1, 8, -8, 1),
)


class TileRows(NamedTuple):
    """Rows of tiles of one picture, from and to."""

    picture: int
    top: int
    bottom: int


def prepare(problem: Problem) -> Run:
    """Prepare the convolution.

    Args:
        problem: A 3x3 convolution, stride and dilation 1.

    Returns:
        The convolution; one call at a time. Pictures that are not finite everywhere, or hold much that is
        small beside the rest, go by patches.
    """
    rows, columns = problem.sliding.output
    steps = _TileTransforms(problem)
    small = _line_bytes(problem) * -(-rows // OUT) <= PICTURE_BYTES
    least = _least(problem)
    exact = cache(lambda: direct.prepare(problem))

    def convolve(x: Array) -> Array:
        if not is_finite(x):
            return exact()(x)
        out = empty((len(x), rows, columns, problem.filters), problem.dtype)
        if small:
            with borrow_scratch() as scratch:
                for picture, result in zip(x, out, strict=True):
                    _all_at_once(problem, steps, picture, result, scratch)
        else:
            run_bands(lambda block: steps.run(x[block.picture], block, out[block.picture]), _blocks(problem, len(x)))
        if problem.dtype.itemsize < 8:
            return out  # small sums have few right digits in float32 whichever way they go
        for picture, result in zip(x, out, strict=True):
            loudest = max(float(picture.max()), -float(picture.min()))
            if not repair(problem, picture, result, least * loudest):
                result[...] = exact()(picture[None])[0]
        return out

    return convolve


def _least(problem: Problem) -> Array:
    """Return below what magnitude each filter's answers may be rounding errors, in parts of the largest input.

    Up to as many rounding units were found as a sum over the channels may be off by.
    """
    # There are digits to spare: some of them are to be right.
    factor = 2 * sqrt(problem.channels) * 2.0**20 * float(np.finfo(problem.dtype).eps)
    return np.asarray(abs(problem.kernel).sum(axis=(0, 1, 2)) * factor)


class _TileTransforms:
    """What is done to a block of tiles: turn the inputs, multiply, turn the products."""

    def __init__(self, problem: Problem) -> None:
        kernel = _both(KERNEL, problem.dtype) @ problem.kernel.reshape(9, -1)
        self.kernel = kernel.reshape(IN * IN, problem.channels, problem.filters)
        self._problem = problem
        self._turn_in, self._turn_out = _both(INPUT, problem.dtype), _both(OUTPUT, problem.dtype)
        self._across = -(-problem.sliding.columns.output // OUT)

    def run(self, picture: Array, block: TileRows, out: Array) -> None:
        """Make the outputs of a block."""
        tiles = (block.bottom - block.top) * self._across
        with borrow_scratch() as scratch:
            turned = scratch.array("turned", (IN * IN, tiles, self._problem.channels), self._problem.dtype)
            self.turn_inputs(picture, block, turned.reshape(IN * IN, -1))
            products = scratch.array("products", (IN * IN, tiles, self._problem.filters), self._problem.dtype)
            np.matmul(turned, self.kernel, out=products)
            self.turn_products(products.reshape(IN * IN, -1), block, out)

    def turn_inputs(self, picture: Array, block: TileRows, turned: Array) -> None:
        """Turn the inputs of a block into `(36, tiles * channels)`."""
        tiles = (block.bottom - block.top, self._across)
        with borrow_scratch() as scratch:
            inputs = _gather(self._problem, picture, block, tiles, scratch)
            np.matmul(self._turn_in, inputs.reshape(IN * IN, -1), out=turned)

    def turn_products(self, products: Array, block: TileRows, out: Array) -> None:
        """Turn products `(36, tiles * filters)` into a block's outputs."""
        tiles = (block.bottom - block.top, self._across)
        with borrow_scratch() as scratch:
            answers = scratch.array("answers", (OUT, OUT, *tiles, self._problem.filters), self._problem.dtype)
            np.matmul(self._turn_out, products, out=answers.reshape(OUT * OUT, -1))
            _scatter(answers, self._problem.bias, out[block.top * OUT : block.bottom * OUT])


def _all_at_once(problem: Problem, steps: _TileTransforms, picture: Array, out: Array, scratch: ScratchArrays) -> None:
    """Convolve a small picture step by step as a whole: its kernel is larger than itself, and is read only once."""
    down, across = (-(-length // OUT) for length in problem.sliding.output)
    turned = scratch.array("turned", (IN * IN, down, across * problem.channels), problem.dtype)
    products = scratch.array("products", (IN * IN, down, across * problem.filters), problem.dtype)
    factors = turned.reshape(IN * IN, -1, problem.channels)
    results = products.reshape(IN * IN, -1, problem.filters)

    def multiply(first: int) -> None:
        some = slice(first, first + 4)
        np.matmul(factors[some], steps.kernel[some], out=results[some])

    parts = max(-(-turned.nbytes // TURN_BYTES), min(down, 2))
    high = -(-down // parts)
    lines = [TileRows(0, top, min(top + high, down)) for top in range(0, down, high)]
    run_bands(
        lambda line: steps.turn_inputs(picture, line, turned[:, line.top : line.bottom].reshape(IN * IN, -1)), lines
    )
    run_bands(multiply, range(0, IN * IN, 4))
    run_bands(
        lambda line: steps.turn_products(products[:, line.top : line.bottom].reshape(IN * IN, -1), line, out), lines
    )


def _both(matrix: tuple[tuple[float, ...], ...], dtype: np.dtype[Any]) -> Array:
    """Make a turn of rows and columns at once."""
    return np.kron(matrix, matrix).astype(dtype)


def _line_bytes(problem: Problem) -> int:
    """Give the size of a row of tiles in all its forms."""
    forms = 2 * IN * IN * problem.channels + (IN * IN + OUT * OUT) * problem.filters
    return -(-problem.sliding.columns.output // OUT) * forms * problem.dtype.itemsize


def _blocks(problem: Problem, count: int) -> Iterator[TileRows]:
    """Cut the output into rows of tiles; by shape alone."""
    down, across = (-(-length // OUT) for length in problem.sliding.output)
    # A product of few tiles would read the kernel more often than it uses it.
    high = min(max(BLOCK_BYTES // _line_bytes(problem), -(-24 // across)), down)
    high = -(-down // -(-down // high))
    for picture in range(count):
        for top in range(0, down, high):
            yield TileRows(picture, top, min(top + high, down))


def _gather(problem: Problem, picture: Array, block: TileRows, tiles: tuple[int, int], scratch: ScratchArrays) -> Array:
    """Lay the tiles' inputs out: `(row in tile, column in tile, tiles down, tiles across, channels)`."""
    first, left = problem.sliding.start[0] + block.top * OUT, problem.sliding.start[1]
    shape = (tiles[0] * OUT + IN - OUT, tiles[1] * OUT + IN - OUT)
    window = read_window(picture[None], first, left, shape, scratch)[0]
    row, column, channel = window.strides
    strides = (row, column, OUT * row, OUT * column, channel)
    inputs = scratch.array("inputs", (IN, IN, *tiles, problem.channels), problem.dtype)
    inputs[...] = as_strided(window, inputs.shape, strides, writeable=False)
    return inputs


def _scatter(answers: Array, bias: Array | None, out: Array) -> None:
    """Put the tiles' outputs in their places; what lies beyond the last row and column is dropped."""
    rows, columns = len(out) // OUT, out.shape[1] // OUT
    row, column, filter_ = out.strides
    whole = as_strided(out, (OUT, OUT, rows, columns, out.shape[2]), (row, column, OUT * row, OUT * column, filter_))
    _put(answers[:, :, :rows, :columns], bias, whole)
    for i in range(OUT):
        for j in range(OUT):
            below, beside = out[OUT * rows + i :: OUT, j::OUT], out[i : OUT * rows : OUT, OUT * columns + j :: OUT]
            _put(answers[i, j, rows : rows + len(below), : below.shape[1]], bias, below)
            _put(answers[i, j, :rows, columns : columns + beside.shape[1]], bias, beside)


def _put(source: Array, bias: Array | None, target: Array) -> None:
    if not target.size:
        return
    if bias is None:
        target[...] = source
    else:
        np.add(source, bias, out=target)
