"""Reads weights files that are damaged at random, in a process that may die of it.

A program: `python -m tests.io.hdf5_damage FIRST COUNT`. The cases are numbered, and each number means the same damage
always; prints the number of the case under way, then how many were refused and how many read, and the peak of memory in
MiB.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import h5py

from cnnviz.errors import WeightsError
from cnnviz.io.hdf5.matching import match_weights
from cnnviz.io.hdf5.reading import read_weights
from cnnviz.io.hdf5.writing import write_weights
from tests.helpers.weights_files import NAMES, WEIGHTS

KERAS = Path(__file__).parent.parent / "data/oracles"
LARGEST = 60_000
"""Bytes of a file to damage: in large ones few changes meet anything but numbers."""


class Whole(NamedTuple):
    """A file that is whole, and the shapes in it."""

    data: bytes
    specs: dict[str, dict[str, tuple[int, ...]]]

    @classmethod
    def read(cls, path: Path) -> Whole:
        layers = read_weights(path).layers
        return cls(path.read_bytes(), {layer: {w.name: w.shape for w in found} for layer, found in layers.items()})


def whole_files(folder: Path) -> list[Whole]:
    """Make files of all sorts: cnnviz's, Keras's, and such as only other programs write."""
    path = folder / "whole.h5"
    write_weights(path, WEIGHTS, NAMES)
    files = [Whole.read(path)]
    for root, libver, filters in (
        ("model_weights", "earliest", {"compression": "gzip", "shuffle": True, "fletcher32": True}),
        ("/", "latest", {"compression": "lzf"}),
    ):
        with h5py.File(path, "w", libver=libver) as file:
            base = file.require_group(root)
            base.attrs["layer_names"] = list(WEIGHTS)
            for layer, weights in WEIGHTS.items():
                group = base.create_group(layer)
                group.attrs["weight_names"] = [f"{layer}/{name}:0" for name in weights]
                for name, array in weights.items():
                    group.create_dataset(f"{layer}/{name}:0", data=array, chunks=array.shape, **filters)
        files.append(Whole.read(path))
    for keras in sorted(KERAS.glob("*/weights.h5")):
        if keras.stat().st_size < LARGEST:
            files.append(Whole.read(keras))
    return files


def damaged(files: list[Whole], number: int) -> Whole:
    """Change, put in, take out or cut off some bytes of one of the files."""
    rng = random.Random(number)
    whole = rng.choice(files)
    data = bytearray(whole.data)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(data) + 1)
        kind = rng.random()
        if kind < 0.75:
            length = rng.randint(1, 8)
            data[at : at + length] = rng.choice([rng.randbytes(length), b"\xff" * length, bytes(length)])
        elif kind < 0.85:
            data[at:at] = rng.randbytes(rng.randint(1, 8))
        elif kind < 0.95:
            del data[at : at + rng.randint(1, 20)]
        else:
            del data[at:]
    return Whole(bytes(data), whole.specs)


def main(first: int, count: int) -> None:
    """Run the cases."""
    refused = read = 0
    with tempfile.TemporaryDirectory() as folder:
        files = whole_files(Path(folder))
        path = Path(folder) / "damaged.h5"
        for number in range(first, first + count):
            print(number, flush=True)
            data, specs = damaged(files, number)
            path.write_bytes(data)
            try:
                match_weights(read_weights(path), specs)
                read += 1
            except WeightsError as error:
                assert str(path) in str(error)
                refused += 1
    print(refused, read, peak())


def peak() -> int:
    """Return the peak of memory in MiB; what Linux says of usage counts what the parent held at the fork."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
