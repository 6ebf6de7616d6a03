# Paths are strings here: a comparison looks at tens of thousands of files.
# ruff: noqa: PTH110, PTH118
"""The folder of one image as it is compared: its report, its pictures, and which layer each is of."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from numpy.typing import NDArray

from cnnviz.config.names import LAYER_NAME
from cnnviz.io.png import pixels_sha256
from cnnviz.outputs.finding import folders_below
from cnnviz.outputs.folders import DiskFolder
from cnnviz.outputs.image import read_report
from cnnviz.outputs.names import INPUT_PICTURE, JOURNAL, REPORT, is_picture
from cnnviz.outputs.snapshot import holds_image
from cnnviz.render.comparison.model import NO_LAYER
from cnnviz.render.report.model import Report
from cnnviz.stack.graph import INPUT

State = Literal["complete", "missing", "interrupted", "damaged"]
Layer = tuple[int, str]
"""Index and name."""

_STEM = re.compile(rf"(\d{{2,}})_({LAYER_NAME}?)(?:_composite|_kernels)?(?:\.png)?")


@dataclass(frozen=True)
class ImageSide:
    """One image on one side.

    Attributes:
        path: The folder of the image.
        state: `complete`, `missing`, `interrupted` (a run was broken off) or `damaged` (no report that we can read).
        report: The report, if the image is complete.
        pictures: The pictures that were found, relative to the folder.
    """

    path: str
    state: State
    report: Report | None
    pictures: frozenset[str]

    @cached_property
    def hashes(self) -> dict[str, str]:
        """The pictures that the report lists, with the hashes of their pixels."""
        if self.report is None:
            return {}
        return {picture.path: picture.sha256 for picture in self.report.pictures(INPUT_PICTURE)}

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shapes of those pictures, as far as the report tells: single maps have their layer's shape."""
        if self.report is None:
            return {}
        maps = {
            picture.path: layer.output_shape[:2]
            for layer in self.report.layers
            if len(layer.output_shape) == 3
            for picture in layer.maps or ()
        }
        listed = self.report.pictures(INPUT_PICTURE)
        return maps | {picture.path: picture.shape for picture in listed if isinstance(picture.shape, tuple)}

    def lists(self, path: str, pixels: NDArray[Any]) -> bool:
        """Whether the report lists a picture with these pixels."""
        shape = self.shapes.get(path, ())
        return self.hashes.get(path) == pixels_sha256(pixels) and pixels.shape[: len(shape)] == shape

    @property
    def report_only(self) -> bool:
        """Whether the folder keeps the report without any picture."""
        return bool(self.hashes) and not any(self.own(path) for path in self.pictures)

    def own(self, path: str) -> bool:
        """Whether a picture is cnnviz's, by the report or by its name."""
        return path in self.hashes or is_picture(path)


def read_side(path: str) -> ImageSide:
    """Look at the folder of an image.

    Args:
        path: The folder; it may be missing.
    """
    pictures = frozenset(_pictures_below(path))
    report = read_report(DiskFolder(path))
    if report is not None:
        return ImageSide(path, "complete", report, pictures)
    if os.path.exists(os.path.join(path, JOURNAL)):
        state: State = "interrupted"
    else:
        state = "damaged" if pictures or os.path.lexists(os.path.join(path, REPORT)) else "missing"
    return ImageSide(path, state, None, pictures)


class LayerNames:
    """Which layer a picture is of: by the reports, else by the picture's name."""

    def __init__(self, *sides: ImageSide) -> None:
        self._listed: dict[str, Layer] = {INPUT_PICTURE: (0, INPUT)}
        self._known: dict[int, set[str]] = {}
        for side in sides:
            for layer in side.report.layers if side.report else ():
                self._known.setdefault(layer.index, set()).add(layer.name)
                for picture in layer.pictures():
                    self._listed[picture.path] = (layer.index, layer.name)

    def layer(self, path: str) -> Layer:
        """Return the index and the name of a picture's layer; no name if it is of none."""
        if path in self._listed:
            return self._listed[path]
        match = _STEM.fullmatch(path.partition("/")[0])
        if match is None:
            return NO_LAYER, ""
        index = int(match[1])
        whole = path.partition("/")[0].removesuffix(".png").partition("_")[2]
        return index, whole if whole in self._known.get(index, ()) else match[2]


def picture_order(path: str) -> tuple[bool, str]:
    """Sort a layer's sheet before its single maps."""
    return "/" in path, path


def _pictures_below(folder: str) -> Iterable[str]:
    """Find what is named as a PNG, of whatever kind it is; hidden names and symlinked folders are passed over."""
    for below, names in folders_below(folder):
        if isinstance(names, OSError):
            continue
        if below and holds_image(os.path.join(folder, below), names):
            names.clear()  # an image whose name is longer by a folder
        for name in list(names):
            if name[0] == "." or name.lower().endswith(".png"):
                del names[name]
                if name[0] != ".":
                    yield f"{below}/{name}" if below else name
