"""What is to be said of an image's layers, found out while they go by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from cnnviz.errors import UsageError
from cnnviz.layers.base import Array
from cnnviz.render.classes import ClassShare, top_classes
from cnnviz.render.notes import notes
from cnnviz.render.report.model import LayerReport
from cnnviz.render.statistics import Statistics
from cnnviz.render.tensor_facts import TensorFacts
from cnnviz.stack.graph import INPUT, Node
from cnnviz.stack.network import Network
from cnnviz.stack.scores import find_scores


class Findings:
    """Looks at every layer of an image."""

    def __init__(self, network: Network, pixels: Array) -> None:
        """Look at nothing yet.

        Args:
            network: The network.
            pixels: What enters the network.
        """
        self._found: dict[str, dict[str, Any]] = {}
        self._network = network
        self._pixels = pixels
        self._known: dict[str, TensorFacts] = {}

    def add(self, node: Node, array: Array, statistics: Statistics) -> None:
        """Look at the output of the next layer."""
        name = node.layer.name
        known = self._known[name] = TensorFacts.of(array, statistics)
        weights = self._network.weights.get(name, {})
        found = notes(node, known, lambda: self._inputs(node), array, weights, self._network.whole_from_file)
        classes, remark = self._classes(node, array)
        self._found[name] = {
            "stats": statistics.rounded(),
            "notes": (*found, *filter(None, [remark])),
            "top_classes": tuple(classes) or UNSET,
        }

    def add_to(self, report: LayerReport) -> LayerReport:
        """Add what was found out about a layer to its report."""
        return replace(report, **self._found[report.name])

    def _inputs(self, node: Node) -> list[TensorFacts]:
        """Return what is known of a layer's inputs; what enters the stack is looked at when it is first asked for."""
        names = node.layer.inputs
        if INPUT in names and INPUT not in self._known:
            self._known[INPUT] = TensorFacts.of(self._network.entering(self._pixels))
        return [self._known[name] for name in names]

    def _classes(self, node: Node, array: Array) -> tuple[Sequence[ClassShare], str]:
        """Tell what the picture was taken for, and what to know of that; made-up weights take it for anything."""
        network = self._network
        if not network.whole_from_file or node is not network.nodes[-1]:
            return (), ""
        try:
            scores = find_scores(network.stack, network.nodes)
        except UsageError:  # it does not end in class scores
            return (), ""
        classes = top_classes(scores, array)
        return classes, scores.remark if classes else ""
