"""A model held against the program that made it: every tensor that both have, for one picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.interchange import reference_tensors
from cnnviz.io.images import MAX_PIXELS
from cnnviz.outputs.inputs import resolve_one
from cnnviz.render.checking import CheckedTensor, ModelCheck
from cnnviz.workflows.importing.importing import ReadModel
from cnnviz.workflows.prepare.input_image import read_input


def check_model(read: ReadModel, image: str, rtol: float, max_pixels: int = MAX_PIXELS) -> ModelCheck:
    """Run a model here in float64 and by its own program, which mostly has float32, and compare the tensors.

    Args:
        read: The model.
        image: A picture, an array or `sample:NAME`.
        rtol: The largest difference that counts as none, relative to the tensor's range.
        max_pixels: The largest picture to take.

    Raises:
        UsageError: If the program is not installed.
        CnnvizError: If the picture cannot be read, or does not fit the model.
    """
    source = resolve_one(image)
    preparation = read.preparation("float64")
    entering = read_input(source, preparation.stack.input, max_pixels)
    preparation.check(entering.shape)
    network = preparation.network(entering.shape)
    given = np.asarray(network.entering(entering.pixels), np.float32)
    opened = read.opened
    theirs = dict(reference_tensors(opened.path, opened.options, opened.model, given))
    tensors = tuple(_compared(network.walk(entering.pixels), theirs, rtol))
    alone = tuple(node.layer.name for node in network.nodes if node.layer.name not in theirs)
    return ModelCheck(
        model=str(opened.path),
        image=source.file,
        rtol=rtol,
        tensors=tensors,
        not_compared=alone,
        remarks=(*entering.warnings, *preparation.remarks),
    )


def _compared(walk: Iterator[Any], theirs: Mapping[str, NDArray[Any]], rtol: float) -> Iterator[CheckedTensor]:
    for node, ours in walk:
        other = theirs.get(node.layer.name)
        if other is None:
            continue
        difference, width = _difference(ours, np.asarray(other))
        yield CheckedTensor(
            index=node.index,
            name=node.layer.name,
            source=node.layer.source,
            shape=ours.shape,
            difference=difference,
            range=width,
            agrees=difference is not None and difference <= rtol * width,
        )


def _difference(ours: NDArray[Any], theirs: NDArray[Any]) -> tuple[float | None, float]:
    """Return the largest difference, None if the two cannot be subtracted, and the width of the other's range."""
    if ours.shape != theirs.shape:
        return None, 0.0
    one, other = ours.astype(np.float64), theirs.astype(np.float64)
    finite = np.isfinite(other)
    width = float(np.ptp(other[finite])) or float(np.abs(other[finite]).max()) if finite.any() else 0.0
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    with np.errstate(invalid="ignore"):
        gaps = np.where(same, 0.0, np.abs(one - other))
    largest = float(gaps.max(initial=0.0))
    return (largest if np.isfinite(largest) else None), width
