"""What every activation must give: the one table that a new one is written into; other names have no row.

Those whose values depend on each other, as `softmax`, have tests of their own in `tests/ops/test_activations.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from cnnviz.ops.activations import ALIASES
from cnnviz.ops.activations.rectifiers import SELU_ALPHA, SELU_SCALE

INF, NAN = math.inf, math.nan

End = float | Callable[[float], float]


class Expected(NamedTuple):
    """What an activation must give.

    Attributes:
        definition: The definition, in Keras's words where Keras has it, for one number.
        ends: What it comes to far below and far above zero: a number, or what follows from the number that goes in.
        end_slopes: The slopes there.
        slope: The slope at zero; at a kink that of the left side, but 0 for `abs`.
        kinks: Other places where the slope jumps, each with the slope there.
        keras: Whether Keras has it, which the oracles then hold.
    """

    definition: Callable[[float], float]
    ends: tuple[End, End]
    end_slopes: tuple[float, float]
    slope: float
    kinks: tuple[tuple[float, float], ...] = ()
    keras: bool = True


def same(x: float) -> float:
    return x


def turned(x: float) -> float:
    return -x


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def softplus(x: float) -> float:
    return max(x, 0) + math.log1p(math.exp(-abs(x)))


def gelu_tanh(x: float) -> float:
    return x * sigmoid(2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))


def tanh_shrink(x: float) -> float:
    if abs(x) < 0.1:
        return x**3 / 3 - 2 * x**5 / 15 + 17 * x**7 / 315 - 62 * x**9 / 2835 + 1382 * x**11 / 155925
    return x - math.tanh(x)


def squareplus(x: float) -> float:
    large = (abs(x) + math.sqrt(x * x + 4)) / 2
    return large if x >= 0 else 1 / large


def selu(x: float) -> float:
    return 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * math.expm1(x))


def elu(x: float) -> float:
    return x if x > 0 else math.expm1(x)


def soft_shrink(x: float) -> float:
    return x - 0.5 if x > 0.5 else x + 0.5 if x < -0.5 else 0


def sparse_plus(x: float) -> float:
    return 0 if x <= -1 else x if x >= 1 else (x + 1) ** 2 / 4


HALVES = ((-0.5, 0), (0.5, 0))

EXPECTED = {
    "linear": Expected(same, (same, same), (1, 1), 1),
    "relu": Expected(lambda x: max(x, 0), (0, same), (0, 1), 0),
    "relu6": Expected(lambda x: min(max(x, 0), 6), (0, 6), (0, 0), 0, kinks=((6, 0),)),
    "leaky_relu": Expected(lambda x: x if x >= 0 else 0.2 * x, (lambda x: 0.2 * x, same), (0.2, 1), 0.2),
    "elu": Expected(elu, (-1, same), (0, 1), 1),
    "selu": Expected(
        selu, (-SELU_SCALE * SELU_ALPHA, lambda x: SELU_SCALE * x), (0, SELU_SCALE), SELU_SCALE * SELU_ALPHA
    ),
    "gelu": Expected(lambda x: x * 0.5 * math.erfc(-x / math.sqrt(2)), (0, same), (0, 1), 0.5),
    "silu": Expected(lambda x: x * sigmoid(x), (0, same), (0, 1), 0.5),
    "mish": Expected(lambda x: x * math.tanh(softplus(x)), (0, same), (0, 1), 0.6),
    "sigmoid": Expected(sigmoid, (0, 1), (0, 0), 0.25),
    "hard_sigmoid": Expected(lambda x: min(max(x + 3, 0), 6) / 6, (0, 1), (0, 0), 1 / 6, kinks=((-3, 0), (3, 0))),
    "hard_silu": Expected(lambda x: x * min(max(x + 3, 0), 6) / 6, (0, same), (0, 1), 0.5),
    "tanh": Expected(math.tanh, (-1, 1), (0, 0), 1),
    "softplus": Expected(softplus, (0, same), (0, 1), 0.5),
    "softsign": Expected(lambda x: x / (1 + abs(x)), (-1, 1), (0, 0), 1),
    "exponential": Expected(math.exp, (0, INF), (0, INF), 1),
    "gelu_tanh": Expected(gelu_tanh, (0, same), (0, 1), 0.5),
    "hard_shrink": Expected(lambda x: x if abs(x) > 0.5 else 0, (same, same), (1, 1), 0, kinks=HALVES),
    "hard_tanh": Expected(lambda x: min(max(x, -1), 1), (-1, 1), (0, 0), 1, kinks=((-1, 0), (1, 0))),
    "log_sigmoid": Expected(lambda x: -softplus(-x), (same, 0), (1, 0), 0.5),
    "soft_shrink": Expected(soft_shrink, (same, same), (1, 1), 0, kinks=HALVES),
    "sparse_plus": Expected(sparse_plus, (0, same), (0, 1), 0.5),
    "sparse_sigmoid": Expected(lambda x: min(max((x + 1) / 2, 0), 1), (0, 1), (0, 0), 0.5),
    "squareplus": Expected(squareplus, (0, same), (0, 1), 0.5),
    "tanh_shrink": Expected(tanh_shrink, (same, same), (1, 1), 0),
    "abs": Expected(abs, (abs, same), (-1, 1), 0),
    "neg": Expected(turned, (turned, turned), (-1, -1), -1),
    "sqrt": Expected(lambda x: math.sqrt(x) if x >= 0 else NAN, (NAN, math.sqrt), (NAN, 0), INF),
    "log": Expected(lambda x: math.log(x) if x > 0 else NAN if x else -INF, (NAN, math.log), (0, 0), INF),
    "reciprocal": Expected(lambda x: 1 / x if x else INF, (0, 0), (0, 0), -INF),
}


def is_in_keras(name: str | None) -> bool:
    """Return whether Keras has an activation; None is none."""
    expected = EXPECTED.get(ALIASES.get(name, name) if name else "linear")
    return expected is None or expected.keras  # softmax has no row
