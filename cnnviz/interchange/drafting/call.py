"""What an operator's function is given: its node and what is known of the node's inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.interchange.drafting.building import Builder, Tensor, UnsayableError
from cnnviz.interchange.drafting.graph import Graph, Node
from cnnviz.interchange.drafting.layout import Layout

Value = Tensor | NDArray[Any]
"""What a tensor of the file has become: a layer's output, or a constant."""


class Missing(NamedTuple):
    """A tensor that no layer makes.

    Attributes:
        node: The node that would make it.
        reason: A clause; empty if only an input is missing.
    """

    node: Node
    reason: str


class Call(NamedTuple):
    """One node to say.

    Attributes:
        node: The node.
        builder: Where layers are drafted.
        graph: The whole model.
        values: What is known so far, by the file's names.
    """

    node: Node
    builder: Builder
    graph: Graph
    values: Mapping[str, Value | Missing]

    @property
    def output(self) -> str:
        """The name of the node's first output."""
        return self.node.outputs[0]

    def has(self, place: int) -> bool:
        """Tell whether an input is given."""
        return len(self.node.inputs) > place and bool(self.node.inputs[place])

    def value(self, place: int) -> Value:
        """Return what an input has become."""
        if not self.has(place):
            raise UnsayableError(f"its input {place} is missing")
        found = self.values[self.node.inputs[place]]
        assert not isinstance(found, Missing)
        return found

    def tensor(self, place: int = 0) -> Tensor:
        """Return an input that a layer puts out.

        Raises:
            UnsayableError: If it is a constant.
        """
        found = self.value(place)
        if isinstance(found, Tensor):
            return found
        raise UnsayableError(f"its input {place} is a constant, and not what a layer puts out")

    def constant(self, place: int) -> NDArray[Any]:
        """Return an input that does not depend on the picture.

        Raises:
            UnsayableError: If it does.
        """
        found = self.value(place)
        if isinstance(found, Tensor):
            raise UnsayableError(f"its input {place} ({self.node.inputs[place]:.100}) is not constant")
        return found

    def attribute(self, name: str, default: Any = None) -> Any:
        """Return an attribute, or the default if it is not given."""
        return self.node.attributes.get(name, default)

    def argument(self, name: str, place: int, default: Any = None) -> Any:
        """Return what older operators have as an attribute and newer ones as a constant input, in a list or number."""
        if name in self.node.attributes:
            return self.node.attributes[name]
        return self.constant(place).tolist() if self.has(place) else default

    def emit(
        self,
        kind: str,
        fields: Mapping[str, Any],
        *tensors: Tensor,
        layout: Layout | None = None,
        weights: Mapping[str, NDArray[Any]] | None = None,
        comment: str = "",
    ) -> Tensor:
        """Draft the layer whose output is the node's; see `Builder.emit`."""
        return self.builder.emit(
            self.node,
            kind,
            fields,
            *tensors,
            layout=layout,
            weights=weights,
            source=self.output,
            comment=comment,
        )

    def activation(self, name: str, *tensors: Tensor) -> Tensor:
        """Draft an activation of a name."""
        return self.emit("Activation", {"activation": name}, *(tensors or (self.tensor(),)))

    def maps(self, place: int = 0) -> Tensor:
        """Return an input as maps."""
        return self.builder.as_maps(self.node, self.tensor(place))

    def axes(self, axes: Any, rank: int) -> tuple[int, ...]:
        """Return axes as numbers from 0.

        Raises:
            UnsayableError: If there are no such axes.
        """
        found = tuple(int(axis) + (rank if axis < 0 else 0) for axis in np.atleast_1d(axes).tolist())
        if any(not 0 <= axis < rank for axis in found) or len(set(found)) < len(found):
            raise UnsayableError(f"it names the axes {list(np.atleast_1d(axes).tolist())} of {rank}")
        return found


def number(array: NDArray[Any]) -> float | None:
    """Return the one number of a constant, as written in its own type; None if it has several."""
    if array.size != 1 or array.dtype.kind not in "fiu":
        return None
    value = array.reshape(())
    # The shortest text that is this number in its own type: 0.1 and not 0.10000000149011612.
    return float(str(value[()])) if value.dtype.kind == "f" else float(value)
