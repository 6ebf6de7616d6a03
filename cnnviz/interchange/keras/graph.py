"""From Keras's description of a model to its calls of layers in order.

Models in the model are flattened; a shared layer is called several times. Two forms of description are read:
`inbound_nodes` as lists, `[[["conv", 0, 0, {}]]]` (Keras 1 and 2, TensorFlow.js), and as the arguments of each call,
with `__keras_tensor__` for what comes from another layer (Keras 3).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cnnviz.errors import ModelError
from cnnviz.interchange.keras.layers import (
    SEQUENTIAL,
    Call,
    ModelLayer,
    Source,
    described,
    described_layer,
    found_in,
    is_model,
)
from cnnviz.interchange.keras.nodes import Nodes, Reference, fill, references

LIMIT = 2000
"""The largest number of calls: a stack has no more layers."""

_DEEPEST = 50


class Graph(NamedTuple):
    """The calls of a model.

    Attributes:
        calls: In an order in which each comes after those that it takes something from.
        outputs: What the model gives.
        input_shape: The shape of what enters as the file says it, the batch first; None if it does not.
        models: What the models in the model give, by their path.
    """

    calls: tuple[Call, ...]
    outputs: tuple[Source, ...]
    input_shape: Any
    models: Mapping[str, tuple[Source, ...]]


def read_graph(model: Mapping[str, Any]) -> Graph:
    """Put the layers of a model into order.

    Args:
        model: Its description: `class_name` and `config`.

    Raises:
        ModelError: If it is none, or its layers feed one another in a circle.
    """
    reader = _Reader()
    kind, fields, _ = described(model)
    outputs = reader.expand(kind, fields, (), (), [Source(-1)])
    return Graph(tuple(reader.calls), tuple(outputs), reader.input_shape, reader.models)


class _Reader:
    """Gathers the calls, model by model."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.uses: Counter[tuple[str, ...]] = Counter()
        self.input_shape: Any = None
        self.models: dict[str, tuple[Source, ...]] = {}

    def expand(
        self, kind: str, fields: Mapping[str, Any], path: tuple[str, ...], place: tuple[str, ...], given: list[Source]
    ) -> list[Source]:
        """Add the calls of a model.

        Returns:
            The model's outputs.
        """
        if not is_model(kind, fields):
            raise ModelError(_no_model(kind, path))
        if len(path) > _DEEPEST:
            raise ModelError(f"models lie in models, more than {_DEEPEST} deep")
        counts: Counter[str] = Counter()
        layers = []
        for entry in fields["layers"]:
            layer = described_layer(entry, path, place, counts)
            layers.append((layer, entry))
        if kind == SEQUENTIAL:
            self._note_shape(given, fields.get("build_input_shape"))
            outputs = self._in_a_row([layer for layer, _ in layers], given)
        else:
            outputs = self._connected(fields, layers, path, given)
        self.models["/".join(path)] = tuple(outputs)
        return outputs

    def _in_a_row(self, layers: Sequence[ModelLayer], given: list[Source]) -> list[Source]:
        outputs = given
        for layer in layers:
            outputs = self.call(layer, tuple(outputs), {})
        return outputs

    def _connected(
        self,
        fields: Mapping[str, Any],
        layers: Sequence[tuple[ModelLayer, Mapping[str, Any]]],
        path: tuple[str, ...],
        given: list[Source],
    ) -> list[Source]:
        where = f'model "{"/".join(path)}"' if path else "the model"
        inputs, ends = (references(fields.get(key), where) for key in ("input_layers", "output_layers"))
        if len(inputs) != len(given):
            names = ", ".join(name for name, _, _ in inputs)
            raise ModelError(f"{where} has {len(inputs)} inputs ({names}), but is given {len(given)}")
        nodes = Nodes(layers, where)
        values: dict[tuple[str, int], list[Source]] = {}
        for (name, _, _), source in zip(inputs, given, strict=True):
            entry = nodes.layers.get(name)
            if entry is None:
                raise ModelError(f"{where} has no layer {name:.100}, which it names as an input")
            values[name, 0] = [source]
            self._note_shape([source], _batch_shape(entry.fields))

        def find(reference: Reference) -> Source:
            name, node, output = reference
            found = values.get((name, nodes.kept(name, node)), ())
            if not 0 <= output < len(found):
                raise ModelError(f"{where} takes output {output} of layer {name:.100}, which has none such")
            return found[output]

        for name, number in nodes.in_order({name for name, _, _ in inputs}):
            operands, options = nodes.arguments[name, number]
            values[name, number] = self.call(nodes.layers[name], fill(operands, find), fill(options, find))
        return [find(reference) for reference in ends]

    def call(self, layer: ModelLayer, operands: tuple[Any, ...], options: Mapping[str, Any]) -> list[Source]:
        """Add one use of a layer, or all calls of a model."""
        sources = list(found_in(Source, operands))
        self._note_shape(sources, _batch_shape(layer.fields))
        if is_model(layer.kind, layer.fields):
            return self.expand(layer.kind, layer.fields, layer.path, layer.place, sources)
        if layer.kind == "InputLayer":
            return sources
        if len(self.calls) == LIMIT:
            raise ModelError(f"the model has more than {LIMIT:,} layers")
        self.calls.append(Call(layer, operands, options, self.uses[layer.path]))
        self.uses[layer.path] += 1
        return [Source(len(self.calls) - 1)]

    def _note_shape(self, sources: Sequence[Source], shape: Any) -> None:
        if self.input_shape is None and list(sources) == [Source(-1)]:
            self.input_shape = shape


def _batch_shape(fields: Mapping[str, Any]) -> Any:
    return fields.get("batch_shape", fields.get("batch_input_shape"))


def _no_model(kind: str, path: tuple[str, ...]) -> str:
    where = f'"{"/".join(path)}"' if path else "the model"
    return (
        f"{where} is of class {kind:.100}, whose layers the file does not list; only Sequential and functional models "
        "can be read, since a class of one's own is code"
    )
