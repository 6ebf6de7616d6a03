from __future__ import annotations

from pathlib import Path

import pytest

from cnnviz.errors import ModelError
from cnnviz.interchange import import_model, is_model_file
from cnnviz.interchange.model import ImportOptions

HDF5 = b"\x89HDF\r\n\x1a\n"

FILES = {
    "a.keras": (b"PK", True),
    "a.H5": (HDF5, True),
    "a.hdf5": (b"", True),
    "a.onnx": (b"", True),
    "a.weird": (HDF5, True),
    "a.pth": (b"PK", True),
    "model.json": (b'{"format": "layers-model", "modelTopology": {}}', True),
    "stack.json": (b'{"layers": []}', False),
    "stack.yaml": (b"layers: []", False),
    "stack": (b"layers: []", False),
}


@pytest.mark.parametrize("name", FILES)
def test_a_model_file_is_told_from_a_stack_by_its_name_and_first_bytes(name: str, tmp_path: Path) -> None:
    content, is_model = FILES[name]
    (tmp_path / name).write_bytes(content)
    assert is_model_file(tmp_path / name) is is_model


@pytest.mark.parametrize("name", ["l3", "nothing.yaml", "."])
def test_what_is_no_file_is_no_model(name: str, tmp_path: Path) -> None:
    assert not is_model_file(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "advice"), [("a.pth", "torch.onnx.export"), ("a.tflite", "tf2onnx"), ("a.pb", ".keras")]
)
def test_files_without_a_network_that_can_be_read_are_refused_with_what_to_do(
    name: str, advice: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(ModelError, match=advice):
        import_model(tmp_path / name, ImportOptions())
