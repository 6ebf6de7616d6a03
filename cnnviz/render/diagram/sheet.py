"""The whole picture: the network with a title, a legend and what the scale is, on a page of given proportions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from cnnviz.render.diagram.blocks import Blocks
from cnnviz.render.diagram.boxes import Boxes
from cnnviz.render.diagram.chains import Chain, chains_of
from cnnviz.render.diagram.descent import shaped_as_u
from cnnviz.render.diagram.families import FAMILIES, LEGEND
from cnnviz.render.diagram.folding import Folded, Repeat, fold
from cnnviz.render.diagram.layered.layout import lay_out
from cnnviz.render.diagram.layered.model import Frame, Layout, Spacing
from cnnviz.render.diagram.marks import (
    Drawing,
    Group,
    Mark,
    Outline,
    Words,
    arrow_head,
    moved,
    rectangle,
    shortened,
    width_of,
)
from cnnviz.render.diagram.model import Part, shortly
from cnnviz.render.kit.canvas import TIMES, Box
from cnnviz.wording import plural, shape_text

Style = Literal["blocks", "graph"]

_WIDTH = 1920.0
"""Units that a page is wide, as a slide has pixels."""
_MARGIN, _EDGE = 48.0, 12.0
"""Around what is on a page, and around a network that is drawn alone."""
_TITLE, _SUBTITLE, _LEGEND, _CAPTION = 40.0, 22.0, 19.0, 17.0
_HEAD, _FOOT = 96.0, 72.0
_LARGEST, _ENOUGH = 2.4, 1.5
"""How much a small network is enlarged, at most; and from where on fewer rows are better than larger letters."""
_SMALLEST = 0.8
"""Where letters would be drawn smaller than this, what repeats is drawn once."""
_SWATCH = 18.0
_STYLES: dict[Style, type[Blocks] | type[Boxes]] = {"blocks": Blocks, "graph": Boxes}
_SPACING: dict[Style, Spacing] = {"blocks": Spacing(gap=26, apart=14), "graph": Spacing(gap=26, apart=22)}


class Look(NamedTuple):
    """How to draw a network.

    Attributes:
        style: Blocks to scale, or boxes of words.
        aspect: Width by height of the page.
        bare: Whether the network is drawn alone, cut to its size, without title and legend.
        fold: Whether what repeats is drawn once; None where letters would be too small otherwise.
        costs: Whether parameters and multiply-accumulates are written with every layer.
        dark: Whether the paper is dark.
    """

    style: Style = "blocks"
    aspect: float = 16 / 9
    bare: bool = False
    fold: bool | None = None
    costs: bool = False
    dark: bool = False


class _Content(NamedTuple):
    """The network alone.

    Attributes:
        groups: What is drawn.
        layout: Where everything lies.
        caption: What is to scale.
        scale: How much it is enlarged on the page.
    """

    groups: list[Group]
    layout: Layout
    caption: str
    scale: float


def draw(name: str, parts: Sequence[Part], look: Look) -> Drawing:
    """Draw a network.

    Args:
        name: The stack's.
        parts: The input and the layers, in order.
        look: How.
    """
    chains = chains_of(parts)
    content = _content(Folded(chains, []) if not look.fold else fold(chains), look)
    if look.fold is None and content.scale < _SMALLEST:
        content = _content(fold(chains), look)
    return _page(name, parts, content, look)


def _content(folded: Folded, look: Look) -> _Content:
    style = _STYLES[look.style](folded.chains, look.costs)
    room = _room(look)
    spacing = _SPACING[look.style]
    items = style.items()
    bent = None if style.downwards else shaped_as_u(folded.chains, items, spacing)
    layout = lay_out(
        bent or items,
        [chain.inputs for chain in folded.chains],
        [Frame(repeat.first, repeat.last) for repeat in folded.repeats],
        style.downwards,
        lambda width, height: min(room[0] / width, room[1] / height, _ENOUGH),
        spacing,
        whole=bent is not None,
    )
    groups = [
        Group("", tuple(_ways(layout))),
        *(_frame(repeat, folded.chains, box) for repeat, box in zip(folded.repeats, layout.frames, strict=True)),
        *(group for number, box in enumerate(layout.boxes) for group in style.draw(number, box)),
    ]
    scale = min(room[0] / layout.width, room[1] / layout.height, _LARGEST)
    caption = ""
    if isinstance(style, Blocks):
        caption = style.measures.caption()
        if windows := tuple(style.windows(layout.boxes)):
            groups.append(Group("", windows))
            caption += " Frames on blocks: what a kernel reads at once."
    return _Content(groups, layout, caption, scale)


def _room(look: Look) -> tuple[float, float]:
    """Return the width and the height of what the page leaves for the network."""
    height = _WIDTH / look.aspect
    if look.bare:
        return _WIDTH - 2 * _EDGE, height - 2 * _EDGE
    return _WIDTH - 2 * _MARGIN, max(height - 2 * _MARGIN - _HEAD - _FOOT, height / 4)


def _ways(layout: Layout) -> Iterator[Mark]:
    for way in layout.ways:
        line = Outline(way.start, way.pieces, line="edge", width=1.6)
        yield line
        if way.target is not None:
            yield arrow_head(line)


def _frame(repeat: Repeat, chains: Sequence[Chain], box: Box) -> Group:
    last, hidden = chains[repeat.last].last, repeat.hidden[-1].last
    words = f"{TIMES}{repeat.times}"
    if last.shape != hidden.shape:
        words += f", to {hidden.shape[-1]} maps"
    outline = rectangle(box, "", "frame", 10, 1.5)._replace(dashed=True)
    names = f"{repeat.times} in a row, up to layer {hidden.number} ({hidden.name})"
    label = Words(box.left + 4, box.top - 11, words, 14, "ink", True)
    place = label.box
    behind = rectangle(Box(place.left - 2, place.top - 1, place.width + 4, place.height + 2), "paper")
    return Group(names, (outline, behind, label))


def _page(name: str, parts: Sequence[Part], content: _Content, look: Look) -> Drawing:
    room = _room(look)
    scale = content.scale
    wide, high = content.layout.width * scale, content.layout.height * scale
    title = f"{name}: {plural(len(parts) - 1, 'layer')}"
    if look.bare:
        alone = tuple(moved(content.groups, scale, _EDGE, _EDGE))
        return Drawing(alone, wide + 2 * _EDGE, high + 2 * _EDGE, title, max(1.0, 1 / scale))
    height = _WIDTH / look.aspect
    top = _MARGIN + _HEAD + (max(height - 2 * _MARGIN - _HEAD - _FOOT - high, 0)) / 2
    groups = [
        Group("", tuple(_head(name, parts))),
        *moved(content.groups, scale, _MARGIN + (room[0] - wide) / 2, top),
        Group("", tuple(_foot(parts, content.caption, height - _MARGIN))),
    ]
    return Drawing(tuple(groups), _WIDTH, height, title, max(1.0, 1 / scale))


def _head(name: str, parts: Sequence[Part]) -> Iterator[Words]:
    room = _WIDTH - 2 * _MARGIN
    yield Words(_MARGIN, _MARGIN + _TITLE / 2, shortened(name, room, _TITLE, True), _TITLE, "ink", True)
    layers = parts[1:]
    params, macs = (sum(getattr(part, what) for part in layers) for what in ("params", "macs"))
    words = [f"input {shape_text(parts[0].shape)}", plural(len(layers), "layer")]
    words += [f"{shortly(params)} parameters"] * bool(params) + [f"{shortly(macs)} multiply-accumulates"] * bool(macs)
    yield Words(_MARGIN, _MARGIN + _TITLE + 20, ", ".join(words), _SUBTITLE, "faint")


def _foot(parts: Sequence[Part], caption: str, bottom: float) -> Iterator[Mark]:
    present = {part.family for part in parts}
    x, y = _MARGIN, bottom - _SWATCH / 2
    if caption:
        size = min(_CAPTION, (_WIDTH - 2 * _MARGIN) / width_of(caption, 1.0))
        yield Words(_MARGIN, y, caption, size, "faint")
        y -= _SWATCH + 14
    for family in FAMILIES:
        if family in present:
            yield rectangle(Box(x, y - _SWATCH / 2, _SWATCH, _SWATCH), family, f"{family}-line", 3, 1.2)
            yield Words(x + _SWATCH + 8, y, LEGEND[family], _LEGEND)
            x += _SWATCH + 8 + width_of(LEGEND[family], _LEGEND) + 26
