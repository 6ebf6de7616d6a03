"""What a user asks of a sweep."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np

from cnnviz.io.images import MAX_PIXELS
from cnnviz.workflows.request import Config, DrawingRequest, Dtype
from cnnviz.workflows.sweep.choices import Choice

ScaleOf = Literal["each", "common"]


class SweepRequest(msgspec.Struct, frozen=True):
    """All that decides the outputs of a sweep, the image apart.

    Attributes:
        config: A YAML file, or the name of a bundled stack.
        choices: The changes to the stack, each with one value or several.
        output: The output folder; None for `cnnviz-out/STACK-sweep`.
        weights: An HDF5 file to load weights from.
        max_side: Shrink larger pictures to this side.
        drawing: How to draw.
        scale: Whether each tile has a scale of its own, or all tiles of a layer a common one.
        dtype: Arithmetic of the forward pass.
        threads: Threads inside a layer; None for the usable cores.
        max_memory: Bytes that the sweep may need; None for most of what is free.
        max_pixels: The largest picture to take.
        figure: Also draw all layers into this file; None for none.
    """

    config: Config
    choices: tuple[Choice, ...]
    output: str | PathLike[str] | None = None
    weights: Path | None = None
    max_side: int | None = None
    drawing: DrawingRequest = DrawingRequest()
    scale: ScaleOf = "each"
    dtype: Dtype = "float64"
    threads: int | None = None
    max_memory: int | None = None
    max_pixels: int = MAX_PIXELS
    figure: Path | None = None

    @property
    def numpy_dtype(self) -> np.dtype[Any]:
        """The arithmetic's floating type."""
        return np.dtype(self.dtype)
