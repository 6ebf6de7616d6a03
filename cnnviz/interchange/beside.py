"""What Teachable Machine puts beside a model: the names of the classes, which also tell how pixels become numbers.

With TensorFlow.js that is `metadata.json`, with `keras_model.h5` it is `labels.txt`: `0 cat`, a line for each class.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from cnnviz.errors import CnnvizError
from cnnviz.interchange.model import SILENT, ImportedModel
from cnnviz.io.files import read_regular_file

_LIMIT = 2**20
_PACKAGE = "@teachablemachine/image"


def with_neighbours(model: ImportedModel, path: Path) -> ImportedModel:
    """Add what lies beside a model of Teachable Machine; any other stays as it is.

    Args:
        model: The model.
        path: Its file.
    """
    source, classes = _metadata(path) if path.name == "model.json" else _labels(path)
    layers, entry = model.document["layers"], model.document.get("input", {})
    units = next((layer["units"] for layer in reversed(layers) if layer["type"] == "Dense"), None)
    if not classes or len(classes) != units or "classes" in model.document:
        return model
    said = f"its classes are those of {source}, which lies beside it"
    if SILENT in model.remarks:
        entry = {**entry, "scale": "1/127.5", "mean": [1.0] * (1 if entry.get("color") == "gray" else 3)}
        entry |= {"crop": "center"} if "size" in entry else {}
        said += "; the middle of a picture is taken, its pixels from -1 to 1, as Teachable Machine does it"
    document = {"name": model.document["name"], "input": entry, "classes": classes, "layers": layers}
    remarks = [said, *(remark for remark in model.remarks if remark != SILENT)]
    return model._replace(document={**model.document, **document}, remarks=remarks)


def _metadata(path: Path) -> tuple[str, list[str]]:
    found: Any = {}
    try:
        found = json.loads(_read(path.with_name("metadata.json")) or "{}")
        labels = found["labels"] if found["packageName"] == _PACKAGE else []
    except (ValueError, LookupError, TypeError, RecursionError):
        labels = []
    fine = isinstance(labels, list) and all(isinstance(label, str) and _is_name(label) for label in labels)
    return "metadata.json", labels if fine else []


def _labels(path: Path) -> tuple[str, list[str]]:
    lines = _read(path.with_name("labels.txt")).splitlines() if path.name == "keras_model.h5" else []
    found = [re.fullmatch(r"([0-9]{1,5}) (.+)", line.strip()) for line in lines]
    labels = [match[2] for number, match in enumerate(found) if match and int(match[1]) == number]
    return "labels.txt", labels if len(labels) == len(lines) and all(map(_is_name, labels)) else []


def _read(path: Path) -> str:
    try:
        return read_regular_file(path, _LIMIT, "a list of classes").decode(errors="replace")
    except CnnvizError:
        return ""


def _is_name(label: str) -> bool:
    return label.isprintable() and bool(label.strip())
