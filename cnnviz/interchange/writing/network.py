"""A network as operations."""

from __future__ import annotations

from collections.abc import Sequence

from cnnviz.errors import ModelError
from cnnviz.interchange.writing.kinds import KINDS
from cnnviz.interchange.writing.writer import NoWordsError, Writer
from cnnviz.stack.graph import Node


def write_operations(nodes: Sequence[Node], to: str) -> Writer:
    """Write layers as operations; weights are none needed, they are filled in at the end.

    Args:
        nodes: The layers in order.
        to: What for, as messages say it.

    Raises:
        ModelError: If there are no words for a layer: all of them at once, by name.
    """
    w = Writer()
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
