"""Convolutions that can be gone through backwards."""

from __future__ import annotations

from collections.abc import Callable

from cnnviz.ops.gradients.correlation import Correlation, inner
from cnnviz.ops.gradients.pullback import Array, KernelGradients, TrainedKernel

Convolve = Callable[[Array, Array, Array | None], TrainedKernel]
"""Takes `(N, H, W, in)`, the kernel, and the bias or None; hands back the output and the way back."""


def train_convolution(correlation: Correlation) -> Convolve:
    """Prepare a convolution.

    Args:
        correlation: How images, outputs and the kernel, `(kernel height, kernel width, in / groups, out)`, belong
            together.
    """

    def convolve(x: Array, kernel: Array, bias: Array | None) -> TrainedKernel:
        def backward(gradient: Array) -> KernelGradients:
            return KernelGradients(
                correlation.spread(gradient, kernel), correlation.compare(x, gradient), sum_pixels(gradient)
            )

        return correlation.correlate(x, kernel, bias), backward

    return convolve


def train_transposed_convolution(correlation: Correlation) -> Convolve:
    """Prepare a transposed convolution.

    Args:
        correlation: As of the convolution that it turns around: its outputs are the images here.
    """

    def convolve(x: Array, kernel: Array, bias: Array | None) -> TrainedKernel:
        out = correlation.spread(x, kernel)
        if bias is not None:
            out += bias

        def backward(gradient: Array) -> KernelGradients:
            return KernelGradients(
                correlation.correlate(gradient, kernel), correlation.compare(gradient, x), sum_pixels(gradient)
            )

        return out, backward

    return convolve


def sum_pixels(x: Array) -> Array:
    """Sum up `(N, H, W, C)` over all but the channels."""
    total: Array = inner(x).sum(axis=(0, 2, 3))
    return total


def train_depthwise_convolution(correlation: Correlation) -> Convolve:
    """Prepare a convolution of each channel by itself.

    Args:
        correlation: As of a convolution with a group for every channel; the kernel is given as
            `(kernel height, kernel width, in, depth multiplier)`.
    """
    convolve = train_convolution(correlation)

    def convolve_channels(x: Array, kernel: Array, bias: Array | None) -> TrainedKernel:
        out, back = convolve(x, kernel.reshape(*kernel.shape[:2], 1, -1), bias)

        def backward(gradient: Array) -> KernelGradients:
            by = back(gradient)
            return by._replace(kernel=by.kernel.reshape(kernel.shape))

        return out, backward

    return convolve_channels
