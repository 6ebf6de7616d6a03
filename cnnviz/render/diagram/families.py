"""What layers are alike, and the colours by which a diagram tells them apart."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from cnnviz.stack.graph import Node

Family = Literal[
    "input", "convolution", "dense", "pooling", "normalization", "activation", "merging", "moving", "other"
]
FAMILIES: tuple[Family, ...] = get_args(Family)

LEGEND: dict[Family, str] = {
    "input": "input",
    "convolution": "convolution",
    "dense": "dense",
    "pooling": "pooling",
    "normalization": "normalization",
    "activation": "activation",
    "merging": "several inputs",
    "moving": "reshape, pad, resize",
    "other": "other",
}


class Theme(NamedTuple):
    """The colours of a diagram, by the part that they play.

    Attributes:
        paper: Behind everything.
        ink: Of letters.
        faint: Of letters that matter less.
        edge: Of what leads from layer to layer.
        frame: Of what surrounds a repeated part.
        window: Of a kernel's window.
        families: Of layers: what fills them, and their borders.
    """

    paper: str
    ink: str
    faint: str
    edge: str
    frame: str
    window: str
    families: dict[Family, tuple[str, str]]

    def colours(self) -> dict[str, str]:
        """Return all colours by name: those of a family are `NAME`, `NAME-line`, `NAME-light` and `NAME-shade`."""
        found = {name: getattr(self, name) for name in self._fields if name != "families"}
        for name, (fill, line) in self.families.items():
            found |= {
                name: fill,
                f"{name}-line": line,
                f"{name}-light": _mixed(fill, self.paper, 0.45),
                f"{name}-shade": _mixed(fill, line, 0.22),
            }
        return found


LIGHT = Theme(
    paper="#ffffff",
    ink="#1b1f24",
    faint="#535c66",
    edge="#535c66",
    frame="#8c959f",
    window="#d9480f",
    families={
        "input": ("#f0f2f4", "#59636e"),
        "convolution": ("#cfe3fb", "#2566b0"),
        "dense": ("#d2efd6", "#2b7a3d"),
        "pooling": ("#fbd3cc", "#b8432f"),
        "normalization": ("#e4daf7", "#6b4bb0"),
        "activation": ("#fde4b8", "#a86400"),
        "merging": ("#c6ecec", "#0c7472"),
        "moving": ("#e4e7ea", "#59636e"),
        "other": ("#f3e3d3", "#7d5a35"),
    },
)

DARK = Theme(
    paper="#16181b",
    ink="#eceff2",
    faint="#a9b1ba",
    edge="#a9b1ba",
    frame="#757e88",
    window="#ff9a5c",
    families={
        "input": ("#23272c", "#a9b1ba"),
        "convolution": ("#1c3c60", "#79b4f2"),
        "dense": ("#1d4427", "#7fcf90"),
        "pooling": ("#5c2a22", "#f29a8a"),
        "normalization": ("#3a2d5c", "#b9a1ee"),
        "activation": ("#523a0c", "#f0bd5e"),
        "merging": ("#124746", "#6fd0ce"),
        "moving": ("#343a40", "#a9b1ba"),
        "other": ("#463525", "#d3ad86"),
    },
)


def family_of(node: Node) -> Family:
    """Tell which family a layer belongs to, by what it does: a new kind finds its own."""
    kind = type(node.layer)
    if kind.merges:
        return "merging"
    if kind.bends:
        return "activation"
    if node.macs:
        return "dense" if kind.motion is None else "convolution"
    if kind.motion == "slides" or kind.rule.kind in ("max", "mean", "reduce"):
        return "pooling"
    if kind.__name__.endswith("Normalization"):
        return "normalization"
    if kind.rule.kind == "copy" or node.output_shape != node.input_shapes[0]:
        return "moving"
    return "other"


def _mixed(one: str, other: str, part: float) -> str:
    """Mix two colours, so much of the other."""
    levels = [round(int(one[at : at + 2], 16) * (1 - part) + int(other[at : at + 2], 16) * part) for at in (1, 3, 5)]
    return "#" + "".join(f"{level:02x}" for level in levels)
