"""How the axes of a tensor of the model file lie in a tensor of ours.

A tensor of ours has the axes (height, width, channels) or (units,), one of the file has its batch in front and its
channels where its exporter put them. Every axis of ours is cut into factors, and every axis of the file's is a row of
such factors: `Transpose`, `Flatten` and most of `Reshape` then only rearrange them, and no number moves before a layer
wants it.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Shape = tuple[int, ...]
Factors = tuple[int, ...]
"""Factors by number, the slowest first."""


class Layout(NamedTuple):
    """Where the axes of the file's tensor lie in ours.

    Attributes:
        axes: For each axis of ours the lengths of its factors, all above 1; numbered through over all axes.
        order: For each axis of the file's the numbers of its factors; none for an axis of length 1.
        usual: For each axis of ours the axis of the file's that it is if its length is 1, where no factor tells; empty
            for the usual order, (2, 3, 1) for maps.
    """

    axes: tuple[Shape, ...]
    order: tuple[Factors, ...]
    usual: tuple[int, ...] = ()

    @property
    def lengths(self) -> Shape:
        """The lengths of all factors."""
        return tuple(length for axis in self.axes for length in axis)

    @property
    def ours(self) -> Shape:
        """Our tensor's shape."""
        return tuple(map(prod, self.axes))

    @property
    def shape(self) -> Shape:
        """The shape in the file."""
        lengths = self.lengths
        return tuple(prod(lengths[factor] for factor in axis) for axis in self.order)

    @property
    def numbered(self) -> tuple[Factors, ...]:
        """For each axis of ours the numbers of its factors."""
        rows, first = [], 0
        for axis in self.axes:
            rows.append(tuple(range(first, first + len(axis))))
            first += len(axis)
        return tuple(rows)

    @property
    def flat(self) -> Factors:
        """The factors in the file's order."""
        return tuple(factor for axis in self.order for factor in axis)

    def tidy(self) -> Layout:
        """Join factors that lie side by side in both tensors."""
        layout = self
        for axis in layout.numbered:
            for factor in reversed(axis[1:]):
                layout = layout._joined(factor - 1)
        return layout

    def _joined(self, factor: int) -> Layout:
        """Join a factor with the next one of its axis, if they are neighbours in the file's order, too."""
        for row in self.order:
            if factor in row:
                at = row.index(factor)
                if row[at + 1 : at + 2] != (factor + 1,):
                    return self
        order = tuple(tuple(n - (n > factor) for n in row if n != factor + 1) for row in self.order)
        axes = []
        for axis, numbers in zip(self.axes, self.numbered, strict=True):
            if factor in numbers:
                at = numbers.index(factor)
                axis = (*axis[:at], axis[at] * axis[at + 1], *axis[at + 2 :])
            axes.append(axis)
        return self._replace(axes=tuple(axes), order=order)

    def split(self, factor: int, parts: Sequence[int]) -> Layout:
        """Cut one factor into several, the slowest first."""
        parts = [part for part in parts if part > 1]
        more = len(parts) - 1
        axes = []
        for axis, numbers in zip(self.axes, self.numbered, strict=True):
            if factor in numbers:
                at = numbers.index(factor)
                axis = (*axis[:at], *parts, *axis[at + 1 :])
            axes.append(axis)
        new = tuple(range(factor, factor + more + 1))
        order = tuple(
            tuple(n for m in row for n in (new if m == factor else (m + more * (m > factor),))) for row in self.order
        )
        return self._replace(axes=tuple(axes), order=order)

    def transposed(self, axes: Sequence[int]) -> Layout:
        """Return the layout of the file's tensor with its axes in another order."""
        taken = list(axes)
        usual = tuple(taken.index(axis) for axis in self.where) if len(self.order) == len(self.where) + 1 else ()
        return Layout(self.axes, tuple(self.order[axis] for axis in axes), usual)

    def widened(self, rank: int) -> Layout:
        """Return the layout of the file's tensor with axes of length 1 in front, as many axes in all."""
        more = rank - len(self.order)
        return Layout(self.axes, ((),) * more + self.order) if more else self

    def reshaped(self, shape: Sequence[int]) -> Layout | None:
        """Return the layout of the file's tensor in another shape; None if that cuts through factors."""
        layout, at = self, 0
        rows: list[list[int]] = []
        for length in shape:
            row: list[int] = []
            while length > 1:
                factor = layout.flat[at]
                own = layout.lengths[factor]
                if length % own == 0:
                    row.append(at)
                    length //= own
                    at += 1
                elif own % length == 0:
                    layout = layout.split(factor, (length, own // length))
                else:
                    return None
            rows.append(row)
        flat = layout.flat
        usual = self.usual if tuple(shape) == self.shape else ()
        return Layout(layout.axes, tuple(tuple(flat[place] for place in row) for row in rows), usual).tidy()

    def refined(self, rows: Sequence[Sequence[int]]) -> Layout | None:
        """Cut the factors of each axis of the file's to the given lengths; None if that does not work out."""
        layout, at = self, 0
        order: list[Factors] = []
        for row in rows:
            for length in row:
                factor = layout.flat[at]
                own = layout.lengths[factor]
                if own % length:
                    return None
                if own != length:
                    layout = layout.split(factor, (length, own // length))
                at += 1
        flat, at = layout.flat, 0
        for row in rows:
            order.append(flat[at : at + len(row)])
            at += len(row)
        return layout._replace(order=tuple(order))

    def without(self, axes: Sequence[int], keep: bool) -> Layout:
        """Return the layout after axes of the file's became one long, with the factors gone from ours.

        Args:
            axes: Axes of the file's.
            keep: Leave them with length 1; else they are dropped.
        """
        gone = {factor for axis in axes for factor in self.order[axis]}
        new = {factor: number for number, factor in enumerate(f for f in range(len(self.lengths)) if f not in gone)}
        lengths = self.lengths
        ours = tuple(tuple(lengths[f] for f in numbers if f not in gone) for numbers in self.numbered)
        order = [() if axis in axes else tuple(new[f] for f in row) for axis, row in enumerate(self.order)]
        rows = tuple(row for axis, row in enumerate(order) if keep or axis not in axes)
        return Layout(ours, rows, self.usual if keep else ())

    def lengthened(self, axis: int, home: int, length: int) -> Layout:
        """Return the layout with another length along one axis, which is an axis of ours whole and alone.

        Args:
            axis: The file's axis.
            home: The axis of ours that it is.
            length: The new length.
        """
        bare = self.without([axis], keep=True)
        if length == 1:
            return bare
        number = sum(map(len, bare.axes[:home]))
        axes = tuple((length,) if n == home else one for n, one in enumerate(bare.axes))
        order = [tuple(factor + (factor >= number) for factor in row) for row in bare.order]
        order[axis] = (number,)
        return Layout(axes, tuple(order), self.usual)

    def axis_of(self, axis: int) -> int | None:
        """Return which axis of ours an axis of the file's is, whole and alone; None if it is none."""
        row = self.order[axis]
        homes = [home for home, numbers in enumerate(self.numbered) if numbers == row]
        if row:
            return homes[0] if homes else None
        places = self.places()
        return places.index(axis) if places and axis in places else None

    @property
    def where(self) -> tuple[int, ...]:
        """For each axis of ours the axis of the file's that it is if its length is 1, where no factor tells."""
        return self.usual or ((2, 3, 1) if len(self.axes) == 3 else (1,))

    def places(self) -> tuple[int, ...] | None:
        """Return for each axis of ours the axis of the file's that it is; None if they do not match one by one."""
        if len(self.order) != len(self.axes) + 1 or self.order[0]:
            return None
        free = [axis for axis in range(1, len(self.order)) if not self.order[axis]]
        found: list[int | None] = []
        for numbers, axis in zip(self.numbered, self.where, strict=True):
            if numbers:
                if numbers not in self.order:
                    return None
                found.append(self.order.index(numbers))
            else:
                found.append(axis if axis in free else None)
        # An axis of length 1 that is not where it should be is one of those that are left.
        left = [axis for axis in free if axis not in found]
        return tuple(left.pop(0) if axis is None else axis for axis in found)

    def arrange(self, array: NDArray[Any]) -> NDArray[Any]:
        """Bring an array from the file's axes to ours.

        Args:
            array: In the file's shape; axes may be of length 1 where the tensor's are longer, or be missing in front.

        Returns:
            The array with as many axes as ours; those along which it does not vary have length 1.
        """
        array = array.reshape((1,) * (len(self.order) - array.ndim) + array.shape)
        lengths = self.lengths
        split: list[int] = []
        for length, row in zip(array.shape, self.order, strict=True):
            split += [lengths[factor] if length > 1 else 1 for factor in row]
        array = array.reshape(split).transpose([self.flat.index(factor) for factor in range(len(lengths))])
        for numbers in self.numbered:
            known = {array.shape[n] > 1 for n in numbers}
            if len(known) > 1:  # varies along a part of an axis: along all of it, then
                array = np.broadcast_to(
                    array, [lengths[n] if n in numbers else length for n, length in enumerate(array.shape)]
                )
        return array.reshape([prod(array.shape[n] for n in numbers) for numbers in self.numbered])

    def restore(self, array: NDArray[Any]) -> NDArray[Any]:
        """Bring an array of ours to the file's axes."""
        return array.reshape(self.lengths).transpose(self.flat).reshape(self.shape)
