"""Convolutions that can be gone through backwards."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cnnviz.ops.gradients.correlation import Products
from cnnviz.ops.gradients.order import batch_innermost, inner
from cnnviz.ops.gradients.pullback import Array, KernelGradients, TrainedKernel

Convolve = Callable[[Array, Array, Array | None], TrainedKernel]
"""Takes `(N, H, W, in)`, the kernel, and the bias or None; hands back the output and the way back."""


def train_convolution(correlation: Products) -> Convolve:
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
                lambda: correlation.compare(x, gradient).reshape(kernel.shape),
                lambda: sum_pixels(gradient),
            )

        return correlation.correlate(x, matrices, bias), backward

    return convolve


def train_transposed_convolution(correlation: Products, groups: int = 1) -> Convolve:
    """Prepare a transposed convolution; its kernel is `(kernel height, kernel width, out, in / groups)`.

    Args:
        correlation: As of the convolution that it turns around: its outputs are the images here.
        groups: Blocks of channels that do not see each other.
    """
    height, width, share, channels = correlation.kernel_shape
    apart = (height, width, groups, share, channels // groups)
    together = (height, width, groups * share, channels // groups)

    def convolve(x: Array, kernel: Array, bias: Array | None) -> TrainedKernel:
        x = batch_innermost(x)
        # What the groups have side by side there comes one after the other here.
        kernel = kernel.reshape(apart).swapaxes(2, 3).reshape(correlation.kernel_shape) if groups > 1 else kernel
        out = correlation.spread(x, kernel)
        if bias is not None:
            out += bias

        def backward(gradient: Array) -> KernelGradients:
            gradient = batch_innermost(gradient)

            def by_kernel() -> Array:
                found = correlation.compare(gradient, x)
                if groups > 1:
                    found = found.reshape(height, width, share, groups, -1).swapaxes(2, 3).reshape(together)
                return found

            return KernelGradients(
                lambda: correlation.correlate(gradient, kernel), by_kernel, lambda: sum_pixels(gradient)
            )

        return out, backward

    return convolve


def sum_pixels(x: Array) -> Array:
    """Sum up `(N, H, W, C)` over all but the channels."""
    rows = inner(x)
    lines = rows.reshape(*rows.shape[:2], -1)
    sums = np.matmul(lines, np.ones(lines.shape[2], x.dtype))  # several times as fast as a sum over axes
    total: Array = sums.sum(axis=0, dtype=np.float64).astype(x.dtype)
    return total
