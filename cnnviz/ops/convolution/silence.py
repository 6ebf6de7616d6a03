"""Outputs whose windows hold nothing, or little beside what lies next to them: dark backgrounds, for the most part.

Ways that work on tiles round by what lies beside a window, too. Where there is nothing, nothing may be left, and where
there is little, most of its digits would be lost.
"""

from __future__ import annotations

import numpy as np

from cnnviz.ops.convolution.points import Mask
from cnnviz.ops.convolution.problem import Array, Problem
from cnnviz.ops.convolution.window import copy_window
from cnnviz.ops.quiet import quiet

CONTRAST = 256.0
"""What is smaller than others by more than this is faint beside them: more than pictures of eight bits hold."""

FIRST = 8
"""So many channels of a pixel are a line of the cache, or less."""


def loudest_seen(problem: Problem, picture: Array, *, faint: bool) -> Array | None:
    """Tell how loud the loudest pixel is that each output sees, as the square of its length.

    Args:
        problem: A convolution, stride and dilation 1.
        picture: `(H, W, in)`.
        faint: Whether it matters what is faint; else only what is silent.

    Returns:
        `(rows, columns)`: zero only where all that is seen is zero, padding included. None if nothing is silent and, if
        that matters, nothing faint beside anything else.
    """
    within = max(problem.sliding.beyond) < min(problem.sliding.size)
    if within and not faint and _is_heard_everywhere(problem, picture):
        return None
    with quiet():
        squares = _squares(picture)
        if within and squares.min() > (squares.max() / CONTRAST**2 if faint else 0):
            return None
    return _largest_in_windows(squares, problem)


def faint_in_tiles(seen: Array, tile: int) -> Mask:
    """Tell which outputs see something, but little beside what others of their tile see.

    Args:
        seen: How loud that is, `(rows, columns)`.
        tile: How many outputs there are in a row and in a column of a tile.
    """
    rows, columns = seen.shape
    padded = np.pad(seen, [(0, -rows % tile), (0, -columns % tile)])
    tiles = padded.reshape(-(-rows // tile), tile, -1, tile)
    faint = tiles < tiles.max(axis=(1, 3), keepdims=True) / CONTRAST**2
    return np.asarray(faint.reshape(padded.shape)[:rows, :columns] & (seen > 0))


def _is_heard_everywhere(problem: Problem, picture: Array) -> bool:
    """Tell, by few of its pixels, whether no window inside a picture is silent; it may say no where none is."""
    # Each window inside the picture has one of these pixels, and each that reaches beyond an edge one at that edge.
    parts = [
        (slice(0, length - 1, size), slice(length - 1, length))
        for length, size in zip(picture.shape, problem.sliding.size, strict=False)
    ]
    some = (picture[rows, columns, :FIRST] for rows in parts[0] for columns in parts[1])
    return all((np.einsum("hwc->hw", np.abs(pixels)) != 0).all() for pixels in some)


def _squares(picture: Array) -> Array:
    """Add up the squares of each pixel, `(H, W)`: zero only where all channels are."""
    squares = np.asarray(np.einsum("hwc,hwc->hw", picture, picture))
    mute = squares == 0
    if mute.any():
        pixels = picture[mute]
        if pixels.any():  # too small for their squares
            squares[mute] = (pixels != 0).any(axis=1) * np.finfo(picture.dtype).tiny
    return squares


def _largest_in_windows(pixels: Array, problem: Problem) -> Array:
    """Give the largest of what each output sees of an image `(H, W)` that is nowhere below zero."""
    (height, width), (rows, columns) = problem.sliding.size, problem.sliding.output
    read = np.empty((1, *problem.sliding.span, 1), pixels.dtype)
    copy_window(pixels[None, ..., None], *problem.sliding.start, read)
    down = read[0, :rows, :, 0].copy()
    for tap in range(1, height):
        np.maximum(down, read[0, tap : tap + rows, :, 0], out=down)
    along = down[:, :columns].copy()
    for tap in range(1, width):
        np.maximum(along, down[:, tap : tap + columns], out=along)
    return along
