"""Convolution and pooling written out loop by loop, as a textbook has them: the oracle of the fast ones."""

from __future__ import annotations

import math

import numpy as np


def convolution(x, kernel, bias=None, strides=(1, 1), dilation=(1, 1), padding=(0, 0, 0, 0), groups=1):
    """Slide the kernel over `(H, W, in)`; every product is taken one by one, in float64."""
    height, width = x.shape[:2]
    kernel_height, kernel_width, share, filters = kernel.shape
    rows = _steps(height, kernel_height, strides[0], dilation[0], padding[0], padding[1])
    columns = _steps(width, kernel_width, strides[1], dilation[1], padding[2], padding[3])
    out = np.zeros((rows, columns, filters))
    for row in range(rows):
        for column in range(columns):
            for f in range(filters):
                group = f // (filters // groups)
                total = 0.0 if bias is None else float(bias[f])
                for i in range(kernel_height):
                    for j in range(kernel_width):
                        y = row * strides[0] + i * dilation[0] - padding[0]
                        z = column * strides[1] + j * dilation[1] - padding[2]
                        if 0 <= y < height and 0 <= z < width:
                            for c in range(share):
                                total += float(x[y, z, group * share + c]) * float(kernel[i, j, c, f])
                out[row, column, f] = total
    return out


def transposed_convolution(x, kernel, bias=None, strides=(1, 1), padding=(0, 0, 0, 0), output_padding=(0, 0)):
    """Stamp the kernel `(kh, kw, out, in)` on the output once for every input pixel, then cut the edges.

    The output is `(H - 1) * stride + kh - top - bottom + output_padding` high, and likewise wide.
    """
    height, width, channels = x.shape
    kernel_height, kernel_width, filters, _ = kernel.shape
    top, bottom, left, right = padding
    rows = (height - 1) * strides[0] + kernel_height - top - bottom + output_padding[0]
    columns = (width - 1) * strides[1] + kernel_width - left - right + output_padding[1]
    out = np.zeros((rows, columns, filters))
    if bias is not None:
        out += bias
    for y in range(height):
        for z in range(width):
            for i in range(kernel_height):
                for j in range(kernel_width):
                    row, column = y * strides[0] + i - top, z * strides[1] + j - left
                    if 0 <= row < rows and 0 <= column < columns:
                        for f in range(filters):
                            for c in range(channels):
                                out[row, column, f] += float(x[y, z, c]) * float(kernel[i, j, f, c])
    return out


def max_pooling(x, size, strides, padding=(0, 0, 0, 0), dilation=(1, 1), ceil=False):
    """Take the largest real pixel of each window of `(H, W, C)`; a NaN wins."""

    def largest(values):
        return math.nan if any(math.isnan(v) for v in values) else max(values)

    return _pooling(x, size, strides, padding, dilation, ceil, False, largest)


def average_pooling(x, size, strides, padding=(0, 0, 0, 0), dilation=(1, 1), ceil=False, counted=False):
    """Take the mean of the real pixels of each window of `(H, W, C)`, or of these and the zeros of padding."""
    return _pooling(x, size, strides, padding, dilation, ceil, counted, lambda values: sum(values) / len(values))


def _pooling(x, size, strides, padding, dilation, ceil, counted, reduce):
    height, width, channels = x.shape
    rows = _steps(height, size[0], strides[0], dilation[0], padding[0], padding[1], ceil)
    columns = _steps(width, size[1], strides[1], dilation[1], padding[2], padding[3], ceil)
    out = np.zeros((rows, columns, channels))
    for row in range(rows):
        for column in range(columns):
            for c in range(channels):
                values = []
                for i in range(size[0]):
                    for j in range(size[1]):
                        y = row * strides[0] + i * dilation[0] - padding[0]
                        z = column * strides[1] + j * dilation[1] - padding[2]
                        if 0 <= y < height and 0 <= z < width:
                            values.append(float(x[y, z, c]))
                        elif counted and y < height + padding[1] and z < width + padding[3]:
                            values.append(0.0)
                out[row, column, c] = reduce(values)
    return out


def _steps(length, size, stride, dilation, before, after, ceil=False):
    room = length + before + after - dilation * (size - 1) - 1
    if not ceil:
        return room // stride + 1
    count = math.ceil(room / stride) + 1
    return count - 1 if (count - 1) * stride >= length + before else count
