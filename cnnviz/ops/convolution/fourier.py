"""Overlap-save: for large kernels.

The picture is cut into tiles that overlap by the kernel's size less one; the spectrum of each, times the kernel's, is
the spectrum of the answer, which is right wherever the kernel does not wrap around the tile. The kernel's spectra are
computed once, for all pictures and tiles.

Each tile's mean is taken out before and its share of the answer added after: what is left is small where the picture is
flat, and so are the rounding errors, which a transform spreads over the whole tile. They are as large as the tile is
bright, so transforms are done in float64 whatever the type, and what is so small that its digits may be lost is worked
out from its own window.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

import numpy as np

from cnnviz.ops.convolution import rows as direct
from cnnviz.ops.convolution.points import repair
from cnnviz.ops.convolution.problem import Array, Problem, Region, Run
from cnnviz.ops.convolution.scratch import ScratchArrays, borrow_scratch
from cnnviz.ops.convolution.window import copy_window
from cnnviz.ops.memory import empty
from cnnviz.ops.parallel import run_bands

TILE_BYTES = 1 << 21
"""How large the spectra of a tile may grow, over all channels and filters."""


_WORK: np.dtype[Any] = np.dtype(np.float64)

_LEAST = 2.0**20 * 8 * 2.0**-53
"""What is smaller, in parts of the lengths of tile and kernel multiplied, is worked out from its own window: at most 5
rounding units were found, and 20 bits are to be right."""


def prepare(problem: Problem) -> Run:
    """Prepare the convolution.

    Args:
        problem: Any convolution; strides are paid for in full.

    Returns:
        The convolution; one call at a time. Pictures that are not finite everywhere, or hold much that is small beside
        the rest, go by rows of planes.
    """
    strides, dense = problem.sliding.strides, problem._replace(sliding=problem.sliding.dense())
    rows, columns = dense.sliding.output
    sizes = tile_sizes(dense)
    spectra = _spectra(problem, sizes)
    sums = problem.kernel.sum(axis=(0, 1), dtype=_WORK)
    lengths = np.sqrt(np.square(problem.kernel, dtype=_WORK).sum(axis=(0, 1)))
    exact = cache(lambda: direct.prepare(dense))

    def convolve(x: Array) -> Array:
        memory = empty((len(x), rows, problem.filters, columns), problem.dtype)
        wild: set[int] = set()

        def work(band: tuple[int, Region]) -> None:
            picture, region = band
            if picture in wild:
                return
            with borrow_scratch() as scratch:
                read = scratch.array("read", (dense.channels, *sizes), _WORK)
                corner = dense.sliding.rows.start + region.top, dense.sliding.columns.start + region.left
                copy_window(x[picture : picture + 1], *corner, read.transpose(1, 2, 0)[None])
                mean = read.mean(axis=(1, 2))
                if not np.isfinite(mean).all():
                    wild.add(picture)
                    return
                read -= mean[:, None, None]
                offset = mean @ sums
                if problem.bias is not None:
                    offset += problem.bias
                answer = _multiply(read, spectra, sizes, scratch)
                answer = answer[:, : region.bottom - region.top, : region.right - region.left]
                target = memory[picture, region.top : region.bottom, :, region.left : region.right]
                np.add(answer.transpose(1, 0, 2), offset[:, None], out=target, casting="same_kind")
                least = _LEAST * (np.sqrt(np.einsum("cyx,cyx->c", read, read)) @ lengths)
                if not repair(dense, x[picture], target.transpose(0, 2, 1), least, (region.top, region.left)):
                    wild.add(picture)

        run_bands(work, [(picture, region) for picture in range(len(x)) for region in _regions(dense, sizes)])
        out = memory.transpose(0, 1, 3, 2)
        for picture in sorted(wild):
            out[picture] = exact()(x[picture : picture + 1])[0]
        if strides != (1, 1):
            out = out[:, :: strides[0], :: strides[1]].copy()
        return out

    return convolve


def tile_sizes(problem: Problem) -> tuple[int, int]:
    """Choose the height and width of a tile: least work over the whole picture, with the spectra in the cache.

    Args:
        problem: The convolution, at stride 1.
    """
    (rows, columns), extents = problem.sliding.output, problem.sliding.extent
    limit = TILE_BYTES // ((problem.channels + problem.filters) * _WORK.itemsize)
    best, least = (0, 0), float("inf")
    heights, widths = (
        [n for n in _smooth(window.extent + window.output) if n >= window.extent] for window in problem.sliding
    )
    for height in heights:
        for width in widths:
            if height * width > limit and least < float("inf"):
                continue
            tiles = -(-rows // (height - extents[0] + 1)) * -(-columns // (width - extents[1] + 1))
            cost = tiles * (height * width * (8 + np.log2(height * width)) + 20_000)
            if height * width > limit:
                cost *= 4
            if cost < least:
                best, least = (height, width), cost
    return best


@lru_cache
def _smooth(limit: int) -> tuple[int, ...]:
    """Give the even products of 2, 3 and 5 up to the first that is no less than a limit."""
    found = []
    n = 2
    while True:
        rest = n
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            found.append(n)
            if n >= limit:
                return tuple(found)
        n += 2


def _spectra(problem: Problem, sizes: tuple[int, int]) -> Array:
    """Transform the kernel: `(out, in, tile height, tile width / 2 + 1)`, conjugate, since nothing is flipped."""
    spectra = np.empty((problem.filters, problem.channels, sizes[0], sizes[1] // 2 + 1), np.complex128)
    stuffed = np.zeros((problem.channels, *sizes), _WORK)
    (height, width), (dy, dx) = problem.sliding.extent, problem.sliding.dilation
    for f in range(problem.filters):
        taps = problem.kernel[..., f].transpose(2, 0, 1)
        stuffed[:, :height:dy, :width:dx] = taps
        np.conjugate(np.fft.rfft2(stuffed), out=spectra[f])
    return spectra


def _regions(problem: Problem, sizes: tuple[int, int]) -> Iterator[Region]:
    """Cut the output into what a tile makes: all but where the kernel wraps around it."""
    (rows, columns), (height, width) = problem.sliding.output, problem.sliding.extent
    down, across = sizes[0] - height + 1, sizes[1] - width + 1
    for top in range(0, rows, down):
        for left in range(0, columns, across):
            yield Region(top, min(top + down, rows), left, min(left + across, columns))


def _multiply(read: Array, spectra: Array, sizes: tuple[int, int], scratch: ScratchArrays) -> Array:
    """Transform, multiply and transform back: `(out, tile height, tile width)`."""
    filters, channels, height, half = spectra.shape
    spectrum = scratch.array("spectrum", (channels, height, half), spectra.dtype)
    np.fft.rfft(read, axis=2, out=spectrum)
    np.fft.fft(spectrum, axis=1, out=spectrum)
    product = scratch.array("product", (filters, height, half), spectra.dtype)
    term = scratch.array("term", (height, half), spectra.dtype)
    for f in range(filters):
        np.multiply(spectrum[0], spectra[f, 0], out=product[f])
        for c in range(1, channels):
            np.multiply(spectrum[c], spectra[f, c], out=term)
            product[f] += term
    np.fft.ifft(product, axis=1, out=product)
    answer = scratch.array("answer", (filters, *sizes), read.dtype)
    return np.fft.irfft(product, n=sizes[1], axis=2, out=answer)
