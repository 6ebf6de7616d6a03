"""From a layer's tensor to encoded pictures: measured once, scaled once, drawn alone and in the sheet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import UsageError
from cnnviz.layers.base import Weights
from cnnviz.render.colormap import Table, colormap, colour
from cnnviz.render.kernels import can_draw, kernel_sheet
from cnnviz.render.scaling import Levels, Ranges, ScaleBy, ranges, to_levels
from cnnviz.render.sheets import composite, sheet
from cnnviz.render.statistics import Statistics
from cnnviz.stack.graph import Node
from cnnviz.stack.spec import Stack
from cnnviz.workflows.names import LayerFiles
from cnnviz.workflows.request import DrawingRequest


@dataclass(frozen=True)
class Style:
    """How a run draws: the request with the stack's defaults filled in.

    Attributes:
        scale_by: What range becomes 0..255.
        colormap: Its name.
        table: Its colours, `(256, 3)`; None for gray.
        composite: Also draw a 3-map layer as one colour picture.
        maps: Also draw each map alone.
        max_maps: Draw at most so many maps of a layer, 0 for all.
        layers: Names of the layers to draw.
        kernels: Also draw each layer's kernels.
        color: The order of the channels of the input.
    """

    scale_by: ScaleBy
    colormap: str
    table: Table | None
    composite: bool
    maps: bool
    max_maps: int
    layers: frozenset[str]
    kernels: bool
    color: str

    @classmethod
    def of(cls, stack: Stack, request: DrawingRequest) -> Style:
        """Fill in the stack's defaults.

        Raises:
            UsageError: If a scale, a colormap or a layer that is asked for does not exist.
        """
        names = [layer.name for layer in stack.layers]
        chosen: set[str] = set(names if not request.layers else ())
        for glob in request.layers:
            found = [name for name in names if fnmatchcase(name, glob)]
            if not found:
                raise UsageError(f"--layer {glob}: no layer is called so; the stack has {', '.join(names)}")
            chosen.update(found)
        name = request.colormap or stack.output.colormap
        return cls(
            scale_by=ScaleBy.parse(request.scale_by or stack.output.scale_by),
            colormap=name,
            table=colormap(name),
            composite=stack.output.composite if request.composite is None else request.composite,
            maps=request.maps,
            max_maps=request.max_maps,
            layers=frozenset(chosen),
            kernels=request.kernels,
            color=stack.input.color,
        )

    def key(self) -> dict[str, Any]:
        """Return what decides the pictures, as plain data."""
        return {
            "scale_by": str(self.scale_by),
            "colormap": self.colormap,
            "composite": self.composite,
            "maps": self.maps,
            "max_maps": self.max_maps,
            "layers": sorted(self.layers),
            "kernels": self.kernels,
        }

    def shown(self, node: Node) -> int:
        """Count the maps of a layer that are drawn; a vector counts as one."""
        if node.layer.name not in self.layers:
            return 0
        maps = node.output_shape[2] if len(node.output_shape) == 3 else 1
        return min(maps, self.max_maps) if self.max_maps else maps

    def has_composite(self, node: Node) -> bool:
        """Whether a layer is also drawn as one colour picture."""
        return self.composite and self.shown(node) == 3 and node.output_shape[2:] == (3,)

    def has_kernels(self, node: Node) -> bool:
        """Whether a layer's kernels are drawn."""
        return self.kernels and bool(self.shown(node)) and kernel_of(node) is not None


@dataclass(frozen=True)
class LayerPictures:
    """A layer as pictures, `(H, W)` or `(H, W, 3)`.

    Attributes:
        sheet: All maps side by side.
        maps: Each map alone; empty for a vector.
        composite: A 3-map layer as one colour picture.
        ranges: The range of values that each map was drawn with.
    """

    sheet: Levels
    maps: tuple[Levels, ...]
    composite: Levels | None
    ranges: Ranges

    def named(self, files: LayerFiles) -> Iterator[tuple[str, Levels]]:
        """Go over the pictures with their names."""
        if files.sheet:
            yield files.sheet, self.sheet
        yield from zip(files.maps, self.maps, strict=True)
        if files.composite and self.composite is not None:
            yield files.composite, self.composite


def draw(array: NDArray[Any], statistics: Statistics, node: Node, style: Style) -> LayerPictures:
    """Draw a layer.

    Args:
        array: `(H, W, C)` or `(units,)`.
        statistics: What `measure` said of it.
        node: The layer.
        style: How to draw.
    """
    used = ranges(statistics, style.scale_by)
    levels = to_levels(array, used, limit=style.max_maps)
    alone = () if array.ndim == 1 or not style.maps else tuple(colour(level, style.table) for level in levels)
    together = composite(levels, style.color) if style.has_composite(node) else None
    return LayerPictures(sheet(levels, style.table), alone, together, used)


def draw_kernels(node: Node, weights: Weights, style: Style) -> Levels:
    """Draw a layer's kernels in the symmetric scale."""
    name = kernel_of(node)
    assert name is not None
    spec = node.weights[name]
    return kernel_sheet(weights[name], spec.filters_axis, spec.channels_axis, style.table)


def kernel_of(node: Node) -> str | None:
    """Return the name of the weight that is a layer's kernel, the first if it has two; None if none can be drawn."""
    return next((name for name, spec in node.weights.items() if name.endswith("kernel") and can_draw(spec.shape)), None)


def as_levels(array: NDArray[Any], statistics: Statistics, style: Style) -> Levels:
    """Draw an array that is no layer, such as an input that came as one, as a sheet."""
    return sheet(np.asarray(to_levels(array, ranges(statistics, style.scale_by), style.max_maps)), style.table)
