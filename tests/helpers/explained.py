"""Explained values of small stacks, for the tests of what shows them."""

from __future__ import annotations

import numpy as np

from cnnviz.workflows.explain.explain import explain
from cnnviz.workflows.explain.places import NamedPlace
from cnnviz.workflows.prepare.request import StackRequest


def explained(folder, layers, array, layer=None, wanted=None, dtype="float64", **stack):
    """Explain a value of a stack over an array; of its last layer unless one is named."""
    path = folder / "array.npy"
    np.save(path, array)
    config = {"name": "small", "layers": layers, **stack}
    name = layer or layers[-1]["name"]
    return explain(str(path), StackRequest(config, dtype=dtype), name, wanted or NamedPlace()).value


def ramp(*shape):
    """Give numbers that are easy to follow: 0, 1, 2, ... with every third one negative."""
    numbers = np.arange(np.prod(shape), dtype=float)
    return np.where(numbers % 3 == 2, -numbers, numbers).reshape(shape)


def kernel(*shape):
    """Give an initialiser with few different weights that are easy to multiply."""
    *_, channels, filters = shape
    rows, columns = shape[:2]
    values = (np.arange(filters * rows * columns * channels) * 7 % 9 - 4).reshape(filters, rows, columns, channels) / 4
    return {"type": "filters", "values": values.tolist()}
