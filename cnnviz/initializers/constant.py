"""Initialisers without chance: zeros, ones, a constant, the identity."""

from __future__ import annotations

import numpy as np

from cnnviz.errors import LayerError
from cnnviz.initializers.base import Array, InitializerBase, WeightSpec, need_finite
from cnnviz.ops.random import Key
from cnnviz.wording import shape_text


class Zeros(InitializerBase, frozen=True, tag="zeros"):
    """All zeros."""

    def fill(self, spec: WeightSpec, key: Key) -> Array:
        return np.zeros(spec.shape, np.float32)


class Ones(InitializerBase, frozen=True, tag="ones"):
    """All ones."""

    def fill(self, spec: WeightSpec, key: Key) -> Array:
        return np.ones(spec.shape, np.float32)


class Constant(InitializerBase, frozen=True, tag="constant"):
    """One number everywhere; for a bias also a list, one number a filter."""

    value: float | tuple[float, ...] = 0.0

    def check(self, spec: WeightSpec) -> None:
        if not isinstance(self.value, tuple):
            need_finite(value=self.value)
            return
        need_finite(**{f"value[{i}]": number for i, number in enumerate(self.value)})
        if len(spec.shape) != 1:
            raise LayerError(
                f"a list of values fills a bias, this weight is {shape_text(spec.shape)}; give one number, "
                "or whole kernels with `{type: filters, values: [...]}`"
            )
        if len(self.value) != spec.shape[0]:
            raise LayerError(
                f"the length of `value` (={len(self.value)}) must be that of the weight (={spec.shape[0]}); "
                "give one number for each"
            )

    def fill(self, spec: WeightSpec, key: Key) -> Array:
        return np.full(spec.shape, self.value, np.float32)


class Identity(InitializerBase, frozen=True, tag="identity"):
    """The identity matrix times `gain`: each unit of a Dense layer hands on one input."""

    gain: float = 1.0

    def check(self, spec: WeightSpec) -> None:
        need_finite(gain=self.gain)
        if len(spec.shape) != 2:
            raise LayerError(
                f"`identity` fills the matrix of a Dense layer, this weight is {shape_text(spec.shape)}; "
                "for a convolution take `{type: filters, names: [identity]}`"
            )

    def fill(self, spec: WeightSpec, key: Key) -> Array:
        return np.eye(*spec.shape, dtype=np.float32) * np.float32(self.gain)
