"""Files that are damaged, or made to do harm: refused in words, in bounded memory, with nothing read outside."""

from __future__ import annotations

import contextlib
import copy
import json
import resource
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from cnnviz.errors import CnnvizError, ModelError
from cnnviz.interchange import ImportOptions, import_model
from tests.helpers.fuzzing import cases
from tests.helpers.keras_files import archive, layers_model, small, whole

PLAIN = ImportOptions()


def refusal(path: Path) -> str:
    with pytest.raises(ModelError) as found:
        import_model(path, PLAIN)
    assert path.name in str(found.value)
    return str(found.value)


def test_every_truncation_of_an_archive_is_refused(tmp_path: Path) -> None:
    data = archive(tmp_path / "whole.keras", small()).read_bytes()
    path = tmp_path / "m.keras"
    for end in [0, 1, 3, *range(100, len(data), len(data) // 20), len(data) - 1]:
        path.write_bytes(data[:end])
        refusal(path)


def test_archives_without_their_parts_or_with_two_of_one_are_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "m.keras", small())
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    for left_out in ("config.json", "model.weights.h5"):
        with zipfile.ZipFile(path, "w") as file:
            for name, content in parts.items():
                if name != left_out:
                    file.writestr(name, content)
        assert left_out in refusal(path)
    with zipfile.ZipFile(path, "w") as file, pytest.warns(UserWarning, match="Duplicate"):
        for name, content in [*parts.items(), ("config.json", b"{}")]:
            file.writestr(name, content)
    assert "config.json" in refusal(path)


def test_a_part_that_would_fill_the_disk_is_not_unpacked(tmp_path: Path) -> None:
    bomb = bytes(65 << 20)
    path = archive(tmp_path / "m.keras", small(), parts={"model.weights.h5": bomb}, compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 1 << 20
    assert "larger than the archive" in refusal(path)
    path = archive(tmp_path / "m.keras", small(), parts={"config.json": bomb}, compression=zipfile.ZIP_DEFLATED)
    assert "larger than" in refusal(path)


def test_other_compression_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "m.keras", small(), compression=zipfile.ZIP_BZIP2)
    assert "compressed" in refusal(path)


def test_nothing_of_an_archive_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    import_model(archive(tmp_path / "m.keras", small()), PLAIN)
    refusal(archive(tmp_path / "bad.keras", small(), parts={"model.weights.h5": b"\x89HDF\r\n\x1a\n"}))
    assert not list((tmp_path / "temporary").iterdir())


def test_weights_in_other_files_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["kernel"] = np.zeros((3, 3, 3, 2), np.float32)
    path = whole(tmp_path / "m.h5", small())
    with h5py.File(path, "a") as file:
        del file["model_weights/conv/conv/0:0"]
        file["model_weights/conv/conv/0:0"] = h5py.ExternalLink(str(secret), "kernel")
    assert "link" in refusal(path)


def test_room_for_values_that_were_never_written_is_no_weight(tmp_path: Path) -> None:
    model = small()
    model["config"]["layers"][1]["config"]["filters"] = 2**31
    path = whole(tmp_path / "m.h5", model)
    with h5py.File(path, "a") as file:
        for number, shape in enumerate([(3, 3, 3, 2**31), (2**31,)]):
            del file[f"model_weights/conv/conv/{number}:0"]
            file["model_weights"].create_dataset(
                f"conv/conv/{number}:0", shape, "f4", chunks=(1,) * (len(shape) - 1) + (64,)
            )
    text = refusal(path)
    assert "never written" in text or "too many" in text


def test_a_file_of_many_holes_is_not_read_where_the_description_does_not_want_it(tmp_path: Path) -> None:
    count = 2**33
    weights = [{"name": "conv/kernel", "shape": [count], "dtype": "float32"}]
    path = layers_model(tmp_path, small(), changes={"paths": ["holes.bin"], "weights": weights})
    with (tmp_path / "holes.bin").open("wb") as file:
        file.truncate(4 * count)
    assert "conv" in refusal(path)


@pytest.mark.fuzz
@pytest.mark.parametrize("form", ["m.keras", "m.h5", "model.json"])
def test_flipped_bytes_raise_nothing_but_our_errors(form: str, tmp_path: Path) -> None:
    write: Any = {"m.keras": archive, "m.h5": whole}.get(form)
    path = write(tmp_path / form, small()) if write else layers_model(tmp_path, small())
    data = np.frombuffer(path.read_bytes(), np.uint8)
    rng = np.random.default_rng(len(form))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(cases(3000)):
        flipped = data.copy()
        for place in rng.integers(0, len(data), rng.integers(1, 5)):
            flipped[place] = rng.integers(0, 256)
        path.write_bytes(flipped.tobytes())
        with contextlib.suppress(CnnvizError):
            import_model(path, PLAIN)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**18  # 256 MiB


@pytest.mark.fuzz
def test_descriptions_with_anything_in_the_place_of_a_part_raise_nothing_but_our_errors(tmp_path: Path) -> None:
    text = json.dumps(small())
    rng = np.random.default_rng(1)
    others: list[Any] = [None, True, -1, 0, 10**30, 1.5, "", "conv", [], {}, [[]], [None, 3], {"class_name": "Conv2D"}]
    for _ in range(cases(3000)):
        model = json.loads(text)
        for _ in range(rng.integers(1, 4)):
            parent, key = _anywhere(model, rng)
            parent[key] = copy.deepcopy(others[rng.integers(len(others))])
        with contextlib.suppress(CnnvizError):
            import_model(whole(tmp_path / "m.h5", json.dumps(model)), PLAIN)


def _anywhere(value: Any, rng: np.random.Generator) -> tuple[Any, Any]:
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = keys[rng.integers(len(keys))]
        if not isinstance(value[key], dict | list) or not value[key] or rng.random() < 0.15:
            return value, key
        value = value[key]
