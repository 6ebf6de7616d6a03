"""Whole stacks of every kind, drawn at random."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings

from cnnviz.config.load import load_stack
from tests.helpers.strategies import stacks

patient = settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])


@patient
@given(drawn=stacks())
def test_shapes_dtypes_and_batches(drawn):
    data, shape = drawn
    stack = load_stack({"name": "drawn", **data})
    network = stack.build(shape)
    pixels = np.random.default_rng(0).uniform(0, 255, (2, *shape))
    outputs = network.forward(pixels)
    assert list(outputs) == [layer.name for layer in stack.layers]
    first = network.forward(pixels[0])
    single = stack.build(shape, dtype="float32").forward(pixels[0])
    for node in network.nodes:
        name = node.layer.name
        out = outputs[name]
        assert out.shape == (2, *node.output_shape)
        assert (out.dtype, single[name].dtype) == ("float64", "float32")
        assert np.isfinite(out).all()
        np.testing.assert_allclose(first[name], out[0], rtol=0, atol=1e-11 * max(abs(out).max(), 1))


@patient
@given(drawn=stacks())
def test_threads_change_no_bit_and_calls_share_nothing(drawn):
    data, shape = drawn
    stack = load_stack({"name": "drawn", **data})
    pixels = np.random.default_rng(0).uniform(0, 255, shape)
    network = stack.build(shape, threads=1)
    once = network.forward(pixels)
    kept = {name: out.copy() for name, out in once.items()}
    other = stack.build(shape, threads=3).forward(pixels)
    network.forward(255 - pixels)
    for name, out in once.items():
        assert out.tobytes() == kept[name].tobytes() == other[name].tobytes()
