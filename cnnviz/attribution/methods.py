"""The methods by name: what each works out, and the heat map that is made of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.attribution import class_activation, pixels
from cnnviz.attribution.objective import Objective
from cnnviz.attribution.occlusion import occlusion
from cnnviz.io.resizing import resize_plane
from cnnviz.layers.base import Array

Heat = NDArray[np.float64]


class Settings(NamedTuple):
    """What the methods are told besides the value and the picture.

    Attributes:
        baseline: A picture that says nothing, as it enters the network: `(H, W, C)`.
        layer: The layer whose maps class activation maps weigh; empty if there is none.
        samples: Noisy copies for `smooth_grad`.
        noise: The standard deviation of their noise, as a part of the picture's range.
        steps: Pictures on the way of `integrated_gradients`.
        window: Side of the window of `occlusion`, in pixels.
        stride: Pixels from one of its windows to the next.
        seed: Seed of the noise.
    """

    baseline: Array
    layer: str = ""
    samples: int = 50
    noise: float = 0.15
    steps: int = 50
    window: int = 8
    stride: int = 4
    seed: int = 0


class Method(NamedTuple):
    """A method.

    Attributes:
        name: The field's name.
        words: What it works out, as a clause.
        compute: The value, the picture as it enters, `(H, W, C)`, and the settings to what the method is defined as:
            `(H, W, C)`, `(H, W)` or the size of the layer.
        fold: Makes one number a pixel of `(H, W, C)`.
        signed: Whether what speaks against the value is negative.
        goes_by: Names of the settings that it alone, or few methods, go by.
        against_baseline: Whether its parts add up to the value's way from the baseline.
    """

    name: str
    words: str
    compute: Callable[[Objective, Array, Settings], Array]
    fold: Callable[[Array], Array]
    signed: bool = False
    goes_by: tuple[str, ...] = ()
    against_baseline: bool = False

    @property
    def on_layer(self) -> bool:
        """Whether it looks at a layer's maps."""
        return "layer" in self.goes_by

    def heat(self, values: Array, size: tuple[int, int]) -> Heat:
        """Make the heat map of what was computed.

        Args:
            values: What `compute` returned.
            size: Height and width of the picture.

        Returns:
            `(H, W)`: the higher, the more it speaks for the value.
        """
        flat = (self.fold(values) if values.ndim == 3 else values).astype(np.float64)
        return flat if flat.shape == size else resize_plane(flat, size)


def _largest(values: Array) -> Array:
    found: Array = np.abs(values).max(axis=2)
    return found


def _sum(values: Array) -> Array:
    found: Array = values.sum(axis=2)
    return found


def _plain(function: Callable[[Objective, Array], Array]) -> Callable[[Objective, Array, Settings], Array]:
    return lambda objective, picture, settings: function(objective, picture)


def _of_layer(function: Callable[[Objective, Array, str], Array]) -> Callable[[Objective, Array, Settings], Array]:
    return lambda objective, picture, settings: function(objective, picture, settings.layer)


def _smooth_grad(objective: Objective, picture: Array, settings: Settings) -> Array:
    return pixels.smooth_grad(objective, picture, settings.samples, settings.noise, settings.seed)


def _integrated_gradients(objective: Objective, picture: Array, settings: Settings) -> Array:
    return pixels.integrated_gradients(objective, picture, settings.baseline, settings.steps)


def _occlusion(objective: Objective, picture: Array, settings: Settings) -> NDArray[Any]:
    return occlusion(objective, picture, settings.baseline, settings.window, settings.stride)


METHODS = {
    method.name: method
    for method in (
        Method("gradient", "how fast the value changes with each pixel", _plain(pixels.gradient), _largest),
        Method("input_x_gradient", "each pixel times its gradient", _plain(pixels.input_x_gradient), _sum, True),
        Method(
            "smooth_grad",
            "the mean gradient of noisy copies",
            _smooth_grad,
            _largest,
            goes_by=("samples", "noise"),
        ),
        Method(
            "integrated_gradients",
            "each pixel's part in the way from the baseline's value",
            _integrated_gradients,
            _sum,
            signed=True,
            goes_by=("steps",),
            against_baseline=True,
        ),
        Method(
            "guided_backprop",
            "the gradient, of which rectifiers pass on what is above zero",
            _plain(pixels.guided_backprop),
            _largest,
        ),
        Method(
            "grad_cam",
            "the layer's maps, each weighed by its mean gradient",
            _of_layer(class_activation.grad_cam),
            _sum,
            goes_by=("layer",),
        ),
        Method(
            "grad_cam++",
            "the layer's maps, each weighed by its positive gradients",
            _of_layer(class_activation.grad_cam_plus_plus),
            _sum,
            goes_by=("layer",),
        ),
        Method(
            "hires_cam",
            "the layer's maps, each value weighed by its gradient",
            _of_layer(class_activation.hires_cam),
            _sum,
            goes_by=("layer",),
        ),
        Method(
            "layer_cam",
            "the layer's maps, each value weighed by its positive gradient",
            _of_layer(class_activation.layer_cam),
            _sum,
            goes_by=("layer",),
        ),
        Method(
            "occlusion",
            "what the value loses where a window is covered",
            _occlusion,
            _sum,
            signed=True,
            goes_by=("window", "stride"),
        ),
    )
}
"""In the order in which they are shown."""
