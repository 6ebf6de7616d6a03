"""What was recognised, as bars that are readable without a script."""

from __future__ import annotations

from typing import Any

from cnnviz.render.classes import LikelyClass, Recognition
from cnnviz.render.kit.numbers import NOTHING, percent, short


def bars(found: Recognition, shares: str | None, layer: str) -> dict[str, Any]:
    """Describe the likeliest classes as the template shows them.

    Args:
        found: What the picture was taken for.
        shares: What turns scores to shares: `softmax` or `sigmoid`; None if the stack ends in the scores.
        layer: The last layer.

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
    }


def _row(each: LikelyClass, low: float, high: float, target: str) -> dict[str, Any]:
    ends = sorted((_part(0.0, low, high), _part(each.score or 0.0, low, high)))
    return {
        "name": each.name,
        "target": target,
        "score": NOTHING if each.score is None else short(each.score).replace("-", "\N{MINUS SIGN}"),
        "score_bar": (ends[0], round(ends[1] - ends[0], 2)),
        "share": percent(each.share, exact=False),
        "share_bar": round(100 * each.share, 2),
    }


def _part(score: float, low: float, high: float) -> float:
    return round(100 * (score - low) / (high - low), 2) if high > low else 0.0
