"""Patterns of nodes, written from the last node backwards.

A pattern is one of

- a text: any tensor; the same text stands for the same tensor everywhere in a pattern. `*NAME` is a constant.
- a number: a constant of that one number.
- a tuple: an operator, `OP=NAME` with a name for its output, with its inputs. `Add` and `Mul` take theirs in any order;
  a product of more than two is a row of `Mul` nodes in any nesting. `Relu6` is whatever clips at 0 and 6.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.interchange.drafting.graph import Graph, Node

Pattern = str | float | tuple[Any, ...]
Found = dict[str, str]
"""Names in the pattern to names of tensors."""

Constants = Callable[[str], NDArray[Any] | None]
_SYMMETRIC = ("Add", "Mul", "Max", "Min")
_LARGEST_PRODUCT = 5


class Matcher:
    """Looks for patterns in a graph.

    Args:
        graph: The graph.
        constant: Gives a tensor's value if it is a constant.
    """

    def __init__(self, graph: Graph, constant: Constants) -> None:
        self._graph = graph
        self._constant = constant

    def match(self, node: Node, pattern: tuple[Any, ...]) -> Found | None:
        """Return what the names in a pattern stand for, if a node is its end."""
        return next(self._node(node, pattern, {}), None)

    def _tensor(self, name: str, pattern: Pattern, found: Found) -> Iterator[Found]:
        if isinstance(pattern, str):
            if pattern.startswith("*") and self._constant(name) is None:
                return
            if found.get(pattern, name) == name:
                yield {**found, pattern: name}
        elif isinstance(pattern, int | float):
            value = self._constant(name)
            if value is not None and value.size == 1 and math.isclose(float(value.ravel()[0]), pattern, rel_tol=2e-5):
                yield found
        elif name in self._graph.producers:
            yield from self._node(self._graph.producers[name], pattern, found)

    def _node(self, node: Node, pattern: tuple[Any, ...], found: Found) -> Iterator[Found]:
        op, *parts = pattern
        op, _, label = op.partition("=")
        if op == "Relu6":
            inner = _clipped(node, self._constant)
            if inner is not None:
                yield from self._tensor(inner, parts[0], found)
            return
        if node.op != op or node.domain:
            return
        if label:
            found = {**found, label: node.outputs[0]}
        if op == "Mul" and len(parts) > 2:
            for factors in self._products(node, len(parts)):
                for row in permutations(factors):
                    yield from self._all(row, parts, found)
            return
        names = node.inputs[: len(parts)]
        if len(names) < len(parts):
            return
        for row in permutations(names) if op in _SYMMETRIC else [names]:
            yield from self._all(row, parts, found)

    def _all(self, names: Any, parts: list[Pattern], found: Found) -> Iterator[Found]:
        if not parts:
            yield found
            return
        for one in self._tensor(names[0], parts[0], found):
            yield from self._all(names[1:], parts[1:], one)

    def _products(self, node: Node, count: int) -> Iterator[tuple[str, ...]]:
        """Yield the factors of a product, as many as wanted, with inner products taken apart or not."""
        if count < 2 or count > _LARGEST_PRODUCT:
            return
        if count == 2:
            yield node.inputs
            return
        first, second = node.inputs
        for whole, open_ in ((first, second), (second, first)):
            inner = self._graph.producers.get(open_)
            if inner is not None and inner.op == "Mul" and not inner.domain:
                for factors in self._products(inner, count - 1):
                    yield (whole, *factors)
        if count == 4:
            inner_first, inner_second = (self._graph.producers.get(name) for name in (first, second))
            if inner_first is not None and inner_second is not None and inner_first.op == inner_second.op == "Mul":
                yield (*inner_first.inputs, *inner_second.inputs)


def _clipped(node: Node, constant: Constants) -> str | None:
    """Return what a node clips at 0 and 6, if that is what it does."""
    if node.domain or node.op != "Clip":
        return None
    limits: list[float] = []
    for place, name in enumerate(("min", "max"), 1):
        value: Any = node.attributes.get(name)
        if value is None and len(node.inputs) > place:
            value = constant(node.inputs[place])
        if value is None or np.size(value) != 1:
            return None
        limits.append(float(np.ravel(value)[0]))
    return node.inputs[0] if limits == [0.0, 6.0] else None
