"""What a picture was taken for, where a stack ends in class scores."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from cnnviz.ops.activations import softmax
from cnnviz.stack.scores import class_names, ends_in_softmax
from cnnviz.stack.spec import Stack

MOST = 5
"""Classes that are named."""

_DIGITS = 6


class ClassShare(Struct, frozen=True, kw_only=True):
    """A class that a picture may be of.

    Attributes:
        name: From the stack's `classes`, or the number of the unit.
        probability: Rounded to six digits after the point.
    """

    name: str
    probability: float


def top_classes(stack: Stack, scores: NDArray[Any]) -> tuple[ClassShare, ...]:
    """Name the likeliest classes; none where the stack does not end in class scores.

    It does if it ends in a softmax, or names as many classes as there are units.

    Args:
        stack: The stack.
        scores: The last layer's output.

    Returns:
        The likeliest first.
    """
    shares = ends_in_softmax(stack)
    names = class_names(stack, len(scores))
    if scores.ndim != 1 or len(scores) < 2 or not (shares or names) or not np.isfinite(scores).all():
        return ()
    likely = scores if shares else softmax(scores.astype(np.float64))
    return tuple(
        ClassShare(name=names[unit] if names else str(unit), probability=round(float(likely[unit]), _DIGITS))
        for unit in np.argsort(-likely, kind="stable")[:MOST].tolist()
    )
