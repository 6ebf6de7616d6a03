"""An attribution as its report, and its pictures."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from cnnviz.attribution.removal import Curve, area
from cnnviz.ops.activations.levelling import softmax
from cnnviz.outputs.names import ATTRIBUTION_SHEET, method_files
from cnnviz.render.attribution.heat import HeatPictures, draw_heat
from cnnviz.render.attribution.model import AttributionReport, ClassScore, MethodReport, Removal, Shuffled
from cnnviz.render.attribution.verdict import verdicts
from cnnviz.render.classes import MOST
from cnnviz.render.kit.numbers import rounded
from cnnviz.render.sheets import picture
from cnnviz.stack.scores import unit_names
from cnnviz.training.losses import as_classes
from cnnviz.workflows.attribution.attribute import Answer, Attributed

_DIGITS = 6


def report_of(found: Attributed, file: str) -> AttributionReport:
    """Say what was found.

    Args:
        found: What was found.
        file: Name of the picture.
    """
    return AttributionReport(
        name=found.stack.name,
        file=file,
        input_shape=found.pixels.shape,
        target=found.target.words,
        layer=found.target.layer,
        value=rounded(found.value),
        probability=rounded(found.probability),
        baseline=found.request.baseline,
        baseline_value=rounded(found.baseline_value),
        seed=found.request.seed,
        classes=_classes(found),
        sheet=ATTRIBUTION_SHEET,
        methods=tuple(_method(found, answer) for answer in found.answers),
    )


def pictures_of(found: Attributed) -> tuple[NDArray[np.uint8], Mapping[str, HeatPictures]]:
    """Draw the picture and the heat maps, by method.

    Args:
        found: What was found.
    """
    shown = _to_look_at(found)
    drawn = {
        answer.method.name: draw_heat(answer.heat, shown, answer.method.signed, answer.method.on_layer)
        for answer in found.answers
    }
    return shown, drawn


def _to_look_at(found: Attributed) -> NDArray[np.uint8]:
    """Return the picture; numbers of an array that are no picture's are stretched to its levels."""
    pixels = found.pixels
    color = found.stack.input.color
    if pixels.shape[2] not in (1, 3):
        pixels, color = pixels.mean(axis=2, keepdims=True), "gray"
    known = pixels[np.isfinite(pixels)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    if low < 0 or high > 255 or high <= 1:
        pixels = (np.nan_to_num(pixels, nan=low, posinf=high, neginf=low) - low) * (255 / ((high - low) or 1))
    return picture(pixels, color)


def _method(found: Attributed, answer: Answer) -> MethodReport:
    files, method = method_files(answer.method.name), answer.method
    known = answer.heat[np.isfinite(answer.heat)]
    ends = (rounded(float(known.min())), rounded(float(known.max()))) if known.size else (None, None)
    curves = answer.curves
    deletion = insertion = None
    if curves is not None:
        deletion = _removal(curves.deletion, curves.random_deletion, curves.parts)
        insertion = _removal(curves.insertion, curves.random_insertion, curves.parts)
    shuffled = tuple(
        Shuffled(down_to=part.down_to, similarity=round(part.similarity, _DIGITS)) for part in answer.shuffled
    )
    whole = found.value - found.baseline_value
    return MethodReport(
        method=method.name,
        layer=found.layer if method.on_layer else None,
        range=ends,
        completeness_error=rounded(answer.completeness_error),
        deletion=deletion,
        insertion=insertion,
        shuffled=shuffled,
        notes=tuple(verdicts(deletion, insertion, shuffled, ends, answer.completeness_error, whole)),
        values=files.values,
        heat=files.heat,
        overlay=files.overlay,
        curves=files.curves if curves is not None else None,
    )


def _removal(curve: Curve, random: Curve, parts: Curve) -> Removal:
    return Removal(
        area=rounded(area(curve, parts)),
        random_area=rounded(area(random, parts)),
        curve=tuple(map(rounded, curve.tolist())),
    )


def _classes(found: Attributed) -> tuple[ClassScore, ...]:
    if found.target.unit is None:
        return ()
    network = found.target.objective.network
    last = network.nodes[-1]
    logits = as_classes(network.forward(found.pixels, keep=[last.layer.name])[last.layer.name][None])[0]
    shares = softmax(logits.astype(np.float64))
    names = found.stack.classes or unit_names(found.stack, last.output_shape)
    return tuple(
        ClassScore(
            name=names[unit] if names else str(unit),
            score=rounded(float(logits[unit])),
            probability=rounded(float(shares[unit])),
        )
        for unit in np.argsort(-shares, kind="stable")[:MOST].tolist()
    )
