"""What layers share that make one value of all values along some axes."""

from __future__ import annotations

from math import prod

from cnnviz.errors import LayerError
from cnnviz.layers import explaining
from cnnviz.layers.axes import resolve_axes
from cnnviz.layers.base import Array, Layer, Place, Shape
from cnnviz.layers.reading import Along, Reads
from cnnviz.ops.sliding import Window
from cnnviz.wording import shape_text


class Reduction(Layer, frozen=True, kw_only=True):
    """Makes one value of all values along some axes.

    Attributes:
        axes: The axes, as Keras counts them: 1 is the height, 2 the width, 3 the channels; negative from the end.
        keepdims: Keep each as an axis of length 1; else a single other axis must be left, and a vector comes out.
    """

    axes: int | tuple[int, ...]
    keepdims: bool = True

    def output_shape(self, *shapes: Shape) -> Shape:
        axes = self.resolved(shapes[0])
        if self.keepdims or len(shapes[0]) == 1:
            return tuple(1 if axis in axes else length for axis, length in enumerate(shapes[0], 1))
        left = tuple(length for axis, length in enumerate(shapes[0], 1) if axis not in axes)
        if len(left) != 1:
            raise LayerError(
                f"leaves {len(left)} axes of an input of {shape_text(shapes[0])}, and tensors have one "
                "or three; take `keepdims: true`",
                "keepdims",
            )
        return left

    def reads(self, *shapes: Shape) -> tuple[Reads | None, ...]:
        axes = self.resolved(shapes[0])
        vector = len(self.output_shape(*shapes)) < len(shapes[0])
        return (
            tuple(
                None if axis in axes else Along(0 if vector else axis - 1, Window(length))
                for axis, length in enumerate(shapes[0], 1)
            ),
        )

    def resolved(self, shape: Shape) -> tuple[int, ...]:
        """Return the axes as positive numbers, in ascending order.

        Raises:
            LayerError: If there are none, or one does not exist.
        """
        axes = tuple(sorted(resolve_axes(self.axes, shape, "axes")))
        if not axes:
            raise LayerError("`axes` names none", "axes")
        return axes

    def count(self, shape: Shape) -> int:
        """Count the values that one is made of."""
        return prod(shape[axis - 1] for axis in self.resolved(shape))

    def all_read(self, place: Place, x: Array) -> explaining.Patch:
        """Take all values that a value is made of."""
        axes = self.resolved(x.shape)
        left = iter(place if len(place) < x.ndim else [at for axis, at in enumerate(place, 1) if axis not in axes])
        return explaining.whole(x, axes, tuple(0 if axis in axes else next(left) for axis in range(1, x.ndim + 1)))

    def squeezed(self, shape: Shape) -> bool:
        """Tell whether the axes are left out of the output."""
        return len(self.output_shape(shape)) < len(shape)
