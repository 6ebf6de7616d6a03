"""The stack of a request, and its network for each input shape: all that images share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from cnnviz.config.load import load
from cnnviz.errors import UsageError
from cnnviz.io.files import show_path
from cnnviz.io.machine import usable_cores
from cnnviz.layers.base import Array, Shape
from cnnviz.stack.graph import Node, can_name, infer, leading_to
from cnnviz.stack.memory import Peak, peak
from cnnviz.stack.network import Network
from cnnviz.stack.prepared import normaliser
from cnnviz.stack.trained import TrainedStack
from cnnviz.stack.weights import StackWeights, make_weights, signature
from cnnviz.workflows.prepare.memory_limit import check_memory
from cnnviz.workflows.prepare.request import StackRequest
from cnnviz.workflows.prepare.weighed import Weighed

if TYPE_CHECKING:
    from cnnviz.io.hdf5.reading import FileWeights
    from cnnviz.io.state_dict.model import StateDict
    from cnnviz.workflows.prepare.classes import Naming


class Preparation:
    """A request's stack, read and checked; its weights, made or loaded once; its network for the latest shape.

    Attributes:
        request: What was asked for.
        loaded: The stack as it was read.
        stack: The stack, switches applied.
        seed: The seed of the random initialisers.
        threads: Threads inside one image.
        weights_file_sha256: The hash of the weights file, or of the weights that a model file has; None without one.
        latest: The network that was made last.
        remarks: What a user should know of the stack and the weights file.
    """

    def __init__(self, request: StackRequest) -> None:
        """Read the stack and the weights file.

        Raises:
            CnnvizError: If the stack, a switch or the weights file is wrong.
        """
        self.loaded = load(request.config, request.switches)
        self.request = request
        self.stack = self.loaded.stack
        self.seed = self.stack.seed if request.seed is None else request.seed
        self.threads = request.threads or usable_cores()
        self.remarks: list[str] = list(self.loaded.remarks)
        self.weights_file_sha256: str | None = None
        self.latest: Network | None = None
        self._file: FileWeights | StateDict | None = None
        if request.weights is not None:
            from cnnviz.io.weights import read_weights_file

            self._file = read_weights_file(request.weights, request.weights_name)
            self.weights_file_sha256 = self._file.sha256
        elif isinstance(self.stack, TrainedStack):
            self.weights_file_sha256 = self.stack.trained.sha256
        self._weights: StackWeights | None = None
        self._signature: object = None
        self._weights_sha256: str | None = None

    def nodes(self, input_shape: Shape) -> list[Node]:
        """Infer every layer's shapes.

        Raises:
            ConfigError: If the layers do not fit the input; with their places.
        """
        with self.loaded.places():
            nodes = infer(self.loaded.stack, input_shape)
        self._take_classes(nodes)
        return nodes

    def network(self, input_shape: Shape) -> Network:
        """Return the network for an input shape: the one before, if that fits.

        Raises:
            CnnvizError: If the layers or the weights file do not fit the input.
        """
        if self.latest is not None and self.latest.input_shape == input_shape:
            return self.latest
        nodes = self.nodes(input_shape)
        self.latest = None  # let the one before go first
        weights = self._weights_of(nodes)
        with self.loaded.places():
            self.latest = Network(self.stack, input_shape, nodes, weights, self.request.dtype, self.threads)
        return self.latest

    def weighed(self, input_shape: Shape) -> Weighed:
        """Return the network for an input shape as far as its weights, to be written down and not to be run.

        Raises:
            CnnvizError: If the layers or the weights file do not fit the input.
        """
        nodes = self.nodes(input_shape)
        with self.loaded.places():
            normaliser(self.stack.input, input_shape, np.dtype(self.request.dtype))  # which refuses what does not fit
        return Weighed(self.stack, input_shape, tuple(nodes), self._weights_of(nodes))

    def network_to(self, input_shape: Shape, layer: str) -> Network:
        """Return a network for an input shape that ends with a layer: that one and all that lead to it.

        Raises:
            CnnvizError: If the layers or the weights file do not fit the input, or too much memory would be needed.
        """
        nodes = self.nodes(input_shape)
        part = leading_to(nodes, layer)
        self._check_memory(part, input_shape, None)
        weights = self._make_weights(part, nodes)
        with self.loaded.places():
            return Network(self.stack, input_shape, part, weights, self.request.dtype, self.threads)

    def check(self, input_shape: Shape, pictures: Callable[[Node], int] | None = None) -> None:
        """Refuse an input shape that the layers do not fit, or that needs too much memory.

        Args:
            input_shape: `(height, width, channels)`.
            pictures: How many bytes a layer's pictures take while they are drawn; None if nothing is drawn.

        Raises:
            CnnvizError: With what is wrong.
        """
        if self.latest is None or self.latest.input_shape != input_shape:
            self._check_memory(self.nodes(input_shape), input_shape, pictures)

    def loaded_layers(self, nodes: Sequence[Node]) -> frozenset[str]:
        """Return the layers whose weights the weights file has; makes none.

        Raises:
            WeightsError: If the weights file does not fit the layers.
        """
        return frozenset(self._from_file(nodes))

    def weights_sha256(self) -> str | None:
        """Hash the weights of the latest network; None if it has none."""
        if self._weights is None or not self._weights.arrays:
            return None
        if self._weights_sha256 is None:
            self._weights_sha256 = self._weights.sha256()
        return self._weights_sha256

    def namings(self, theirs: Sequence[str] | None = None) -> list[Naming]:
        """Return what the units are called, by the stack and by the weights file.

        Args:
            theirs: The classes of examples that may give the units a new meaning: the weights file is only heard if it
                has them; None for units that mean what the file says.
        """
        from cnnviz.workflows.prepare.classes import Naming, covers

        stack, file = self.loaded.stack.classes, self._file
        names = [Naming(stack, "the stack", binding=False)] if stack else []
        if file is not None and file.classes and (theirs is None or covers(file.classes, theirs)):
            names.append(Naming(file.classes, f"the training of {show_path(file.name)}", binding=True))
        return names

    def _take_classes(self, nodes: Sequence[Node]) -> None:
        """Let the weights file name the units, where the stack does not."""
        stack, file = self.loaded.stack, self._file
        if file is None or not file.classes:
            return
        last = next((node for node in reversed(nodes) if node.weights), None)
        if last is None or last.layer.name not in file.layers or not can_name(len(file.classes), nodes[-1]):
            return
        if not stack.classes:
            self.stack = replace(stack, classes=file.classes)
        elif stack.classes != file.classes and set(stack.classes) == set(file.classes):
            remark = (
                f"{show_path(file.name)} was trained on classes in another order ({', '.join(file.classes)}) "
                f"than the stack names them ({', '.join(stack.classes)})"
            )
            if remark not in self.remarks:
                self.remarks.append(remark)

    def _weights_of(self, nodes: Sequence[Node]) -> StackWeights:
        wanted = signature(nodes)
        if self._weights is None or self._signature != wanted:
            self._weights = None  # let the ones before go first
            self._weights = self._make_weights(nodes, nodes)
            self._signature, self._weights_sha256 = wanted, None
        return self._weights

    def _make_weights(self, part: Sequence[Node], nodes: Sequence[Node]) -> StackWeights:
        """Fill the weights of some layers out of all."""
        weights = make_weights(part, self.seed, self._from_file(nodes))
        if self.weights_file_sha256 is None and any(node.weights and node.layer.source for node in part):
            remark = (
                f"the stack {self.stack.name!r} was imported from a model file, whose weights are not given: it has "
                f"random ones; say --weights with the weights.h5 that lies beside the stack"
            )
            self.remarks.extend([remark] if remark not in self.remarks else [])
        return weights

    def _from_file(self, nodes: Sequence[Node]) -> Mapping[str, Mapping[str, Array]]:
        if self._file is None:
            given = self.loaded.stack.own_weights(nodes)
        else:
            from cnnviz.stack.loading import load_weights

            given = load_weights(self._file, nodes)
        self.remarks.extend(remark for remark in given.remarks if remark not in self.remarks)
        for message in self.loaded.overruled(given.weights, None if self._file is None else self._file.name).values():
            raise UsageError(message)
        return given.weights

    def need(self, nodes: Sequence[Node], input_shape: Shape, pictures: Callable[[Node], int] | None) -> Peak:
        """Estimate the peak of memory (see `peak`)."""
        spec = self.stack.input
        normalises = spec.scale != 1 or spec.mean is not None or spec.std is not None
        return peak(nodes, input_shape, 8 if self.request.dtype == "float64" else 4, normalises, pictures)

    def _check_memory(self, nodes: Sequence[Node], input_shape: Shape, pictures: Callable[[Node], int] | None) -> None:
        need = self.need(nodes, input_shape, pictures)
        check_memory(need, self.request.max_memory, "the stack", "a smaller layer", self.request.share)
