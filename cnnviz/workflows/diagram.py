"""A network as a picture: no image, no pixel, no weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from cnnviz.errors import UsageError
from cnnviz.io.targets import write_target
from cnnviz.render.diagram.families import DARK, LIGHT
from cnnviz.render.diagram.marks import Drawing
from cnnviz.render.diagram.model import parts_of
from cnnviz.render.diagram.sheet import Look, Style, draw
from cnnviz.render.diagram.svg import to_svg
from cnnviz.render.kit.figures import check_figure, encode_figure
from cnnviz.workflows.prepare.preparation import Preparation
from cnnviz.workflows.prepare.request import Config, StackRequest
from cnnviz.workflows.shapes import shape_of

_PIXELS = 64_000_000
"""Pixels of a PNG, at most: four bytes of memory each."""


class Diagram(NamedTuple):
    """A network as a picture. A notebook shows it.

    Attributes:
        drawing: What is drawn.
        colours: The colours of what is drawn, by their names.
        remarks: What a user should know of the stack.
    """

    drawing: Drawing
    colours: Mapping[str, str]
    remarks: Sequence[str]

    def save(self, path: str | PathLike[str], width: float | None = None) -> None:
        """Write the picture; the suffix decides the format: `.svg`, `.png` or `.pdf`.

        Args:
            path: The file.
            width: Pixels that a PNG is wide, and that an SVG is shown with; None for as many as letters need, in a PNG
                as far as there is room for them.

        Raises:
            CnnvizError: If the suffix is another, or the file cannot be written.
        """
        place = Path(path)
        check_figure(place)
        if place.suffix.lower() == ".png":
            width = self._pixels_across(width)
        if place.suffix.lower() == ".svg":
            write_target(place, to_svg(self.drawing, self.colours, width).encode())
        else:
            from cnnviz.render.diagram.figure import style, to_figure

            figure = encode_figure(lambda: to_figure(self.drawing, self.colours, width), place.suffix, style())
            write_target(place, figure)

    def _pixels_across(self, width: float | None) -> float:
        """Return how many pixels wide a PNG is.

        Raises:
            UsageError: If the width that was asked for gives too many.
        """
        drawing = self.drawing
        most = int((_PIXELS * drawing.width / drawing.height) ** 0.5)
        if width is None:
            return min(drawing.width * drawing.scale, most)
        if width > most:
            raise UsageError(
                f"a PNG {width:.0f} pixels wide would have more than {_PIXELS // 10**6} million; "
                f"write at most {most}, or an SVG or PDF, which are sharp at any size"
            )
        return width

    def _repr_svg_(self) -> str:
        return to_svg(self.drawing, self.colours, fitted=True)


def diagram(
    config: Config,
    input_size: tuple[int, ...] | None = None,
    *,
    style: Style = "blocks",
    aspect: float = 16 / 9,
    bare: bool = False,
    fold: bool | None = None,
    costs: bool = False,
    dark: bool = False,
) -> Diagram:
    """Draw a network, as `cnnviz diagram` does.

    Args:
        config: What `cnnviz.load_stack` takes, or what it gave.
        input_size: Height and width, perhaps channels; None for the size that the stack fixes.
        style: `blocks` to scale, or `graph`: boxes of words.
        aspect: Width by height of the page.
        bare: Whether the network is drawn alone, cut to its size.
        fold: Whether what repeats is drawn once; None where letters would be small on a slide.
        costs: Whether parameters and multiply-accumulates are written with every layer.
        dark: Whether the paper is dark.

    Raises:
        CnnvizError: If the stack is wrong, does not fit the size, or leaves it open.
    """
    look = Look(style, aspect, bare, fold, costs, dark)
    return diagram_of(StackRequest(config), look, input_size)


def diagram_of(request: StackRequest, look: Look, input_size: tuple[int, ...] | None = None) -> Diagram:
    """Draw the stack of a request over an input size.

    Args:
        request: The stack.
        look: How to draw it.
        input_size: Height and width, perhaps channels; None for the size that the stack fixes.

    Raises:
        CnnvizError: If the stack is wrong, does not fit the size, or leaves it open.
    """
    preparation = Preparation(request)
    shape = shape_of(preparation.stack, input_size)
    nodes = preparation.nodes(shape)
    drawing = draw(preparation.stack.name, parts_of(preparation.stack.input, nodes, shape), look)
    return Diagram(drawing, (DARK if look.dark else LIGHT).colours(), preparation.remarks)
