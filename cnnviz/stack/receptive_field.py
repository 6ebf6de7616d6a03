"""What each output pixel of the network sees of the input picture, as if the picture had no end.

Along an axis, what the places of a map see comes over and over: after a pooling and an enlargement, say, every second
place sees other neighbours. So a field is kept for each of some places, exactly, and no formula in fractions is
rounded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple

from cnnviz.layers.base import Shape
from cnnviz.layers.reading import Listed, Reads, Rearranged
from cnnviz.ops.sliding import Window

Ends = tuple[int, int]
"""The first and the last row or column that are seen."""

_MOST = 1 << 14
"""Places after which a pattern that has not come again is given up: the field counts as the whole input."""


class PeriodicFields(NamedTuple):
    """The receptive fields of the places along an axis, which repeat periodically.

    Attributes:
        ends: First and last input pixel that each place of the first period sees; None for nothing.
        step: Input pixels from one period to the next.
    """

    ends: tuple[Ends | None, ...]
    step: int

    @property
    def stride(self) -> Fraction:
        """Input pixels from one place to the next, on average."""
        return Fraction(self.step, len(self.ends))

    def at(self, place: int) -> Ends | None:
        """Return what a place sees, in the map or beyond its edges."""
        times, number = divmod(place, len(self.ends))
        ends = self.ends[number]
        return None if ends is None else (ends[0] + times * self.step, ends[1] + times * self.step)


class AxisFields(NamedTuple):
    """The receptive fields of the rows or of the columns of a map.

    Attributes:
        patterns: The fields by branch that leads to the map; branches of one stride are merged.
        length: Number of rows or columns.
    """

    patterns: tuple[PeriodicFields, ...]
    length: int

    def at(self, place: int) -> Ends | None:
        """Return what a row or column sees."""
        return _hull([pattern.at(place) for pattern in self.patterns])

    @property
    def stride(self) -> Fraction:
        """Input pixels from one place to the next; the largest, where branches differ."""
        return max(pattern.stride for pattern in self.patterns)

    @property
    def start(self) -> int:
        """The first pixel that a place sees: the first place, or the next one if that sees none."""
        return next((ends[0] for ends in map(self.at, self._telling()) if ends is not None), 0)

    @property
    def sizes(self) -> set[int]:
        """From the first to the last: the numbers that there are."""
        return {0 if ends is None else ends[1] - ends[0] + 1 for ends in map(self.at, self._telling())}

    def _telling(self) -> Sequence[int]:
        """Return the places that show all that there is to see: those of one stride come over and over."""
        if len(self.patterns) == 1:
            return range(min(self.length, len(self.patterns[0].ends)))
        # Fields of several strides move apart: they are the widest at the ends.
        count = lcm(*(len(pattern.ends) for pattern in self.patterns))
        ends = (range(min(count, self.length)), range(max(self.length - count, 0), self.length))
        return range(self.length) if self.length <= _MOST else [*ends[0], *ends[1]]


class ReceptiveField(NamedTuple):
    """The input pixels that one output pixel depends on, unclipped.

    Attributes:
        axes: The fields of rows and of columns; None if every output sees the whole input.
        whole: Height and width of the input.
    """

    axes: tuple[AxisFields, AxisFields] | None
    whole: tuple[int, int]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in input pixels, the largest that any output pixel has."""
        return self.whole if self.axes is None else (max(self.axes[0].sizes), max(self.axes[1].sizes))

    @property
    def varies(self) -> bool:
        """Whether output pixels have fields of unequal sizes."""
        return self.axes is not None and any(len(axis.sizes) > 1 for axis in self.axes)

    @property
    def stride(self) -> tuple[Fraction, Fraction] | None:
        """Input pixels from one output pixel to the next, a fraction after upsampling; None for the whole input."""
        return None if self.axes is None else (self.axes[0].stride, self.axes[1].stride)

    @property
    def start(self) -> tuple[int, int]:
        """First row and column of output pixel (0, 0); negative inside padding."""
        return (0, 0) if self.axes is None else (self.axes[0].start, self.axes[1].start)


def field_of_input(shape: Shape) -> ReceptiveField:
    """Return the field of the input's own pixels."""
    own = (PeriodicFields(((0, 0),), 1),)
    return ReceptiveField((AxisFields(own, shape[0]), AxisFields(own, shape[1])), (shape[0], shape[1]))


def field_through(
    reads: Sequence[Reads | Rearranged | None], fields: Sequence[ReceptiveField], output_shape: Shape
) -> ReceptiveField:
    """Return the field after a layer.

    Args:
        reads: What the layer reads of each input.
        fields: The field of each input.
        output_shape: The layer's.
    """
    axes: list[AxisFields] = []
    for i in (0, 1):
        found = []
        for read, field in zip(reads, fields, strict=True):
            window = None if len(output_shape) == 1 else _window(read, i)
            if window is None or field.axes is None:
                return ReceptiveField(None, fields[0].whole)
            found += [_through(pattern, window) for pattern in field.axes[i].patterns]
        patterns = _joined(found)
        if patterns is None:
            return ReceptiveField(None, fields[0].whole)
        axes.append(AxisFields(patterns, output_shape[i]))
    return ReceptiveField((axes[0], axes[1]), fields[0].whole)


def _window(read: Reads | Rearranged | None, axis: int) -> Window | None:
    """Return the window that slides along the height or width; None if none does."""
    if isinstance(read, Rearranged):
        return (read.rows, read.columns)[axis]
    if read is None or len(read) != 3:
        return None
    along = read[axis]
    if along is None or along.axis != axis:
        return None
    by = along.by.window if isinstance(along.by, Listed) else along.by
    return by if isinstance(by, Window) else None


def _through(pattern: PeriodicFields, window: Window) -> PeriodicFields | None:
    """Return the pattern after a window; None if it is too long."""
    period = window.spacing * len(pattern.ends)
    count = period // gcd(window.stride, period)
    step = pattern.step * (count * window.stride // period)
    if count > _MOST:
        return None
    ends = (_hull([pattern.at(at) for at in _outermost(window, place, len(pattern.ends))]) for place in range(count))
    return PeriodicFields(tuple(ends), step)


def _outermost(window: Window, place: int, count: int) -> Iterator[int]:
    """Give what a place reads as far as it decides what is seen: of those that see the same, the outermost.

    Args:
        window: What the place looks through.
        place: The place.
        count: After how many places what they see comes again.
    """
    first = window.start + place * window.stride
    common = gcd(window.dilation, window.spacing)
    if first % common:
        return
    # The taps that meet an input place come every `every` taps, `apart` input places from one to the next.
    every, apart = window.spacing // common, window.dilation // common
    tap = -(first // common) * pow(apart, -1, every) % every
    taps = range(tap, window.size, every)
    kinds = count // gcd(count, apart)
    for number in taps if len(taps) <= 2 * kinds else (*taps[:kinds], *taps[-kinds:]):
        yield (first + number * window.dilation) // window.spacing


def _joined(patterns: Sequence[PeriodicFields | None]) -> tuple[PeriodicFields, ...] | None:
    """Join the patterns of branches that have one stride; None if one of them is, or becomes, too long."""
    joined: dict[Fraction, PeriodicFields] = {}
    for pattern in dict.fromkeys(patterns):
        if pattern is None:
            return None
        known = joined.get(pattern.stride)
        count = len(pattern.ends) if known is None else lcm(len(pattern.ends), len(known.ends))
        if count > _MOST:
            return None
        if known is not None:
            ends = tuple(_hull([pattern.at(place), known.at(place)]) for place in range(count))
            pattern = PeriodicFields(ends, pattern.step * (count // len(pattern.ends)))
        joined[pattern.stride] = pattern
    return tuple(joined.values())


def _hull(found: Sequence[Ends | None]) -> Ends | None:
    """Return the first and the last of all."""
    seen = [ends for ends in found if ends is not None]
    return (min(ends[0] for ends in seen), max(ends[1] for ends in seen)) if seen else None
