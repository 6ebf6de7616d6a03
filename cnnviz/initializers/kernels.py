"""Kernels written out number by number, and the classic ones of image processing by name."""

from __future__ import annotations

from math import comb
from typing import Literal

import numpy as np

from cnnviz.errors import LayerError
from cnnviz.initializers.base import Array, InitializerBase, WeightSpec, need_finite
from cnnviz.ops.random import Key
from cnnviz.wording import shape_text

KernelName = Literal["sobel_x", "sobel_y", "laplacian", "gaussian", "box", "sharpen", "emboss", "identity"]
Filter = tuple[tuple[float | tuple[float, ...], ...], ...]


class Filters(InitializerBase, frozen=True, tag="filters"):
    """Kernels as written, or classic ones by name, one a filter of the layer.

    Attributes:
        values: The filters, each rows x columns (used for every input channel) or rows x columns x channels.
        names: The names of classic filters, in the place of `values`.
        flip: Turn each by 180 degrees: the mathematician's convolution instead of cross-correlation.
    """

    values: tuple[Filter, ...] | None = None
    names: tuple[KernelName, ...] | None = None
    flip: bool = False

    def check(self, spec: WeightSpec) -> None:
        if (self.values is None) == (self.names is None):
            given = "neither" if self.values is None else "both"
            raise LayerError(f"`filters` takes either `values` or `names`, got {given}")
        if len(spec.shape) != 4:
            raise LayerError(
                f"`filters` fills the kernel of a convolution, this weight is {shape_text(spec.shape)}; "
                "take `constant` or a random initializer"
            )
        field = "names" if self.values is None else "values"
        count = len(self.values or self.names or ())
        if count != spec.shape[spec.filters_axis]:
            raise LayerError(
                f"the number of `{field}` (={count}) must be that of the kernel's filters "
                f"(={spec.shape[spec.filters_axis]}, it is {shape_text(spec.shape)}); list one for each"
            )
        size = (spec.shape[0], spec.shape[1])
        for name in self.names or ():
            _check_name(name, size)
        for i, kernel in enumerate(self.values or ()):
            _check_values(f"values[{i}]", kernel, size, spec.shape[spec.channels_axis])

    def fill(self, spec: WeightSpec, key: Key) -> Array:
        size = (spec.shape[0], spec.shape[1])
        out = np.empty(spec.shape, np.float32)
        by_filter = np.moveaxis(out, (spec.filters_axis, spec.channels_axis), (0, 3))
        kernels = self.values or [classic(name, size) for name in self.names or ()]
        for target, kernel in zip(by_filter, kernels, strict=True):
            for y, row in enumerate(kernel):
                for x, taps in enumerate(row):
                    target[y, x] = taps
        return np.ascontiguousarray(out[::-1, ::-1]) if self.flip else out


_THREE_BY_THREE: dict[str, Filter] = {
    "sobel_x": ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)),
    "sobel_y": ((-1, -2, -1), (0, 0, 0), (1, 2, 1)),
    "laplacian": ((0, 1, 0), (1, -4, 1), (0, 1, 0)),
    "sharpen": ((0, -1, 0), (-1, 5, -1), (0, -1, 0)),
    "emboss": ((-2, -1, 0), (-1, 1, 1), (0, 1, 2)),
}


def classic(name: KernelName, size: tuple[int, int]) -> Filter:
    """Return a classic kernel.

    Args:
        name: Its name.
        size: Rows and columns: 3x3, or any odd numbers for `gaussian` (binomial coefficients), `box` and
            `identity`. `gaussian` and `box` sum to 1.
    """
    if name in _THREE_BY_THREE:
        return _THREE_BY_THREE[name]
    if name == "gaussian":
        rows, columns = ([comb(n - 1, k) / 2 ** (n - 1) for k in range(n)] for n in size)
    elif name == "box":
        rows, columns = ([1 / n] * n for n in size)
    else:
        rows, columns = ([float(k == n // 2) for k in range(n)] for n in size)
    return tuple(tuple(a * b for b in columns) for a in rows)


def _check_name(name: KernelName, size: tuple[int, int]) -> None:
    if name in _THREE_BY_THREE and size != (3, 3):
        raise LayerError(
            f"`{name}` is 3x3, the kernel is {shape_text(size)}; set `kernel_size: 3`, "
            "or take gaussian, box or identity, which come in every odd size"
        )
    if any(n % 2 == 0 for n in size):
        raise LayerError(f"`{name}` comes in odd sizes, the kernel is {shape_text(size)}; make `kernel_size` odd")


def _check_values(path: str, kernel: Filter, size: tuple[int, int], channels: int) -> None:
    if len(kernel) != size[0] or any(len(row) != size[1] for row in kernel):
        lengths = {len(row) for row in kernel}
        given = shape_text((len(kernel), *lengths)) if len(lengths) == 1 else "ragged"
        raise LayerError(f"`{path}` is {given}, the kernel is {shape_text(size)}; write {size[0]} rows of {size[1]}")
    for y, row in enumerate(kernel):
        for x, taps in enumerate(row):
            place = f"{path}[{y}][{x}]"
            if not isinstance(taps, tuple):
                need_finite(**{place: taps})
                continue
            if len(taps) != channels:
                raise LayerError(
                    f"`{place}` lists {len(taps)} numbers, the kernel has {channels} input channels; "
                    "list one for each, or one number for all"
                )
            need_finite(**{f"{place}[{c}]": tap for c, tap in enumerate(taps)})
