"""What is swept, made ready: the combinations, what they share, what of it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from msgspec.structs import replace

from cnnviz.errors import UsageError
from cnnviz.io.images import Picture
from cnnviz.layers.base import Layer
from cnnviz.render.sweep.folding import Axis, fold
from cnnviz.render.sweep.model import Option
from cnnviz.render.sweep.tile import tile_bytes
from cnnviz.stack.spec import Stack
from cnnviz.workflows.style import Style
from cnnviz.workflows.sweep.choices import varied
from cnnviz.workflows.sweep.plan import plan
from cnnviz.workflows.sweep.request import SweepRequest
from cnnviz.workflows.sweep.variants import Candidate, Candidates

_SIDES = {1: 420, 2: 400, 3: 320, 4: 280, 5: 240}
_SMALLEST_SIDE = 200
"""Pixels of a tile by the columns of a sheet, and from six columns on."""


class Subject:
    """A sweep made ready.

    Attributes:
        request: What was asked for.
        file: The picture, as it was named.
        picture: The picture.
        candidates: Every combination with its stack.
        remarks: What a user should know of the stack and the weights file.
        stack: That of the first combination, for what all have alike.
        layers: The layers that stand at each position, one of each combination that could be read.
        style: How to draw.
        options: Those with several values.
        axes: The same, to lay out.
        plan: What is computed.
        paths: The passes of each combination, as far as its layers fit.
        drawn: The positions of the layers that are drawn.
        side: Pixels of a tile.
    """

    def __init__(self, request: SweepRequest, file: str, picture: Picture) -> None:
        """Read the stack with each combination's changes, and find what they share.

        Raises:
            CnnvizError: If an option, the stack or the weights file is wrong, or no combination fits.
        """
        self.request, self.file, self.picture = request, file, picture
        found = Candidates(request, picture)
        self.candidates, self.remarks = found.all, tuple(found.remarks)
        stacks = [candidate.stack for candidate in self.candidates if candidate.stack is not None]
        self.stack: Stack = stacks[0]
        self.layers: list[tuple[Layer, ...]] = list(zip(*(stack.layers for stack in stacks), strict=True))
        names = frozenset(layer.name for layers in self.layers for layer in layers)
        self.style = replace(Style.of(self.stack, replace(request.drawing, layers=(), maps=False)), layers=names)
        self.drawn = self._chosen(request.drawing.layers)
        self.options = tuple(
            Option(option=choice.option, name=choice.name, values=choice.values)
            for _, choice in varied(request.choices)
        )
        self.axes = tuple(Axis(option.name, option.values) for option in self.options)
        self.side = _SIDES.get(len(fold(self.axes, range(len(self.candidates))).cells[0]), _SMALLEST_SIDE)
        self.plan = plan([candidate.variant for candidate in self.candidates if candidate.variant is not None])
        paths = iter(self.plan.paths)
        self.paths = tuple(next(paths) if candidate.variant is not None else () for candidate in self.candidates)
        self._shown = {number for path in self.paths for at, number in enumerate(path) if at in self.drawn}

    def shows(self, number: int) -> bool:
        """Whether a pass is drawn."""
        return number in self._shown

    def joined(self, number: int) -> str:
        """Return the order of the channels if a pass's three maps are one colour picture; else empty."""
        if not self.style.has_composite(self.plan.passes[number].node):
            return ""
        while number >= 0:
            number = self.plan.passes[number].sources[0]
        return self.plan.inputs[-1 - number][0].color

    def tile_bytes(self, number: int) -> int:
        """Count the bytes that are kept of a pass."""
        if not self.shows(number):
            return 0
        shape, itemsize = self.plan.passes[number].node.output_shape, self.request.numpy_dtype.itemsize
        return tile_bytes(shape, self.style.max_maps, bool(self.joined(number)), self.side, itemsize)

    def seed(self, candidate: Candidate) -> int:
        """Return the seed of a combination."""
        stack = candidate.stack or self.stack
        return stack.seed if candidate.combination.seed is None else candidate.combination.seed

    def names(self, position: int) -> tuple[str, ...]:
        """Return the name of the layer at a position, or its names where they differ."""
        return tuple(dict.fromkeys(layer.name for layer in self.layers[position]))

    def types(self, position: int) -> tuple[str, ...]:
        """Return the kind of the layer at a position, or its kinds."""
        return tuple(dict.fromkeys(type(layer).__name__ for layer in self.layers[position]))

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
