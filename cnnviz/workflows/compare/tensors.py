"""The tensors of one image on both sides, as far as both have `activations.h5`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import WeightsError
from cnnviz.outputs.image_side import ImageSide, Layer
from cnnviz.outputs.names import ACTIVATIONS
from cnnviz.render.comparison.model import Fact, Limits
from cnnviz.wording import shape_text

Array = NDArray[Any]


def have_tensors(*sides: ImageSide) -> bool:
    """Whether all sides have the file, and reports that say so: a baseline may keep reports alone."""
    return all(
        side.report is not None and side.report.activations == ACTIVATIONS and Path(side.path, ACTIVATIONS).is_file()
        for side in sides
    )


def compare_tensors(
    before: ImageSide, after: ImageSide, wanted: Callable[[str], bool], limits: Limits
) -> tuple[dict[Layer, Fact], list[str]]:
    """Compare the tensors of the layers that both sides have.

    Args:
        before: The baseline.
        after: The other.
        wanted: Tells of a layer's name whether it is compared.
        limits: How much values may differ.

    Returns:
        For each layer that differs, by how much; and what is wrong with the files, each a full clause.
    """
    from cnnviz.io.hdf5.activations import open_activations

    assert before.report is not None and after.report is not None
    found: dict[Layer, Fact] = {}
    there = {layer.name for layer in before.report.layers}
    try:
        with (
            open_activations(Path(before.path, ACTIVATIONS)) as baseline,
            open_activations(Path(after.path, ACTIVATIONS)) as current,
        ):
            for layer in after.report.layers:
                if layer.name in there and wanted(layer.name):
                    one, other = baseline(layer.name), current(layer.name)
                    if one is None or other is None:
                        side = "baseline" if one is None else "current"
                        return found, [f"{side}: {ACTIVATIONS} has no tensor of {layer.name}: run it again"]
                    if one.shape == other.shape and (fact := _compared(one, other, limits)):
                        found[layer.index, layer.name] = fact
    except WeightsError as error:
        return found, [str(error)]
    return found, []


def _compared(baseline: Array, current: Array, limits: Limits) -> Fact | None:
    """Compare two tensors of one shape, NaN and infinities as values of their own."""
    one, other = baseline.astype(np.float64), current.astype(np.float64)
    finite = one[np.isfinite(one)]
    width = float(np.ptp(finite)) if finite.size else 0.0
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    with np.errstate(invalid="ignore", over="ignore"):
        gaps = np.where(same, 0.0, np.abs(other - one))
        beyond = ~same & ~(np.isfinite(gaps) & (gaps <= limits.rtol * np.abs(one) + limits.atol * width))
    count = int(np.count_nonzero(beyond))
    if not count:
        return None
    gaps[~np.isfinite(gaps)] = np.inf
    place = np.unravel_index(int(np.argmax(np.where(beyond, gaps, -1.0))), gaps.shape)
    largest = float(gaps[place])
    share = f", {largest / width:.2g} of the range" if width and np.isfinite(largest) else ""
    where = ",".join(str(int(at)) for at in place)
    return Fact(
        f"tensor[{where}]",
        f"{float(one[place]):.7g}",
        f"{float(other[place]):.7g} ({shape_text(one.shape)}: {count:,} of {one.size:,} values differ, this one most"
        f"{share})",
    )
