"""Layers of every kind, with weights and inputs, from the examples of the kinds' test files."""

from __future__ import annotations

import msgspec
import numpy as np

from cnnviz.layers import all_kinds, find_kind
from tests.helpers.kinds import examples_of, range_of

IMAGE = (7, 6, 3)
VECTOR = (12,)


def make(kind, arguments):
    """Make a layer of a kind from arguments as YAML has them."""
    layer = msgspec.convert({**arguments, "type": kind, "name": "it"}, find_kind(kind))
    layer.check()
    return layer


def random_weights(layer, shapes, seed=0):
    """Fill the layer's weights with random float32 values, in the range that the kind takes."""
    rng, kind = np.random.default_rng(seed), type(layer).__name__
    return {
        name: rng.uniform(*range_of(kind, name), spec.shape).astype(np.float32)
        for name, spec in layer.weight_specs(*shapes).items()
    }


def random_inputs(shapes, dtype="float64", items=2, seed=1):
    """Make one random batch for each shape."""
    rng = np.random.default_rng(seed)
    return [rng.normal(0, 1, (items, *shape)).astype(dtype) for shape in shapes]


def prepare(layer, shapes, dtype="float64", weights=None):
    """Prepare the layer's forward pass, with random weights unless some are given."""
    weights = random_weights(layer, shapes) if weights is None else weights
    return layer.prepare(weights, np.dtype(dtype), *shapes)


def run(kind, arguments, *inputs, **weights):
    """Run a layer on batches without a batch axis, with the weights given."""
    arrays = [np.asarray(x, np.float64)[None] for x in inputs]
    layer = make(kind, arguments)
    shapes = [x.shape[1:] for x in arrays]
    specs = layer.weight_specs(*shapes)
    filled = {name: np.asarray(weights[name], np.float32).reshape(spec.shape) for name, spec in specs.items()}
    return layer.prepare(filled, np.dtype("float64"), *shapes)(*arrays)[0]


def rows_of_planes(x):
    """Lay an image batch out as rows of planes: row by row, every channel's line."""
    return np.ascontiguousarray(x.swapaxes(2, 3)).swapaxes(2, 3) if x.ndim == 4 else x


def keeps_memory_order(kind, arguments, shapes):
    """Return whether rows of planes come out of a layer as rows of planes."""
    out = prepare(make(kind, arguments), shapes)(*map(rows_of_planes, random_inputs(shapes)))
    return np.shares_memory(out, rows_of_planes(out)) or rows_of_planes(out).strides == out.strides


def all_examples():
    """Give every example as kind, arguments, shapes, and a name for a test."""
    for kind in all_kinds():
        for arguments, shapes in examples_of(kind):
            text = ",".join(f"{name}={value}" for name, value in arguments.items())
            yield kind, arguments, shapes, f"{kind}({text})-{'-'.join('x'.join(map(str, s)) for s in shapes)}"
