"""What was recognised, as bars that are readable without a script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.io.resizing import resize_levels, resize_plane
from cnnviz.render.attribution.heat import draw_heat
from cnnviz.render.classes import LikelyClass, Recognition
from cnnviz.render.kit.inlining import png_uri
from cnnviz.render.kit.numbers import MINUS, NOTHING, percent, short

HEATED = 3
"""So many classes have a heat map."""

_SIDE = 160
"""Pixels of a heat map's longer side."""


class Overlay(NamedTuple):
    """What speaks for a class, over the picture.

    Attributes:
        name: Name of the class.
        address: The picture, inside the page; empty where nothing speaks for the class.
        width: Pixels across.
        height: Pixels down.
    """

    name: str
    address: str
    width: int
    height: int


def overlays(
    likely: Sequence[LikelyClass], heats: Sequence[NDArray[np.float64]], picture: NDArray[np.uint8]
) -> list[Overlay]:
    """Draw heat maps over the picture.

    Args:
        likely: The classes.
        heats: The heat map of each, of any size; none if there are none.
        picture: `(H, W)` or `(H, W, 3)` in RGB.
    """
    factor = _SIDE / max(picture.shape[:2])
    size = (max(1, round(picture.shape[0] * factor)), max(1, round(picture.shape[1] * factor)))
    small = resize_levels(picture, size) if factor < 1 else scaled_up(picture, max(1, int(factor)))
    found = []
    for each, heat in zip(likely, heats, strict=bool(heats)):
        high, wide = small.shape[:2]
        if not np.isfinite(heat).all() or not heat.any():
            found.append(Overlay(each.name, "", wide, high))
            continue
        drawn = draw_heat(resize_plane(heat, (high, wide)), small, signed=False, whole=True)
        found.append(Overlay(each.name, png_uri(drawn.overlay), wide, high))
    return found


def scaled_up(picture: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Enlarge a picture by a whole factor, without smoothing."""
    return picture.repeat(factor, axis=0).repeat(factor, axis=1)


def bars(found: Recognition, shares: str | None, layer: str, heated: Sequence[Overlay] = ()) -> dict[str, Any]:
    """Describe the likeliest classes as the template shows them.

    Args:
        found: What the picture was taken for.
        shares: What turns scores to shares: `softmax` or `sigmoid`; None if the stack ends in the scores.
        layer: The last layer.
        heated: What speaks for the likeliest classes, over the picture.

    Returns:
        `classes`, each with texts and with bars in percent of their place, and what is said of them.
    """
    scores = [each.score for each in found.likely if each.score is not None]
    low, high = min(0.0, *scores, 0.0), max(0.0, *scores, 0.0)
    # One unit of a sigmoid is the score of the second of two classes.
    first = 1 if shares == "sigmoid" else 0
    return {
        "classes": [_row(each, low, high, f"{layer}@0,{max(each.unit - first, 0)},0") for each in found.likely],
        "likeliest": found.likely[0].name,
        "share": percent(found.likely[0].share, exact=False),
        "shares": shares or "softmax",
        "is_added": shares is None,
        "layer": layer,
        "zero": _part(0.0, low, high),
        "left_out": found.left_out,
        "rest": percent(found.rest, exact=False),
        "heated": [each._asdict() for each in heated] if any(each.address for each in heated) else [],
    }


def _row(each: LikelyClass, low: float, high: float, target: str) -> dict[str, Any]:
    ends = sorted((_part(0.0, low, high), _part(each.score or 0.0, low, high)))
    return {
        "name": each.name,
        "target": target,
        "score": NOTHING if each.score is None else short(each.score).replace("-", MINUS),
        "score_bar": (ends[0], round(ends[1] - ends[0], 2)),
        "share": percent(each.share, exact=False),
        "share_bar": round(100 * each.share, 2),
    }


def _part(score: float, low: float, high: float) -> float:
    return round(100 * (score - low) / (high - low), 2) if high > low else 0.0
