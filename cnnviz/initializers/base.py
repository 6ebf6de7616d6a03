"""What every initialiser declares, and what it is told of a weight."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import msgspec
from numpy.typing import NDArray

from cnnviz.errors import LayerError
from cnnviz.ops.random import Key

Array = NDArray[Any]

_LARGEST = 1e37
"""A tenth of what float32 holds, so that no tail of a random distribution exceeds it."""


class WeightSpec(NamedTuple):
    """A weight that a layer declares.

    Attributes:
        shape: The shape as Keras has it, such as `(kernel height, kernel width, in, out)`.
        initializer: What fills the weight where no file does.
        filters_axis: The axis that counts filters, for literal kernels.
        channels_axis: The axis that counts input channels, for literal kernels.
        field: The layer's field with the initializer; empty for the weight's name and `_initializer`.
        learned: Whether gradients change the weight in training: not so statistics of what passes through.
    """

    shape: tuple[int, ...]
    initializer: InitializerBase
    filters_axis: int = -1
    channels_axis: int = -2
    field: str = ""
    learned: bool = True


class InitializerBase(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag=True
):
    """Fills a weight."""

    random: ClassVar[bool] = False
    """Whether the values depend on the seed."""

    def check(self, spec: WeightSpec) -> None:
        """Refuse fields that do not fit together, and a weight that it cannot fill.

        Raises:
            LayerError: If it cannot, with the numbers and what to do.
        """

    def fill(self, spec: WeightSpec, key: Key) -> Array:
        """Return the weight's values, float32 in C order.

        Args:
            spec: The weight, checked.
            key: Seed, layer name and weight name: all that random values depend on beside the weight's shape.
        """
        raise NotImplementedError


def need_finite(**fields: float) -> None:
    """Refuse what is not a number, and numbers too large for float32.

    Raises:
        LayerError: Naming the field.
    """
    for name, value in fields.items():
        if not abs(value) <= _LARGEST:
            raise LayerError(f"`{name}` (={value:g}) must be a number from {-_LARGEST:g} to {_LARGEST:g}")
