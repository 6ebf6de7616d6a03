# Paths are strings here: a comparison looks at tens of thousands of files.
# ruff: noqa: PTH118
"""One image on both sides: its pictures, layer by layer, and its reports."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase

from cnnviz.io.files import show_path
from cnnviz.outputs.image_side import ImageSide, Layer, LayerNames, picture_order, read_side
from cnnviz.render.comparison.model import (
    Fact,
    ImageComparison,
    ImageVerdict,
    LayerComparison,
    Limits,
    PictureComparison,
)
from cnnviz.stack.graph import INPUT
from cnnviz.workflows.compare.pictures import compare_pictures, compare_with_report
from cnnviz.workflows.compare.reports import compare_reports
from cnnviz.workflows.compare.tensors import compare_tensors, have_tensors

_BROKEN = {
    "interrupted": "a run was broken off: its outputs are not complete, run it again",
    "damaged": "there is no report.json that this version can read: its outputs are not complete",
}


def compare_image(
    label: str, baseline: str, current: str, limits: Limits, patterns: tuple[str, ...] = ()
) -> ImageComparison:
    """Compare the outputs of one image.

    Args:
        label: The folder of the image in the output.
        baseline: The path of its folder in the baseline; it may be missing.
        current: The path of its folder in the other; it may be missing, too.
        limits: How much they may differ.
        patterns: Which layers to compare; empty for all.
    """
    before, after = read_side(baseline), read_side(current)
    names = LayerNames(before, after)
    wanted = chooser(patterns)
    hashed = before.report_only
    paths = (before.hashes.keys() if hashed else _of_baseline(before, after)) | after.pictures
    grouped: dict[Layer, list[PictureComparison]] = {}
    for path in sorted(paths, key=picture_order):
        layer = names.layer(path)
        if wanted(layer[1]) and (layer[1] == INPUT or not limits.tensors):
            grouped.setdefault(layer, []).append(_compare(path, before, after, hashed, limits))
    problems = list(_problems(before, after))
    facts: dict[Layer, tuple[Fact, ...]] = {}
    if before.report and after.report:
        same = {
            layer.name
            for layer in after.report.layers
            if all(picture.verdict == "same" for picture in grouped.get((layer.index, layer.name), ()))
        }
        found = compare_reports(before.report, after.report, () if limits.tensors else same, limits)
        facts = {layer: found[layer] for layer in found if wanted(layer[1])}
        if have_tensors(before, after):
            # Pictures that may differ come of tensors that may, too.
            judged = {layer.name for layer in after.report.layers if limits.tensors or limits.exact} | same
            tensors, wrong = compare_tensors(before, after, lambda name: name in judged and wanted(name), limits)
            problems += wrong
            facts |= {layer: (*facts.get(layer, ()), fact) for layer, fact in tensors.items()}
        elif limits.tensors:
            problems.append("there are no tensors of both to compare: run them with --save-activations")
    layers = tuple(
        LayerComparison(
            layer[0],
            show_path(layer[1]),
            same=sum(picture.verdict == "same" for picture in grouped.get(layer, ())),
            pictures=tuple(picture for picture in grouped.get(layer, ()) if picture.verdict != "same"),
            facts=facts.get(layer, ()),
        )
        for layer in sorted(grouped.keys() | facts.keys())
    )
    return ImageComparison(label, _verdict(before, after, layers, problems), layers, tuple(problems), hashed)


def layer_names(*folders: str) -> list[str]:
    """List the layers of an image that `--layer` can mean, in order.

    Args:
        folders: The image's folder on either side.
    """
    sides = [read_side(folder) for folder in folders]
    names = LayerNames(*sides)
    found = {names.layer(path) for side in sides for path in side.pictures | side.hashes.keys()}
    found |= {(layer.index, layer.name) for side in sides if side.report for layer in side.report.layers}
    return [name for _, name in sorted(found) if name]


def chooser(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """Tell of a layer's name whether one of the globs means it; without any, all are meant."""
    if not patterns:
        return lambda name: True
    return lambda name: any(fnmatchcase(name, pattern) for pattern in patterns)


def _of_baseline(before: ImageSide, after: ImageSide) -> frozenset[str]:
    """Return the pictures of the baseline, without those that somebody put there beside cnnviz's."""
    return frozenset(path for path in before.pictures if before.own(path) or path in after.pictures)


def _compare(path: str, before: ImageSide, after: ImageSide, hashed: bool, limits: Limits) -> PictureComparison:
    if path not in after.pictures:
        return PictureComparison(path, "removed")
    if path not in (before.hashes if hashed else before.pictures):
        return PictureComparison(path, "added")
    current = os.path.join(after.path, path)
    if hashed:
        return compare_with_report(path, before, current)
    return compare_pictures(path, os.path.join(before.path, path), current, limits)


def _problems(before: ImageSide, after: ImageSide) -> Iterable[str]:
    for side, what in ((before, "baseline"), (after, "current")):
        if side.state in _BROKEN:
            yield f"{what}: {_BROKEN[side.state]}"
    if not before.report_only:
        # What is missing on both sides shows in no comparison of pictures.
        missing = sorted(after.hashes.keys() - after.pictures - before.pictures)
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            yield f"current: its report lists {missing[0]}{more}, which is not there: run it again"


def _verdict(
    before: ImageSide, after: ImageSide, layers: Iterable[LayerComparison], problems: Iterable[str]
) -> ImageVerdict:
    if before.state == "missing":
        return "added"
    if after.state == "missing":
        return "removed"
    verdicts = {layer.verdict for layer in layers}
    if any(problems) or "changed" in verdicts:
        return "changed"
    return "within_limits" if "within_limits" in verdicts else "same"
