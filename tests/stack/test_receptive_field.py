"""The fields of the report, held against what changes where rows and columns of the picture do."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import prod

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cnnviz import load_stack
from cnnviz.errors import ConfigError
from cnnviz.stack.graph import infer
from cnnviz.stack.receptive_field import ReceptiveField, field_of_input, field_through
from tests.helpers.examples import make
from tests.helpers.rows import each

LONG, SHORT = 120, 18
"""Of the picture: along the axis that is looked at, and the other one."""


def chain(*layers):
    return [{"name": f"l{number}", **layer} for number, layer in enumerate(layers)]


def true_ends(layers, axis, length=LONG, other=SHORT):
    """Return the first and last row, or column, that each of the last layer's outputs depends on, and its field."""
    shape = (length, other, 1) if axis == 0 else (other, length, 1)
    network = load_stack({"input": {"color": "gray"}, "layers": layers}).build(shape, threads=1)
    rng = np.random.default_rng(0)
    for weights in network.weights.values():
        for name, array in weights.items():
            weights[name] = rng.uniform(0.5, 1, array.shape).astype(np.float32)
    plain = rng.uniform(0, 1, shape)
    many = np.repeat(plain[None], length, axis=0)
    lines = np.moveaxis(many, axis + 1, 1)
    lines[np.arange(length), np.arange(length)] += 1
    name = layers[-1]["name"]
    before, after = network.forward(plain)[name], network.forward(many)[name]
    changed = (np.moveaxis(abs(after - before), axis + 1, 1) > 1e-9 * abs(before).max()).any(axis=(2, 3))
    ends = [(int(seen[0]), int(seen[-1])) if len(seen) else None for seen in map(np.flatnonzero, changed.T)]
    return ends, network.nodes[-1].receptive_field


POOL = {"type": "AveragePooling2D", "pool_size": 2}
CONV = {"type": "Conv2D", "filters": 1}
CONV5 = {**CONV, "kernel_size": 5}
UP = {"type": "UpSampling2D"}
STAMP = {"type": "Conv2DTranspose", "filters": 1}
SAME3, SAME2 = ({**CONV, "kernel_size": size, "padding": "same"} for size in (3, 2))

CASES = {
    "pool, up": chain(POOL, UP),
    "pool, up, even kernel": chain(POOL, UP, SAME2),
    "pool, bilinear, even kernel": chain(POOL, {**UP, "interpolation": "bilinear"}, SAME2),
    "a U-Net of three levels": chain(SAME3, POOL, SAME3, POOL, SAME3, POOL, SAME3, UP, SAME2, UP, SAME2, UP, SAME2),
    "strided, up 3, conv 5": chain({**CONV, "kernel_size": 1, "strides": 2}, {**UP, "size": 3}, CONV5),
    "pool 4, up 4, conv 3": chain({**POOL, "pool_size": 4}, {**UP, "size": 4}, {**CONV, "kernel_size": 3}),
    "stamps with gaps": chain({**STAMP, "kernel_size": 2, "strides": 3}, SAME2),
    "stamps with dilation": chain({**STAMP, "kernel_size": 2, "strides": 2, "dilation_rate": 3}),
    "branches of one stride": [
        {**POOL, "name": "pool"},
        {**UP, "name": "up"},
        {**CONV, "name": "conv", "kernel_size": 4, "padding": "same", "inputs": ["input"]},
        {"type": "Add", "name": "sum", "inputs": ["up", "conv"]},
        {"type": "Concatenate", "name": "both", "inputs": ["sum", "up"]},
    ],
}


@each("axis", [0, 1])
@each("case", CASES)
def test_a_field_is_what_changes_a_pixel(case, axis):
    ends, field = true_ends(CASES[case], axis)
    assert field.axes is not None
    inner = range(len(ends) // 3, 2 * len(ends) // 3)
    assert [ends[place] for place in inner] == [field.axes[axis].at(place) for place in inner]
    sizes = {0 if found is None else found[1] - found[0] + 1 for found in (ends[place] for place in inner)}
    assert (field.size[axis], field.varies) == (max(sizes), len(sizes) > 1)


def test_branches_of_different_strides_see_the_hull_of_both():
    layers = [
        {**POOL, "name": "pool"},
        {**CONV, "name": "conv", "kernel_size": 9, "padding": "valid", "inputs": ["input"]},
        {"type": "Add", "name": "sum", "inputs": ["pool", "conv"]},
    ]
    ends, field = true_ends(layers, 0, 16, 16)
    assert ends == [field.axes[0].at(place) for place in range(8)]
    assert field.size == (9, 9)
    assert field.stride == (2, 2)


axes = st.sampled_from([1, 1, 2, 3])
pairs = st.lists(axes, min_size=2, max_size=2)
kernels = {"kernel_size": st.lists(st.integers(1, 4), min_size=2, max_size=2)}
paddings = {"padding": st.sampled_from(["valid", "same"])}
sides = st.lists(st.lists(st.integers(0, 2), min_size=2, max_size=2), min_size=2, max_size=2)
SLIDING = {
    "Conv2D": {"filters": st.just(1), "strides": pairs, **kernels, **paddings},
    "SeparableConv2D": {"filters": st.just(1), **kernels, **paddings},
    "DepthwiseConv2D": {"dilation_rate": pairs, **kernels, **paddings},
    "AveragePooling2D": {"pool_size": pairs, **paddings},
    "Conv2DTranspose": {"filters": st.just(1), "strides": pairs, **kernels, **paddings},
    "UpSampling2D": {"size": pairs, "interpolation": st.sampled_from(["nearest", "bilinear"])},
    "Cropping2D": {"cropping": sides},
    "ZeroPadding2D": {"padding": sides},
    "Add": {},
}
MARGIN = 30


@settings(max_examples=12, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data(), axis=st.sampled_from([0, 1]))
def test_fields_of_drawn_stacks_are_what_changes_a_pixel(data, axis):
    layers, shrunk = [], Fraction(1)
    for number in range(data.draw(st.integers(1, 5))):
        kind = data.draw(st.sampled_from(sorted(SLIDING)))
        layer = {"type": kind, "name": f"l{number}", **data.draw(st.fixed_dictionaries(SLIDING[kind]))}
        if kind == "Add":
            if not layers:
                continue
            conv = {"type": "DepthwiseConv2D", "name": f"b{number}", "kernel_size": 3, "padding": "same"}
            layers.append({**conv, "inputs": [data.draw(st.sampled_from(layers))["name"]]})
            layer["inputs"] = [layers[-2]["name"], layers[-1]["name"]]
        shrunk *= Fraction(prod(layer.get("strides", layer.get("pool_size", [1]))), prod(layer.get("size", [1])))
        layers.append(layer)
    assume(layers)
    assume(shrunk <= 8)
    try:
        ends, field = true_ends(layers, axis)
    except ConfigError:  # it does not fit
        assume(False)
    assert field.axes is not None
    inner = [at for at, found in enumerate(ends) if found and found[0] >= MARGIN and found[1] < LONG - MARGIN]
    assert [ends[at] for at in inner] == [field.axes[axis].at(at) for at in inner]
    for first, last in pairwise(inner):
        assert all(ends[at] is field.axes[axis].at(at) is None for at in range(first + 1, last))
    found = [field.axes[axis].at(place) for place in range(len(ends))]
    assert field.axes[axis].sizes == {0 if each is None else each[1] - each[0] + 1 for each in found}


def test_padding_starts_before_the_picture_and_is_not_clipped():
    _, field = true_ends(chain({**CONV, "kernel_size": 3, "strides": 2, "padding": 1}, {**SAME3}), 0)
    assert (field.size, field.stride, field.start) == ((7, 7), (2, 2), (-3, -3))


def test_upsampling_gives_a_fraction():
    _, field = true_ends(chain({**UP, "size": [2, 3]}), 0)
    assert field.stride == (Fraction(1, 2), Fraction(1, 3))
    assert (field.size, field.varies) == ((1, 1), False)


IMAGE = (4, 5, 3)


@each(
    ("kind", "arguments", "shapes", "whole"),
    [
        ("Softmax", {}, [IMAGE], False),
        ("Softmax", {"axis": 1}, [IMAGE], True),
        ("LayerNormalization", {}, [IMAGE], False),
        ("LayerNormalization", {"axis": [2, 3]}, [IMAGE], True),
        ("GlobalMaxPooling2D", {"keepdims": True}, [IMAGE], True),
        ("Permute", {"dims": [1, 2, 3]}, [IMAGE], False),
        ("Permute", {"dims": [2, 1, 3]}, [IMAGE], True),
        ("Flatten", {}, [IMAGE], True),
        ("Dense", {"units": 2}, [IMAGE], False),
        ("Add", {}, [IMAGE, (4, 5, 1)], False),
        ("Add", {}, [IMAGE, (1, 1, 3)], True),
        ("Concatenate", {}, [IMAGE, IMAGE], False),
        ("Concatenate", {"axis": 2}, [IMAGE, IMAGE], True),
    ],
)
def test_after_some_layers_every_pixel_counts_as_seeing_all(kind, arguments, shapes, whole):
    layer = make(kind, arguments)
    field = field_through(layer.reads(*shapes), [field_of_input(IMAGE)] * len(shapes), layer.output_shape(*shapes))
    assert (field.axes is None) == (field.stride is None) == whole
    if whole:
        assert (field.size, field.start) == ((4, 5), (0, 0))
        again = field_through(make("ReLU", {}).reads(IMAGE), [field], IMAGE)
        assert again == ReceptiveField(None, (4, 5))


@each(
    "layer",
    [
        {**UP, "size": 10**9},
        {**CONV, "kernel_size": 3, "padding": "same", "dilation_rate": 10**18},
        {**STAMP, "kernel_size": 2, "strides": 10**9},
    ],
)
def test_absurd_numbers_are_worked_out_at_once(layer):
    node = infer(load_stack({"layers": chain(layer, {**CONV, "kernel_size": 2})}), (8, 8, 3))[-1]
    assert min(node.receptive_field.size) >= 1
