"""The geometry of a window that slides: all that follows from its size, strides, dilation and padding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

_LISTED = 500
"""Up to so many taps along an axis are listed with those in padding."""


class Window(NamedTuple):
    """A window that slides along an axis.

    Place `o` of the output reads each place `i` of the input with `i * spacing = start + o * stride + k * dilation` for
    one of the taps `k`, from 0 to `size - 1`. A layer that enlarges sees its input spread out, with nothing between
    its places.

    Attributes:
        input: Places of the input.
        size: Taps.
        stride: From one output place to the next.
        dilation: From one tap to the next.
        before: Padding in front; less than none where places are cut off.
        after: Padding behind; less than none where places are cut off.
        spacing: From one input place to the next.
        pads: Whether it is padding that is read beyond the edges; else nothing is.
    """

    input: int
    size: int = 1
    stride: int = 1
    dilation: int = 1
    before: int = 0
    after: int = 0
    spacing: int = 1
    pads: bool = True

    @property
    def start(self) -> int:
        """Where the first tap of output place 0 lies; negative before the input."""
        return -self.before

    @property
    def extent(self) -> int:
        """Places from the first tap to the last."""
        return self.dilation * (self.size - 1) + 1

    @property
    def output(self) -> int:
        """Places of the output."""
        padded = self.before + (self.input - 1) * self.spacing + 1 + self.after
        return (padded - self.extent) // self.stride + 1

    @property
    def span(self) -> int:
        """Places that all windows together span, padding and gaps included."""
        return (self.output - 1) * self.stride + self.extent

    @property
    def beyond(self) -> tuple[int, int]:
        """Places that windows reach beyond the input, before and after it; less than none where they stay inside."""
        return self.before, self.span - self.before - (self.input - 1) * self.spacing - 1

    def taps(self, place: int) -> Iterator[tuple[int, int]]:
        """Give each tap that meets an input place, and that place; it may lie beyond the edges."""
        for tap in range(self.size):
            at, between = divmod(self.start + place * self.stride + tap * self.dilation, self.spacing)
            if not between:
                yield tap, at

    def listed(self, place: int) -> list[int]:
        """Return the input places that a place meets; of endless taps those that are no padding."""
        first = place * self.stride - self.before
        taps = range(self.size)
        if self.size > _LISTED:
            taps = range(*overlap(first, self.size, self.dilation, self.input))
        return [first + tap * self.dilation for tap in taps]

    def meeting(self, tap: int, first: int = 0, count: int | None = None) -> tuple[slice, slice]:
        """Pair outputs that meet the input with a tap, and what they meet.

        Args:
            tap: The tap.
            first: The first of the outputs.
            count: How many of them; None for all.

        Returns:
            The outputs, counted from the first, and the input's places; both empty if there are none.
        """
        position = self.start + first * self.stride + tap * self.dilation
        return meeting(position, self.output if count is None else count, self.stride, self.input)

    def trimmed(self) -> tuple[Window, range]:
        """Leave out the taps that fall into padding for every output, however far that reaches; one is left at least.

        Returns:
            The window that gives the same, without steps that are never taken; and the taps that are left.
        """
        last = (self.output - 1) * self.stride - self.before
        start = min(max(-(last // self.dilation), 0), self.size - 1)
        stop = min(max(-((-self.before - self.input) // self.dilation), start + 1), self.size)
        window = self._replace(
            size=stop - start,
            stride=self.stride if self.output > 1 else 1,
            dilation=self.dilation if stop - start > 1 else 1,
            before=self.before - start * self.dilation,
        )
        span = (self.output - 1) * window.stride + window.extent
        return window._replace(after=span - window.before - self.input), range(start, stop)

    def transposed(self) -> Window:
        """Return the window by which each input place reads the output places that read it.

        Its taps are these, the last one first.
        """
        before = self.extent - 1 - self.before
        after = (self.input - 1) * self.spacing + self.extent - 1 - (self.output - 1) * self.stride - before
        return Window(self.output, self.size, self.spacing, self.dilation, before, after, self.stride, pads=False)


class Sliding(NamedTuple):
    """A window that slides over maps.

    Attributes:
        rows: Along the height.
        columns: Along the width.
    """

    rows: Window
    columns: Window

    @classmethod
    def over(
        cls,
        maps: tuple[int, ...],
        size: tuple[int, ...] = (1, 1),
        strides: tuple[int, int] = (1, 1),
        dilation: tuple[int, int] = (1, 1),
        padding: tuple[int, int, int, int] = (0, 0, 0, 0),
    ) -> Sliding:
        """Place a window.

        Args:
            maps: Height and width of the input; what follows does not count.
            size: Taps along height and width; what follows does not count.
            strides: Steps along height and width.
            dilation: Input pixels from one tap to the next.
            padding: Pixels around: top, bottom, left, right.
        """
        rows, columns = (
            Window(maps[i], size[i], strides[i], dilation[i], padding[2 * i], padding[2 * i + 1]) for i in (0, 1)
        )
        return cls(rows, columns)

    @property
    def input(self) -> tuple[int, int]:
        """Height and width of the input."""
        return self.rows.input, self.columns.input

    @property
    def output(self) -> tuple[int, int]:
        """Height and width of the output."""
        return self.rows.output, self.columns.output

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the window, in taps."""
        return self.rows.size, self.columns.size

    @property
    def strides(self) -> tuple[int, int]:
        """Steps along height and width."""
        return self.rows.stride, self.columns.stride

    @property
    def dilation(self) -> tuple[int, int]:
        """Input pixels from one tap to the next."""
        return self.rows.dilation, self.columns.dilation

    @property
    def start(self) -> tuple[int, int]:
        """Row and column of the first tap of output (0, 0); negative in padding."""
        return self.rows.start, self.columns.start

    @property
    def extent(self) -> tuple[int, int]:
        """Height and width of the window in input pixels."""
        return self.rows.extent, self.columns.extent

    @property
    def span(self) -> tuple[int, int]:
        """Height and width of what all windows together span, padding and gaps included."""
        return self.rows.span, self.columns.span

    @property
    def padding(self) -> tuple[int, int, int, int]:
        """Pixels around the maps: top, bottom, left, right; those that windows reach, and what no window gets to."""
        top, bottom, left, right = (
            max(reached, declared, 0)
            for window in self
            for reached, declared in zip(window.beyond, (window.before, window.after), strict=True)
        )
        return top, bottom, left, right

    @property
    def beyond(self) -> tuple[int, int, int, int]:
        """Pixels that windows reach beyond the maps: top, bottom, left, right; less than none inside."""
        return (*self.rows.beyond, *self.columns.beyond)

    def places(self, place: tuple[int, ...]) -> tuple[list[int], list[int]]:
        """Return the rows and columns that a place of the output meets; outside of the input in padding."""
        rows, columns = ([at for _, at in window.taps(own)] for window, own in zip(self, place, strict=False))
        return rows, columns

    def listed(self, place: tuple[int, ...]) -> tuple[list[int], list[int]]:
        """Return the rows and columns that a place of the output meets; of endless taps those that are no padding."""
        return self.rows.listed(place[0]), self.columns.listed(place[1])

    def trimmed(self) -> tuple[Sliding, tuple[slice, slice]]:
        """Leave out the taps that fall into padding for every output; return what is left, and which taps."""
        (rows, down), (columns, across) = self.rows.trimmed(), self.columns.trimmed()
        return Sliding(rows, columns), (slice(down.start, down.stop), slice(across.start, across.stop))

    def dense(self) -> Sliding:
        """Return the same in steps of one pixel."""
        return Sliding(self.rows._replace(stride=1), self.columns._replace(stride=1))

    def transposed(self) -> Sliding:
        """Return how each input pixel reads the outputs that read it."""
        return Sliding(self.rows.transposed(), self.columns.transposed())


def overlap(first: int, count: int, step: int, length: int) -> tuple[int, int]:
    """Find which of `first, first + step, ...` lie in `0 .. length`.

    Args:
        first: The first position; negative inside padding.
        count: How many positions.
        step: From one to the next.
        length: The end of the real ones.

    Returns:
        Start and stop among the positions; equal if there are none.
    """
    start = min(max(-(first // step), 0), count)
    stop = min(max(-((first - length) // step), start), count)
    return start, stop


def meeting(first: int, count: int, step: int, length: int) -> tuple[slice, slice]:
    """Find which of `first, first + step, ...` lie in `0 .. length`, and where.

    Args:
        first: The first position; negative inside padding.
        count: How many positions.
        step: From one to the next.
        length: The end of the real ones.

    Returns:
        Their numbers, and their places; both empty if there are none.
    """
    start, stop = overlap(first, count, step, length)
    begin = first + start * step
    return slice(start, stop), slice(max(begin, 0), max(begin + (stop - start - 1) * step + 1, 0), step)
