"""The words of Keras's legacy layout, and its lists of names.

The root has the attributes `layer_names`, `backend` and `keras_version`, and a group for every layer; that has the
attribute `weight_names`, and the weights as datasets under those names. A whole model has all this in its group
`model_weights`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count, takewhile
from typing import Any

import numpy as np

from cnnviz.io.hdf5.library import h5py
from cnnviz.io.hdf5.texts import texts_are_sound

MARK = "cnnviz_sha256"

CLASSES = "cnnviz_classes"
"""The attribute of the root with the names of the classes that the last layer's units stand for."""

_LARGEST = 64512
"""Bytes of an attribute: HDF5's header of an object ends at 64 KiB."""


def set_names(group: h5py.Group, attribute: str, names: Sequence[str]) -> None:
    """Note a list of names; a long one as Keras does, in attributes `layer_names0`, `layer_names1` and so on."""
    array = np.array([name.encode() for name in names] or np.empty(0, "S1"))
    if array.nbytes <= _LARGEST:
        group.attrs[attribute] = array
        return
    step = _LARGEST // array.itemsize
    for i, start in enumerate(range(0, len(array), step)):
        group.attrs[f"{attribute}{i}"] = array[start : start + step]


def has_names(group: h5py.Group, attribute: str) -> bool:
    """Whether a group has a list of names."""
    return attribute in group.attrs or f"{attribute}0" in group.attrs


def read_plain(group: h5py.Group, attribute: str) -> Any:
    """Read an attribute that holds text or numbers; a list without anything counts as numbers.

    Raises:
        ValueError: If it holds something else, or text in a damaged part of the file.
    """
    kind = group.attrs.get_id(attribute).get_type()
    if not isinstance(kind, h5py.h5t.TypeStringID | h5py.h5t.TypeFloatID | h5py.h5t.TypeIntegerID):
        raise ValueError(f"{attribute} holds neither text nor numbers")
    if isinstance(kind, h5py.h5t.TypeStringID) and kind.is_variable_str() and not texts_are_sound(group, attribute):
        raise ValueError(f"{attribute} is longer than its heap, or in a damaged one")
    return group.attrs[attribute]


def get_names(group: h5py.Group, attribute: str) -> list[str]:
    """Return a list of names; empty if there is none.

    Raises:
        ValueError: If it is no list of text.
    """
    numbered = takewhile(group.attrs.__contains__, (f"{attribute}{i}" for i in count()))
    parts = [attribute] if attribute in group.attrs else list(numbered)
    names: list[str] = []
    for part in parts:
        for name in np.atleast_1d(read_plain(group, part)):
            if not isinstance(name, str | bytes):
                raise ValueError(f"{part} holds {name!r}")
            names.append(name.decode() if isinstance(name, bytes) else str(name))
    return names
