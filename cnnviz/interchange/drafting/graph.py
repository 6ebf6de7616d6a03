"""A model as nodes, in the words of ONNX: what operators are drafted from, whatever file they come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any, NamedTuple, Protocol

from numpy.typing import NDArray

FLOATING = (1, 10, 11, 16)
"""ONNX's numbers of the floating types: float32, float16, float64, bfloat16."""


class Readable(Protocol):
    """A stored tensor that has not been read.

    Attributes:
        size: Bytes.
    """

    size: int

    def read(self) -> NDArray[Any]:
        """Read the numbers."""


class Lazily:
    """Arrays by name, each read once, when it is first asked for.

    Attributes:
        bytes: Of all together, as they are stored.
    """

    def __init__(self, stored: Mapping[str, Readable]) -> None:
        self._stored = stored
        self._read: dict[str, NDArray[Any]] = {}
        self.bytes = sum(one.size for one in stored.values())

    def __contains__(self, name: str) -> bool:
        return name in self._stored

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored)

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self._read:
            self._read[name] = self._stored[name].read()
        return self._read[name]


class Node(NamedTuple):
    """One operation.

    Attributes:
        op: The operator.
        domain: The operator's domain; empty for ONNX's own.
        opset: The version of the domain's operators that the file speaks.
        name: The node's name in the file; may be empty.
        place: Its number in the file, from 0.
        inputs: Names of the tensors that are read; empty ones are left out.
        outputs: Names of the tensors that are made.
        attributes: Plain numbers, texts, arrays and lists of those, graphs; by name.
        captured: Names of tensors that are read inside the graphs among its attributes, and made outside.
    """

    op: str
    domain: str
    opset: int
    name: str
    place: int
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]
    captured: tuple[str, ...] = ()

    @property
    def reads(self) -> tuple[str, ...]:
        """Names of all tensors that it needs."""
        return tuple(filter(None, (*self.inputs, *self.captured)))

    def __str__(self) -> str:
        """Write the node so that it can be found, such as `node 3 "conv_1" (ai.onnx Conv, opset 17)`."""
        name = f' "{self.name:.200}"' if self.name else ""
        return f"node {self.place}{name} ({self.domain or 'ai.onnx':.100} {self.op:.100}, opset {self.opset})"


class Input(NamedTuple):
    """What the model is fed.

    Attributes:
        name: The tensor's name.
        shape: Its lengths; None for one that the file leaves open. None for all if not even their number is known.
        floating: Whether it holds floating numbers.
    """

    name: str
    shape: tuple[int | None, ...] | None
    floating: bool


class Graph(NamedTuple):
    """A model file.

    Attributes:
        nodes: The nodes in the order of their work.
        stored: The stored tensors.
        inputs: What is not stored and must be fed.
        outputs: Names of the tensors that come out.
        producers: For each tensor the node that makes it.
        consumers: For each tensor the nodes that read it.
        shapes: The shapes that the file says of tensors, where it says all of one.
        metadata: What else the file says of itself, by key.
        inner: Names of tensors that are made inside of functions, and are none of the file's own.
    """

    nodes: tuple[Node, ...]
    stored: Lazily
    inputs: tuple[Input, ...]
    outputs: tuple[str, ...]
    producers: Mapping[str, Node]
    consumers: Mapping[str, tuple[Node, ...]]
    shapes: Mapping[str, tuple[int, ...]]
    metadata: Mapping[str, str] = {}
    inner: Set[str] = frozenset()
