"""Steps of an explanation worked out again from what is printed of them: the formula and its numbers."""

from __future__ import annotations

import math

import numpy as np

FUNCTIONS = {
    **{name: getattr(np, name) for name in ("exp", "sqrt", "log", "tanh", "abs")},
    "erf": math.erf,
    "sum": np.sum,
    "max": lambda *numbers: np.max(numbers),
    "min": lambda *numbers: np.min(numbers),
}


def evaluate(step, patch):
    """Work out a step's expression from its operands, and from the values that a patch reads with their weights."""
    names = {**FUNCTIONS, "values": patch.read, **step.operands}
    if patch.weights is not None:
        names["weights"] = patch.weights[patch.inside].reshape(-1)
    with np.errstate(all="ignore"):
        return float(eval(step.expression, names))


def recompute(explanation):
    """Work out an explained value from the numbers read and the formulas alone, checking every step on the way."""
    handed_on, value = None, None
    for stage in explanation.stages:
        for patch in stage.patches:
            assert patch.values.shape == (len(patch.rows), len(patch.columns), len(patch.channels))
            if patch.source < 0:
                # Of what a softmax shares out, one number is the value that was just explained.
                given = patch.read if handed_on is not None else patch.values[patch.chosen]
                np.testing.assert_allclose(given, value if handed_on is None else handed_on, rtol=1e-9, atol=1e-9)
        for step in stage.steps:
            value = evaluate(step, stage.patches[0])
            np.testing.assert_allclose(
                step.value, value, rtol=1e-9, atol=1e-9, err_msg=f"{step.name} {step.expression}"
            )
        handed_on = None if stage.steps else stage.patches[0].channel_sums
    return value
