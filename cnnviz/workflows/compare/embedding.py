# Paths are strings here, as everywhere in a comparison.
# ruff: noqa: PTH118
"""The pictures that a comparison's page shows: chosen, read again, and made small enough."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import chain, zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import ImageError
from cnnviz.io.opencv import cv2
from cnnviz.io.png import decode_stored, read_stored
from cnnviz.render.comparison.differences import amplified
from cnnviz.render.comparison.model import PASSES, Comparison, ImageComparison, PictureComparison
from cnnviz.render.comparison.page import IMAGES_IN_FULL, Embedded
from cnnviz.render.kit.inlining import png_uri

PICTURES = 60
"""Pictures of a page at most, each on both sides and as their difference."""

BYTES = 12 * 2**20
"""Bytes of a page's pictures at most, all together."""

_SIDE = 900
"""Pixels of the longer side of a picture that is shown."""


def embed(comparison: Comparison) -> dict[tuple[str, str], Embedded]:
    """Read the pictures that a page shows: those that differ, each image's first divergence before all others."""
    found: dict[tuple[str, str], Embedded] = {}
    room = BYTES
    for image, picture in _in_order(comparison):
        if len(found) == PICTURES:
            break
        embedded = _embed(comparison, image, picture)
        if embedded is None:
            continue
        size = len(embedded.baseline) + len(embedded.current) + len(embedded.difference)
        if size <= room:
            room -= size
            found[image.label, picture.path] = embedded
    return found


def _in_order(comparison: Comparison) -> Iterator[tuple[ImageComparison, PictureComparison]]:
    """Go over what differs image by image in turns, then over what is within limits."""
    images = comparison.differing[:IMAGES_IN_FULL]
    held = [image for image in comparison.images if image.verdict == "within_limits"]
    for chosen in (images, held[: IMAGES_IN_FULL - len(images)]):
        queues = [[(image, picture) for picture in _pictures(image)] for image in chosen]
        for entry in chain.from_iterable(zip_longest(*queues)):
            if entry is not None:
                yield entry


def _pictures(image: ImageComparison) -> list[PictureComparison]:
    """Return the pictures of an image that are not the same, those that fail first."""
    pictures = [picture for layer in image.layers for picture in layer.pictures]
    return sorted(pictures, key=lambda picture: picture.verdict in PASSES)


def _embed(comparison: Comparison, image: ImageComparison, picture: PictureComparison) -> Embedded | None:
    before = _load(comparison.baseline, image, picture.path)
    after = _load(comparison.current, image, picture.path)
    shown = after if after is not None else before
    if shown is None:
        return None
    step = -(-max(shown.shape[:2]) // _SIDE)
    difference, factor = "", 1.0
    if before is not None and after is not None and before.shape[:2] == after.shape[:2]:
        drawn, factor = amplified(before, after)
        difference = png_uri(_shrink_to_largest(drawn, step))
    height, width = (-(-side // step) for side in shown.shape[:2])
    return Embedded(_shown(before, step), _shown(after, step), difference, factor, step, width, height)


def _load(folder: str, image: ImageComparison, path: str) -> NDArray[Any] | None:
    try:
        return decode_stored(read_stored(os.path.join(folder, image.label, path)))
    except ImageError:
        return None


def _shown(pixels: NDArray[Any] | None, step: int) -> str:
    """Write a picture in 8 bits without alpha."""
    if pixels is None:
        return ""
    levels = (pixels // 257).astype(np.uint8) if pixels.dtype == np.uint16 else pixels
    levels = levels[..., :3] if levels.ndim == 3 else levels
    if step > 1:
        height, width = (-(-side // step) for side in levels.shape[:2])
        levels = cv2().resize(np.ascontiguousarray(levels), (width, height), interpolation=cv2().INTER_AREA)
    return png_uri(levels)


def _shrink_to_largest(levels: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """Shrink so that a single pixel that differs still shows."""
    if step == 1:
        return levels
    height, width = (-(-side // step) for side in levels.shape)
    padded = np.zeros((height * step, width * step), np.uint8)
    padded[: levels.shape[0], : levels.shape[1]] = levels
    largest: NDArray[np.uint8] = padded.reshape(height, step, width, step).max(axis=(1, 3))
    return largest
