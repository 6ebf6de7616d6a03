"""What the command finds, from Python: pictures as arrays, and as notebooks show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cnnviz.config.switches import Switches
from cnnviz.io.png import encode_png
from cnnviz.render.maximization.model import MaximizationReport
from cnnviz.render.maximization.sheet import draw_sheet
from cnnviz.workflows.maximization.climb import Climbed, climb
from cnnviz.workflows.maximization.request import MaximizationRequest
from cnnviz.workflows.prepare.preparation import Preparation
from cnnviz.workflows.prepare.request import StackRequest


class Maximization:
    """The pictures that channels of a layer want to see. Make one with `cnnviz.maximize`.

    Attributes:
        report: What `maximize.json` holds.
        pictures: `(H, W)` or `(H, W, 3)` in RGB, by the number of the channel; None is the whole layer.
    """

    def __init__(self, found: Climbed) -> None:
        """Take what was found; `cnnviz.maximize` is the usual way here."""
        self.report: MaximizationReport = found.report
        channels = [part.channel for part in found.report.channels]
        self.pictures: dict[int | None, NDArray[np.uint8]] = dict(zip(channels, found.pictures, strict=True))

    def sheet(self) -> NDArray[np.uint8]:
        """Draw all pictures with their words, `(H, W, 3)` in RGB."""
        return draw_sheet(self.report, list(self.pictures.values()))

    def _repr_png_(self) -> bytes:
        return encode_png(self.sheet())


def maximize(
    config: str | PathLike[str] | Mapping[str, Any],
    layer: str,
    channels: Sequence[int] = (),
    *,
    weights: str | PathLike[str] | None = None,
    start: str | PathLike[str] | None = None,
    size: tuple[int, int] | None = None,
    steps: int = 256,
    seed: int | None = None,
    dtype: Literal["float64", "float32"] = "float64",
    threads: int | None = None,
) -> Maximization:
    """Work out what filters or classes want to see, as `cnnviz maximize` does.

    Args:
        config: A YAML file, the name of a bundled stack, a model file, or a mapping of the YAML's form.
        layer: The layer.
        channels: Maps or units; empty for all, at most 64; with `start` for the whole layer.
        weights: A file of weights, or `sample:NAME`.
        start: The picture to begin with, a file or `sample:NAME`; None for noise.
        size: Height and width of the pictures; None for the stack's own.
        steps: Steps of the ascent.
        seed: Seed of random weights, noise and shaking.
        dtype: Arithmetic of the passes.
        threads: Threads inside a layer; None for the usable cores.

    Raises:
        CnnvizError: If the stack, the weights, the layer, a channel or the picture is wrong.
    """
    settings = () if size is None else (f"input.size=[{size[0]},{size[1]}]",)
    stack = StackRequest(
        config=config,
        switches=Switches(settings=settings),
        seed=seed,
        weights=None if weights is None else Path(weights),
        dtype=dtype,
        threads=threads,
    )
    asked = MaximizationRequest(
        layer=layer, channels=tuple(channels), start=None if start is None else str(start), steps=steps
    )
    return Maximization(climb(Preparation(stack), asked))
