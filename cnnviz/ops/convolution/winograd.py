"""Winograd's minimal filtering, F(4x4, 3x3): for 3x3 kernels at stride 1 with many channels.

Each tile of 4x4 outputs is made from 6x6 inputs with 36 multiplications a channel and filter instead of 144: inputs
and kernel are turned into sums (as a Fourier transform would do, but with small fractions), multiplied, and turned
back. All three turns are matrix products here. Rounding errors spread over a tile: what may have lost its digits is
worked out from its own window.

Source: A. Lavin, S. Gray, Fast Algorithms for Convolutional Neural Networks, CVPR 2016.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from math import inf, isfinite, sqrt
from typing import Any, NamedTuple

import numpy as np

from cnnviz.ops.convolution import patches as direct
from cnnviz.ops.convolution.points import Mask, small_places, work_out
from cnnviz.ops.convolution.problem import Array, Problem, Run
from cnnviz.ops.convolution.scratch import borrow_scratch
from cnnviz.ops.convolution.silence import faint_in_tiles, loudest_seen
from cnnviz.ops.convolution.tiles import IN, OUT, Block, blocks_of, columns_of, gather, make_forms, scatter
from cnnviz.ops.memory import empty
from cnnviz.ops.parallel import run_bands

TILES = 256
"""So many tiles are multiplied at a time, if rows of tiles are not too long."""

WIDE = 64
"""So many tiles of a row lie side by side in a block."""

NUMBERS = 1 << 22
"""So many numbers the turned forms of a block may have; fewer tiles are multiplied at a time if it must be."""

LEAST_TILES = 24
"""A product of fewer would read the kernel more often than it uses it."""

TURNED = 1 << 13
"""So many tiles, times channels, are turned at a time: with their forms, they stay in the second-level cache."""

SHARED = 4
"""Where threads share a single block, its rows are cut into so many parts, its products into three times as many."""

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


def prepare(problem: Problem) -> Run:
    """Prepare the convolution.

    Args:
        problem: A 3x3 convolution, stride and dilation 1.

    Returns:
        The convolution; one call at a time. Pictures that are not finite everywhere, or hold much that is
        small beside the rest, go by patches.
    """
    steps, least = _TileTransforms(problem), cache(lambda: _least(problem))
    exact = cache(lambda: direct.prepare(problem))
    blocks = cache(lambda count: list(blocks_of(problem, count, _sides(problem))))

    def convolve(x: Array) -> Array:
        out = empty((len(x), *problem.sliding.output, problem.filters), problem.dtype)
        mine = blocks(len(x))
        found = [_NOTHING] * len(mine)

        def work(index: int) -> None:
            block = mine[index]
            found[index] = steps.run(x[block.picture], block, block.of(out[block.picture]), share=len(mine) == 1)

        run_bands(work, range(len(mine)))
        each = len(mine) // len(x)
        for number, (picture, result) in enumerate(zip(x, out, strict=True)):
            its = slice(number * each, (number + 1) * each)
            if not _repair(problem, picture, result, least, [*zip(mine[its], found[its], strict=True)]):
                result[...] = exact()(picture[None])[0]
        return out

    return convolve


class _Found(NamedTuple):
    """What was seen while a block was worked on.

    Attributes:
        total: Of some outputs: finite only if all inputs are, and all that came between.
        loudest: The largest magnitude among the inputs; in float32, where small sums have few right digits whichever
            way they go, only small windows are looked for, by themselves.
        quietest: The smallest among the outputs.
    """

    total: float
    loudest: float
    quietest: float


_NOTHING = _Found(0, 0, inf)


def _all_of(found: Iterable[_Found]) -> _Found:
    """Put together what was seen of several parts."""
    totals, loudest, quietest = zip(*found, strict=True)
    return _Found(sum(totals), max(loudest), min(quietest))


def _least(problem: Problem) -> Array:
    """Return below what magnitude each filter's answers may be rounding errors, in parts of the largest input.

    Up to as many rounding units were found as a sum over the channels may be off by.
    """
    # There are digits to spare: some of them are to be right.
    factor = 2 * sqrt(problem.channels) * 2.0**20 * float(np.finfo(problem.dtype).eps)
    taps = problem.kernel.reshape(-1, problem.channels, problem.filters)
    return np.asarray(sum(abs(tap).sum(axis=0) for tap in taps) * factor)


def _repair(
    problem: Problem, picture: Array, out: Array, least: Callable[[], Array], blocks: list[tuple[Block, _Found]]
) -> bool:
    """Work out again what has lost digits in a picture's output; return whether all of it is right now."""
    if not isfinite(sum(found.total for _, found in blocks)):
        return False
    single = out.itemsize < 8
    seen = loudest_seen(problem, picture, faint=single)
    if single and seen is None:
        return True
    places = _small(least(), out, blocks) if seen is None or not single else faint_in_tiles(seen, OUT)
    if seen is not None:
        silent = seen == 0
        out[silent] = 0 if problem.bias is None else problem.bias
        places &= ~silent
    return work_out(problem, picture, out, places)


def _small(least: Array, out: Array, blocks: list[tuple[Block, _Found]]) -> Mask:
    """Tell at which places answers are so small that they may be rounding errors."""
    places = np.zeros(out.shape[:2], np.bool_)
    for block, found in blocks:
        # Tiles of other blocks, loud as they may be, leave nothing here.
        limits = least * found.loudest
        if found.loudest > 0 and found.quietest <= limits.max():
            block.of(places)[...] = small_places(block.of(out), limits)
    return places


def _sides(problem: Problem) -> tuple[int, int]:
    """Choose the rows and columns of tiles in a block; by shape alone."""
    tiles = NUMBERS // (IN * IN * (problem.channels + problem.filters))
    tiles = min(max(tiles, LEAST_TILES), TILES)
    wide = min(-(-problem.sliding.columns.output // OUT), WIDE, tiles)
    return tiles // wide, wide


class _TileTransforms:
    """What is done to a block of tiles: turn the inputs, multiply, turn the products."""

    def __init__(self, problem: Problem) -> None:
        self._kernel = np.empty((IN * IN, problem.channels, problem.filters), problem.dtype)
        taps = problem.kernel.reshape(-1, problem.channels, problem.filters)
        # A channel at a time: large products would be shared among BLAS's own threads, which nobody holds here.
        np.matmul(_both(KERNEL, problem.dtype), taps.swapaxes(0, 1), out=self._kernel.swapaxes(0, 1))
        self._problem = problem
        self._turn_in, self._turn_out = _both(INPUT, problem.dtype), _both(OUTPUT, problem.dtype)

    def run(self, picture: Array, block: Block, out: Array, *, share: bool) -> _Found:
        """Make the outputs of a block.

        Args:
            picture: `(H, W, in)`.
            block: The tiles.
            out: Where their outputs go, `(rows, columns, out)`.
            share: Whether threads share the work; else one does it.
        """
        dtype, kernel = self._problem.dtype, self._kernel
        high = max(TURNED // (block.across * max(kernel.shape[1:])), 1)
        # Turns are products of a row of tiles or less: no bit depends on how many are made together.
        pieces = block.pieces(min(high, -(-block.down // SHARED)) if share else high)
        found = [_NOTHING] * len(pieces)
        each, points = (run_bands, IN * IN // (3 * SHARED)) if share else (_in_turn, IN * IN)
        with borrow_scratch() as scratch:
            turned = make_forms("turned", block, kernel.shape[1], dtype, scratch)
            products = make_forms("products", block, kernel.shape[2], dtype, scratch)
            factors = turned.reshape(IN * IN, -1, kernel.shape[1])
            results = products.reshape(IN * IN, -1, kernel.shape[2])

            def turn_inputs(index: int) -> None:
                piece = pieces[index]
                part = turned[:, piece.top - block.top : piece.bottom - block.top]
                found[index] = found[index]._replace(loudest=self._turn_inputs(picture, piece, part))

            def multiply(first: int) -> None:
                some = slice(first, first + points)
                np.matmul(factors[some], kernel[some], out=results[some])

            def turn_products(index: int) -> None:
                piece = pieces[index]
                top, bottom = piece.top - block.top, piece.bottom - block.top
                seen = self._turn_products(products[:, top:bottom], piece, out[top * OUT : bottom * OUT])
                found[index] = seen._replace(loudest=found[index].loudest)

            each(turn_inputs, range(len(pieces)))
            each(multiply, range(0, IN * IN, points))
            each(turn_products, range(len(pieces)))
        return _all_of(found)

    def _turn_inputs(self, picture: Array, block: Block, turned: Array) -> float:
        """Turn what a block reads into `(36, rows of tiles, tiles * channels)`; return its largest magnitude."""
        with borrow_scratch() as scratch:
            inputs = gather(self._problem, picture, block, scratch)
            np.matmul(self._turn_in, inputs, out=columns_of(turned, block, self._problem.channels))
            return float(max(inputs.max(), -inputs.min())) if inputs.itemsize == 8 else 0

    def _turn_products(self, products: Array, block: Block, out: Array) -> _Found:
        """Turn products `(36, rows of tiles, tiles * filters)` into a block's outputs."""
        filters, bias = self._problem.filters, self._problem.bias
        with borrow_scratch() as scratch:
            answers = scratch.array("answers", (block.down, OUT * OUT, block.across * filters), products.dtype)
            target = columns_of(answers.swapaxes(0, 1), block, filters)
            np.matmul(self._turn_out, columns_of(products, block, filters), out=target)
            tiles = answers.reshape(block.down, OUT, OUT, block.across, filters)
            # The windows of the outputs in a tile's corners are all that it reads.
            total = float(tiles[:, :: OUT - 1, :: OUT - 1].sum())
            if bias is not None:
                answers += np.tile(bias, block.across)
            scatter(tiles, out)
            if out.itemsize < 8:
                return _Found(total, 0, inf)
            sizes = scratch.array("sizes", out.shape, out.dtype)
            return _Found(total, 0, float(np.abs(out, out=sizes).min()))


def _in_turn(function: Callable[[int], None], items: Iterable[int]) -> None:
    """Do without threads."""
    for item in items:
        function(item)


def _both(matrix: tuple[tuple[float, ...], ...], dtype: np.dtype[Any]) -> Array:
    """Make a turn of rows and columns at once."""
    return np.kron(matrix, matrix).astype(dtype)
