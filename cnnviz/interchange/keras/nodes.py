"""The calls inside one functional model: what each takes, and in which order they come."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cnnviz.errors import ModelError
from cnnviz.interchange.keras.layers import ModelLayer, found_in, is_model

_CONSTANT = "_CONSTANT_VALUE"

Reference = tuple[str, int, int]


class _Waiting(NamedTuple):
    """Stands in arguments for what another layer gives."""

    reference: Reference


class Nodes:
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
            for waiting in found_in(_Waiting, arguments):
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
            references = [waiting.reference for waiting in found_in(_Waiting, self.arguments[key])]
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


def references(value: Any, where: str) -> list[Reference]:
    """Flatten the ends of a model: `["a", 0, 0]`, or lists and dicts of them."""
    if isinstance(value, dict):
        return [found for item in value.values() for found in references(item, where)]
    if isinstance(value, list):
        if _is_reference(value):
            return [(value[0], value[1], value[2])]
        if all(isinstance(item, list | dict) for item in value):
            return [found for item in value for found in references(item, where)]
    raise ModelError(f"{where} does not say which layers are its ends (input_layers, output_layers)")


def fill(value: Any, find: Callable[[Reference], Any]) -> Any:
    """Put what is found in the place of references, however deep they lie."""
    if isinstance(value, _Waiting):
        return find(value.reference)
    if isinstance(value, tuple | list):
        return tuple(fill(item, find) for item in value)
    if isinstance(value, dict):
        return {name: fill(item, find) for name, item in value.items()}
    return value
