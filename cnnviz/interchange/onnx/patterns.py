"""What exporters take apart, put together again."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from cnnviz.interchange.drafting.building import Tensor, UnsayableError
from cnnviz.interchange.drafting.call import Call, number
from cnnviz.interchange.drafting.operators.activations import whole_axes
from cnnviz.interchange.onnx.matching import Found, Matcher

Made = Callable[[Call, Found], Tensor | None]

_X3 = ("Add", "x", 3.0)
_SQRT_HALF = 0.7071067811865476
_ERF = (("Erf", ("Div", "x", 1 / _SQRT_HALF)), ("Erf", ("Mul", "x", _SQRT_HALF)))
_CUBES = (("Pow", "x", 3.0), ("Mul", "x", "x", "x"), ("Mul", ("Pow", "x", 2.0), "x"))
_INNER = tuple(
    ("Tanh", ("Mul", ("Add", "x", ("Mul", *([cube] if cube[0] == "Pow" else cube[1:]), 0.044715)), 0.7978845608))
    for cube in _CUBES
)


class Rule(NamedTuple):
    """One way in which something is written.

    Attributes:
        pattern: The nodes, from the last one backwards.
        make: Drafts the layer.
    """

    pattern: tuple[Any, ...]
    make: Made


def _named(name: str) -> Made:
    def make(call: Call, found: Found) -> Tensor | None:
        x = call.values[found["x"]]
        return call.activation(name, x) if isinstance(x, Tensor) else None

    return make


def _by_hard_sigmoid(call: Call, found: Found) -> Tensor | None:
    attributes = call.graph.producers[found["sixth"]].attributes
    if attributes.get("beta", 0.5) != 0.5 or not math.isclose(attributes.get("alpha", 0.2), 1 / 6, rel_tol=1e-6):
        return None
    return _named("hard_swish")(call, found)


def _swish(call: Call, found: Found) -> Tensor | None:
    x, beta = call.values[found["x"]], call.values[found["*beta"]]
    if not isinstance(x, Tensor) or not isinstance(beta, np.ndarray) or number(beta) is None:
        return None
    return call.emit("Swish", {"beta": number(beta)}, x)


def _prelu(call: Call, found: Found) -> Tensor | None:
    from cnnviz.interchange.drafting.operators.slopes import with_slopes

    x, slope = call.values[found["x"]], call.values[found["*slope"]]
    if not isinstance(x, Tensor) or not isinstance(slope, np.ndarray):
        return None
    return with_slopes(call, x, -slope)


def _normalized(call: Call, found: Found) -> Tensor | None:
    """Draft the normalisation over the axes that both means go over."""
    x = call.values[found["x"]]
    epsilon = call.values[found["*epsilon"]]
    if not isinstance(x, Tensor) or not isinstance(epsilon, np.ndarray) or number(epsilon) is None:
        return None
    axes = []
    for name in ("mean", "variance"):
        node = call.graph.producers[found[name]]
        inner = call._replace(node=node)
        given = inner.argument("axes", 1)
        if not given or not inner.attribute("keepdims", 1):
            return None
        axes.append(call.axes(given, len(x.shape)))
    if sorted(axes[0]) != sorted(axes[1]) or 0 in axes[0]:
        return None
    return normalized(call, x, axes[0], number(epsilon) or 0.0)


def normalized(call: Call, x: Tensor, axes: Sequence[int], epsilon: float) -> Tensor:
    """Draft a normalisation without weights over axes of the file's.

    Raises:
        UnsayableError: If no layer goes over such axes.
    """
    x, ours = whole_axes(call, x, axes)
    bare: dict[str, Any] = {"epsilon": epsilon, "center": False, "scale": False}
    rank = len(x.layout.axes)
    if rank == 3 and 3 not in ours and all(n in ours for n in (1, 2) if x.layout.numbered[n - 1]):
        return call.emit("GroupNormalization", {"groups": -1, **bare}, x)
    if ours == (rank,):
        return call.emit("LayerNormalization", bare, x)
    if all(n in ours for n in range(1, rank + 1) if x.layout.numbered[n - 1]):
        return call.emit("GroupNormalization", {"groups": 1, **bare}, x)
    raise UnsayableError("it normalises over other axes than whole maps or channels")


def _normalizations() -> list[Rule]:
    centred = ("Sub", "x", ("ReduceMean=mean", "x"))
    rules = []
    for squared in (("Pow", centred, 2.0), ("Mul", centred, centred)):
        spread = ("Sqrt", ("Add", ("ReduceMean=variance", squared), "*epsilon"))
        for end in (
            ("Div", centred, spread),
            ("Mul", centred, ("Div", 1.0, spread)),
            ("Mul", centred, ("Reciprocal", spread)),
        ):
            rules.append(Rule(end, _normalized))
    return rules


RULES: tuple[Rule, ...] = (
    *(
        Rule(pattern, _named("hard_swish"))
        for pattern in (
            ("Div", ("Mul", "x", ("Relu6", _X3)), 6.0),
            ("Mul", "x", ("Div", ("Relu6", _X3), 6.0)),
            ("Mul", "x", ("Relu6", _X3), 1 / 6),
        )
    ),
    Rule(("Mul", "x", ("HardSigmoid=sixth", "x")), _by_hard_sigmoid),
    *(
        Rule(pattern, _named("hard_sigmoid"))
        for pattern in (("Div", ("Relu6", _X3), 6.0), ("Mul", ("Relu6", _X3), 1 / 6))
    ),
    *(
        Rule(pattern, _named("gelu"))
        for erf in _ERF
        for pattern in (("Mul", "x", ("Add", erf, 1.0), 0.5), ("Div", ("Mul", "x", ("Add", erf, 1.0)), 2.0))
    ),
    *(Rule(("Mul", "x", ("Add", inner, 1.0), 0.5), _named("gelu_tanh")) for inner in _INNER),
    Rule(("Mul", "x", ("Sigmoid", "x")), _named("silu")),
    Rule(("Mul", "x", ("Sigmoid", ("Mul", "x", "*beta"))), _swish),
    Rule(("Mul", "x", ("Tanh", ("Softplus", "x"))), _named("mish")),
    Rule(("Add", ("Relu", "x"), ("Mul", ("Relu", ("Neg", "x")), "*slope")), _prelu),
    *_normalizations(),
)


def put_together(call: Call, matcher: Matcher) -> Tensor | None:
    """Return what a node is the end of, drafted as one layer; None if it is the end of nothing known."""
    if call.node.op not in _ENDS or call.node.domain:
        return None
    for rule in RULES:
        if rule.pattern[0] == call.node.op and (found := matcher.match(call.node, rule.pattern)) is not None:
            try:
                made = rule.make(call, found)
            except UnsayableError:
                continue
            if made is not None:
                return made
    return None


_ENDS = {rule.pattern[0] for rule in RULES}
