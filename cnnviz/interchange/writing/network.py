"""A network as operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from cnnviz.errors import ModelError
from cnnviz.interchange.writing.kinds import KINDS
from cnnviz.interchange.writing.writer import NoWordsError, Writer
from cnnviz.layers.base import Array, Shape
from cnnviz.stack.graph import Node
from cnnviz.stack.spec import Stack


class Weighed(Protocol):
    """A network as far as it is written down: its layers with their weights, whether it is ready to run or not."""

    @property
    def stack(self) -> Stack:
        """The stack."""

    @property
    def input_shape(self) -> Shape:
        """`(height, width, channels)`."""

    @property
    def nodes(self) -> Sequence[Node]:
        """The layers in order."""

    @property
    def weights(self) -> Mapping[str, Mapping[str, Array]]:
        """The weights by layer and by Keras's name."""


def write_operations(nodes: Sequence[Node], to: str) -> Writer:
    """Write layers as operations; weights are none needed, they are filled in at the end.

    Args:
        nodes: The layers in order.
        to: What for, as messages say it.

    Raises:
        ModelError: If there are no words for a layer: all of them at once, by name.
    """
    w = Writer(to)
    problems = []
    for node in nodes:
        kind = type(node.layer).__name__
        w.begin(node)
        try:
            emit = KINDS.get(kind)
            if emit is None:
                raise NoWordsError(kind)
            w.finish(emit(w, node))
        except NoWordsError as error:
            problems.append(f'layer "{node.layer.name}": the export to {to} has no words for {error}')
    if problems:
        raise ModelError(*problems)
    return w
