"""Random initialisers: Keras 3's formulas on the project's own random stream."""

from __future__ import annotations

from math import prod, sqrt
from typing import ClassVar, Literal

from cnnviz.errors import LayerError
from cnnviz.initializers.base import Array, InitializerBase, WeightSpec, need_finite
from cnnviz.ops import random
from cnnviz.ops.orthogonal import orthogonal
from cnnviz.ops.random import Key
from cnnviz.wording import shape_text


class RandomUniform(InitializerBase, frozen=True, tag="random_uniform"):
    """Uniform from `minval` to `maxval`."""

    random: ClassVar[bool] = True
    minval: float = -0.05
    maxval: float = 0.05

    def check(self, spec: WeightSpec) -> None:
        need_finite(minval=self.minval, maxval=self.maxval)
        if self.maxval < self.minval:
            raise LayerError(f"`maxval` (={self.maxval:g}) must not be below `minval` (={self.minval:g})")

    def fill(self, spec: WeightSpec, key: Key) -> Array:
        return random.uniform(spec.shape, key, self.minval, self.maxval)


class RandomNormal(InitializerBase, frozen=True, tag="random_normal"):
    """Normal, with a mean and a standard deviation."""

    random: ClassVar[bool] = True
    mean: float = 0.0
    stddev: float = 0.05

    def check(self, spec: WeightSpec) -> None:
        need_finite(mean=self.mean, stddev=self.stddev)
        if self.stddev < 0:
            raise LayerError(f"`stddev` (={self.stddev:g}) must not be negative")

    def fill(self, spec: WeightSpec, key: Key) -> Array:
        return random.normal(spec.shape, key, self.mean, self.stddev)


class TruncatedNormal(RandomNormal, frozen=True, tag="truncated_normal"):
    """Normal, but only values within two standard deviations of the mean."""

    def fill(self, spec: WeightSpec, key: Key) -> Array:
        return random.truncated_normal(spec.shape, key, self.mean, self.stddev)


class VarianceScaling(InitializerBase, frozen=True):
    """Zero mean, and a variance that keeps signals alike from layer to layer.

    The variance is `scale` over the number of inputs, or over the mean of the numbers of inputs and outputs.
    """

    random: ClassVar[bool] = True
    scale: ClassVar[float] = 1.0
    mode: ClassVar[Literal["fan_in", "fan_avg"]] = "fan_in"
    distribution: ClassVar[Literal["uniform", "truncated_normal"]] = "uniform"

    def fill(self, spec: WeightSpec, key: Key) -> Array:
        fan_in, fan_out = fans(spec.shape)
        fan = fan_in if self.mode == "fan_in" else (fan_in + fan_out) / 2
        variance = self.scale / max(1.0, fan)
        if self.distribution == "uniform":
            limit = sqrt(3.0 * variance)
            return random.uniform(spec.shape, key, -limit, limit)
        return random.truncated_normal(spec.shape, key, 0.0, sqrt(variance) / TRUNCATED_DEVIATION)


class GlorotUniform(VarianceScaling, frozen=True, tag="glorot_uniform"):
    """Uniform within `sqrt(6 / (fan_in + fan_out))` (Glorot and Bengio, 2010)."""

    mode = "fan_avg"


class GlorotNormal(VarianceScaling, frozen=True, tag="glorot_normal"):
    """Truncated normal of variance `2 / (fan_in + fan_out)` (Glorot and Bengio, 2010)."""

    mode = "fan_avg"
    distribution = "truncated_normal"


class HeUniform(VarianceScaling, frozen=True, tag="he_uniform"):
    """Uniform within `sqrt(6 / fan_in)` (He et al., 2015)."""

    scale = 2.0


class HeNormal(VarianceScaling, frozen=True, tag="he_normal"):
    """Truncated normal of variance `2 / fan_in` (He et al., 2015)."""

    scale = 2.0
    distribution = "truncated_normal"


class LecunUniform(VarianceScaling, frozen=True, tag="lecun_uniform"):
    """Uniform within `sqrt(3 / fan_in)` (LeCun et al., 1998)."""


class LecunNormal(VarianceScaling, frozen=True, tag="lecun_normal"):
    """Truncated normal of variance `1 / fan_in` (LeCun et al., 1998)."""

    distribution = "truncated_normal"


class Orthogonal(InitializerBase, frozen=True, tag="orthogonal"):
    """Orthonormal columns, or rows where there are fewer of them, times `gain` (Saxe et al., 2014).

    A kernel counts as a matrix of `kernel height * kernel width * in` rows and `out` columns.
    """

    random: ClassVar[bool] = True
    gain: float = 1.0

    def check(self, spec: WeightSpec) -> None:
        need_finite(gain=self.gain)
        if len(spec.shape) < 2:
            raise LayerError(
                f"`orthogonal` fills weights of two axes and more, this one is {shape_text(spec.shape)}; "
                "take `zeros` or `random_normal`"
            )

    def fill(self, spec: WeightSpec, key: Key) -> Array:
        rows, columns = prod(spec.shape[:-1]), spec.shape[-1]
        return orthogonal(rows, columns, key, self.gain).reshape(spec.shape)


TRUNCATED_DEVIATION = 0.87962566103423978
"""The standard deviation of a standard normal cut off at two deviations."""


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Count the inputs and outputs that a weight connects, as Keras's `compute_fans` does.

    Args:
        shape: `(units,)`, `(in, out)` or `(kernel height, kernel width, in, out)`.
    """
    if len(shape) < 2:
        return prod(shape), prod(shape)
    taps = prod(shape[:-2])
    return shape[-2] * taps, shape[-1] * taps
