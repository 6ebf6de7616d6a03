# Paths are strings here: a comparison looks at tens of thousands of files.
# ruff: noqa: PTH118
"""One image on both sides: its pictures, layer by layer, and its reports."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from fnmatch import fnmatchcase

from cnnviz.io.files import show_path
from cnnviz.outputs.image_side import ImageSide, Layer, LayerNames, picture_order, read_side
from cnnviz.outputs.names import INPUT_PICTURE
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
    rules = _other_rules(before, after)
    grouped: dict[Layer, list[PictureComparison]] = {}
    for path in sorted(paths, key=picture_order):
        layer = names.layer(path)
        if wanted(layer[1]) and (layer[1] == INPUT or not limits.tensors):
            found = _compare(path, before, after, hashed, limits)
            grouped.setdefault(layer, []).append(_with_rules(found, rules) if rules else found)
    problems = list(_problems(before, after))
    facts: dict[Layer, tuple[Fact, ...]] = {}
    if before.report and after.report:
        same = {
            layer.name
            for layer in after.report.layers
            if all(picture.verdict == "same" for picture in grouped.get((layer.index, layer.name), ()))
        }
        differing = compare_reports(before.report, after.report, () if limits.tensors else same, limits)
        facts = {layer: differing[layer] for layer in differing if wanted(layer[1])}
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
    verdict = _verdict(before, after, layers, problems)
    redrawn = any(picture.message.endswith(rules) for layer in layers for picture in layer.pictures) if rules else False
    return ImageComparison(label, verdict, layers, tuple(problems), hashed, redrawn)


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


def _other_rules(before: ImageSide, after: ImageSide) -> str:
    """Say in what the rules differ by which the sheets of both sides were drawn; empty if in nothing."""
    if before.report is None or after.report is None:
        return ""
    old, new = (bool(side.report and side.report.labels) for side in (before, after))
    if old != new:
        return "drawn with labels and without"
    return "" if before.report.layout == after.report.layout else "drawn by other rules"


def _with_rules(picture: PictureComparison, rules: str) -> PictureComparison:
    """Say of a sheet that differs that it was drawn otherwise: other pixels need not mean other values."""
    drawn = "/" not in picture.path and picture.path != INPUT_PICTURE and not picture.path.endswith("_composite.png")
    if not drawn or picture.verdict not in ("changed", "different_size"):
        return picture
    return replace(picture, message=f"{picture.message}; {rules}" if picture.message else rules)


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
