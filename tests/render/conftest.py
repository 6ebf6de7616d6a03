"""What the tests of pictures and reports share."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz.layers import find_kind
from cnnviz.stack.graph import infer
from cnnviz.stack.spec import Stack

ORDERS = ((0, 1, 2), (0, 2, 1), (2, 0, 1), (1, 0, 2))


def in_order(array, axes):
    """Lay an array out in memory in the order of other axes: the same numbers, other strides."""
    return np.ascontiguousarray(array.transpose(axes)).transpose(np.argsort(axes))


def layer(kind, name, *inputs, **fields):
    return find_kind(kind)(name=name, inputs=inputs, **fields)


@pytest.fixture
def walk():
    """A small walkthrough: its stack and nodes."""
    layers = (
        layer("Conv2D", "conv_1", "input", filters=3, kernel_size=3, padding="same", strides=2),
        layer("MaxPooling2D", "max_pooling2d", "conv_1", pool_size=3),
        layer("Activation", "activation", "max_pooling2d", activation="relu"),
        layer("Flatten", "flatten", "activation"),
        layer("Dense", "dens_1", "flatten", units=8, activation="relu"),
    )
    stack = Stack(name="walk", layers=layers, seed=7)
    return stack, infer(stack, (97, 121, 3))
