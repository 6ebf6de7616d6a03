"""Axes as Keras counts them: the batch is axis 0, negative ones count from the end."""

from __future__ import annotations

from collections.abc import Sequence

from cnnviz.errors import LayerError
from cnnviz.layers.base import Shape
from cnnviz.wording import shape_text


def resolve_axes(axes: int | Sequence[int], shape: Shape, field: str = "axis") -> tuple[int, ...]:
    """Return axes as positive numbers, in the order given.

    Args:
        axes: One axis or several.
        shape: The input's, without the batch.
        field: The field they come from, for the message.

    Raises:
        LayerError: If an axis is the batch's, does not exist, or comes twice.
    """
    rank = len(shape) + 1
    resolved: list[int] = []
    for axis in (axes,) if isinstance(axes, int) else axes:
        positive = axis + rank if axis < 0 else axis
        if not 1 <= positive < rank:
            known = " or ".join(map(str, range(1, rank)))
            raise LayerError(
                f"`{field}` (={axis}) must be {known}, or negative from the end, for an input of {shape_text(shape)}; "
                "axis 0 is the batch",
                field,
            )
        if positive in resolved:
            raise LayerError(f"`{field}` names axis {positive} twice", field)
        resolved.append(positive)
    return tuple(resolved)


def is_spatial(axes: Sequence[int], shape: Shape) -> bool:
    """Tell whether height or width of an image is among the axes, counted with the batch."""
    return len(shape) == 3 and any(axis in (1, 2) for axis in axes)
