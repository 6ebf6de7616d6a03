"""What fills a layer's weights: Keras's initialisers, and literal or classic kernels."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Spec(Protocol):
    """What an initialiser is told of a weight; `cnnviz.layers.base.WeightSpec` is one."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def filters_axis(self) -> int: ...
    @property
    def channels_axis(self) -> int: ...


class InitializerBase(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag=True
):
    """Fills a weight."""

    def check(self, spec: Spec) -> None:
        """Refuse a weight that it cannot fill.

        Raises:
            LayerError: If it cannot, with the shapes.
        """

    def fill(self, spec: Spec, key: tuple[int, str, str]) -> Array:
        """Return the weight's values, float32.

        Args:
            spec: The weight.
            key: Seed, layer name and weight name: all that random values depend on beside the weight's shape.
        """
        raise NotImplementedError


class GlorotUniform(InitializerBase, frozen=True, tag="glorot_uniform"):
    """Uniform within `sqrt(6 / (fan_in + fan_out))`."""

    def fill(self, spec: Spec, key: tuple[int, str, str]) -> Array:
        rng = np.random.default_rng(list(repr(key).encode()))
        rf = int(np.prod(spec.shape[:-2]))
        limit = (6 / (rf * (spec.shape[-2] + spec.shape[-1]))) ** 0.5
        return rng.uniform(-limit, limit, spec.shape).astype(np.float32)


class Zeros(InitializerBase, frozen=True, tag="zeros"):
    """All zeros."""

    def fill(self, spec: Spec, key: tuple[int, str, str]) -> Array:
        return np.zeros(spec.shape, np.float32)


Initializer = GlorotUniform | Zeros
