"""State dicts as files: what they hold comes out, and what is none, or does something, is refused and runs nothing."""

from __future__ import annotations

import collections
import io
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz.errors import WeightsError
from cnnviz.io.state_dict.model import Tensor, check_tensor
from cnnviz.io.state_dict.reading import is_state_dict, read_state_dict

FOLDER = Path(__file__).parents[2] / "data/state_dicts"


class Named:
    """Pickles as a call of any function by name, or as its name alone."""

    def __init__(self, module: str, name: str, *arguments: Any) -> None:
        self.module, self.name, self.arguments = module, name, arguments


class Storage:
    """Pickles as PyTorch names a storage."""

    def __init__(self, kind: str = "FloatStorage", key: str = "0", count: Any = 6) -> None:
        self.pid = ("storage", Named("torch", kind), key, "cpu", count)


class Pickler(pickle._Pickler):  # type: ignore[name-defined]  # the one in Python, which can write any name
    def persistent_id(self, held: Any) -> Any:
        return held.pid if isinstance(held, Storage) else None

    def save(self, held: Any, save_persistent_id: bool = True) -> None:
        if isinstance(held, Named):
            self.write(b"c" + f"{held.module}\n{held.name}\n".encode())
            if held.arguments:
                self.save(held.arguments)
                self.write(pickle.REDUCE)
            return
        super().save(held, save_persistent_id)


def pickled(held: Any) -> bytes:
    stream = io.BytesIO()
    Pickler(stream, 2).dump(held)
    return stream.getvalue()


def tensor(storage: Any = None, offset: Any = 0, size: Any = (2, 3), stride: Any = (3, 1)) -> Named:
    storage = storage or Storage()
    return Named("torch._utils", "_rebuild_tensor_v2", storage, offset, size, stride, False, collections.OrderedDict())


def archive(path: Path, held: Any, data: bytes | None = None, **more: bytes) -> Path:
    numbers = np.arange(6, dtype="<f4").tobytes() if data is None else data
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("archive/data.pkl", held if isinstance(held, bytes) else pickled(held))
        file.writestr("archive/data/0", numbers)
        for name, content in more.items():
            file.writestr(f"archive/{name}", content)
    return path


def read(path: Path) -> dict[str, np.ndarray]:
    found = read_state_dict(path)
    return found.read(list(found.tensors))


@pytest.mark.parametrize("file", ["zip.pth", "legacy.pth", "checkpoint.pt", "numbered.pth", "plain.safetensors"])
def test_every_form_is_told_and_holds_the_same_numbers(file: str) -> None:
    if file.endswith("safetensors"):
        pytest.importorskip("safetensors", reason="safetensors is an extra")
    assert is_state_dict(FOLDER / file)
    known, found = read_state_dict(FOLDER / "zip.pth"), read_state_dict(FOLDER / file)
    names = {name.rpartition(".")[0] + name.rpartition(".")[2]: name for name in found.tensors}
    assert len(names) == len(known.tensors)
    learned = [[n for n, t in sorted(one.tensors.items()) if t.dtype == "float32"] for one in (known, found)]
    ours, theirs = (one.read(names) for one, names in zip((known, found), learned, strict=True))
    assert sorted(map(bytes, ours.values())) == sorted(map(bytes, theirs.values()))


def test_a_view_of_a_storage_comes_out_as_it_is(tmp_path: Path) -> None:
    held = {"turned.weight": tensor(None, 1, (2, 2), (1, 3))}
    np.testing.assert_array_equal(read(archive(tmp_path / "w.pth", held))["turned.weight"], [[1, 4], [2, 5]])


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [("HalfStorage", "<f2"), ("DoubleStorage", "<f8"), ("FloatStorage", ">f4"), ("BFloat16Storage", "")],
)
def test_every_floating_type_and_order_of_bytes_becomes_float32(kind: str, dtype: str, tmp_path: Path) -> None:
    numbers = np.array([1, -2, 0.5, 1024, 3, -0.25], np.float32)
    data = numbers.astype(dtype).tobytes() if dtype else (numbers.view("<u4") >> 16).astype("<u2").tobytes()
    order = {"byteorder": b"big"} if dtype.startswith(">") else {}
    found = read(archive(tmp_path / "w.pth", {"a.weight": tensor(Storage(kind))}, data, **order))
    np.testing.assert_array_equal(found["a.weight"], numbers.reshape(2, 3))


@pytest.mark.parametrize(
    ("module", "name", "arguments"),
    [
        ("os", "system", ("touch ran",)),
        ("posix", "system", ("touch ran",)),
        ("builtins", "eval", ("open('ran', 'w')",)),
        ("builtins", "getattr", (collections.OrderedDict(), "clear")),
        ("subprocess", "Popen", (["touch", "ran"],)),
        ("__main__", "Net", ()),
        ("torch.nn.modules.conv", "Conv2d", ()),
        ("torch.storage", "_load_from_bytes", (b"",)),
    ],
)
@pytest.mark.parametrize("legacy", [False, True])
def test_what_would_have_to_run_is_refused_by_name(
    module: str, name: str, arguments: Any, legacy: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    held = {"a.weight": tensor(), "b": Named(module, name, *arguments)}
    path = tmp_path / "w.pth"
    if legacy:
        path.write_bytes(b"".join(map(pickled, (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}, held, ["0"]))))
    else:
        archive(path, held)
    with pytest.raises(WeightsError) as caught:
        read(path)
    assert f"{module}.{name}" in str(caught.value) and "state_dict" in str(caught.value)
    assert not Path("ran").exists() and [one.name for one in Path().iterdir()] == ["w.pth"]


ODD = {
    "beyond": tensor(None, 0, (7,), (1,)),
    "offset": tensor(None, 5, (2,), (1,)),
    "before": tensor(None, -1, (2,), (1,)),
    "backwards": tensor(None, 5, (2,), (-1,)),
    "expanded": tensor(None, 0, (1 << 40,), (0,)),
    "crossing": tensor(None, 0, (4, 4), (1, 0)),
    "many": tensor(None, 0, (1,) * 3, (1,)),
    "words": tensor(None, "0", (2,), (1,)),
    "huge": tensor(Storage(count=1 << 60), 0, (1 << 60,), (1,)),
    "negative": tensor(Storage(count=-5)),
    "missing": tensor(Storage(key="1")),
    "short": tensor(Storage("DoubleStorage")),
    "no tensor": Named("torch._utils", "_rebuild_parameter", "text", False, None),
}


@pytest.mark.parametrize("name", ODD)
def test_absurd_tensors_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(WeightsError):
        read(archive(tmp_path / "w.pth", {"a.weight": ODD[name]}))


def test_a_file_without_tensors_is_refused(tmp_path: Path) -> None:
    for held in ({}, [1], {"state_dict": {"a": 3}}, None):
        with pytest.raises(WeightsError, match="no state dict"):
            read(archive(tmp_path / "w.pth", held))


def test_whole_numbers_are_no_weights(tmp_path: Path) -> None:
    held = {"a.weight": tensor(Storage("LongStorage", count=3), 0, (3,), (1,))}
    with pytest.raises(WeightsError, match="int64"):
        read(archive(tmp_path / "w.pth", held))


@pytest.mark.parametrize("file", ["zip.pth", "legacy.pth", "plain.safetensors"])
def test_a_file_that_is_cut_or_changed_is_an_error_or_gives_numbers(file: str, tmp_path: Path) -> None:
    if file.endswith("safetensors"):
        pytest.importorskip("safetensors", reason="safetensors is an extra")
    data = (FOLDER / file).read_bytes()
    rng = np.random.default_rng(0)
    refused = 0
    for number in range(60):
        damaged = bytearray(data)
        if number % 2:
            del damaged[int(rng.integers(10, len(data))) :]
        else:
            damaged[int(rng.integers(4, min(len(data), 3000)))] = int(rng.integers(256))
        path = tmp_path / f"{number}"
        path.write_bytes(damaged)
        try:
            read(path)
        except WeightsError:
            refused += 1
    assert refused >= 30  # all that were cut


def test_a_compressed_entry_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("archive/data.pkl", pickled({"a.weight": tensor()}))
        file.writestr("archive/data/0", bytes(24))
    with pytest.raises(WeightsError):
        read(path)


def test_a_large_pickle_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "w.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("archive/data.pkl", bytes((1 << 26) + 1))
    with pytest.raises(WeightsError, match="large"):
        read(path)


def test_other_files_are_told_apart(tmp_path: Path) -> None:
    for name, data in {
        "a.h5": b"\x89HDF\r\n\x1a\n",
        "b": b"",
        "c.txt": b"some words",
        "d": struct.pack("<Q", 7),
    }.items():
        (tmp_path / name).write_bytes(data)
        assert not is_state_dict(tmp_path / name)


def test_a_tensor_of_nothing_has_no_numbers() -> None:
    check_tensor(Tensor((0, 3), "float32", 0, (3, 1)), 0)
