"""Several tensors to one arrangement of axes, so that they can be combined value by value or laid side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnviz.interchange.drafting.building import Builder, Tensor, UnsayableError
from cnnviz.interchange.drafting.graph import Node
from cnnviz.interchange.drafting.layout import Factors, Layout
from cnnviz.interchange.drafting.placing import common
from cnnviz.wording import listed, shape_text


def joined(builder: Builder, node: Node, tensors: Sequence[Tensor]) -> tuple[list[Tensor], Layout]:
    """Bring tensors to one arrangement, those that are stretched with axes of length 1.

    Args:
        builder: Where layers are drafted.
        node: The node that combines them.
        tensors: The tensors, stretched by ONNX's rule.

    Returns:
        The tensors, and the layout of what comes of them.

    Raises:
        UnsayableError: If they do not fit together.
    """
    rank = max(len(tensor.shape) for tensor in tensors)
    tensors = [tensor._replace(layout=tensor.layout.widened(rank)) for tensor in tensors]
    shapes = [tensor.shape for tensor in tensors]
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        raise UnsayableError(f"its inputs of {listed([shape_text(shape) for shape in shapes])} do not fit") from None
    full = [tensor for tensor in tensors if tensor.shape == shape]
    leader = max(full or tensors, key=lambda tensor: len(tensor.layout.axes))
    layout = leader.layout
    for axis, length in enumerate(shape):
        if layout.shape[axis] != length:  # all are stretched
            home = layout.axis_of(axis) if axis else None
            if home is None:
                raise UnsayableError(f"it stretches all of {listed([shape_text(shape) for shape in shapes])}")
            layout = layout.lengthened(axis, home, length)
    for tensor in tensors:
        layout = _refine(layout, tensor.layout)
    return [_like(builder, node, tensor, layout) for tensor in tensors], layout.tidy()


def _lengths(layout: Layout) -> list[list[int]]:
    return [[layout.lengths[factor] for factor in row] for row in layout.order]


def _refine(layout: Layout, other: Layout) -> Layout:
    """Cut a layout's factors as those of another are cut, where both have them."""
    rows = []
    for own, theirs in zip(_lengths(layout), _lengths(other), strict=True):
        row = common(own, theirs) if theirs else tuple(own)
        if row is None:
            raise UnsayableError("its inputs were reshaped in ways that do not fit each other")
        rows.append(row)
    refined = layout.refined(rows)
    if refined is None:
        raise UnsayableError("its inputs were reshaped in ways that do not fit each other")
    return refined


def _like(builder: Builder, node: Node, tensor: Tensor, layout: Layout) -> Tensor:
    """Bring one tensor to the arrangement of a layout."""
    rows = [tuple(lengths) if own else () for lengths, own in zip(_lengths(layout), tensor.layout.order, strict=True)]
    refined = tensor.layout.refined(rows)
    assert refined is not None
    twin = {
        factor: mine
        for row, own in zip(layout.order, refined.order, strict=True)
        for factor, mine in zip(row, own, strict=False)
    }
    axes: list[Factors] = []
    for numbers in layout.numbered:
        axis = tuple(twin[factor] for factor in numbers if factor in twin)
        if axis and len(axis) < len(numbers):
            raise UnsayableError("it stretches a part of an axis that was reshaped")
        axes.append(axis)
    if len(refined.axes) == 1 and refined.numbered[0] == axes[-1] and not any(axes[:-1]):
        return Tensor(tensor.layer, refined)  # a vector stands for every pixel
    return builder.arrange(node, Tensor(tensor.layer, refined), axes)


def alike(builder: Builder, node: Node, tensors: Sequence[Tensor]) -> list[Tensor]:
    """Bring tensors to one arrangement in which every axis of ours is an axis of the file's, whatever their lengths.

    Args:
        builder: Where layers are drafted.
        node: The node that combines them.
        tensors: The tensors, all with as many axes.

    Raises:
        UnsayableError: If they do not fit together.
    """
    rank = len(tensors[0].shape)
    if any(len(tensor.shape) != rank or tensor.layout.order[0] for tensor in tensors) or not 2 <= rank <= 4:
        raise UnsayableError(f"its inputs are {listed([shape_text(tensor.shape) for tensor in tensors])}")
    known = [places for tensor in tensors if (places := tensor.layout.places()) is not None]
    sure = [t.layout.places() for t in tensors if all(t.layout.order[1:]) and t.layout.places() is not None]
    places = next(iter([*sure, *known]), None) or {2: (1,), 3: (1, 2), 4: (2, 3, 1)}[rank]
    return [
        builder.arrange(node, tensor, _rows([tensor.layout.order[place] for place in places], rank))
        for tensor in tensors
    ]


def _rows(rows: list[Factors], rank: int) -> tuple[Factors, ...]:
    # Two axes of the file's are maps of one row.
    return (rows[0], (), rows[1]) if rank == 3 else tuple(rows)
