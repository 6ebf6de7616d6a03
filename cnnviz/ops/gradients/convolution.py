"""Convolutions that can be gone through backwards."""

from __future__ import annotations

from collections.abc import Callable

from cnnviz.ops.gradients.correlation import Correlation
from cnnviz.ops.gradients.order import batch_innermost, inner
from cnnviz.ops.gradients.pullback import Array, KernelGradients, TrainedKernel

Convolve = Callable[[Array, Array, Array | None], TrainedKernel]
"""Takes `(N, H, W, in)`, the kernel, and the bias or None; hands back the output and the way back."""


def train_convolution(correlation: Correlation) -> Convolve:
    """Prepare a convolution.

    Args:
        correlation: How images, outputs and the kernel belong together. The kernel may be given in another shape, as
            long as its numbers come in the same order.
    """

    def convolve(x: Array, kernel: Array, bias: Array | None) -> TrainedKernel:
        x, matrices = batch_innermost(x), kernel.reshape(correlation.kernel_shape)

        def backward(gradient: Array) -> KernelGradients:
            gradient = batch_innermost(gradient)
            return KernelGradients(
                lambda: correlation.spread(gradient, matrices),
                correlation.compare(x, gradient).reshape(kernel.shape),
                sum_pixels(gradient),
            )

        return correlation.correlate(x, matrices, bias), backward

    return convolve


def train_transposed_convolution(correlation: Correlation) -> Convolve:
    """Prepare a transposed convolution.

    Args:
        correlation: As of the convolution that it turns around: its outputs are the images here.
    """

    def convolve(x: Array, kernel: Array, bias: Array | None) -> TrainedKernel:
        x = batch_innermost(x)
        out = correlation.spread(x, kernel)
        if bias is not None:
            out += bias

        def backward(gradient: Array) -> KernelGradients:
            gradient = batch_innermost(gradient)
            return KernelGradients(
                lambda: correlation.correlate(gradient, kernel),
                correlation.compare(gradient, x),
                sum_pixels(gradient),
            )

        return out, backward

    return convolve


def sum_pixels(x: Array) -> Array:
    """Sum up `(N, H, W, C)` over all but the channels."""
    total: Array = inner(x).sum(axis=(0, 2, 3))
    return total
