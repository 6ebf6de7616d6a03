"""What is swept, made ready: the combinations, what they share, what of it is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Literal

import numpy as np
from msgspec.structs import replace

from cnnviz.errors import UsageError
from cnnviz.io.files import show_path
from cnnviz.io.images import DecodedImage
from cnnviz.layers.base import Array, Layer
from cnnviz.render.sweep.folding import fold
from cnnviz.render.sweep.model import SweptOption
from cnnviz.render.sweep.tile import SweepTile, shrink, tile_bytes
from cnnviz.stack.spec import Stack
from cnnviz.workflows.drawing.style import Style
from cnnviz.workflows.prepare.request import DrawingRequest, StackRequest
from cnnviz.workflows.sweep.choices import Choice, combinations
from cnnviz.workflows.sweep.plan import plan
from cnnviz.workflows.sweep.variants import Variants

ScaleOf = Literal["each", "common"]

_SIDES = {1: 420, 2: 400, 3: 320, 4: 280, 5: 240}
_SMALLEST_SIDE = 200
"""Pixels of a tile by the columns of a sheet, and from six columns on."""


class Sweep:
    """A sweep made ready.

    Attributes:
        request: The stack that is varied.
        scale: Whether each tile has a scale of its own, or all tiles of a layer a common one.
        pictures: The pictures, by their names.
        combinations: One value of each option, in every way.
        variants: The stack of each combination.
        remarks: What a user should know of the stack and the weights file.
        stack: The first combination's stack, for what all have alike.
        layers: The layers that stand at each position, one of each combination that could be read.
        style: How to draw.
        options: The options that have several values.
        plan: What is computed.
        paths: The passes of each combination, as far as its layers fit.
        drawn: The positions of the layers that are drawn.
        side: Pixels of a tile.
        itemsize: Bytes of a number in the forward pass.
    """

    def __init__(
        self,
        request: StackRequest,
        choices: Sequence[Choice],
        pictures: Mapping[str, DecodedImage],
        drawing: DrawingRequest,
        scale: ScaleOf,
    ) -> None:
        """Read the stack with each combination's changes, and find what they share.

        Args:
            request: The stack.
            choices: The changes to it, each with one value or several.
            pictures: The pictures, by their names.
            drawing: How to draw.
            scale: Whether each tile has a scale of its own, or all tiles of a layer a common one.

        Raises:
            CnnvizError: If an option, the stack or the weights file is wrong, or no combination fits.
        """
        self.request, self.scale, self.pictures = request, scale, pictures
        self.combinations = combinations(choices)
        found = Variants(request, self.combinations, pictures)
        self.variants, self.remarks = found.all, tuple(found.remarks)
        stacks = [variant.stack for variant in self.variants if variant.stack is not None]
        self.stack: Stack = stacks[0]
        self.layers: list[tuple[Layer, ...]] = list(zip(*(stack.layers for stack in stacks), strict=True))
        names = frozenset(layer.name for layers in self.layers for layer in layers)
        self.style = replace(Style.of(self.stack, replace(drawing, layers=(), maps=False)), layers=names)
        self.drawn = self._chosen(drawing.layers)
        self.options = tuple(
            SweptOption(option=choice.option, name=choice.name, values=choice.values)
            for choice in choices
            if choice.varies
        )
        self.side = _SIDES.get(len(fold(self.options, range(len(self.variants))).cells[0]), _SMALLEST_SIDE)
        self.itemsize = np.dtype(request.dtype).itemsize
        self.plan = plan(self.variants)
        self.paths = self.plan.paths
        self.remarks += tuple(self._idle_choices(choices))
        self._shown = {number for path in self.paths for at, number in enumerate(path) if at in self.drawn}

    def _joined(self, number: int) -> str:
        """Return the order of the channels if a pass's three maps are one colour picture; else empty."""
        if not self.style.has_composite(self.plan.passes[number].node):
            return ""
        while number >= 0:
            number = self.plan.passes[number].sources[0]
        return self.plan.inputs[-1 - number][1].color

    def tile_bytes(self, number: int) -> int:
        """Count the bytes that are kept of a pass."""
        if number not in self._shown:
            return 0
        shape, itemsize = self.plan.passes[number].node.output_shape, self.itemsize
        return tile_bytes(shape, self.style.max_maps, bool(self._joined(number)), self.side, itemsize)

    def tile(self, number: int, array: Array) -> SweepTile | None:
        """Return what a tile shows of a pass, out of its output; None if it is not drawn."""
        if number not in self._shown:
            return None
        return shrink(array, self.style.max_maps, self._joined(number), self.side)

    def seed(self, k: int) -> int:
        """Return the seed of a combination."""
        asked, stack = self.combinations[k].seed, self.variants[k].stack or self.stack
        return stack.seed if asked is None else asked

    def names(self, position: int) -> tuple[str, ...]:
        """Return the name of the layer at a position, or its names where they differ."""
        return tuple(dict.fromkeys(layer.name for layer in self.layers[position]))

    def types(self, position: int) -> tuple[str, ...]:
        """Return the kind of the layer at a position, or its kinds."""
        return tuple(dict.fromkeys(type(layer).__name__ for layer in self.layers[position]))

    def variant(self, position: int) -> str:
        """Return what tells the layer at a position from others of its kind; empty where that differs, or nothing."""
        found = {layer.variant() for layer in self.layers[position]}
        return found.pop() if len(found) == 1 else ""

    def _idle_choices(self, choices: Sequence[Choice]) -> Iterator[str]:
        """Say which choices are between values that all come to the same: that is worth seeing, too."""
        for at, choice in enumerate(choices):
            outcomes: dict[tuple[str, ...], set[object]] = {}
            for combination, path, variant in zip(self.combinations, self.paths, self.variants, strict=True):
                others = (*combination.values[:at], *combination.values[at + 1 :])
                outcomes.setdefault(others, set()).add((path, variant.stack and variant.stack.classes))
            if choice.varies and all(len(alike) == 1 for alike in outcomes.values()):
                written = show_path(f"{choice.target}=" * bool(choice.target) + ",".join(choice.values))
                yield f"{choice.option} {written} changes nothing here: every layer comes out the same"

    def _chosen(self, globs: Sequence[str]) -> frozenset[int]:
        """Find the positions of the layers to draw."""
        everything = frozenset(range(len(self.layers)))
        if not globs:
            return everything
        chosen: set[int] = set()
        for glob in globs:
            found = {at for at in everything if any(fnmatchcase(name, glob) for name in self.names(at))}
            if not found:
                names = ", ".join(name for at in sorted(everything) for name in self.names(at))
                raise UsageError(f"--layer {glob}: no layer is called so; the stack has {names}")
            chosen |= found
        return frozenset(chosen)
