"""What rounding can make of a layer's sums: a bound for every value, from the magnitudes that it is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.convolution.choice import SINGLE
from cnnviz.ops.convolution.gathering import Places
from cnnviz.ops.convolution.lengths import Limits
from cnnviz.ops.quiet import quiet

Array = NDArray[Any]

MIXED = 4
"""How many times the units of its channels a convolution by tiles may be off, in parts of the sum of |weights| times
the largest input: 1 was found."""

INHERITED = 4.0
"""By so many rounding units the inputs of a sum may be off themselves, in parts of the sum of magnitudes."""

_BLOCK = 1 << 18
"""So many numbers are added up at a time."""


def units(terms: int) -> float:
    """Return how many rounding units a sum of products may be off, in parts of the sum of their magnitudes.

    Each product and each addition is off by one unit at most, and by less than a quarter on the whole; of many, errors
    of either sign mostly cancel, and sums are taken in blocks: what is left grows with the root of their number (Higham
    and Mary 2019). The most was found for equal numbers, whose errors all have one sign.

    Args:
        terms: How many numbers are added up.
    """
    return min(terms + 1.0, terms / 4 + 3, 100 + sqrt(terms) / 2)


class Rounding(NamedTuple):
    """How far rounding may be off in a layer that adds numbers up, before its activation.

    Attributes:
        units: Rounding units, in parts of the sum of |weight| x |input| behind a value.
        gain: The largest sum of |weights| behind any value.
        bias: What is added whatever the input, for each map, or for all.
        sums: Function from the magnitudes of the inputs, `(N, ...)`, to the sums behind all values, without the bias.
        some: From the inputs, `places` in the output (an array for each axis) and a `factor` to the sums behind the
            values there, times the factor; None where all are as quick.
        values: From the inputs and places to the values there in double precision, without the bias; None where what is
            no larger than its bound is near enough to zero.
        limits: From the input to what these sums do not exceed; None where that is not quicker.
        single: The part of an item's values up to which it is less work to add up behind each of them than behind all.
    """

    units: float
    gain: float
    bias: Array | float
    sums: Callable[..., Array]
    some: Callable[..., Array] | None = None
    values: Callable[..., Array] | None = None
    limits: Callable[[Array], Limits | None] | None = None
    single: float = SINGLE

    def slope(self, dtype: np.dtype[Any]) -> float:
        """Return by how much a bound for all values grows with the largest magnitude among the inputs."""
        return self._unit(dtype) * self.gain

    def least(self, dtype: np.dtype[Any]) -> float:
        """Return the bound for all values if the input is zero."""
        return self._unit(dtype) * self._largest_bias

    def bounds(self, inputs: Sequence[Array]) -> Array:
        """Return the bound of every value of one item.

        Args:
            inputs: Without a batch axis.
        """
        unit = self._unit(inputs[0].dtype)
        # The unit goes in first, so that nothing overflows.
        sums = self.sums(*((abs(x) * unit)[None] for x in inputs))[0]
        return np.asarray(abs(sums) + unit * np.abs(self.bias), inputs[0].dtype)

    def bounds_at(self, inputs: Sequence[Array], places: Places) -> Array:
        """Return the bounds of some values, for a layer with `some`.

        Args:
            inputs: With a batch axis.
            places: Places in the output, an array for each axis.
        """
        assert self.some is not None
        unit = self._unit(inputs[0].dtype)
        return np.asarray(self.some(*inputs, places=places, factor=unit) + unit * np.abs(self._bias_at(places)))

    def limited(self, x: Array) -> Limits | None:
        """Return what no bound exceeds, for all values and for some; None where that is not quicker than bounds.

        Args:
            x: The input, with a batch axis.
        """
        unit = self._unit(x.dtype)
        with quiet():
            limits = self.limits(x) if self.limits else None
        if limits is None:
            return None
        most = unit * (limits.most + self._largest_bias)
        return Limits(most, lambda places: unit * (limits.at(places) + np.abs(self._bias_at(places))))

    def values_at(self, inputs: Sequence[Array], places: Places) -> Array:
        """Return some values in double precision, for a layer with `values`.

        Args:
            inputs: With a batch axis.
            places: Places in the output, an array for each axis.
        """
        assert self.values is not None
        return np.asarray(self.values(*inputs, places=places) + self._bias_at(places))

    @property
    def inherited(self) -> float:
        """The part of a bound that is left where a value is known in double precision: inputs are rounded, too."""
        return min(INHERITED / self.units, 1.0)

    def _bias_at(self, places: Places) -> Array | float:
        return self.bias[places[-1]] if isinstance(self.bias, np.ndarray) else self.bias

    @property
    def _largest_bias(self) -> float:
        return float(np.max(np.abs(self.bias)))

    def _unit(self, dtype: np.dtype[Any]) -> float:
        return self.units * float(np.finfo(dtype).eps) / 2


def largest_sum(kernel: Array, filters_axis: int = -1) -> float:
    """Return the largest sum of magnitudes among a kernel's filters, without a copy of a large one.

    Args:
        kernel: Any shape.
        filters_axis: The axis that counts filters.
    """
    rows = np.moveaxis(kernel, filters_axis, -1).reshape(-1, kernel.shape[filters_axis])
    step = max(_BLOCK // rows.shape[1], 1)
    total = np.zeros(rows.shape[1])
    for first in range(0, len(rows), step):
        total += abs(rows[first : first + step]).sum(axis=0, dtype=np.float64)
    return float(total.max())


def magnitudes(weights: Mapping[str, Array]) -> dict[str, Array]:
    """Return the magnitudes of weights, without those that are added: a bias counts apart."""
    return {name: abs(array) for name, array in weights.items() if name != "bias"}


def lazily(make: Callable[[], Callable[..., Array]]) -> Callable[..., Array]:
    """Make a function only when it is first called."""
    made: list[Callable[..., Array]] = []

    def call(*inputs: Array) -> Array:
        made[:] = made or [make()]
        return made[0](*inputs)

    return call
