"""The names of all files in output folders: what cnnviz writes, known before a pixel is computed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from cnnviz.config.names import LAYER_NAME
from cnnviz.stack.graph import Node

REPORT = "report.json"
TEXT = "report.txt"
PAGE = "index.html"
INPUT_PICTURE = "00_input.png"
ACTIVATIONS = "activations.h5"

WEIGHTS = "weights.h5"
ENVIRONMENT = "environment.json"
FAILURES = "failures.jsonl"
SHARED = frozenset({WEIGHTS, ENVIRONMENT, FAILURES, PAGE})
"""The files that stand beside the folders of the images."""

SWEEP = "sweep.json"
SWEEP_TEXT = "sweep.txt"

ATTRIBUTION = "attribute.json"
ATTRIBUTION_TEXT = "attribute.txt"
ATTRIBUTION_SHEET = "attribute.png"

MAXIMIZATION = "maximize.json"
MAXIMIZATION_TEXT = "maximize.txt"
MAXIMIZATION_SHEET = "maximize.png"

EXEMPLARS = "exemplars.json"
EXEMPLARS_TEXT = "exemplars.txt"
EXEMPLARS_SHEET = "exemplars.png"
EXEMPLARS_SO_FAR = ".cnnviz-exemplars.npz"
"""What was found before a run was stopped, so that a later one goes on from there."""

JOURNAL = ".cnnviz-journal.json"
"""Names the files of a run that is under way, so that a later run knows them for cnnviz's own after a kill."""

TEXTS = {
    REPORT: TEXT,
    SWEEP: SWEEP_TEXT,
    ATTRIBUTION: ATTRIBUTION_TEXT,
    MAXIMIZATION: MAXIMIZATION_TEXT,
    EXEMPLARS: EXEMPLARS_TEXT,
}
"""The report for people that goes with each report for programs."""

_FILES = {
    REPORT: frozenset({REPORT, TEXT, PAGE, ACTIVATIONS}),
    SWEEP: frozenset({SWEEP, SWEEP_TEXT, PAGE}),
    ATTRIBUTION: frozenset({ATTRIBUTION, ATTRIBUTION_TEXT, ATTRIBUTION_SHEET}),
    MAXIMIZATION: frozenset({MAXIMIZATION, MAXIMIZATION_TEXT, MAXIMIZATION_SHEET}),
    EXEMPLARS: frozenset({EXEMPLARS, EXEMPLARS_TEXT, EXEMPLARS_SHEET, PAGE}),
}
_PICTURE = re.compile(rf"\d{{2,}}_{LAYER_NAME}(?:\.png|/\d{{3,}}\.png)")
_NAMED = {
    ATTRIBUTION: re.compile(r"[a-z_]+\+{0,2}(?:\.npy|(?:_heat|_curves)?\.png)"),
    MAXIMIZATION: (_CHANNEL := re.compile(rf"{LAYER_NAME}(?:_\d{{3,}})?\.png")),
    EXEMPLARS: _CHANNEL,
}
"""Names that have no number at their start, in the folders of some reports."""


def is_picture(path: str) -> bool:
    """Whether cnnviz gives such a name to a picture, relative to the folder of an image or of a sweep."""
    return _PICTURE.fullmatch(path) is not None


def files_of(report: str, names: Iterable[str]) -> frozenset[str]:
    """Choose the names that files beside a report have: what a report or a journal says may be anything.

    Args:
        report: The name of the report, such as `report.json` for the folder of an image.
        names: What to choose from.
    """
    named = _NAMED.get(report, _PICTURE)
    return frozenset(name for name in names if named.fullmatch(name) or name in _FILES[report])


class MethodFiles(msgspec.Struct, frozen=True):
    """The files of a method of attribution, in the folder of an attribution.

    Attributes:
        values: What it worked out.
        heat: Its heat map alone.
        overlay: Its heat map over the picture.
        curves: Deletion and insertion.
    """

    values: str
    heat: str
    overlay: str
    curves: str


def method_files(method: str) -> MethodFiles:
    """Name the files of a method of attribution."""
    return MethodFiles(f"{method}.npy", f"{method}_heat.png", f"{method}.png", f"{method}_curves.png")


def channel_picture(layer: str, channel: int | None) -> str:
    """Name the picture of a channel of a layer; None stands for the whole layer."""
    return f"{layer}.png" if channel is None else f"{layer}_{channel:03d}.png"


def is_kind(path: str) -> bool:
    """Whether cnnviz writes files of such a name into an output folder.

    Args:
        path: Relative to it, with `/`. Any picture may be: one that somebody put beside cnnviz's is compared and
            accepted with them.
    """
    name = path.rpartition("/")[2]
    return name.lower().endswith(".png") or name in _FILES[REPORT] | SHARED | {JOURNAL}


class LayerFiles(msgspec.Struct, frozen=True):
    """The files of a layer, relative to the image's folder; None for what is not drawn.

    Attributes:
        sheet: All maps.
        maps: Each map alone.
        composite: Three maps as one colour picture.
        kernels: The kernels.
    """

    sheet: str | None = None
    maps: tuple[str, ...] = ()
    composite: str | None = None
    kernels: str | None = None

    def all(self) -> Iterator[str]:
        """Go over all that are drawn."""
        for name in (self.sheet, *self.maps, self.composite, self.kernels):
            if name is not None:
                yield name


def layer_files(node: Node, layers: int, shown: int, maps: bool, composite: bool, kernels: bool) -> LayerFiles:
    """Name the files of a layer: `01_conv_1.png`, `01_conv_1/000.png`, and so on.

    Numbers have two digits for layers and three for maps, more where there are more, so that names sort in order.

    Args:
        node: The layer.
        layers: How many the stack has.
        shown: How many of its maps are drawn; a vector counts as one.
        maps: Whether each map is drawn alone, too.
        composite: Whether the layer is also drawn as one colour picture.
        kernels: Whether its kernels are drawn.
    """
    if not shown:
        return LayerFiles()
    stem = f"{node.index:0{max(2, len(str(layers)))}d}_{node.layer.name}"
    width = max(3, len(str(shown - 1)))
    alone = shown if maps and len(node.output_shape) == 3 else 0
    return LayerFiles(
        sheet=f"{stem}.png",
        maps=tuple(f"{stem}/{i:0{width}d}.png" for i in range(alone)),
        composite=f"{stem}_composite.png" if composite else None,
        kernels=f"{stem}_kernels.png" if kernels else None,
    )
