"""What lies beside models of Teachable Machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cnnviz.interchange import import_model
from cnnviz.interchange.beside import with_neighbours
from cnnviz.interchange.model import SILENT, ImportedModel, ImportOptions
from tests.helpers.models import write_keras

METADATA = {"packageName": "@teachablemachine/image", "labels": ["cat", "dog"], "imageSize": 224}


def model(remarks: list[str]) -> ImportedModel:
    layers = [{"type": "Flatten"}, {"type": "Dense", "name": "scores", "units": 2}]
    document = {"name": "net", "input": {"color": "rgb", "scale": "1/255"}, "layers": layers}
    return ImportedModel(document, {}, {}, {}, remarks)


def test_classes_and_scale_come_from_the_metadata(tmp_path: Path) -> None:
    (tmp_path / "metadata.json").write_text(json.dumps(METADATA))
    found = with_neighbours(model([SILENT, "another"]), tmp_path / "model.json")
    assert found.document["classes"] == ["cat", "dog"]
    assert found.document["input"] == {"color": "rgb", "scale": "1/127.5", "mean": [1.0, 1.0, 1.0]}
    assert SILENT not in found.remarks and "another" in found.remarks
    assert "metadata.json" in found.remarks[0]
    sized = model([SILENT])
    sized.document["input"]["size"] = [224, 224]
    assert with_neighbours(sized, tmp_path / "model.json").document["input"]["crop"] == "center"
    scaled = with_neighbours(model([]), tmp_path / "model.json").document
    assert (scaled["classes"], scaled["input"]["scale"]) == (["cat", "dog"], "1/255")


@pytest.mark.parametrize(
    "metadata",
    [
        {**METADATA, "packageName": "@another/image"},
        {**METADATA, "labels": ["cat"]},
        {**METADATA, "labels": ["cat", "a\nb"]},
        {**METADATA, "labels": ["cat", 3]},
        {**METADATA, "labels": None},
        [1],
        "x",
    ],
)
def test_what_is_not_teachable_machine_s_is_passed_over(metadata: Any, tmp_path: Path) -> None:
    (tmp_path / "metadata.json").write_text(json.dumps(metadata))
    same = model([SILENT])
    assert with_neighbours(same, tmp_path / "model.json") == same


@pytest.mark.parametrize(
    ("name", "labels", "classes"),
    [
        ("keras_model.h5", "0 cat\n1 big dog\n", ["cat", "big dog"]),
        ("keras_model.h5", "0 cat\r\n1 dog", ["cat", "dog"]),
        ("keras_model.h5", "1 cat\n0 dog\n", None),
        ("keras_model.h5", "cat\ndog\n", None),
        ("keras_model.h5", "0 cat\n", None),
        ("model.h5", "0 cat\n1 dog\n", None),
    ],
)
def test_classes_come_from_the_labels_of_a_model_of_keras(
    name: str, labels: str, classes: list[str] | None, tmp_path: Path
) -> None:
    write_keras(tmp_path / name)
    (tmp_path / "labels.txt").write_bytes(labels.encode())
    assert import_model(tmp_path / name, ImportOptions()).document.get("classes") == classes
    assert "classes" not in import_model(tmp_path / name, ImportOptions(until="conv")).document
