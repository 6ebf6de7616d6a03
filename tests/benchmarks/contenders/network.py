"""What is measured: a network in the few words that everybody understands."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Conv(NamedTuple):
    """A convolution; kernel: height, width, in / groups, out.

    `same` pads by half a kernel at all four sides, as PyTorch's networks do.
    """

    kernel: np.ndarray
    same: bool = False
    strides: int = 1
    groups: int = 1

    @property
    def pad(self) -> int:
        return self.kernel.shape[0] // 2 if self.same else 0

    @property
    def is_depthwise(self) -> bool:
        return 1 < self.groups == self.kernel.shape[3]


class Transposed(NamedTuple):
    """A transposed convolution whose stamps lie side by side; kernel: height, width, in, out."""

    kernel: np.ndarray


class Normalization(NamedTuple):
    """A batch normalisation of so many channels that has seen no training; its epsilon is Keras's, 0.001."""

    channels: int


class Pool(NamedTuple):
    """Windows side by side, unless strides are given; `kind` is `max` or `average`."""

    size: int
    kind: str = "max"
    strides: int = 0
    pad: int = 0


class GlobalAverage(NamedTuple):
    """The mean of every channel."""


class Activation(NamedTuple):
    """`relu`, `relu6`, `tanh` or `softmax`."""

    name: str


class Add(NamedTuple):
    """The sum of all inputs."""


class Concatenate(NamedTuple):
    """All inputs' channels."""


class Dense(NamedTuple):
    """A fully connected layer on everything, rows first; kernel: in, out."""

    kernel: np.ndarray


Layer = Conv | Transposed | Normalization | Pool | GlobalAverage | Activation | Add | Concatenate | Dense


class Node(NamedTuple):
    """A layer and what it reads: 0 is the input, 1 what the first node gives, and so on."""

    layer: Layer
    reads: tuple[int, ...]


class Work:
    """A network and the input `(N, H, W, C)` that it runs on."""

    def __init__(self, name: str, x: np.ndarray, *layers: Layer) -> None:
        self.name = name
        self.x = x
        self.nodes: list[Node] = []
        self.append(*layers)

    def append(self, *layers: Layer, reads: tuple[int, ...] | None = None) -> int:
        """Add layers, each on the one before, the first on `reads`; return the last one's number."""
        for layer in layers:
            self.nodes.append(Node(layer, reads or (len(self.nodes),)))
            reads = None
        return len(self.nodes)

    @property
    def layers(self) -> list[Layer]:
        return [node.layer for node in self.nodes]
