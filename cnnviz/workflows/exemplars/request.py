"""What is asked of very many pictures: which of them make each filter answer most."""

from __future__ import annotations

from os import PathLike
from typing import Any

from cnnviz.io.images import MAX_PIXELS
from cnnviz.workflows.prepare.request import WorkRequest


class ExemplarsRequest(WorkRequest, frozen=True, kw_only=True):
    """What is asked.

    Attributes:
        layer: The layer, or the tensor of the model file that it is.
        channels: Maps or units; empty for all, at most `MOST`.
        top: How many pictures are kept of each.
        output: The output folder, a path or a URL; None for `cnnviz-out/STACK-exemplars`.
        max_pixels: The largest picture to take.
    """

    layer: str
    channels: tuple[int, ...] = ()
    top: int = 9
    output: str | PathLike[str] | None = None
    max_pixels: int = MAX_PIXELS

    def job(self) -> Any:
        from cnnviz.workflows.exemplars.job import ExemplarJob

        return ExemplarJob(self)


MOST = 64
"""So many channels are taken where none are named."""
