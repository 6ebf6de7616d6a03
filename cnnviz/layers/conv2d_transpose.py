"""Transposed convolution."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
from msgspec.structs import replace

from cnnviz.errors import LayerError
from cnnviz.initializers import GlorotUniform, Initializer, Zeros
from cnnviz.layers.base import Array, Forward, Layer, Shape, TrainingForward, Weights, WeightSpec, need_image
from cnnviz.layers.fields import Activation, NonNegative, Padding, Positive, PositivePair, pair
from cnnviz.layers.reading import Reads, Window, through_windows
from cnnviz.layers.rounding import MIXED, Rounding, largest_sum, lazily, magnitudes, units
from cnnviz.ops.activations import activate
from cnnviz.ops.transposed import plan_transposed_convolution
from cnnviz.wording import shape_text

if TYPE_CHECKING:
    from cnnviz.layers.explaining.records import Explanation, Place


class _Axis(NamedTuple):
    """One axis of the stamping: `crop` is what is cut off in front."""

    out: int
    crop: int
    formula: str
    window: Window


class Conv2DTranspose(Layer, frozen=True, kw_only=True):
    """Stamps a learned kernel on a larger map, once for every input pixel and as strong as that pixel.

    Output sizes and the cut at the edges are Keras's (those of a convolution's gradient).
    """

    rounds: ClassVar[bool] = True

    filters: Positive
    kernel_size: PositivePair
    strides: PositivePair = 1
    padding: Padding = "valid"
    output_padding: NonNegative | tuple[NonNegative, NonNegative] | None = None
    dilation_rate: PositivePair = 1
    activation: Activation = None
    use_bias: bool = True
    kernel_initializer: Initializer = GlorotUniform()
    bias_initializer: Initializer = Zeros()

    def check(self) -> None:
        if self.output_padding is not None:
            for extra, stride in zip(pair(self.output_padding), pair(self.strides), strict=True):
                if extra >= stride:
                    raise LayerError(
                        f"`output_padding` (={extra}) must be smaller than `strides` (={stride})",
                        "output_padding",
                    )

    def output_shape(self, *shapes: Shape) -> Shape:
        rows, columns = self._axes(shapes[0])
        if rows.out < 1 or columns.out < 1:
            raise LayerError(
                f"`output_padding` leaves nothing of an input of {shape_text(shapes[0])}; leave it out",
                "output_padding",
            )
        return (rows.out, columns.out, self.filters)

    def weight_specs(self, *shapes: Shape) -> dict[str, WeightSpec]:
        kernel_shape = (*pair(self.kernel_size), self.filters, need_image(shapes[0])[2])
        specs = {"kernel": WeightSpec(kernel_shape, self.kernel_initializer, filters_axis=-2, channels_axis=-1)}
        if self.use_bias:
            specs["bias"] = WeightSpec((self.filters,), self.bias_initializer)
        return specs

    def macs(self, *shapes: Shape) -> int:
        height, width, channels = need_image(shapes[0])
        kernel_height, kernel_width = pair(self.kernel_size)
        return height * width * channels * kernel_height * kernel_width * self.filters

    def workspace(self, *shapes: Shape) -> int:
        rows, columns = pair(self.strides)
        return 0 if rows * columns == 1 else prod(self.output_shape(*shapes)) // (rows * columns)

    def reads(self, *shapes: Shape) -> tuple[Reads | None, ...]:
        rows, columns = self._axes(shapes[0])
        return (through_windows(rows.window, columns.window, None),)

    def crop(self, shape: Shape) -> tuple[int, int]:
        """Return how many rows and columns of the stamped area are cut off at the top and left of it."""
        rows, columns = self._axes(shape)
        return rows.crop, columns.crop

    def formula(self, *shapes: Shape) -> tuple[str, ...]:
        rows, columns = self._axes(shapes[0])
        return (rows.formula, columns.formula)

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        rows, columns = self._axes(shapes[0])
        convolve = plan_transposed_convolution(
            weights["kernel"].astype(dtype),
            weights["bias"].astype(dtype) if self.use_bias else None,
            shapes[0],
            (rows.out, columns.out),
            strides=pair(self.strides),
            dilation=pair(self.dilation_rate),
            crop=(rows.crop, columns.crop),
        )
        return activate(convolve, self.activation)

    def rounding(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Rounding:
        kernel = weights["kernel"]
        bare = replace(self, activation=None, use_bias=False)
        return Rounding(
            units=units(kernel[:, :, 0].size + self.use_bias),
            gain=largest_sum(kernel, 2),
            offset=abs(weights["bias"]) if self.use_bias else 0.0,
            sums=lazily(lambda: bare.prepare(magnitudes(weights), dtype, *shapes)),
        )

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import followed_by, with_kernel
        from cnnviz.ops.gradients.convolution import train_transposed_convolution
        from cnnviz.ops.gradients.correlation import Correlation
        from cnnviz.ops.gradients.slabs import Geometry

        height, width, channels = shapes[0]
        rows, columns = self._axes(shapes[0])
        size = pair(self.kernel_size)
        # A convolution of the output, turned around.
        geometry = Geometry(
            size,
            (rows.out, columns.out),
            (height, width),
            pair(self.strides),
            pair(self.dilation_rate),
            (rows.crop, columns.crop),
        )
        correlation = Correlation((*size, self.filters, channels), geometry, dtype)
        return followed_by(self.activation, with_kernel(train_transposed_convolution(correlation)))

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> Explanation:
        from cnnviz.layers.explaining.patches import window
        from cnnviz.layers.explaining.sums import Weighing, explain_sum

        height, width, channels = inputs[0].shape
        rows, down = self._reaching(0, height, place[0])
        columns, across = self._reaching(1, width, place[1])
        # It may be made of convolutions that round by what lies beyond the window.
        most = MIXED * units(channels) * float(abs(inputs[0]).max())

        def weigh(filter_: int) -> Weighing:
            kernel = weights["kernel"][:, :, filter_].take(down, axis=0).take(across, axis=1)
            patch = window(inputs[0], rows, columns, range(channels), kernel)
            bias = float(weights["bias"][filter_]) if self.use_bias else None
            off = float(abs(weights["kernel"][:, :, filter_]).sum()) * most
            return Weighing(patch, bias, units=off)

        reach = f"{len(rows)}x{len(columns)}" if rows and columns else "no"
        words = (
            f"Every input pixel stamps the kernel of filter {place[2]} on the output. The stamps of {reach} pixels "
            "reach this place: each pixel times the weight that falls here, in every channel, all added up."
        )
        return explain_sum(weigh, place[2], self.filters, self.activation, words)

    def _reaching(self, i: int, length: int, place: int) -> tuple[list[int], list[int]]:
        """Return the input pixels along an axis whose stamps reach a place, and the tap of each that falls there."""
        window = self._axis(i, length).window
        reaching = [(pixel, window.size - 1 - tap) for tap, pixel in window.taps(place) if 0 <= pixel < length]
        return [pixel for pixel, _ in reaching], [tap for _, tap in reaching]

    def _axes(self, shape: Shape) -> tuple[_Axis, _Axis]:
        height, width, _ = need_image(shape)
        return self._axis(0, height), self._axis(1, width)

    def _axis(self, i: int, length: int) -> _Axis:
        """Work out one axis, as Keras's `compute_conv_transpose_output_shape` and its padding for JAX do."""
        taps, stride, dilation = pair(self.kernel_size)[i], pair(self.strides)[i], pair(self.dilation_rate)[i]
        extra = None if self.output_padding is None else pair(self.output_padding)[i]
        size = dilation * (taps - 1) + 1
        shown = str(taps) if dilation == 1 else f"({dilation} * ({taps} - 1) + 1)"
        if extra is not None:
            odd = f"{shown} % 2" if self.padding == "same" else shown
            base = size % 2 if self.padding == "same" else size
            out, crop = (length - 1) * stride + base + extra, max(size - base - extra, 0) // 2
            formula = f"({length} - 1) * {stride} + {odd} + {extra}"
        elif self.padding == "same":
            out, crop = length * stride, max(size - stride, 0) // 2
            formula = f"{length} * {stride}"
        else:
            out, crop = (length - 1) * stride + max(size, stride), 0
            formula = f"({length} - 1) * {stride} + max({shown}, {stride})"
        # A stamp is a window turned around: its last tap is the first that a later pixel leaves.
        window = Window(taps, start=crop - size + 1, dilation=dilation, spacing=stride, pads=False)
        return _Axis(out, crop, f"{formula} = {out}", window)
