"""Layers as they are drafted while the nodes of a model file are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import LayerError
from cnnviz.interchange.drafting.graph import Node
from cnnviz.interchange.drafting.layout import Factors, Layout
from cnnviz.interchange.model import plain
from cnnviz.layers import find_kind
from cnnviz.wording import shape_text

INPUT = -1
"""The number of the layer that stands for the picture."""


class UnsayableError(Exception):
    """Something that no layer says; its text is a clause that names what and why.

    Args:
        reason: The clause.
        certain: Whether it is so whatever the shape of the inputs.
    """

    def __init__(self, reason: str, certain: bool = False) -> None:
        super().__init__(reason)
        self.certain = certain
        self.layout: Layout | None = None


class Tensor(NamedTuple):
    """What a layer puts out.

    Attributes:
        layer: The layer's number.
        layout: Where the axes of the file's tensor lie in it.
    """

    layer: int
    layout: Layout

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape in the file."""
        return self.layout.shape

    def with_usual(self, places: Sequence[int]) -> Tensor:
        """Say where the axes of ours are whose length is 1."""
        return self._replace(layout=self.layout._replace(usual=tuple(places)))


@dataclass(frozen=True)
class Draft:
    """One layer.

    Attributes:
        kind: The layer's kind.
        fields: Its hyperparameters.
        inputs: Numbers of the layers that it reads.
        weights: Its weights by name.
        layout: Of its output.
        node: The node that it comes from.
        source: The tensor of the file that its output is; empty if it is none.
        comment: A clause on what could not be said exactly.
        missing: A clause on why there is no such layer: it only stands in, so that what comes after can be read.
        guessed: Whether the layout is a guess, or follows from one.
    """

    kind: str
    fields: Mapping[str, Any]
    inputs: tuple[int, ...]
    weights: Mapping[str, NDArray[Any]]
    layout: Layout
    node: Node
    source: str = ""
    comment: str = ""
    missing: str = ""
    guessed: bool = False

    @property
    def takes_bytes(self) -> bool:
        """Whether the layer brings numbers from 0 to 255 to small ones."""
        if self.kind != "Rescaling":
            return False
        scale, offset = (
            np.abs(np.asarray(self.fields.get(name, default))) for name, default in (("scale", 1), ("offset", 0))
        )
        return bool(scale.max() < 1 / 30 or offset.max() > 10)


@dataclass
class Builder:
    """The layers so far.

    Attributes:
        ours: Our shape of the picture.
        drafts: The layers by number.
    """

    ours: tuple[int, ...]
    drafts: list[Draft] = field(default_factory=list)
    _rearranged: dict[tuple[int, str, Any], int] = field(default_factory=dict)

    def emit(
        self,
        node: Node,
        kind: str,
        fields: Mapping[str, Any],
        *tensors: Tensor,
        layout: Layout | None = None,
        weights: Mapping[str, NDArray[Any]] | None = None,
        source: str = "",
        comment: str = "",
    ) -> Tensor:
        """Draft a layer.

        Args:
            node: The node that it comes from.
            kind: The layer's kind.
            fields: Its hyperparameters.
            *tensors: What it reads.
            layout: Of its output; None if values stay in their places.
            weights: Its weights by name.
            source: The tensor of the file that its output is.
            comment: A clause on what could not be said exactly.

        Raises:
            UnsayableError: If there is no such layer, or it does not take such a tensor.
        """
        layout = tensors[0].layout if layout is None else layout
        shapes = [tensor.layout.ours for tensor in tensors]
        fields = {name: plain(value) for name, value in fields.items()}
        try:
            shape = output_shape(kind, fields, *shapes)
        except UnsayableError as problem:
            problem.layout = layout
            raise
        if shape != layout.ours:
            raise UnsayableError(
                f"{kind} would put out {shape_text(shape)} where the file has {shape_text(layout.ours)}"
            )
        arrays = {name: np.ascontiguousarray(array, np.float32) for name, array in (weights or {}).items()}
        inputs = tuple(tensor.layer for tensor in tensors)
        guessed = any(map(self.guessed, tensors))
        return self.add(Draft(kind, fields, inputs, arrays, layout, node, source, comment, guessed=guessed))

    def add(self, draft: Draft) -> Tensor:
        """Add a layer as it is."""
        self.drafts.append(draft)
        return Tensor(len(self.drafts) - 1, draft.layout)

    def settle(self, name: str, value: Any) -> None:
        """Let a layer that was drafted for a tensor of the file have that tensor's layout, as its node leaves it."""
        if isinstance(value, Tensor) and value.layer != INPUT and self.drafts[value.layer].source == name:
            self.drafts[value.layer] = replace(self.drafts[value.layer], layout=value.layout)

    def guessed(self, tensor: Tensor) -> bool:
        """Tell whether a tensor's layout is a guess, or follows from one."""
        return tensor.layer != INPUT and self.drafts[tensor.layer].guessed

    def live(self, tensor: Tensor) -> list[int]:
        """Return the numbers of the layers that a tensor is made of, in order."""
        found: set[int] = set()
        open_ = [tensor.layer]
        while open_:
            number = open_.pop()
            if number != INPUT and number not in found:
                found.add(number)
                open_ += self.drafts[number].inputs
        return sorted(found)

    def arrange(self, node: Node, tensor: Tensor, axes: Sequence[Factors]) -> Tensor:
        """Bring a tensor's factors into other axes of ours, by layers where they move.

        Args:
            node: The node that wants it.
            tensor: The tensor.
            axes: For each axis of ours the factors that it is to have.

        Raises:
            UnsayableError: If no layers do it.
        """
        if tuple(axes) == tensor.layout.numbered:
            return tensor
        from cnnviz.interchange.drafting.rearranging import steps

        for kind, fields, layout in steps(tensor.layout, axes):
            key = (tensor.layer, kind, repr(fields))
            if key in self._rearranged:
                tensor = Tensor(self._rearranged[key], layout)
            else:
                tensor = self.emit(node, kind, fields, tensor, layout=layout)
                self._rearranged[key] = tensor.layer
        return tensor

    def as_maps(self, node: Node, tensor: Tensor) -> Tensor:
        """Bring a tensor of four axes to maps: the file's axis 1 to channels.

        Raises:
            UnsayableError: If it has other axes, or no layers do it.
        """
        order = tensor.layout.order
        if len(order) != 4 or order[0]:
            raise UnsayableError(
                f"it reads {shape_text(tensor.shape)}; only maps, 1 x channels x height x width, are taken"
            )
        return self.arrange(node, tensor, (order[2], order[3], order[1])).with_usual(())

    def as_vector(self, node: Node, tensor: Tensor) -> Tensor:
        """Bring a tensor to a vector, its factors in the file's order.

        Raises:
            UnsayableError: If no layers do it.
        """
        return self.arrange(node, tensor, (tensor.layout.flat,))

    def input(self, layout: Layout) -> Tensor:
        """Return the picture."""
        return Tensor(INPUT, layout)


def output_shape(kind: str, fields: Mapping[str, Any], *shapes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of a layer's output.

    Raises:
        UnsayableError: If there is no such layer, or it does not take such inputs.
    """
    found = find_kind(kind)
    if found is None:
        raise UnsayableError(f"it needs a layer {kind}, which there is not", certain=True)
    try:
        layer = msgspec.convert({"type": kind, **fields}, found)
        layer.check()
        shape = layer.output_shape(*shapes)
    except msgspec.ValidationError as problem:
        raise UnsayableError(f"{kind} cannot say it: {problem}", certain=True) from problem
    except LayerError as problem:
        raise UnsayableError(f"{kind} {problem}") from problem
    if min(shape, default=0) < 1 or prod(shape) > 2**40:
        raise UnsayableError(f"{kind} would put out {shape_text(shape)}")
    return tuple(shape)
