"""HDF5 files: weights in Keras's legacy layout, and activations."""

from __future__ import annotations

from cnnviz.io.hdf5.matching import match_weights
from cnnviz.io.hdf5.reading import FileWeights, StoredWeight, read_mark, read_weights
from cnnviz.io.hdf5.writing import write_activations, write_weights

__all__ = [
    "FileWeights",
    "StoredWeight",
    "match_weights",
    "read_mark",
    "read_weights",
    "write_activations",
    "write_weights",
]
