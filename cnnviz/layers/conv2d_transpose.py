"""Transposed convolution."""

from __future__ import annotations

from math import prod
from typing import Any, ClassVar, Literal

import numpy as np
from msgspec.structs import replace

from cnnviz.errors import LayerError
from cnnviz.initializers import GlorotUniform, Initializer, Zeros
from cnnviz.layers import explaining
from cnnviz.layers.base import Array, Forward, Layer, Place, Shape, TrainingForward, Weights, WeightSpec, need_image
from cnnviz.layers.fields import Activation, ConvPadding, NonNegative, Positive, PositivePair, pair
from cnnviz.layers.reading import Groups, Reads, through_windows
from cnnviz.layers.rounding import MIXED, Rounding, largest_sum, lazily, magnitudes, units
from cnnviz.layers.rules import Rule
from cnnviz.layers.sliding import explicit_sides, shown_extent
from cnnviz.ops.activations import activate
from cnnviz.ops.sliding import Sliding, Window
from cnnviz.ops.transposed import TransposedPointSums, plan_transposed_convolution
from cnnviz.wording import shape_text


class Conv2DTranspose(Layer, frozen=True, kw_only=True):
    """Stamps a learned kernel on a larger map, once for every input pixel and as strong as that pixel.

    Output sizes and the cut at the edges are Keras's (those of a convolution's gradient); with `padding` in numbers,
    which are cut off, they are PyTorch's and ONNX's.
    """

    beyond_keras: ClassVar[tuple[str, ...]] = ("groups",)
    rounds: ClassVar[bool] = True
    motion: ClassVar[Literal["stamps"]] = "stamps"
    filters: Positive
    kernel_size: PositivePair
    strides: PositivePair = 1
    padding: ConvPadding = "valid"
    output_padding: NonNegative | tuple[NonNegative, NonNegative] | None = None
    dilation_rate: PositivePair = 1
    groups: Positive = 1
    activation: Activation = None
    use_bias: bool = True
    kernel_initializer: Initializer = GlorotUniform()
    bias_initializer: Initializer = Zeros()

    def check(self) -> None:
        if self.filters % self.groups:
            raise LayerError(f"`filters` (={self.filters}) must be divisible by `groups` (={self.groups})", "groups")
        if self.output_padding is not None:
            named = isinstance(self.padding, str)
            for i, extra in enumerate(pair(self.output_padding)):
                stride, dilation = pair(self.strides)[i], pair(self.dilation_rate)[i]
                if extra >= (stride if named else max(stride, dilation)):
                    other = "" if named else f" or `dilation_rate` (={dilation})"
                    raise LayerError(
                        f"`output_padding` (={extra}) must be smaller than `strides` (={stride}){other}",
                        "output_padding",
                    )

    def output_shape(self, *shapes: Shape) -> Shape:
        channels = need_image(shapes[0])[2]
        if channels % self.groups:
            raise LayerError(
                f"the input's channels (={channels}) must be divisible by `groups` (={self.groups})", "groups"
            )
        rows, columns = self.sliding(shapes[0]).output
        if rows < 1 or columns < 1:
            field, advice = (
                ("output_padding", "leave it out") if isinstance(self.padding, str) else ("padding", "cut less")
            )
            raise LayerError(f"`{field}` leaves nothing of an input of {shape_text(shapes[0])}; {advice}", field)
        return (rows, columns, self.filters)

    def weight_specs(self, *shapes: Shape) -> dict[str, WeightSpec]:
        kernel_shape = (*pair(self.kernel_size), self.filters, need_image(shapes[0])[2] // self.groups)
        specs = {"kernel": WeightSpec(kernel_shape, self.kernel_initializer, filters_axis=-2, channels_axis=-1)}
        if self.use_bias:
            specs["bias"] = WeightSpec((self.filters,), self.bias_initializer)
        return specs

    def effective_kernel(self, weights: Weights, *shapes: Shape) -> Array | None:
        return weights["kernel"].swapaxes(2, 3)

    def macs(self, *shapes: Shape) -> int:
        height, width, channels = need_image(shapes[0])
        kernel_height, kernel_width = pair(self.kernel_size)
        return height * width * channels * kernel_height * kernel_width * self.filters // self.groups

    def page_rule(self, weights: Weights, *shapes: Shape) -> Rule:
        return Rule("stamp", {"groups": self.groups})

    def workspace(self, *shapes: Shape) -> int:
        rows, columns = pair(self.strides)
        return 0 if rows * columns == 1 else prod(self.output_shape(*shapes)) // (rows * columns)

    def reads(self, *shapes: Shape) -> tuple[Reads | None, ...]:
        count = 1 if self.activation_function().axes else self.groups
        return (through_windows(self.sliding(shapes[0]), Groups(count) if count > 1 else None),)

    def formula(self, *shapes: Shape) -> tuple[str, ...]:
        return tuple(self._axis(i, length)[1] for i, length in enumerate(shapes[0][:2]))

    def sliding(self, *shapes: Shape) -> Sliding:
        height, width, _ = need_image(shapes[0])
        return Sliding(self._axis(0, height)[0], self._axis(1, width)[0])

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        bias = weights["bias"].astype(dtype) if self.use_bias else None
        kernel = weights["kernel"].astype(dtype)
        convolve = plan_transposed_convolution(kernel, bias, self.sliding(shapes[0]), self.groups)
        return activate(convolve, self.activation)

    def rounding(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Rounding:
        kernel = weights["kernel"]
        bare = replace(self, activation=None, use_bias=False)
        points = TransposedPointSums(kernel.astype(dtype, copy=False), self.sliding(shapes[0]), self.groups)
        return Rounding(
            units=units(kernel[:, :, 0].size + self.use_bias),
            gain=largest_sum(kernel, 2),
            bias=weights["bias"] if self.use_bias else 0.0,
            sums=lazily(lambda: bare.prepare(magnitudes(weights), dtype, *shapes)),
            some=points,
            values=points.values,
            limits=points.limits,
        )

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import followed_by, with_kernel
        from cnnviz.ops.gradients.convolution import train_transposed_convolution
        from cnnviz.ops.gradients.correlation import correlation

        sliding, share = self.sliding(shapes[0]).transposed(), self.filters // self.groups
        products = correlation(sliding, share, shapes[0][2], dtype, self.groups)
        return followed_by(self.activation, with_kernel(train_transposed_convolution(products, self.groups)))

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        share = inputs[0].shape[2] // self.groups
        (down, rows), (across, columns) = map(_stamps, self.sliding(inputs[0].shape), place)
        # The sum may come from convolutions that round by what lies beyond the window.
        most = MIXED * units(share) * float(abs(inputs[0]).max())

        def weigh(filter_: int) -> tuple[explaining.Patch, float]:
            kernel = weights["kernel"][:, :, filter_].take(down, axis=0).take(across, axis=1)
            first = filter_ // (self.filters // self.groups) * share
            patch = explaining.window(inputs[0], rows, columns, range(first, first + share), kernel)
            off = float(abs(weights["kernel"][:, :, filter_]).sum()) * most
            return patch, off

        of_group = " of its group" if self.groups > 1 else ""
        reach = f"{len(rows)}x{len(columns)}" if rows and columns else "no"
        words = (
            f"Every input pixel stamps the kernel of filter {place[2]} on the output. The stamps of {reach} pixels "
            f"reach this place: each pixel times the weight that falls here, in every channel{of_group}, all added up."
        )
        return explaining.weighted_sum(weigh, place[2], self.filters, words, self.activation, weights.get("bias"))

    def _axis(self, i: int, length: int) -> tuple[Window, str]:
        """Place the window along an axis, as Keras's `compute_conv_transpose_output_shape` and its padding for JAX do.

        Returns:
            The explaining.window, and the formula of the output's length.
        """
        taps, stride, dilation = pair(self.kernel_size)[i], pair(self.strides)[i], pair(self.dilation_rate)[i]
        extra = None if self.output_padding is None else pair(self.output_padding)[i]
        convolution = Window(0, taps, stride, dilation)
        extent, shown = convolution.extent, shown_extent(convolution)
        if not isinstance(self.padding, str):
            crop, behind = explicit_sides(self.padding)[2 * i : 2 * i + 2]
            out = (length - 1) * stride + extent + (extra or 0) - crop - behind
            added = f" + {extra}" if extra else ""
            formula = f"({length} - 1) * {stride} + {shown}{added} - {crop + behind}"
        elif extra is not None:
            odd = f"{shown} % 2" if self.padding == "same" else shown
            base = extent % 2 if self.padding == "same" else extent
            out, crop = (length - 1) * stride + base + extra, max(extent - base - extra, 0) // 2
            formula = f"({length} - 1) * {stride} + {odd} + {extra}"
        elif self.padding == "same":
            out, crop = length * stride, max(extent - stride, 0) // 2
            formula = f"{length} * {stride}"
        else:
            out, crop = (length - 1) * stride + max(extent, stride), 0
            formula = f"({length} - 1) * {stride} + max({shown}, {stride})"
        # The convolution that takes the output to the input, turned around.
        after = (length - 1) * stride + extent - crop - out
        return convolution._replace(input=out, before=crop, after=after).transposed(), f"{formula} = {out}"


def _stamps(window: Window, place: int) -> tuple[list[int], list[int]]:
    """Return the kernel's taps that fall on a place along an axis, and the input pixels that stamp them there."""
    met = [(window.size - 1 - tap, pixel) for tap, pixel in window.taps(place) if 0 <= pixel < window.input]
    return [tap for tap, _ in met], [pixel for _, pixel in met]
