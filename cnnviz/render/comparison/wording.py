"""Phrases that every form of a comparison shares."""

from __future__ import annotations

from cnnviz.io.files import show_path
from cnnviz.render.comparison.model import (
    NO_LAYER,
    PASSES,
    Comparison,
    Fact,
    ImageComparison,
    LayerComparison,
    PictureComparison,
    Verdict,
)
from cnnviz.render.kit.numbers import short
from cnnviz.wording import plural

VERDICTS: dict[Verdict, str] = {
    "same": "same",
    "within_limits": "within limits",
    "changed": "changed",
    "different_size": "different size",
    "added": "added",
    "removed": "removed",
    "unreadable": "unreadable",
}


def number(value: float) -> str:
    """Write a count whole, another number with up to four digits that count."""
    return f"{value:,}" if isinstance(value, int) else short(value, 4)


def percent(ratio: float) -> str:
    """Write a part as percent; what is not zero never shows as zero."""
    return f"{100 * ratio:.3g} %"


def picture(comparison: PictureComparison) -> str:
    """Say what there is to say of a picture beside its verdict."""
    parts = [comparison.message] if comparison.message else []
    if found := comparison.measure:
        parts.append(
            f"{found.differing:,} of {found.total:,} pixels ({percent(found.ratio)}), "
            f"largest difference {number(found.level)} of 255"
        )
    return "; ".join(parts)


def facts(layer: LayerComparison) -> str:
    """Say what the reports say differently of a layer."""
    return "; ".join(map(_fact, layer.facts))


def _fact(fact: Fact) -> str:
    return f"{fact.field} {fact.baseline} -> {fact.current}"


def layer_title(layer: LayerComparison) -> str:
    """Name a layer with its number."""
    return layer.name if layer.index in (0, NO_LAYER) else f"layer {layer.index}, {layer.name}"


def what_changed(layer: LayerComparison) -> str:
    """Say in one clause what changed first in a layer: shapes, then its sheet, then the rest."""
    shapes = [fact for fact in layer.facts if not fact.field.startswith(("stats.", "range"))]
    failing = [item for item in layer.pictures if item.verdict not in PASSES]
    parts = []
    if shapes:
        parts.append(_fact(next((fact for fact in shapes if fact.field == "output_shape"), shapes[0])))
    if failing:
        first = failing[0]
        said = picture(first)
        verdict = "" if first.verdict == "changed" and said else f" {VERDICTS[first.verdict]}"
        parts.append(f"{show_path(first.path)}{verdict}" + (f": {said}" if said else ""))
    elif not shapes and layer.facts:
        parts.append(f"the pixels are the same, {_fact(layer.facts[0])}")
    return "; ".join(parts)


def image_title(image: ImageComparison) -> str:
    """Name an image; the folder of one image by itself."""
    return show_path(image.label) if image.label else "the image"


def headline(image: ImageComparison) -> str:
    """Say in one clause what became of an image."""
    total = sum(layer.same + len(layer.pictures) for layer in image.layers)
    if image.verdict == "added":
        return f"added: not in the baseline ({plural(total, 'picture')})"
    if image.verdict == "removed":
        return f"removed: in the baseline only ({plural(total, 'picture')})"
    if image.verdict == "within_limits":
        return "within the limits"
    layer = image.first
    if layer is None:
        return image.problems[0] if image.problems else "differs"
    if layer.index == 0:
        return f"the decoded input differs: {what_changed(layer)}"
    if layer.index == NO_LAYER:
        return f"differs in a picture of no layer: {what_changed(layer)}"
    return f"diverges first at {layer_title(layer)}: {what_changed(layer)}"


def first_divergence(comparison: Comparison) -> str:
    """Name the first layer that diverges over all images; empty if none does."""
    image = comparison.first
    if image is None or image.first is None:
        return ""
    where = f" in {image_title(image)}" if image.label else ""
    name = "the decoded input differs"
    if image.first.index:
        name = f"first layer that diverges: {layer_title(image.first)}"
    return f"{name}{where}: {what_changed(image.first)}"


def limit_lines(comparison: Comparison) -> list[str]:
    """Say of each limit what was measured, and how much room is left."""
    limits, worst = comparison.limits, comparison.worst
    if limits.tensors:
        return [f"limits: each value of a tensor within {limits.rtol:g} of itself and {limits.atol:g} of the range"]
    if limits.exact:
        said = "no pixel that could be measured differs"
        if worst.pixels:
            said = (
                f"measured: largest difference {number(worst.level)} of 255, "
                f"up to {worst.pixels:,} pixels of a picture ({percent(worst.ratio)})"
            )
        elif not comparison.differs:
            said = "measured: no pixel differs"
        return [f"limits: exact, no pixel may differ; {said}"]
    rows = (
        ("largest difference of a level", limits.level, worst.level, number),
        ("pixels that differ", limits.pixels, worst.pixels, number),
        ("part of pixels that differ", limits.ratio, worst.ratio, percent),
    )
    lines = []
    for name, limit, found, show in rows:
        if limit is None:
            lines.append(f"limit on {name}: free, measured {show(found)}")
        else:
            room = f"headroom {show(limit - found)}" if found <= limit else f"beyond it by {show(found - limit)}"
            lines.append(f"limit on {name}: {show(limit)}, measured {show(found)}, {room}")
    return lines


def summary(comparison: Comparison) -> str:
    """Count images and pictures in one line."""
    said = []
    for noun, counts in (("image", comparison.image_counts), ("picture", comparison.picture_counts)):
        parts = [f"{counts[verdict]:,} {name}" for verdict, name in VERDICTS.items() if counts[verdict]]
        said.append(plural(counts.total(), noun) + (f": {', '.join(parts)}" if parts else ""))
    return "; ".join(said)
