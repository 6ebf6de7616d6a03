"""Damaged weights files are refused or read: none keeps libhdf5 busy for ever, brings it down, or fills the memory."""

from __future__ import annotations

import subprocess
import sys
import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest

from cnnviz.errors import WeightsError
from cnnviz.io.hdf5.matching import match_weights
from cnnviz.io.hdf5.reading import read_weights
from cnnviz.io.hdf5.writing import write_weights
from tests.helpers.fuzzing import cases
from tests.helpers.weights_files import refusal

resource = pytest.importorskip("resource")

FEW, MANY = 100, 20_000

PEAK = 300
"""MiB, the program itself included: damaged lengths ask for up to 4 GiB."""


def run_cases(first: int, count: int) -> list[int]:
    """Return how many files were refused, how many read, and the peak of memory in MiB."""
    command = [sys.executable, "-m", "tests.io.hdf5_damage", str(first), str(count)]
    root = Path(__file__).parents[2]
    try:
        child = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=30 + count / 10)
    except subprocess.TimeoutExpired as late:
        pytest.fail(f"case {(late.stdout or b'').decode().splitlines()[-1]} does not end")
    assert child.returncode == 0, f"case {child.stdout.splitlines()[-1]}: {child.stderr}"
    return [int(word) for word in child.stdout.splitlines()[-1].split()]


def check_cases(first: int, count: int) -> None:
    refused, read, peak = run_cases(first, count)
    print(f"{refused} refused, {read} read, peak {peak} MiB")
    assert refused + read == count
    assert min(refused, read) > count / 10
    assert peak < PEAK


def test_some_damaged_files() -> None:
    check_cases(0, FEW)


@pytest.mark.fuzz
def test_very_many_damaged_files() -> None:
    check_cases(FEW, cases(MANY))


@pytest.mark.parametrize(
    ("at", "size"),
    [(8, 0), (8, 2**63), (24, 2**64 - 16), (24, 2**40), (24, 2**64 - 1)],
    ids=["empty heap", "huge heap", "back to the start", "beyond the end", "by one back"],
)
def test_a_damaged_heap_of_text_is_refused(tmp_path: Path, at: int, size: int) -> None:
    path = tmp_path / "w.h5"
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = ["conv_1"]
        file.create_group("conv_1").attrs["weight_names"] = ["kernel:0"]
        file["conv_1/kernel:0"] = [[1.0]]
    data = bytearray(path.read_bytes())
    start = data.index(b"GCOL")
    data[start + at : start + at + 8] = size.to_bytes(8, "little")
    path.write_bytes(data)
    assert refusal(path) == "w.h5: the HDF5 file is damaged"


@pytest.mark.parametrize("version", ["earliest", "latest"])
@pytest.mark.parametrize(("length", "sound"), [(6, True), (7, False), (2**30, False), (2**32 - 1, False)])
def test_a_text_is_no_longer_than_its_place_in_the_heap(tmp_path: Path, version: str, length: int, sound: bool) -> None:
    path = tmp_path / "w.h5"
    with h5py.File(path, "w", libver=version) as file:
        file.attrs["layer_names"] = ["conv_1"]
        file.create_group("conv_1").attrs["weight_names"] = ["kernel:0"]
        file["conv_1/kernel:0"] = [[1.0]]
    data = bytearray(path.read_bytes())
    heap = data.index(b"GCOL").to_bytes(8, "little")
    place = data.index((6).to_bytes(4, "little") + heap)
    data[place : place + 4] = length.to_bytes(4, "little")
    path.write_bytes(data)
    if sound and version == "earliest":
        assert list(read_weights(path).layers) == ["conv_1"]
    elif version == "earliest":  # a newer file has a checksum, which tells first
        assert refusal(path) == "w.h5: the HDF5 file is damaged"


def test_texts_of_all_forms_of_headers_are_found(tmp_path: Path) -> None:
    for version in ("earliest", "v110", "latest"):
        path = tmp_path / f"{version}.h5"
        with h5py.File(path, "w", libver=version) as file:
            file.attrs["layer_names"] = [f"layer_{number}" for number in range(50)]
            for number in range(50):
                group = file.create_group(f"layer_{number}", track_order=bool(number % 2))
                for other in range(number % 8):  # what does not fit goes on elsewhere
                    group.attrs[f"other_{other}"] = "x" * 10 * number
                group.attrs["weight_names"] = ["kernel:0", "kernél:1"][: number % 3]
                for name in group.attrs["weight_names"]:
                    group[name] = [1.0]
        found = {layer: len(weights) for layer, weights in read_weights(path).layers.items()}
        assert found == {f"layer_{number}": number % 3 for number in range(50)}


def test_a_chunk_that_becomes_larger_than_it_should_is_not_unpacked(tmp_path: Path) -> None:
    whole = np.random.default_rng(0).normal(size=(64, 64)).astype(np.float32)
    bomb = zlib.compress(bytes(1 << 28))
    for filters, packed in (
        ({"compression": "gzip"}, bomb),
        ({"compression": "gzip", "shuffle": True, "fletcher32": True}, bomb + bytes(4)),
        ({"compression": "lzf"}, b"\0\0" + b"\xe0\xff\0" * (1 << 20)),
        ({"compression": "gzip"}, bytes(1 << 20)),
    ):
        path = tmp_path / "w.h5"
        write_weights(path, {"d": {"kernel": whole}}, ["d"])
        with h5py.File(path, "a") as file:
            del file["d/d/kernel:0"]
            dataset = file.create_dataset("d/d/kernel:0", (64, 64), "f4", chunks=(64, 64), **filters)
            dataset.id.write_direct_chunk((0, 0), packed)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises(WeightsError, match="damaged"):
            match_weights(read_weights(path), {"d": {"kernel": (64, 64)}})
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10
        with h5py.File(path, "a") as file:
            del file["d/d/kernel:0"]
            file.create_dataset("d/d/kernel:0", data=whole, chunks=(64, 32), **filters)
        found = match_weights(read_weights(path), {"d": {"kernel": (64, 64)}}).arrays
        np.testing.assert_array_equal(found["d"]["kernel"], whole)
