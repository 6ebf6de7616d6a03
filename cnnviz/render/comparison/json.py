"""A comparison as one JSON document (`schema_version` 1).

`baseline`, `current`, `result` (`same`, `within_limits` or `differs`), `limits` (`max_level`, `max_diff_pixels`,
`max_diff_ratio`, null where free, `rtol`, `atol`, `tensors`), `measured` (the largest of each over all pictures),
`headroom` (limit less measured, null where free, below zero where beyond), `layers` (the globs), `first_divergence`
(null, or `image`, `index`, `layer`, `what`), `summary` (`images`, `pictures`: how many have which verdict), `problems`,
`warnings`, and `images`: each `image` (its folder), `verdict`, `by_hash`, `problems`, `first_divergence`, and of its
layers those that differ or are within limits: `index`, `layer`, `verdict`, `same` (a count), `facts` (`field`,
`baseline`, `current`) and `pictures` (`path`, `verdict`, `message`, and where it was measured `pixels`,
`differing_pixels`, `ratio`, `max_level`).

Verdicts: `same`, `within_limits`, `changed`, `different_size`, `added`, `removed`, `unreadable`.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from cnnviz.io.files import show_path
from cnnviz.render.comparison import wording
from cnnviz.render.comparison.model import (
    NO_LAYER,
    Comparison,
    ImageComparison,
    LayerComparison,
    PictureComparison,
)

SCHEMA_VERSION = 1


def to_json(comparison: Comparison) -> str:
    """Write a comparison as JSON, indented by two."""
    limits, worst = comparison.limits, comparison.worst
    pixels = 0 if limits.exact else limits.pixels
    given = {"max_level": limits.level, "max_diff_pixels": pixels, "max_diff_ratio": limits.ratio}
    found = {"max_level": worst.level, "max_diff_pixels": worst.pixels, "max_diff_ratio": worst.ratio}
    held = "within_limits" if comparison.image_counts["within_limits"] else "same"
    document = {
        "schema_version": SCHEMA_VERSION,
        "baseline": show_path(comparison.baseline),
        "current": show_path(comparison.current),
        "result": "differs" if comparison.differs else held,
        "limits": {**given, "rtol": limits.rtol, "atol": limits.atol, "tensors": limits.tensors},
        "measured": found,
        "headroom": {name: None if limit is None else limit - found[name] for name, limit in given.items()},
        "layers": comparison.patterns,
        "first_divergence": _first(comparison.first),
        "summary": {"images": comparison.image_counts, "pictures": comparison.picture_counts},
        "problems": comparison.problems,
        "warnings": comparison.warnings,
        "images": [_image(image) for image in comparison.images],
    }
    return json.dumps(msgspec.to_builtins(document), indent=2, ensure_ascii=False) + "\n"


def _first(image: ImageComparison | None) -> dict[str, Any] | None:
    if image is None or image.first is None:
        return None
    return {"image": show_path(image.label), **_layer_key(image.first), "what": wording.what_changed(image.first)}


def _layer_key(layer: LayerComparison) -> dict[str, Any]:
    if layer.index == NO_LAYER:
        return {"index": None, "layer": None}
    return {"index": layer.index, "layer": layer.name}


def _image(image: ImageComparison) -> dict[str, Any]:
    return {
        "image": show_path(image.label),
        "verdict": image.verdict,
        "by_hash": image.hashed,
        "problems": image.problems,
        "first_divergence": _first(image),
        "layers": [
            {
                **_layer_key(layer),
                "verdict": layer.verdict,
                "same": layer.same,
                "facts": layer.facts,
                "pictures": [_picture(picture) for picture in layer.pictures],
            }
            for layer in image.layers
            if layer.verdict != "same"
        ],
    }


def _picture(picture: PictureComparison) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "path": show_path(picture.path),
        "verdict": picture.verdict,
        "message": picture.message,
    }
    if picture.measure:
        entry |= {
            "pixels": picture.measure.total,
            "differing_pixels": picture.measure.differing,
            "ratio": picture.measure.ratio,
            "max_level": picture.measure.level,
        }
    return entry
