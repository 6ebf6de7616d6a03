"""Damaged weights files are refused or read: none keeps libhdf5 busy for ever, brings it down, or fills the memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import h5py
import pytest

from tests.helpers.fuzzing import cases
from tests.helpers.weights_files import refusal

pytest.importorskip("resource")

FEW, MANY = 100, 20_000

PEAK = (4 << 10) + 512
"""MiB: libhdf5 asks for as much memory as a text says it is long, in 32 bits, before it looks at the text."""


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
