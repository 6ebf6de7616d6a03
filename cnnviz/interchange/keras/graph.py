"""From Keras's description of a model to its calls of layers in order.

Models in the model are flattened; a shared layer is called several times. Two forms of description are read:
`inbound_nodes` as lists, `[[["conv", 0, 0, {}]]]` (Keras 1 and 2, TensorFlow.js), and as the arguments of each call,
with `__keras_tensor__` for what comes from another layer (Keras 3).
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from cnnviz.errors import ModelError
from cnnviz.io.hdf5.dialects import class_of, today
from cnnviz.layers import snake_case

LIMIT = 2000
"""The largest number of calls: a stack has no more layers."""

_DEEPEST = 50
_SEQUENTIAL = "Sequential"
_FUNCTIONAL = ("Functional", "Model", "Container", "Network")
_CONSTANT = "_CONSTANT_VALUE"


T = TypeVar("T")


class Source(NamedTuple):
    """A tensor of the model: an output of a call.

    Attributes:
        call: The call's number; -1 for what enters the model.
        output: Which of its outputs.
    """

    call: int
    output: int = 0


class ModelLayer(NamedTuple):
    """A layer that a model describes.

    Attributes:
        path: The names of the models around it, outermost first, and its own.
        place: The layer in a `.weights.h5`, a step for each model around it: classes with numbers.
        kind: The class, under its name in Keras 3.
        fields: The arguments of its constructor, under their names in Keras 3.
        module: The module of the class, where the file says it.
    """

    path: tuple[str, ...]
    place: tuple[str, ...]
    kind: str
    fields: Mapping[str, Any]
    module: str

    @property
    def title(self) -> str:
        """The layer's name in the file, with those of the models around it."""
        return "/".join(self.path)


class Call(NamedTuple):
    """One use of a layer.

    Attributes:
        layer: The layer.
        operands: What it takes: tensors, and constants as the file has them.
        options: Other arguments of the call.
        number: How many calls of the same layer come before.
    """

    layer: ModelLayer
    operands: tuple[Any, ...]
    options: Mapping[str, Any]
    number: int

    @property
    def sources(self) -> tuple[Source, ...]:
        """The tensors among its operands."""
        return tuple(_found(Source, (self.operands, self.options)))


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
    kind, fields, _ = _described(model)
    outputs = reader.expand(kind, fields, (), (), [Source(-1)])
    return Graph(tuple(reader.calls), tuple(outputs), reader.input_shape, reader.models)


def is_model(kind: str, fields: Mapping[str, Any]) -> bool:
    """Whether a class is a model with layers of its own."""
    return kind in (_SEQUENTIAL, *_FUNCTIONAL) and isinstance(fields.get("layers"), list)


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
            layer = _layer(entry, path, place, counts)
            layers.append((layer, entry))
        if kind == _SEQUENTIAL:
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
        inputs, ends = (_references(fields.get(key), where) for key in ("input_layers", "output_layers"))
        if len(inputs) != len(given):
            names = ", ".join(name for name, _, _ in inputs)
            raise ModelError(f"{where} has {len(inputs)} inputs ({names}), but is given {len(given)}")
        nodes = _Nodes(layers, where)
        values: dict[tuple[str, int], list[Source]] = {}
        for (name, _, _), source in zip(inputs, given, strict=True):
            entry = nodes.layers.get(name)
            if entry is None:
                raise ModelError(f"{where} has no layer {name:.100}, which it names as an input")
            values[name, 0] = [source]
            self._note_shape([source], _batch_shape(entry.fields))

        def find(reference: _Reference) -> Source:
            name, node, output = reference
            found = values.get((name, nodes.kept(name, node)), ())
            if not 0 <= output < len(found):
                raise ModelError(f"{where} takes output {output} of layer {name:.100}, which has none such")
            return found[output]

        for name, number in nodes.in_order({name for name, _, _ in inputs}):
            operands, options = nodes.arguments[name, number]
            values[name, number] = self.call(nodes.layers[name], _fill(operands, find), _fill(options, find))
        return [find(reference) for reference in ends]

    def call(self, layer: ModelLayer, operands: tuple[Any, ...], options: Mapping[str, Any]) -> list[Source]:
        """Add one use of a layer, or all calls of a model."""
        sources = list(_found(Source, operands))
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


_Reference = tuple[str, int, int]


class _Waiting(NamedTuple):
    """Stands in arguments for what another layer gives."""

    reference: _Reference


class _Nodes:
    """The calls inside one functional model, as its description lists them."""

    def __init__(self, layers: Sequence[tuple[ModelLayer, Mapping[str, Any]]], where: str) -> None:
        self.where = where
        self.layers: dict[str, ModelLayer] = {}
        self.arguments: dict[tuple[str, int], tuple[tuple[Any, ...], Mapping[str, Any]]] = {}
        self.counts: Counter[str] = Counter()
        for layer, entry in layers:
            name = layer.path[-1]
            if name in self.layers:
                raise ModelError(f"{where} has two layers of the name {name:.100}")
            self.layers[name] = layer
            nodes = entry.get("inbound_nodes", [])
            if not isinstance(nodes, list):
                raise ModelError(f"layer {layer.title:.200}: its inbound_nodes are no list")
            for number, node in enumerate(nodes):
                self.arguments[name, number] = _arguments(node, layer.title)
            self.counts[name] = len(nodes)
        self.highest: Counter[str] = Counter()
        for arguments in self.arguments.values():
            for waiting in _found(_Waiting, arguments):
                name, node, _ = waiting.reference
                self.highest[name] = max(self.highest[name], node)

    def kept(self, name: str, node: int) -> int:
        """Return a call's number among those that are listed.

        Models begin with a call that links their own ends, and which is not listed: there numbers may start at 1.
        """
        count = self.counts[name]
        layer = self.layers.get(name)
        if layer is None or not count or not is_model(layer.kind, layer.fields):
            return node
        return node - 1 if max(self.highest[name], node) >= count else node

    def in_order(self, inputs: set[str]) -> Iterator[tuple[str, int]]:
        """Yield the calls, each after those that it takes something from, else as the file lists them."""
        keys = [key for key in self.arguments if key[0] not in inputs]
        rank = {key: number for number, key in enumerate(keys)}
        needs: dict[tuple[str, int], set[tuple[str, int]]] = {}
        feeds: dict[tuple[str, int], list[tuple[str, int]]] = {}
        for key in keys:
            references = [waiting.reference for waiting in _found(_Waiting, self.arguments[key])]
            needs[key] = set()
            for name, node, _ in references:
                if name not in self.layers:
                    raise ModelError(f"layer {key[0]:.100} takes the output of {name:.100}, which {self.where} lacks")
                source = (name, self.kept(name, node))
                if name not in inputs:
                    needs[key].add(source)
            for source in needs[key]:
                feeds.setdefault(source, []).append(key)
        ready = [rank[key] for key in keys if not needs[key]]
        heapq.heapify(ready)
        done = 0
        while ready:
            key = keys[heapq.heappop(ready)]
            done += 1
            yield key
            for after in feeds.get(key, ()):
                needs[after].discard(key)
                if not needs[after]:
                    heapq.heappush(ready, rank[after])
        if done < len(keys):
            names = [key[0] for key in keys if needs[key]]
            raise ModelError(
                f"{self.where}: {', '.join(f'{name:.100}' for name in names[:10])} wait for one another, or for calls "
                "that are not listed; layers cannot feed one another in a circle"
            )


def _arguments(node: Any, title: str) -> tuple[tuple[Any, ...], Mapping[str, Any]]:
    """Return the operands and options of a call, `_Waiting` in place of tensors."""
    if isinstance(node, dict):
        operands = _tensors_of_keras_3(node.get("args", []))
        options = _tensors_of_keras_3(node.get("kwargs", {}))
        if isinstance(operands, tuple) and isinstance(options, dict):
            if len(operands) == 1 and type(operands[0]) is tuple:  # a list of tensors, as merging layers take
                operands = operands[0]
            return operands, {name: value for name, value in options.items() if name not in ("training", "mask")}
    elif isinstance(node, list):
        entries = [node] if node and isinstance(node[0], str) else node
        named = [entry for entry in entries if isinstance(entry, list) and len(entry) >= 3]
        if len(named) == len(entries) and all(_is_reference(entry[:3]) or entry[0] == _CONSTANT for entry in named):
            operands = tuple(entry[2] if entry[0] == _CONSTANT else _Waiting(tuple(entry[:3])) for entry in named)
            last = named[-1][3] if named and len(named[-1]) > 3 and isinstance(named[-1][3], dict) else {}
            options = {
                name: _Waiting(tuple(value[:3])) if isinstance(value, list) and _is_reference(value[:3]) else value
                for name, value in last.items()
                if name not in ("training", "mask", "name")
            }
            return operands, options
    raise ModelError(f"layer {title:.200}: its inbound_nodes cannot be read")


def _tensors_of_keras_3(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_tensors_of_keras_3, value))
    if isinstance(value, dict):
        fields = value.get("config")
        if value.get("class_name") == "__keras_tensor__" and isinstance(fields, dict):
            history = fields.get("keras_history")
            if isinstance(history, list) and _is_reference(history):
                return _Waiting(tuple(history))
            raise ModelError("a tensor of the model does not say where it comes from (keras_history)")
        if "class_name" in value:
            return value
        return {name: _tensors_of_keras_3(item) for name, item in value.items()}
    return value


def _is_reference(entry: Sequence[Any]) -> bool:
    return (
        len(entry) == 3
        and isinstance(entry[0], str)
        and all(isinstance(number, int) and not isinstance(number, bool) and number >= 0 for number in entry[1:])
    )


def _references(value: Any, where: str) -> list[_Reference]:
    """Flatten the ends of a model: `["a", 0, 0]`, or lists and dicts of them."""
    if isinstance(value, dict):
        return [found for item in value.values() for found in _references(item, where)]
    if isinstance(value, list):
        if _is_reference(value):
            return [(value[0], value[1], value[2])]
        if all(isinstance(item, list | dict) for item in value):
            return [found for item in value for found in _references(item, where)]
    raise ModelError(f"{where} does not say which layers are its ends (input_layers, output_layers)")


def _found(kind: type[T], value: Any) -> Iterator[T]:
    """Go over all of a kind in lists and dictionaries, however deep."""
    if isinstance(value, kind):
        yield value
    elif isinstance(value, tuple | list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _found(kind, item)


def _fill(value: Any, find: Any) -> Any:
    if isinstance(value, _Waiting):
        return find(value.reference)
    if isinstance(value, tuple | list):
        return tuple(_fill(item, find) for item in value)
    if isinstance(value, dict):
        return {name: _fill(item, find) for name, item in value.items()}
    return value


def _described(entry: Any) -> tuple[str, Mapping[str, Any], str]:
    """Return a layer's class, its fields and its module."""
    kind = class_of(entry) if isinstance(entry, dict) else None
    fields = entry.get("config") if isinstance(entry, dict) else None
    if isinstance(fields, list):  # a Sequential of Keras before 2.2.3
        fields = {"layers": fields}
    if not isinstance(kind, str) or not isinstance(fields, dict):
        raise ModelError("an entry is no layer: it has no class_name with a config")
    module = entry.get("module")
    return *today(kind, fields), module if isinstance(module, str) else ""


def _layer(entry: Any, path: tuple[str, ...], place: tuple[str, ...], counts: Counter[str]) -> ModelLayer:
    kind, fields, module = _described(entry)
    base = snake_case(kind)
    name = entry.get("name", fields.get("name"))
    if name is None:
        name = f"{base}_{counts[base] + 1}"
    if not isinstance(name, str):
        raise ModelError(f"a layer of class {kind:.100} has no name")
    own = f"{base}_{counts[base]}" if counts[base] else base
    counts[base] += 1
    return ModelLayer((*path, name), (*place, own), kind, fields, module)


def _batch_shape(fields: Mapping[str, Any]) -> Any:
    return fields.get("batch_shape", fields.get("batch_input_shape"))


def _no_model(kind: str, path: tuple[str, ...]) -> str:
    where = f'"{"/".join(path)}"' if path else "the model"
    return (
        f"{where} is of class {kind:.100}, whose layers the file does not list; only Sequential and functional models "
        "can be read, since a class of one's own is code"
    )
