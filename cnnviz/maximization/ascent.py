"""Gradient ascent: the picture that makes a map, a unit or a layer answer most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.base import Array
from cnnviz.maximization.fourier import FourierPictures
from cnnviz.maximization.warp import Shaking, Warp
from cnnviz.ops import parallel
from cnnviz.ops.quiet import quiet
from cnnviz.stack.backward import TrainingGraph
from cnnviz.stack.graph import INPUT
from cnnviz.stack.network import Network
from cnnviz.stack.parameters import Parameters
from cnnviz.training.optimizers import Adam

Floats = NDArray[np.float64]

_SMOOTH = 1e-4
"""Keeps the length of a slope from a kink at zero."""


class Recipe(NamedTuple):
    """How the ascent goes.

    Attributes:
        steps: How many steps.
        learning_rate: Length of a step.
        shaking: How far pictures are shaken at every step.
        variation: What their total variation weighs: more makes smoother pictures.
        seed: Seed of the first noise and of the shaking.
    """

    steps: int = 256
    learning_rate: float = 0.05
    shaking: Shaking = Shaking()
    variation: float = 0.0
    seed: int = 0


class Ascent:
    """The ascent of some channels of a network's last layer, all at once.

    No channel's picture depends on which others are asked for.

    Args:
        network: Ends with the layer.
        channels: The maps or units to maximise, each in a picture of its own; None stands for the whole layer, whose
            mean square grows, as in "deep dreams".
        recipe: How the ascent goes.
        start: The picture to begin with, `(H, W, C)`, pixels from 0 to 255; None for noise.
    """

    def __init__(
        self, network: Network, channels: Sequence[int | None], recipe: Recipe, start: Floats | None = None
    ) -> None:
        self.network = network
        self.channels = list(channels)
        self.recipe = recipe
        height, width, depth = network.input_shape
        self._pictures = FourierPictures((height, width, depth))
        # Waves are of RGB; the network may want another order.
        self._order = slice(None, None, -1) if network.stack.input.color == "bgr" else slice(None)
        first = None if start is None else self._pictures.of(start[..., self._order] / 255)
        self._vectors = np.stack([self._first(channel) if first is None else first for channel in self.channels])
        self._graph = TrainingGraph(network.nodes, network.dtype, {INPUT})
        self._parameters = Parameters(network.nodes, network.dtype)
        self._parameters.fill(network.weights)
        dark, bright = (network.entering(np.full(network.input_shape, level)) for level in (0.0, 255.0))
        self._slope = (bright - dark).astype(np.float64)

    def run(self, report: Callable[[int, Floats], None] = lambda step, levels: None) -> Floats:
        """Go up.

        Args:
            report: Is shown the pictures before each step, and at the end, `(N, H, W, C)`, from 0 to 1.

        Returns:
            The pictures, `(N, H, W, C)`, pixels from 0 to 255 in the network's order.
        """
        optimizer = Adam(learning_rate=self.recipe.learning_rate)
        vector = self._vectors.reshape(-1)
        slots = {name: np.zeros(vector.size) for name in optimizer.slots}
        for step in range(1, self.recipe.steps + 1):
            levels = self._pictures.levels(self._vectors)
            report(step - 1, levels)
            generator = np.random.default_rng([self.recipe.seed, step])
            warp = Warp.random((levels.shape[1], levels.shape[2]), self.recipe.shaking, generator)
            gradient = -warp.back(self._ascending(warp.apply(levels)))
            # Of unit size, so that the variation weighs as much for every network.
            size = np.sqrt(np.mean(gradient**2, axis=(1, 2, 3), keepdims=True))
            gradient /= np.where(size > 0, size, 1)
            if self.recipe.variation:
                gradient += self.recipe.variation * _variation_slope(levels)
            down = self._pictures.back(levels, gradient)
            optimizer.apply(step, vector, down.reshape(-1), slots)
        levels = self._pictures.levels(self._vectors)
        report(self.recipe.steps, levels)
        return 255 * levels[..., self._order]

    def values(self, pixels: Floats) -> Floats:
        """Return what is maximised, for pictures, `(N,)`.

        Args:
            pixels: `(N, H, W, C)`, from 0 to 255, one for each channel.
        """
        name = self.network.nodes[-1].layer.name
        outputs = (self.network.forward(picture, keep=[name])[name] for picture in pixels)
        pairs = zip(outputs, self.channels, strict=True)
        return np.array([np.mean(out**2) if at is None else np.mean(out[..., at]) for out, at in pairs], np.float64)

    def _ascending(self, levels: Floats) -> Floats:
        """Return the gradient of what is maximised by the levels."""
        entering = self.network.entering(255 * levels[..., self._order])
        with quiet(), parallel.threads(self.network.threads):
            tape = self._graph.forward(self._parameters, np.random.default_rng(0), entering)
            by = tape.backward(self._direction(tape.output)).get(INPUT)
        found = np.zeros(levels.shape) if by is None else by * self._slope
        return np.nan_to_num(found[..., self._order], nan=0.0, posinf=0.0, neginf=0.0)

    def _direction(self, output: Array) -> Array:
        """Return the gradient of what is maximised by the layer's output."""
        direction = np.zeros_like(output)
        for mine, values, channel in zip(direction, output, self.channels, strict=True):
            if channel is None:
                mine[...] = 2 * values / values.size
            else:
                mine[..., channel] = 1 / mine[..., channel].size
        return direction

    def _first(self, channel: int | None) -> Floats:
        number = 0 if channel is None else channel + 1
        return self._pictures.noise(np.random.default_rng([self.recipe.seed, 0, number]))


def _variation_slope(levels: Floats) -> Floats:
    """Return the gradient of the total variation: the summed lengths of all pixels' slopes.

    Args:
        levels: `(N, H, W, C)`.
    """
    down, across = np.zeros(levels.shape), np.zeros(levels.shape)
    down[:, :-1] = np.diff(levels, axis=1)
    across[:, :, :-1] = np.diff(levels, axis=2)
    length = np.sqrt(down**2 + across**2 + _SMOOTH)
    down /= length
    across /= length
    slope = -(down + across)
    slope[:, 1:] += down[:, :-1]
    slope[:, :, 1:] += across[:, :, :-1]
    return slope
