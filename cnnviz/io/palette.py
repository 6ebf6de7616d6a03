"""One palette for all frames of an animation: what does not move keeps its colour.

No library does this: Pillow's `quantize` takes one picture at a time, and leaves the few pixels of a marker no entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]

UNCHANGED = 255
"""The entry that stands for `as in the frame before`; its colour is never shown."""

_SIZE = 1 << 24
_CHUNK = 1 << 14
_MANY = 1 << 15
_COARSE = 0xF8F8F8
_FLAT = 16
"""The most frequent colours, which stay exact: paper, ink, what marks."""


class Palette(NamedTuple):
    """At most 255 colours, and the entry of each colour that occurs.

    Attributes:
        colors: `(256, 3)` in RGB, no two the same.
        entries: The entry of every colour, `(2**24,)`, at `65536 * red + 256 * green + blue`.
    """

    colors: NDArray[np.uint8]
    entries: NDArray[np.uint8]

    @classmethod
    def exact(cls, frames: Sequence[Frame]) -> Palette | None:
        """Return the palette of frames that have at most 255 colours; None if they have more."""
        found, _ = _count(frames)
        return _palette(found, found) if len(found) <= UNCHANGED else None

    @classmethod
    def of(cls, frames: Sequence[Frame]) -> Palette:
        """Choose a palette; exact where it can be, else each colour has the nearest entry.

        Args:
            frames: `(H, W, 3)` in RGB.
        """
        found, counts = _count(frames)
        if len(found) <= UNCHANGED:
            return _palette(found, found)
        if len(found) <= _MANY:
            return _palette(found, _reduced(found, counts))
        # Too many to look at each: those that agree in five bits of each channel follow the most frequent of them.
        _, members = np.unique(found & _COARSE, return_inverse=True)
        order = np.lexsort((counts, members))
        leaders = found[order[np.append(np.diff(members[order]) > 0, True)]]
        palette = _palette(leaders, _reduced(leaders, np.bincount(members, counts)))
        palette.entries[found] = palette.entries[leaders][members]
        return palette

    def indices(self, frame: Frame) -> NDArray[np.uint8]:
        """Return the entry of every pixel, `(H, W)`."""
        return self.entries[_packed(frame)]


def _packed(frame: Frame) -> NDArray[np.uint32]:
    packed = np.zeros(frame.shape[:2], np.uint32)
    for channel in range(3):
        packed <<= 8
        packed |= frame[..., channel]
    return packed


def _unpacked(colors: NDArray[np.int64]) -> NDArray[np.uint8]:
    return np.stack([colors >> 16 & 255, colors >> 8 & 255, colors & 255], axis=-1).astype(np.uint8)


def _count(frames: Sequence[Frame]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the colours of all frames, in order, and how many pixels have each."""
    found = counts = np.zeros(0, np.int64)
    for frame in frames:
        colors, pixels = np.unique(_packed(frame), return_counts=True)
        found, places = np.unique(np.concatenate([found, colors]), return_inverse=True)
        counts = np.bincount(places, np.concatenate([counts, pixels])).astype(np.int64)
    return found, counts


def _palette(found: NDArray[np.int64], chosen: NDArray[np.int64]) -> Palette:
    """Give each colour that was found the nearest of those that were chosen."""
    unused = np.setdiff1d(np.arange(512), chosen)[: 256 - len(chosen)]
    colors = _unpacked(np.concatenate([chosen, unused]))
    entries = np.zeros(_SIZE, np.uint8)
    palette = _unpacked(chosen).astype(np.float32)
    for start in range(0, len(found), _CHUNK):
        part = found[start : start + _CHUNK]
        # Squared distances less what is the same for all entries: whole numbers, exact in float32.
        distances = (palette**2).sum(axis=1) - 2 * (_unpacked(part).astype(np.float32) @ palette.T)
        entries[part] = distances.argmin(axis=1)
    return Palette(colors, entries)


def _reduced(found: NDArray[np.int64], counts: NDArray[Any]) -> NDArray[np.int64]:
    """Choose 255 colours: the most frequent as they are, the others by median cut.

    A colour counts as the root of its pixels: the few pixels of a marker must not drown in those of a photograph.
    """
    from PIL import Image

    weights = np.ceil(np.sqrt(counts / max(int(counts.sum()) / 1e6, 1))).astype(np.int64)
    sample = Image.fromarray(np.repeat(_unpacked(found), weights, axis=0)[None])
    reduced = sample.quantize(UNCHANGED - _FLAT, Image.Quantize.MEDIANCUT, kmeans=1)
    flat = np.array(reduced.getpalette(), np.int64).reshape(-1, 3)
    frequent = found[np.argsort(counts, kind="stable")[-_FLAT:]]
    return np.union1d(frequent, flat @ np.array([1 << 16, 1 << 8, 1]))
