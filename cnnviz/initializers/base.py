"""What every initialiser declares."""

from __future__ import annotations

from math import isfinite
from typing import Any, ClassVar, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import LayerError
from cnnviz.ops.random import Key

Array = NDArray[Any]

_LARGEST = float(np.finfo(np.float32).max)


class Spec(Protocol):
    """What an initialiser is told of a weight; `cnnviz.layers.base.WeightSpec` is one."""

    @property
    def shape(self) -> tuple[int, ...]:
        """As Keras has it, such as `(kernel height, kernel width, in, out)`."""

    @property
    def filters_axis(self) -> int:
        """The axis that counts filters."""

    @property
    def channels_axis(self) -> int:
        """The axis that counts input channels."""


class InitializerBase(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag=True
):
    """Fills a weight."""

    random: ClassVar[bool] = False
    """Whether the values depend on the seed."""

    def check(self, spec: Spec) -> None:
        """Refuse fields that do not fit together, and a weight that it cannot fill.

        Raises:
            LayerError: If it cannot, with the numbers and what to do.
        """

    def fill(self, spec: Spec, key: Key) -> Array:
        """Return the weight's values, float32 in C order.

        Args:
            spec: The weight, checked.
            key: Seed, layer name and weight name: all that random values depend on beside the weight's shape.
        """
        raise NotImplementedError


def show(shape: tuple[int, ...]) -> str:
    """Write a shape as `3x3x1x8`."""
    return "x".join(map(str, shape))


def need_finite(**fields: float) -> None:
    """Refuse numbers that float32 cannot hold.

    Raises:
        LayerError: Naming the field.
    """
    for name, value in fields.items():
        if not isfinite(value) or abs(value) > _LARGEST:
            raise LayerError(f"`{name}` (={value:g}) must be a finite number within float32's range")
