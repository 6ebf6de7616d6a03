"""What a picture was taken for, where a stack ends in class scores."""

from __future__ import annotations

from typing import Any, NamedTuple

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


class LikelyClass(NamedTuple):
    """A class that a picture may be of, with the score that speaks for it.

    Attributes:
        unit: Number of the class.
        name: From the stack's `classes`, or that number.
        score: What the network gives before softmax; None for the class that the one unit of a sigmoid leaves.
        share: The probability.
    """

    unit: int
    name: str
    score: float | None
    share: float


class Recognition(NamedTuple):
    """What a picture was taken for.

    Attributes:
        likely: The likeliest classes, in order.
        left_out: How many classes are not among them.
        rest: The probability of these together.
    """

    likely: tuple[LikelyClass, ...]
    left_out: int
    rest: float

    @property
    def winner(self) -> str:
        """What to call the likeliest class in a sentence."""
        first = self.likely[0]
        return f"class {first.name}" if first.name == str(first.unit) else first.name


def recognition(scores: Scores, logits: NDArray[Any], most: int = MOST) -> Recognition | None:
    """Tell the likeliest classes with scores and probabilities; None where `top_classes` names none.

    Args:
        scores: How the stack ends.
        logits: The output of `scores.stack`.
        most: Classes to tell.
    """
    names = scores.stack.classes
    if not (scores.shares or names) or not np.isfinite(logits).all():
        return None
    # One unit weighs class 1 against a class 0 whose score is always zero.
    known: list[float | None] = [*[None] * (len(logits) == 1), *map(float, logits)]
    shares = softmax(np.concatenate([np.zeros(len(known) - len(logits)), logits]).astype(np.float64))
    order = np.argsort(-shares, kind="stable").tolist()
    likely = tuple(
        LikelyClass(unit, names[unit] if names else str(unit), known[unit], float(shares[unit]))
        for unit in order[:most]
    )
    return Recognition(likely, len(order) - len(likely), float(shares[order[most:]].sum()))


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
