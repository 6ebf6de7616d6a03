"""What a picture was taken for, where a stack ends in class scores."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from cnnviz.ops.activations.levelling import softmax
from cnnviz.stack.scores import Scores

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


def top_classes(scores: Scores, output: NDArray[Any]) -> tuple[ClassShare, ...]:
    """Name the likeliest classes; none where the stack does not end in class scores.

    It does if it ends in a softmax or one sigmoid, or names its classes.

    Args:
        scores: How the stack ends.
        output: The last layer's.

    Returns:
        The likeliest first.
    """
    names = scores.stack.classes
    if not (scores.shares or names) or not np.isfinite(output).all():
        return ()
    likely = output if scores.shares else softmax(output.astype(np.float64))
    if len(likely) == 1:
        likely = np.concatenate([1 - likely, likely])
    return tuple(
        ClassShare(name=names[unit] if names else str(unit), probability=round(float(likely[unit]), _DIGITS))
        for unit in np.argsort(-likely, kind="stable")[:MOST].tolist()
    )
