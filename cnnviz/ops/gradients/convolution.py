"""Gradients of a convolution.

By the input it is a transposed convolution; by the kernel it is one product for each tap.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cnnviz.ops.convolution import plan_convolution
from cnnviz.ops.gradients.pullback import Array, KernelGradients, TrainedKernel
from cnnviz.ops.resampling import pad_zeros
from cnnviz.ops.transposed import plan_transposed_convolution


class Geometry(NamedTuple):
    """How a kernel slides.

    Attributes:
        strides: Steps along height and width.
        dilation: Input pixels between taps.
        padding: Zeros around: top, bottom, left, right.
        groups: Blocks of channels that do not see each other.
    """

    strides: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    groups: int = 1


def train_convolution(x: Array, kernel: Array, bias: Array | None, geometry: Geometry) -> TrainedKernel:
    """Convolve, and tell how to go back.

    Args:
        x: `(N, H, W, in)`.
        kernel: `(kernel height, kernel width, in / groups, out)`.
        bias: `(out,)`, or None.
        geometry: How the kernel slides.

    Returns:
        The output, `(N, OH, OW, out)`, and the way back.
    """
    convolve = plan_convolution(
        kernel,
        bias,
        x.shape[1:],
        strides=geometry.strides,
        dilation=geometry.dilation,
        padding=geometry.padding,
        groups=geometry.groups,
    )

    def backward(gradient: Array) -> KernelGradients:
        parts = [
            (
                _by_input(x.shape, kernel[..., outputs], gradient[..., outputs], geometry),
                _by_kernel(x[..., inputs], kernel.shape, gradient[..., outputs], geometry),
            )
            for inputs, outputs in _groups(kernel, geometry.groups)
        ]
        return KernelGradients(
            np.concatenate([by_input for by_input, _ in parts], axis=3),
            np.concatenate([by_kernel for _, by_kernel in parts], axis=3),
            gradient.sum(axis=(0, 1, 2)),
        )

    return convolve(x), backward


def _groups(kernel: Array, groups: int) -> list[tuple[slice, slice]]:
    channels, filters = kernel.shape[2], kernel.shape[3] // groups
    return [(slice(g * channels, (g + 1) * channels), slice(g * filters, (g + 1) * filters)) for g in range(groups)]


def _by_input(shape: tuple[int, ...], kernel: Array, gradient: Array, geometry: Geometry) -> Array:
    spread = plan_transposed_convolution(
        kernel,
        None,
        gradient.shape[1:],
        (shape[1], shape[2]),
        strides=geometry.strides,
        dilation=geometry.dilation,
        crop=(geometry.padding[0], geometry.padding[2]),
    )
    return spread(gradient)


def _by_kernel(x: Array, shape: tuple[int, ...], gradient: Array, geometry: Geometry) -> Array:
    padded = pad_zeros(x, geometry.padding)
    _, rows, columns, _ = gradient.shape
    (sy, sx), (dy, dx) = geometry.strides, geometry.dilation
    out = np.empty((*shape[:3], gradient.shape[3]), gradient.dtype)
    for i in range(shape[0]):
        for j in range(shape[1]):
            tap = padded[:, i * dy : i * dy + (rows - 1) * sy + 1 : sy, j * dx : j * dx + (columns - 1) * sx + 1 : sx]
            out[i, j] = np.tensordot(tap, gradient, axes=((0, 1, 2), (0, 1, 2)))
    return out
