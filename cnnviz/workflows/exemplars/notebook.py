"""What the command finds, from Python: patches as arrays, and as notebooks show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import UsageError
from cnnviz.io.png import encode_png
from cnnviz.render.exemplars.model import ExemplarsReport
from cnnviz.render.exemplars.sheet import draw_channel, draw_overview
from cnnviz.workflows.exemplars.find import look_for_exemplars
from cnnviz.workflows.exemplars.job import ExemplarJob
from cnnviz.workflows.exemplars.pictures import find_pictures
from cnnviz.workflows.exemplars.request import ExemplarsRequest
from cnnviz.workflows.prepare.request import StackRequest


class Exemplars:
    """The patches that channels of a layer answer to most. Make them with `cnnviz.exemplars`.

    Attributes:
        report: What `exemplars.json` holds.
        patches: `(H, W)` or `(H, W, 3)` in RGB, the strongest first, by the number of the channel.
    """

    def __init__(self, report: ExemplarsReport, patches: Sequence[Sequence[NDArray[np.uint8]]]) -> None:
        """Take what was found; `cnnviz.exemplars` is the usual way here."""
        self.report = report
        self.patches = {part.channel: list(some) for part, some in zip(report.channels, patches, strict=True)}

    def sheet(self, channel: int | None = None) -> NDArray[np.uint8]:
        """Draw the patches of a channel with their words, or a row for every channel.

        Args:
            channel: Number of the channel; None for all.

        Raises:
            UsageError: If there is no such channel.
        """
        if channel is None:
            return draw_overview(self.report, list(self.patches.values()))
        part = next((part for part in self.report.channels if part.channel == channel), None)
        if part is None:
            raise UsageError(f"there is no channel {channel}; channels are {', '.join(map(str, self.patches))}")
        return draw_channel(self.report, part, self.patches[channel])

    def _repr_png_(self) -> bytes:
        return encode_png(self.sheet())


def exemplars(
    data: str | PathLike[str] | Sequence[str | PathLike[str]],
    config: str | PathLike[str] | Mapping[str, Any],
    layer: str,
    channels: Sequence[int] = (),
    *,
    weights: str | PathLike[str] | None = None,
    top: int = 9,
    seed: int | None = None,
    dtype: Literal["float64", "float32"] = "float64",
    workers: int = 1,
) -> Exemplars:
    """Find which patches make filters answer most, as `cnnviz exemplars` does.

    Args:
        data: A data set of arrays, such as `sample:mnist`; or files and folders of pictures.
        config: A YAML file, the name of a bundled stack, a model file, or a mapping of the YAML's form.
        layer: The layer.
        channels: Maps or units; empty for all, at most 64.
        weights: A file of weights, or `sample:NAME`.
        top: Patches of each channel.
        seed: Seed of random weights.
        dtype: Arithmetic of the forward pass.
        workers: Processes for many pictures.

    Raises:
        CnnvizError: If the data, the stack, the weights, the layer or a channel is wrong.
    """
    inputs = [data] if isinstance(data, (str, PathLike)) else list(data)
    stack = StackRequest(config=config, seed=seed, weights=None if weights is None else Path(weights), dtype=dtype)
    job = ExemplarJob(ExemplarsRequest(stack=stack, layer=layer, channels=tuple(channels), top=top))
    pictures = find_pictures(job, [fspath(name) for name in inputs], None, False, workers, None, [])
    return Exemplars(*look_for_exemplars(job, pictures))
