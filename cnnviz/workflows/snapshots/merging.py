"""A report made of two: some layers from one, the others from the other."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from cnnviz.errors import UsageError
from cnnviz.io.files import show_path
from cnnviz.render.report.model import Report
from cnnviz.stack.graph import INPUT


def merge_reports(label: str, baseline: Report, current: Report, wanted: Callable[[str], bool]) -> Report:
    """Take some layers of a report over into another.

    Args:
        label: The image's folder, for the message.
        baseline: The report to change.
        current: The report to take from.
        wanted: Tells of a layer's name whether it is taken over.

    Returns:
        The baseline's, without the digest: no run has made it, and none must find it up to date.

    Raises:
        UsageError: If the two have not the same layers.
    """
    if [(layer.index, layer.name) for layer in baseline.layers] != [
        (layer.index, layer.name) for layer in current.layers
    ]:
        raise UsageError(
            f"{show_path(label) or 'the image'}: the two reports have not the same layers, so that single ones cannot "
            "be taken over; leave --layer out to take the whole image"
        )
    layers = tuple(
        after if wanted(after.name) else before for before, after in zip(baseline.layers, current.layers, strict=True)
    )
    return msgspec.structs.replace(
        baseline,
        digest=msgspec.UNSET,
        input=current.input if wanted(INPUT) else baseline.input,
        layers=layers,
        totals=msgspec.structs.replace(
            baseline.totals, params=sum(layer.params for layer in layers), macs=sum(layer.macs for layer in layers)
        ),
    )
