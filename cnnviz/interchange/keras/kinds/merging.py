"""Layers that take several tensors."""

from __future__ import annotations

from collections.abc import Callable

from cnnviz.interchange.drafting.building import Tensor, UnsayableError
from cnnviz.interchange.drafting.layout import Layout
from cnnviz.interchange.drafting.operators.elementwise import merged
from cnnviz.interchange.keras.step import Step

_OF_KERAS_1 = {"sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum"}


def _merging(kind: str) -> Callable[[Step], Tensor]:
    def merge(step: Step) -> Tensor:
        tensors = step.tensors
        rank = max((len(tensor.shape) for tensor in tensors), default=0)
        return merged(step.as_operator, kind, [_widened(tensor, rank) for tensor in tensors])

    return merge


def _widened(tensor: Tensor, rank: int) -> Tensor:
    """Put axes of length 1 behind the batch, as Keras does."""
    batch, *rest = tensor.layout.order
    if not (more := ((),) * (rank - len(tensor.layout.order))):
        return tensor
    return Tensor(tensor.layer, Layout(tensor.layout.axes, (batch, *more, *rest)))


def _concatenate(step: Step) -> Tensor:
    axis = step.fields.get("axis", step.fields.get("concat_axis", -1))
    return step.operator("Concat", step.tensors, {"axis": axis})


def _merge(step: Step) -> Tensor:
    """Merge, of Keras 1."""
    mode = step.fields.get("mode", "sum")
    if mode == "concat":
        return _concatenate(step)
    if mode not in _OF_KERAS_1:
        raise UnsayableError(f"its mode {mode!r:.50} is not available")
    return KINDS[_OF_KERAS_1[mode]](step)


KINDS: dict[str, Callable[[Step], Tensor]] = {
    **{kind: _merging(kind) for kind in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")},
    "Concatenate": _concatenate,
    "Merge": _merge,
}
