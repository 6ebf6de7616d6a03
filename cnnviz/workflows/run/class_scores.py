"""The class scores of a run, picked up while its layers go by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import UsageError
from cnnviz.layers.base import Array, Layer
from cnnviz.render.classes import Recognition, recognition
from cnnviz.stack.network import Network
from cnnviz.stack.scores import find_scores, unit_names

if TYPE_CHECKING:
    from cnnviz.attribution.class_maps import ClassMaps


class ClassScores:
    """Looks at the layers at the end of a stack.

    Attributes:
        layers: The layers that have a number for each class, from the first that has; none if the stack does not end
            so.
        names: The names of their units; empty if they have none.
        shares: What turns scores to shares: `softmax` or `sigmoid`; None if the stack ends in the scores.
    """

    def __init__(self, network: Network, heat: bool = False) -> None:
        """Find the end; nothing is looked at yet.

        Args:
            network: The network.
            heat: Whether `heat` will be asked for, for which the last maps are kept.
        """
        self._heat = heat
        self.layers: tuple[str, ...] = ()
        self.names: tuple[str, ...] = ()
        self.shares: str | None = None
        self._logits: Array | None = None
        self._maps: ClassMaps | None = None
        self._last_maps: Array | None = None
        self._known = network.whole_from_file
        try:
            self._scores = find_scores(network.stack, network.nodes)
        except UsageError:  # it does not end in class scores
            return
        places = {node.layer.name: node for node in network.nodes}
        last = network.nodes[-1]
        self.shares = self._scores.shares
        self.names = unit_names(network.stack, last.output_shape)
        plain = {layer.name: layer for layer in self._scores.stack.layers}
        names = [last.layer.name]
        while self.shares and (names[0] in self._scores.idle or plain[names[0]] == places[names[0]].layer):
            names.insert(0, places[names[0]].layer.inputs[0])
        self._end = names[0]
        before = places[self._end].layer.inputs[0]
        # A layer that does nothing but turn scores to shares reads them.
        if self.shares and not places[self._end].weights and before in places:
            names.insert(0, before)
        self.layers = tuple(name for name in names if places[name].output_shape == last.output_shape)
        self._first = names[0]
        self._maps = self._class_maps(network)

    def before(self, layer: Layer, array: Array) -> None:
        """Look at what a layer is before its activation (see `Network.iterate`)."""
        if self.layers and layer.name == self._end:
            self._logits = array.reshape(-1).copy()

    def add(self, name: str, array: Array) -> None:
        """Look at what a layer gives."""
        if self.layers and self._logits is None and name == self._first:
            self._logits = array.reshape(-1).copy()
        if self.layers and self._maps is not None and name == self._maps.layer:
            self._last_maps = array

    @property
    def heats(self) -> bool:
        """Whether there can be heat maps: the weights were loaded, and maps lead to the scores."""
        return bool(self.layers) and self._maps is not None

    def heat(self, units: Sequence[int]) -> list[NDArray[np.float64]]:
        """Return where the last maps speak for classes, by Grad-CAM, in their own size.

        Args:
            units: Numbers of the classes.

        Returns:
            For each class; none where the weights are made up, or no maps lead to the scores.
        """
        if self._maps is None or self._last_maps is None:
            return []
        return self._maps.of(self._last_maps, units)

    def _class_maps(self, network: Network) -> ClassMaps | None:
        """Make ready what heat maps need, where they will be asked for."""
        if not (self._known and self._heat):
            return None
        from cnnviz.attribution.class_maps import ClassMaps

        maps = ClassMaps(network, self._scores)
        return None if maps.layer is None else maps

    def found(self) -> Recognition | None:
        """Tell what the picture was taken for; None where made-up weights take it for anything."""
        if not self.layers or not self._known or self._logits is None:
            return None
        return recognition(self._scores, np.asarray(self._logits, np.float64))
