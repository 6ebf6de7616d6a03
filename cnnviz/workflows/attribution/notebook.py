"""What the command finds, from Python: heat maps as arrays, and as notebooks show them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cnnviz.io.png import encode_png
from cnnviz.render.attribution.heat import HeatPictures
from cnnviz.render.attribution.model import AttributionReport, MethodReport
from cnnviz.render.attribution.sheet import Tile, draw_sheet
from cnnviz.workflows.attribution.attribute import Attributed, attribute_picture
from cnnviz.workflows.attribution.baseline import Baseline
from cnnviz.workflows.attribution.reporting import pictures_of, report_of
from cnnviz.workflows.attribution.request import AttributionRequest
from cnnviz.workflows.prepare.input_image import Image, take_input
from cnnviz.workflows.prepare.preparation import Preparation
from cnnviz.workflows.prepare.request import StackRequest


@dataclass(frozen=True, eq=False)
class HeatMap:
    """A method's answer.

    Attributes:
        values: What the method is defined as: `(H, W, C)`, `(H, W)`, or the size of the layer.
        heat: `(H, W)`, in the picture's size: the higher, the more it speaks for the value.
        report: How far to believe it.
    """

    values: NDArray[Any]
    heat: NDArray[np.float64]
    report: MethodReport
    _drawn: HeatPictures

    def image(self, over_picture: bool = True) -> NDArray[np.uint8]:
        """Draw the heat map, as the command writes it.

        Args:
            over_picture: Whether it lies over the picture.

        Returns:
            `(H, W, 3)` in RGB.
        """
        return self._drawn.overlay if over_picture else self._drawn.alone

    def _repr_png_(self) -> bytes:
        return encode_png(self.image())


class Attribution(Mapping[str, HeatMap]):
    """The answers of all methods, by their names. Make one with `cnnviz.attribute`.

    Attributes:
        report: What `attribute.json` holds.
    """

    def __init__(self, found: Attributed, file: str) -> None:
        """Draw what was found; `cnnviz.attribute` is the usual way here."""
        self.report: AttributionReport = report_of(found, file)
        self._picture, drawn = pictures_of(found)
        self._maps = {
            answer.method.name: HeatMap(answer.values, answer.heat, report, drawn[answer.method.name])
            for answer, report in zip(found.answers, self.report.methods, strict=True)
        }

    def __getitem__(self, name: str) -> HeatMap:
        return self._maps[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._maps)

    def __len__(self) -> int:
        return len(self._maps)

    def sheet(self) -> NDArray[np.uint8]:
        """Draw all heat maps with their words, `(H, W, 3)` in RGB."""
        return draw_sheet(self.report, self._picture, [Tile(it.image(), it.report) for it in self._maps.values()])

    def _repr_png_(self) -> bytes:
        return encode_png(self.sheet())


def attribute(
    image: Image,
    config: str | PathLike[str] | Mapping[str, Any],
    *,
    weights: str | PathLike[str] | None = None,
    target: str | int | None = None,
    methods: Sequence[str] = (),
    layer: str | None = None,
    baseline: Baseline = "zero",
    check: bool = True,
    seed: int | None = None,
    dtype: Literal["float64", "float32"] = "float64",
    threads: int | None = None,
) -> Attribution:
    """Say what in a picture a class, or any value of any layer, hangs on, as `cnnviz attribute` does.

    Args:
        image: A file, `sample:NAME`, or an array, `(height, width)` or `(height, width, channels)`.
        config: A YAML file, the name of a bundled stack, a model file, or a mapping of the YAML's form.
        weights: A file of weights, or `sample:NAME`.
        target: A class by name or number, or `LAYER:MAP`, `LAYER:UNIT`, `LAYER:MAP@Y,X`; None for the likeliest class.
        methods: Names of the methods; empty for all.
        layer: The layer whose maps class activation maps weigh; None for the last with a height and a width.
        baseline: What stands where a pixel is missing.
        check: Whether to work out how far each answer is to be believed.
        seed: Seed of random weights, noise, random orders and shuffled weights.
        dtype: Arithmetic of the passes.
        threads: Threads inside a layer; None for the usable cores.

    Raises:
        CnnvizError: If the image, the stack, the weights, the target or a method is wrong.
    """
    stack = StackRequest(
        config=config, seed=seed, weights=None if weights is None else Path(weights), dtype=dtype, threads=threads
    )
    asked = AttributionRequest(
        target=None if target is None else str(target),
        methods=tuple(methods),
        layer=layer,
        baseline=baseline,
        seed=seed or 0,
        check=check,
    )
    preparation = Preparation(stack)
    found = attribute_picture(preparation, take_input(image, preparation.stack.input), asked)
    return Attribution(found, "array" if isinstance(image, np.ndarray) else Path(image).name)
