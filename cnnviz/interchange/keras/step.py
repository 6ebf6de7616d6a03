"""One call of a layer on its way into the stack: what the functions of `kinds` are given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np

from cnnviz.interchange.drafting.building import Builder, Tensor, UnsayableError, output_shape
from cnnviz.interchange.drafting.call import Call, Value
from cnnviz.interchange.drafting.graph import Graph, Lazily, Node
from cnnviz.interchange.drafting.layout import Layout
from cnnviz.interchange.drafting.placing import maps, placed
from cnnviz.interchange.keras.layers import Call as LayerCall
from cnnviz.interchange.keras.layers import ModelLayer
from cnnviz.interchange.keras.weights import Store
from cnnviz.io.hdf5.dialects import CHANNELS_FIRST
from cnnviz.layers import find_kind
from cnnviz.layers.base import Array, Layer, Shape
from cnnviz.layers.fields import too_small
from cnnviz.wording import shape_text

_OPSET = 18
"""The version of ONNX's operators that stand for functions of Keras."""


_PAIRS = ("kernel_size", "strides", "dilation_rate", "pool_size", "size")


@dataclass(frozen=True)
class Step:
    """A call of a layer.

    Attributes:
        call: The call.
        values: What its operands have become: tensors and constants.
        options: What its other arguments have become.
        builder: Where layers are drafted.
        store: The weights of the file.
        is_keras_3: Whether Keras 3 wrote the file: some functions were others before.
        source: The name of the layer's output.
        lazy: Whether layers that only move values wait until their axes matter: in models with channels first.
    """

    call: LayerCall
    values: tuple[Any, ...]
    options: Mapping[str, Any]
    builder: Builder
    store: Store
    is_keras_3: bool
    source: str
    lazy: bool

    @property
    def layer(self) -> ModelLayer:
        """The layer."""
        return self.call.layer

    @property
    def fields(self) -> Mapping[str, Any]:
        """The arguments of its constructor."""
        return self.call.layer.fields

    @property
    def node(self) -> Node:
        """The call as the drafts note where they come from."""
        return Node(self.layer.kind, "keras", _OPSET, self.source, 0, (), (self.source,), {})

    @property
    def as_operator(self) -> Any:
        """The step in the place of a call of an operator of ONNX: it has all of one that is used here."""
        return self

    def instead(self, kind: str, fields: Mapping[str, Any], x: Tensor) -> Step:
        """Return a step of another class, at the end of this one's."""
        layer = self.layer._replace(kind=kind, fields=fields)
        return replace(self, call=self.call._replace(layer=layer), values=(x,), options={})

    @property
    def tensors(self) -> list[Tensor]:
        """What the layer takes.

        Raises:
            UnsayableError: If a constant is among it.
        """
        for value in self.values:
            if not isinstance(value, Tensor):
                raise UnsayableError("it takes a constant in the place of a tensor")
        return list(self.values)

    @property
    def tensor(self) -> Tensor:
        """The one tensor that the layer takes."""
        tensors = self.tensors
        if len(tensors) != 1:
            raise UnsayableError(f"it takes {len(tensors)} inputs, where one is expected")
        return tensors[0]

    def maps(self) -> Tensor:
        """Return the one tensor with height, width and channels where the layer's `data_format` has them."""
        x = self.tensor
        if len(x.shape) != 4:
            raise UnsayableError(f"it reads {shape_text(x.shape[1:])}; height, width and channels are expected")
        return self.arranged(x, (2, 3, 1) if self.first else (1, 2, 3))

    @property
    def first(self) -> bool:
        """Whether the layer takes channels first."""
        return self.fields.get("data_format") == CHANNELS_FIRST

    def arranged(self, x: Tensor, axes: Sequence[int]) -> Tensor:
        """Bring axes of the file's, which are named in our order, into axes of ours."""
        return self.builder.arrange(self.node, x, tuple(x.layout.order[axis] for axis in axes)).with_usual(axes)

    def natural(self, x: Tensor) -> Tensor:
        """Bring a tensor to our axes in the order of the file's."""
        rank = len(x.shape)
        if rank == 2:
            return self.builder.as_vector(self.node, x)
        return self.arranged(x, (1, 2, 3)) if rank == 4 else x

    def taken(self, kind: str, *left_out: str) -> dict[str, Any]:
        """Return those arguments of the layer that a kind has as fields, where they are not the kind's defaults."""
        found = find_kind(kind)
        if found is None:
            raise UnsayableError(f"it needs a layer {kind}, which there is not")
        taken = {}
        for field in msgspec.structs.fields(found):
            own = ("name", "inputs", "trainable", "activation", *left_out)
            if field.name not in self.fields or field.name in own or field.name.endswith("_initializer"):
                continue
            value = _plain(self.fields[field.name])
            if field.name in _PAIRS and isinstance(value, list) and len(value) == 2 and value[0] == value[1]:
                value = value[0]
            if value != _plain(field.default):
                taken[field.name] = value
        # What a layer makes comes first, as people write it.
        return dict(sorted(taken.items(), key=lambda item: item[0] not in ("filters", "units")))

    def emit(
        self,
        kind: str,
        fields: Mapping[str, Any],
        *tensors: Tensor,
        layout: Layout | None = None,
        weights: Mapping[str, Array] | None = None,
        comment: str = "",
    ) -> Tensor:
        """Draft a layer whose output is, unless another follows, the call's."""
        _check(kind, fields)
        if weights and self.fields.get("trainable") is False:
            fields = {**fields, "trainable": False}
        return self.builder.emit(
            self.node, kind, fields, *tensors, layout=layout, weights=weights, source=self.source, comment=comment
        )

    def activation(self, name: str, x: Tensor) -> Tensor:
        """Draft an activation of a name."""
        return self.emit("Activation", {"activation": name}, x)

    def over_maps(self, kind: str, fields: Mapping[str, Any], weighed: bool = False) -> Tensor:
        """Draft a layer that takes maps to maps."""
        _check(kind, fields)
        x = self.maps()
        shape = output_shape(kind, fields, x.layout.ours)
        weights = self.weights(kind, fields, x) if weighed else None
        return self.emit(kind, fields, x, layout=self.layout_of(shape), weights=weights)

    def layout_of(self, shape: Shape) -> Layout:
        """Return the layout of maps as the layer puts them out."""
        return maps(*shape) if self.first else placed(shape, (1, 2, 3))

    def specs(self, kind: str, fields: Mapping[str, Any], *shapes: Shape) -> dict[str, Shape]:
        """Return the shapes of the weights of a kind."""
        found = find_kind(kind)
        assert found is not None
        layer: Layer = msgspec.convert({"type": kind, **fields}, found)
        return {name: spec.shape for name, spec in layer.weight_specs(*shapes).items()}

    def weights(self, kind: str, fields: Mapping[str, Any], *tensors: Tensor) -> dict[str, Array]:
        """Read the layer's weights, which lie in the file as they do here."""
        return self.store.read(self.layer, self.specs(kind, fields, *(x.layout.ours for x in tensors)))

    def operator(self, name: str, values: Sequence[Value], attributes: Mapping[str, Any] | None = None) -> Tensor:
        """Draft what an operator of ONNX becomes.

        Args:
            name: The operator.
            values: Its inputs.
            attributes: Its attributes.
        """
        from cnnviz.interchange.drafting.operators import OPERATORS

        names = tuple(f"x{number}" for number in range(len(values)))
        node = Node(name, "", _OPSET, self.source, 0, names, (self.source,), attributes or {})
        found = OPERATORS[name](Call(node, self.builder, _no_graph(), dict(zip(names, values, strict=True))))
        if not isinstance(found, Tensor):
            raise UnsayableError("it gives several tensors or a constant, which no layer is")
        return found


Kind = Callable[[Step], Tensor]
"""Drafts the layers that a call becomes, and returns the last one's output.

Raises:
    UnsayableError: If no layers say it.
"""


def _check(kind: str, fields: Mapping[str, Any]) -> None:
    found = find_kind(kind)
    for field in msgspec.structs.fields(found) if found else ():
        if field.name in fields and (reason := too_small(fields[field.name], field.type)):
            raise UnsayableError(f"its `{field.name}` {reason}")


def _no_graph() -> Graph:
    return Graph((), Lazily({}), (), (), {}, {}, {})


def constant(value: Any) -> np.ndarray[Any, Any] | None:
    """Return a constant of a call as an array; None if it is none."""
    if isinstance(value, dict) and value.get("class_name") in ("__numpy__", "__tensor__"):
        fields = value.get("config")
        value = fields.get("value") if isinstance(fields, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float | list | tuple):
        return None
    try:
        array = np.array(value)
    except ValueError:
        return None
    if array.dtype.kind not in "if" or array.size > 1 << 20:
        return None
    return array.astype(np.int64) if array.dtype.kind == "i" else array.astype(np.float32)


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
