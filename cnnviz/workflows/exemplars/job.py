"""One picture: where each channel of a layer answers most in it."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from cnnviz.attribution.strongest import Answers, answers_of
from cnnviz.errors import CnnvizError, UsageError
from cnnviz.layers.base import Array, Shape
from cnnviz.outputs.folders import Folder
from cnnviz.outputs.reported import folder_for
from cnnviz.outputs.sources import Source
from cnnviz.stack.graph import Node, leading_to, title
from cnnviz.stack.network import Network
from cnnviz.workflows.exemplars.request import MOST, ExemplarsRequest
from cnnviz.workflows.prepare.ending import find_layer, network_ending
from cnnviz.workflows.prepare.input_image import InputImage, read_input
from cnnviz.workflows.prepare.memory_limit import MemoryLimitError
from cnnviz.workflows.prepare.preparation import Preparation
from cnnviz.workflows.run.job import ImageResult, Stage

_TRIED = 10
"""Pictures that are tried for how many channels the layer has."""


class PictureAnswers(ImageResult, frozen=True):
    """What became of a picture.

    Attributes:
        answers: Where each channel answers most; None if it failed.
        channels: The numbers of the channels.
        count: How many channels the layer has.
    """

    answers: Answers | None = None
    channels: tuple[int, ...] = ()
    count: int = 0


class ExemplarJob:
    """A request made ready.

    Attributes:
        request: What was asked for.
        preparation: The stack and its weights.
        output: The output folder.
        layer: Name of the layer.
    """

    def __init__(self, request: ExemplarsRequest) -> None:
        """Read the stack.

        Raises:
            CnnvizError: If the stack, a switch or the weights file is wrong, or there is no such layer.
        """
        self.request = request
        self.preparation = Preparation(request.stack)
        self.layer = find_layer(self.preparation.stack, request.layer).name
        self.output: Folder = folder_for(request.output, self.preparation.stack.name, "exemplars")
        self._network: Network | None = None

    def network(self, input_shape: Shape) -> Network:
        """Return the network that ends with the layer: the one before, if that fits.

        Raises:
            CnnvizError: If the layers or weights do not fit.
        """
        if self._network is None or self._network.input_shape != input_shape:
            self._network = None  # let the one before go first
            self._network = network_ending(self.preparation, input_shape, self.layer)
        return self._network

    def channels(self, node: Node) -> tuple[int, ...]:
        """Return the channels that are asked for.

        Raises:
            UsageError: If the layer has no such channel.
        """
        count = node.output_shape[-1]
        for channel in self.request.channels:
            if channel >= count:
                raise UsageError(f"{title(node.layer)} has the channels 0 to {count - 1}, not {channel}")
        return tuple(dict.fromkeys(self.request.channels)) or tuple(range(min(count, MOST)))

    def check_channels(self, sources: Sequence[Source]) -> None:
        """Refuse channels that the layer has for no picture, before any is looked at.

        The first pictures say how many it has: an array may have more channels than the stack's pictures.

        Raises:
            UsageError: If the layer has no such channel.
        """
        sizes = (1, 2) if self.preparation.stack.input.size is None else (1,)
        for source in sources[:_TRIED] if self.request.channels else ():
            try:
                height, width, depth = self.read(source).shape
                shapes = [(times * height, times * width, depth) for times in sizes]
                nodes = [leading_to(self.preparation.nodes(shape), self.layer)[-1] for shape in shapes]
            except CnnvizError:
                continue
            if nodes[0].output_shape[-1] == nodes[-1].output_shape[-1]:  # else a larger picture may have it
                self.channels(nodes[0])
                return

    def read(self, source: Source) -> InputImage:
        """Read a picture.

        Raises:
            ImageError: If it cannot be read.
        """
        return read_input(source, self.preparation.stack.input, self.request.max_pixels)

    def run(self, source: Source) -> PictureAnswers:
        """Find where each channel answers most in a picture; what fails is in the result."""
        start = time.perf_counter()
        stage: Stage = "input"
        try:
            image = self.read(source)
            stage = "stack"
            network = self.network(image.shape)
            channels = self.channels(network.nodes[-1])
            stage = "run"
            (answers,) = self.answers(network, image.pixels[None], channels)
        except (CnnvizError, MemoryError) as error:
            message = str(error) if isinstance(error, CnnvizError) else f"not enough memory: {error}"
            need = error.need if isinstance(error, MemoryLimitError) else 0
            return PictureAnswers(source.file, "", "failed", message, stage, need=need)
        return PictureAnswers(
            source.file,
            "",
            "ok",
            seconds=time.perf_counter() - start,
            warnings=image.warnings,
            input_shape=image.shape,
            answers=answers,
            channels=channels,
            count=network.nodes[-1].output_shape[-1],
        )

    def answers(self, network: Network, pixels: Array, channels: Sequence[int]) -> list[Answers]:
        """Find where channels answer most in each of some pictures.

        Args:
            network: Ends with the layer.
            pixels: `(N, H, W, C)`.
            channels: The channels.
        """
        outputs = network.forward(pixels, keep=[self.layer])[self.layer]
        chosen = np.array(channels)
        return [answers_of(output[..., chosen]) for output in outputs]
