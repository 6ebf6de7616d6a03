"""Values explained that get mean 0 and variance 1 together."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cnnviz.layers.explaining.records import ArithmeticStep, Explanation, Patch, Stage

_FEW = 8
"""Rounding units that the steps may add, at most."""


def normalized(patch: Patch, epsilon: float, own: Mapping[str, float], words: str) -> Explanation:
    """Explain a value that is normalised by mean and variance of what a patch reads, then scaled and shifted.

    Args:
        patch: The values, the one explained marked as chosen.
        epsilon: What is added to the variance.
        own: `gamma`, `beta`, both or none: what was learned for the value.
        words: What happens.
    """
    assert patch.chosen is not None
    # As the forward pass does it: a constant slice must not leave the remains of its rounding.
    first = float(patch.values[0, 0, 0])
    centred = patch.values - first
    mean = float(centred.mean())
    squares = (centred - mean) ** 2
    x, variance = float(patch.values[patch.chosen]), float(squares.mean())
    normalised = float(np.divide(x - first - mean, np.sqrt(variance + epsilon)))
    operands = {"x": x, "mean": first + mean, "variance": variance, "epsilon": epsilon}
    steps = [
        ArithmeticStep("mean", "sum(values) / count", {"count": squares.size}, first + mean),
        ArithmeticStep(
            "variance", "sum((values - mean) ** 2) / count", {"mean": first + mean, "count": squares.size}, variance
        ),
        ArithmeticStep("normalised", "(x - mean) / sqrt(variance + epsilon)", operands, normalised),
    ]
    if own:
        expression = "gamma * normalised" if "gamma" in own else "normalised"
        expression = f"{expression} + beta" if "beta" in own else expression
        value = own.get("gamma", 1.0) * normalised + own.get("beta", 0.0)
        steps.append(ArithmeticStep("scaled and shifted", expression, {"normalised": normalised, **own}, value))
    # Everything is taken as far from the first value as it is.
    with np.errstate(all="ignore"):
        spread = float(np.sqrt(variance + epsilon))
        relative = float(np.divide(abs(centred).max(), spread)) if spread else 0.0
    off = _FEW * (abs(own.get("gamma", 1.0)) * relative * (2 + abs(normalised)) + abs(steps[-1].value))
    off += _FEW * abs(own.get("beta", 0.0))
    stage = Stage(words, (patch._replace(terms=squares),), tuple(steps), term="squares")
    return Explanation((stage,), lambda unit: off * unit)
