"""Winograd's minimal filtering, F(4x4, 3x3): for 3x3 kernels at stride 1 with many channels.

Each tile of 4x4 outputs is made from 6x6 inputs with 36 multiplications a channel and filter instead of 144: inputs
and kernel are turned into sums (as a Fourier transform would do, but with small fractions), multiplied, and turned
back. All three turns are matrix products here.

Source: A. Lavin, S. Gray, Fast Algorithms for Convolutional Neural Networks, CVPR 2016.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from cnnviz.ops.convolution import patches as direct
from cnnviz.ops.convolution.problem import Array, Problem, Run, is_finite
from cnnviz.ops.convolution.scratch import Scratch, ScratchPool
from cnnviz.ops.convolution.window import read_window
from cnnviz.ops.memory import empty
from cnnviz.ops.parallel import run_bands

OUT = 4
"""Height and width of a tile's output."""

IN = 6
"""Height and width of a tile's input."""

BLOCK_BYTES = 1 << 21
"""How large a block of tiles may grow, in all its forms."""

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


class Block(NamedTuple):
    """Rows of tiles of one picture, from and to."""

    picture: int
    top: int
    bottom: int


def prepare(problem: Problem) -> Run:
    """Prepare the convolution.

    Args:
        problem: A 3x3 convolution, stride and dilation 1.

    Returns:
        The convolution; one call at a time. Pictures that are not finite everywhere go by patches.
    """
    rows, columns = problem.out
    across = -(-columns // OUT)
    turn_in, turn_out = _both(INPUT, problem.dtype), _both(OUTPUT, problem.dtype)
    kernel = _both(KERNEL, problem.dtype) @ problem.kernel.reshape(9, -1)
    kernel = kernel.reshape(IN * IN, problem.channels, problem.filters)
    pool = ScratchPool()
    exact: list[Run] = []

    def convolve(x: Array) -> Array:
        if not is_finite(x):
            exact[:] = exact or [direct.prepare(problem)]
            return exact[0](x)
        out = empty((len(x), rows, columns, problem.filters), problem.dtype)

        def work(block: Block) -> None:
            with pool.borrow() as scratch:
                tiles = (block.bottom - block.top, across)
                inputs = _gather(problem, x[block.picture], block, tiles, scratch)
                turned = scratch.array("turned", inputs.shape, problem.dtype)
                np.matmul(turn_in, inputs.reshape(IN * IN, -1), out=turned.reshape(IN * IN, -1))
                products = scratch.array("products", (IN * IN, tiles[0] * across, problem.filters), problem.dtype)
                np.matmul(turned.reshape(IN * IN, -1, problem.channels), kernel, out=products)
                answers = scratch.array("answers", (OUT, OUT, *tiles, problem.filters), problem.dtype)
                np.matmul(turn_out, products.reshape(IN * IN, -1), out=answers.reshape(OUT * OUT, -1))
                _scatter(answers, problem.bias, out[block.picture, block.top * OUT : block.bottom * OUT])

        run_bands(work, _blocks(problem, len(x)))
        return out

    return convolve


def _both(matrix: tuple[tuple[float, ...], ...], dtype: np.dtype[Any]) -> Array:
    """Make a turn of rows and columns at once."""
    return np.kron(matrix, matrix).astype(dtype)


def _blocks(problem: Problem, count: int) -> Iterator[Block]:
    """Cut the output into rows of tiles; by shape alone."""
    down, across = (-(-length // OUT) for length in problem.out)
    line = across * (2 * IN * IN * problem.channels + (IN * IN + OUT * OUT) * problem.filters) * problem.dtype.itemsize
    # A product of few tiles would read the kernel more often than it uses it.
    high = min(max(BLOCK_BYTES // line, -(-24 // across)), down)
    high = -(-down // -(-down // high))
    for picture in range(count):
        for top in range(0, down, high):
            yield Block(picture, top, min(top + high, down))


def _gather(problem: Problem, picture: Array, block: Block, tiles: tuple[int, int], scratch: Scratch) -> Array:
    """Lay the tiles' inputs out: `(row in tile, column in tile, tiles down, tiles across, channels)`."""
    first, left = block.top * OUT - problem.padding[0], -problem.padding[2]
    shape = (tiles[0] * OUT + IN - OUT, tiles[1] * OUT + IN - OUT)
    window = read_window(picture[None], first, left, shape, scratch)[0]
    inputs = scratch.array("inputs", (IN, IN, *tiles, problem.channels), problem.dtype)
    for i in range(IN):
        for j in range(IN):
            inputs[i, j] = window[i : i + OUT * tiles[0] : OUT, j : j + OUT * tiles[1] : OUT]
    return inputs


def _scatter(answers: Array, bias: Array | None, out: Array) -> None:
    """Put the tiles' outputs in their places; what lies beyond the last row and column is dropped."""
    for i in range(OUT):
        for j in range(OUT):
            target = out[i::OUT, j::OUT]
            source = answers[i, j, : target.shape[0], : target.shape[1]]
            if bias is None:
                target[...] = source
            else:
                np.add(source, bias, out=target)
