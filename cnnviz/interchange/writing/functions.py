"""Functions of single values, and softmax, as nodes: what activations and the kinds like them do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt

from cnnviz.interchange.writing.formula import formula
from cnnviz.interchange.writing.writer import Writer
from cnnviz.ops.activations import ACTIVATIONS, ALIASES

Function = Callable[[Writer, str], str]


def one(op: str, **attributes: float | int) -> Function:
    """Return a function that is a single node."""
    return lambda w, x: w.add(op, x, **attributes)


def clip(low: float | None, high: float | None) -> Function:
    """Return a function that keeps values within limits; None for no limit."""
    if low is None and high is None:
        return lambda w, x: x

    def add(w: Writer, x: str) -> str:
        ends = [w.constant(name, end) if end is not None else "" for name, end in (("min", low), ("max", high))]
        return w.add("Clip", x, *(ends if high is not None else ends[:1]))

    return add


def softmax(w: Writer, x: str, axes: Sequence[int], log: bool = False) -> str:
    """Share out over axes, counted as ONNX has them."""
    if len(axes) == 1:
        return w.add("LogSoftmax" if log else "Softmax", x, axis=axes[0])
    largest = w.add("ReduceMax", x, axes=list(axes), keepdims=1)
    raised = w.add("Exp", w.add("Sub", x, largest))
    return w.add("Div", raised, w.add("ReduceSum", raised, w.integers("axes", axes), keepdims=1))


def clipped_relu(max_value: float | None, negative_slope: float, threshold: float) -> Function:
    """Return Keras's ReLU with all that it can have."""
    if not negative_slope and not threshold:
        return one("Relu") if max_value is None else clip(0.0, max_value)

    def add(w: Writer, x: str) -> str:
        limit = w.constant("threshold", threshold)
        below = w.add("Mul", w.add("Sub", x, limit), w.constant("slope", negative_slope))
        above = x if max_value is None else w.add("Min", x, w.constant("max", max_value))
        return w.add("Where", w.add("Greater", x, limit), above, below)

    return add


def _gelu(w: Writer, x: str) -> str:
    bent = w.add("Erf", w.add("Mul", x, w.constant("root", 1 / sqrt(2))))
    half = w.add("Mul", x, w.constant("half", 0.5))
    return w.add("Mul", half, w.add("Add", bent, w.constant("one", 1.0)))


def _gelu_tanh(w: Writer, x: str) -> str:
    cubed = w.add("Mul", w.add("Mul", x, x), w.add("Mul", x, w.constant("cubic", 0.044715)))
    bent = w.add("Tanh", w.add("Mul", w.add("Add", x, cubed), w.constant("root", sqrt(0.7978845608028654**2))))
    return w.add("Mul", w.add("Mul", x, w.constant("half", 0.5)), w.add("Add", bent, w.constant("one", 1.0)))


def _gated(gate: Function) -> Function:
    return lambda w, x: w.add("Mul", x, gate(w, x))


def _relu6_part(w: Writer, x: str) -> str:
    return w.add("HardSigmoid", x, alpha=1 / 6, beta=0.5)


def swish(beta: float) -> Function:
    """Return a value times the sigmoid of it, or of some times it."""
    return _gated(lambda w, x: w.add("Sigmoid", w.add("Mul", x, w.constant("beta", beta))))


def _squareplus(w: Writer, x: str) -> str:
    root = w.add("Sqrt", w.add("Add", w.add("Mul", x, x), w.constant("four", 4.0)))
    return w.add("Mul", w.add("Add", x, root), w.constant("half", 0.5))


def _sparse_plus(w: Writer, x: str) -> str:
    one_ = w.constant("one", 1.0)
    bent = w.add("Clip", w.add("Add", x, one_), w.constant("zero", 0.0), w.constant("two", 2.0))
    squared = w.add("Mul", w.add("Mul", bent, bent), w.constant("quarter", 0.25))
    return w.add("Add", squared, w.add("Relu", w.add("Sub", x, one_)))


FUNCTIONS: dict[str, Function] = {
    "linear": lambda w, x: x,
    "relu": one("Relu"),
    "relu6": clip(0.0, 6.0),
    "leaky_relu": one("LeakyRelu", alpha=0.2),
    "elu": one("Elu", alpha=1.0),
    "selu": one("Selu", alpha=1.6732632423543772, gamma=1.0507009873554805),
    "celu": one("Celu", alpha=1.0),
    "gelu": _gelu,
    "gelu_tanh": _gelu_tanh,
    "silu": _gated(one("Sigmoid")),
    "mish": _gated(lambda w, x: w.add("Tanh", w.add("Softplus", x))),
    "sigmoid": one("Sigmoid"),
    "hard_sigmoid": _relu6_part,
    "hard_silu": _gated(_relu6_part),
    "tanh": one("Tanh"),
    "softplus": one("Softplus"),
    "softsign": one("Softsign"),
    "exponential": one("Exp"),
    "log_sigmoid": lambda w, x: w.add("Neg", w.add("Softplus", w.add("Neg", x))),
    "hard_tanh": clip(-1.0, 1.0),
    "tanh_shrink": lambda w, x: w.add("Sub", x, w.add("Tanh", x)),
    "hard_shrink": one("Shrink", lambd=0.5, bias=0.0),
    "abs": one("Abs"),
    "log": one("Log"),
    "neg": one("Neg"),
    "reciprocal": one("Reciprocal"),
    "sqrt": one("Sqrt"),
    "squareplus": _squareplus,
    "sparse_plus": _sparse_plus,
    "sparse_sigmoid": one("HardSigmoid", alpha=0.5, beta=0.5),
    "soft_shrink": one("Shrink", lambd=0.5, bias=0.5),
}
"""Functions of single values by the names of activations, aliases left out; what has none goes by its formula."""


def activation(w: Writer, x: str, name: str | None) -> str:
    """Follow what comes out of a layer by an activation.

    Raises:
        NoWordsError: If ONNX has no operator for a part of its formula.
    """
    if name is None:
        return x
    name = ALIASES.get(name, name)
    if name in ("softmax", "log_softmax"):
        return softmax(w, x, (1,), log=name == "log_softmax")
    if name in FUNCTIONS:
        return FUNCTIONS[name](w, x)
    known = ACTIVATIONS[name]
    return formula(known.expression, known.constants)(w, x)
