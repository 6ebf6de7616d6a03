"""How a run draws: the request with the stack's defaults filled in."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from math import prod
from typing import Any

import msgspec
import numpy as np

from cnnviz.errors import UsageError
from cnnviz.layers.base import Array, Layer, Weights
from cnnviz.render.kernels import can_draw
from cnnviz.render.kit.colormap import Table
from cnnviz.render.kit.colormap import colormap as find_colors
from cnnviz.render.report.model import LAYOUT
from cnnviz.render.scaling import ScaleBy
from cnnviz.stack.graph import Node
from cnnviz.stack.scores import class_names
from cnnviz.stack.spec import MapOrder, Stack
from cnnviz.workflows.prepare.request import DrawingRequest


class Style(msgspec.Struct, frozen=True):
    """How a run draws: the request with the stack's defaults filled in.

    Attributes:
        scale_by: What range becomes 0..255.
        order: In which order a sheet shows maps.
        colormap: The name of the colormap.
        table: The colours of the colormap, `(256, 3)`; None for gray.
        composite: Also draw a 3-map layer as one colour picture.
        labels: Write on sheets and kernels what they show.
        maps: Also draw each map alone.
        max_maps: Draw at most so many maps of a layer, 0 for all.
        layers: Names of the layers to draw.
        kernels: Also draw each layer's kernels.
        color: The order of the channels of the input.
        classes: Names of the stack's classes.
        class_layers: Names of the layers that have a unit for each class.
    """

    scale_by: ScaleBy
    order: MapOrder
    colormap: str
    table: Table | None
    composite: bool
    labels: bool
    maps: bool
    max_maps: int
    layers: frozenset[str]
    kernels: bool
    color: str
    classes: tuple[str, ...]
    class_layers: frozenset[str]

    @classmethod
    def of(cls, stack: Stack, request: DrawingRequest) -> Style:
        """Fill in the stack's defaults.

        Raises:
            UsageError: If a scale, a colormap or a layer that is asked for does not exist.
        """
        names = [layer.name for layer in stack.layers]
        chosen: set[str] = set(names if not request.layers else ())
        for glob in request.layers:
            found = [
                layer.name
                for layer in stack.layers
                if fnmatchcase(layer.name, glob) or glob == layer.source or fnmatchcase(layer.source, glob)
            ]
            if not found:
                raise UsageError(f"--layer {glob}: no layer is called so; the stack has {', '.join(names)}")
            chosen.update(found)
        name = request.colormap or stack.output.colormap
        labels = stack.output.labels if request.labels is None else request.labels
        return cls(
            scale_by=ScaleBy.parse(request.scale_by or stack.output.scale_by),
            order=request.order or stack.output.order,
            colormap=name,
            table=find_colors(name),
            composite=stack.output.composite if request.composite is None else request.composite,
            labels=labels,
            maps=request.maps,
            max_maps=request.max_maps,
            layers=frozenset(chosen),
            kernels=request.kernels,
            color=stack.input.color,
            classes=stack.classes,
            class_layers=frozenset(_class_layers(stack)),
        )

    def key(self) -> dict[str, Any]:
        """Return what decides the pictures, as plain data."""
        return {
            "scale_by": str(self.scale_by),
            **({} if self.order == "index" else {"order": self.order}),
            "layout": LAYOUT,
            **({"labels": True} if self.labels else {}),
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

    def by_activity(self, node: Node) -> bool:
        """Whether the maps of a layer are shown in another order than that of their numbers."""
        return self.order == "activity" and len(node.output_shape) == 3 and node.output_shape[2] > 1

    def numbered(self, node: Node) -> int:
        """Count the maps of a layer that may be drawn alone: which are the strongest is known when they are there."""
        return node.output_shape[2] if self.shown(node) and self.by_activity(node) else self.shown(node)

    def unit_names(self, node: Node) -> tuple[str, ...]:
        """Return the names of a layer's units, if they are classes; else nothing."""
        names = class_names(self.classes, node.output_shape) if node.layer.name in self.class_layers else ()
        return names if node.output_shape == (len(names),) else ()

    def memory(self, node: Node, dtype: str) -> int:
        """Return the bytes that a layer's pictures take while they are drawn and encoded, roughly.

        Args:
            node: The layer.
            dtype: The arithmetic's floating type.
        """
        itemsize = np.dtype(dtype).itemsize
        pixels = prod(node.output_shape[:2]) * self.shown(node)
        values = prod(node.output_shape) * itemsize * self.scale_by.by_percentile
        values += pixels * itemsize * self.by_activity(node)
        channels = 1 if self.table is None else 3
        levels = pixels * (1 + (channels if self.maps and channels > 1 else 0))
        together = 3 * pixels if self.has_composite(node) else 0
        # The sheet as it is, in OpenCV's order of colours, as it is encoded, and as the bytes of the file; with words
        # also its enlarged maps, as Pillow has it, and as it comes from there.
        copies = (3 if channels == 1 else 4) + 3 * self.labels
        return values + levels + together + copies * channels * pixels

    def has_composite(self, node: Node) -> bool:
        """Whether a layer is also drawn as one colour picture."""
        return self.composite and self.shown(node) == 3 and node.output_shape[2:] == (3,)

    def has_kernels(self, node: Node) -> bool:
        """Whether a layer's kernels are drawn."""
        return self.kernels and bool(self.shown(node)) and kernel_of(node) is not None


def _class_layers(stack: Stack) -> Iterator[str]:
    """Go from the end of a stack over all that only bends the scores of its classes, to where they come from."""
    layers = {layer.name: layer for layer in stack.layers}
    layer: Layer | None = stack.layers[-1]
    while layer is not None:
        yield layer.name
        layer = layers.get(layer.inputs[0]) if layer.bends else None


def kernel_of(node: Node) -> str | None:
    """Return the name of the weight that is a layer's kernel, the first if it has two; None if none can be drawn."""
    return next((name for name, spec in node.weights.items() if name.endswith("kernel") and can_draw(spec.shape)), None)


def kernel_to_draw(node: Node, weights: Weights) -> Array:
    """Return the kernel that is drawn of a layer, input channels and filters last."""
    name = kernel_of(node)
    assert name is not None
    spec = node.weights[name]
    kernel = np.moveaxis(weights[name], (spec.channels_axis, spec.filters_axis), (-2, -1))
    # Where channels are not mixed, each filter of each channel makes a map of its own.
    return kernel.reshape(*kernel.shape[:2], 1, -1) if hasattr(node.layer, "depth_multiplier") else kernel
