"""Data sets in the forms that cnnviz reads, written small."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np


def digits(count: int, seed: int = 0, side: int = 28, classes: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Random gray pictures, `(count, side, side)`, and labels that name every class in turn."""
    pictures = np.random.default_rng(seed).integers(0, 256, (count, side, side), np.uint8)
    return pictures, np.arange(count) % classes


def idx(array: np.ndarray) -> bytes:
    """An array of bytes as an IDX file."""
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()


def write_idx(folder: Path, stem: str, pictures: np.ndarray, labels: np.ndarray, packed: bool = True) -> Path:
    """Write a pair of IDX files; returns that of the images."""
    folder.mkdir(parents=True, exist_ok=True)
    end = ".gz" if packed else ""
    for name, array in ((f"{stem}-labels-idx1-ubyte", labels), (f"{stem}-images-idx3-ubyte", pictures)):
        path = folder / (name + end)
        path.write_bytes(gzip.compress(idx(array), 1) if packed else idx(array))
    return path


def cifar(pictures: np.ndarray, labels: np.ndarray) -> bytes:
    """Pictures, `(count, 32, 32, 3)`, as a batch of CIFAR-10's binary version."""
    planes = pictures.transpose(0, 3, 1, 2).reshape(len(pictures), -1)
    return np.concatenate([labels[:, None], planes], axis=1).astype(np.uint8).tobytes()
