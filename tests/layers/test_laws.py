"""The laws that every layer kind keeps; `test_drawn.py` has those that are held for drawn arguments."""

from __future__ import annotations

import inspect
import json
import math

import msgspec
import numpy as np
import pytest

from cnnviz.layers import all_kinds, find_kind
from cnnviz.stack.reach import read_by
from tests.helpers.examples import (
    all_examples,
    keeps_memory_order,
    make,
    prepare,
    random_inputs,
    random_weights,
    rows_of_planes,
)
from tests.helpers.kinds import is_steep, needed
from tests.helpers.rows import each

every_example = each(
    ("kind", "arguments", "shapes"),
    [pytest.param(kind, arguments, shapes, id=name) for kind, arguments, shapes, name in all_examples()],
)
every_kind = each("kind", sorted(all_kinds()))


@every_kind
def test_a_kind_has_examples_a_sentence_and_a_test_file(kind):
    assert needed(kind, "EXAMPLES"), f"the EXAMPLES of {kind} are empty"
    assert needed(kind, "ARGUMENTS") is not None
    sentence = (inspect.getdoc(find_kind(kind)) or "").partition("\n")[0]
    assert sentence.endswith("."), f"{kind} needs a docstring whose first line is one sentence"


def test_a_kind_is_found_by_its_name():
    assert all(find_kind(kind) is layer for kind, layer in all_kinds().items())


@each(
    ("kind", "arguments", "expected"),
    [
        ("Activation", {"activation": "relu"}, "Activation relu"),
        ("Activation", {"activation": "linear"}, "Activation linear"),
        ("Activation", {"activation": None}, "Activation linear"),
        ("Conv2D", {"filters": 1, "kernel_size": 1}, "Conv2D"),
        ("Conv2D", {"filters": 1, "kernel_size": 1, "activation": "linear"}, "Conv2D"),
        ("Dense", {"units": 2, "activation": "softmax"}, "Dense softmax"),
        ("ReLU", {}, "ReLU"),
        ("ReLU", {"max_value": 6.0}, "ReLU up to 6"),
        ("GELU", {"approximate": "tanh"}, "GELU tanh"),
        ("UpSampling2D", {}, "UpSampling2D nearest"),
        ("Resizing", {"interpolation": "bicubic"}, "Resizing bicubic"),
        ("Pad", {"padding": 1, "mode": "reflect"}, "Pad reflect"),
        ("Flatten", {}, "Flatten"),
    ],
)
def test_a_layer_says_what_tells_it_from_others_of_its_kind(kind, arguments, expected):
    assert make(kind, arguments).kind_in_words() == expected


@every_example
def test_every_activation_is_named(kind, arguments, shapes):
    layer = make(kind, arguments)
    if getattr(layer, "activation", None) not in (None, "linear"):
        assert layer.kind_in_words() == f"{kind} {layer.activation}"


@every_example
def test_a_layer_goes_to_plain_data_and_back(kind, arguments, shapes):
    layer = make(kind, arguments)
    assert msgspec.convert(msgspec.to_builtins(layer), type(layer)) == layer


@each("dtype", ["float32", "float64"])
@every_example
def test_shape_and_dtype_come_out_as_inferred(kind, arguments, shapes, dtype):
    layer = make(kind, arguments)
    out = prepare(layer, shapes, dtype)(*random_inputs(shapes, dtype))
    assert out.shape == (2, *layer.output_shape(*shapes))
    assert out.dtype == dtype
    assert np.isfinite(out).all()


@every_example
def test_a_batch_equals_its_items(kind, arguments, shapes):
    layer = make(kind, arguments)
    inputs = random_inputs(shapes, items=3)
    forward = prepare(layer, shapes)
    together = forward(*inputs)
    alone = np.concatenate([forward(*(x[i : i + 1] for x in inputs)) for i in range(3)])
    np.testing.assert_allclose(alone, together, rtol=0, atol=1e-12 * max(np.ptp(together), 1))


@every_example
def test_inputs_are_left_alone_and_memory_is_not_shared_between_calls(kind, arguments, shapes):
    forward = prepare(make(kind, arguments), shapes)
    first, second = random_inputs(shapes), random_inputs(shapes)
    for x in first:
        x.flags.writeable = False
    out = forward(*first)
    kept = out.copy()
    assert not np.shares_memory(out, forward(*second))
    for x, y in zip(first, second, strict=True):
        np.testing.assert_array_equal(x, y)
    np.testing.assert_array_equal(out, kept)


def planes(x):
    """Lay a batch out channel by channel."""
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, -1, 1)), 1, -1)


def every_other(x):
    """Lay a batch out with gaps, mirrored."""
    wide = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)
    wide[..., ::2] = x[..., ::-1]
    return wide[..., ::2][..., ::-1]


@each("layout", [rows_of_planes, planes, every_other])
@every_example
def test_memory_order_does_not_matter(kind, arguments, shapes, layout):
    forward = prepare(make(kind, arguments), shapes)
    inputs = random_inputs(shapes)
    out, plain = forward(*map(layout, inputs)), forward(*inputs)
    np.testing.assert_allclose(out, plain, rtol=0, atol=1e-12 * max(np.ptp(plain), 1))


@each(
    ("kind", "arguments", "shapes"),
    [
        pytest.param(kind, arguments, shapes, id=name)
        for kind, arguments, shapes, name in all_examples()
        # Convolutions choose the order that they are quickest in.
        if [make(kind, arguments).output_shape(*shapes)] == shapes and kind != "DepthwiseConv2D"
    ],
)
def test_layers_that_keep_the_shape_keep_the_memory_order(kind, arguments, shapes):
    assert keeps_memory_order(kind, arguments, shapes)


def check_formula(layer, shapes):
    formula, out = layer.formula(*shapes), layer.output_shape(*shapes)
    assert len(formula) in (0, 2)
    for line, length in zip(formula, out, strict=False):
        left, _, right = line.rpartition(" = ")
        assert eval(left, {"max": max, "ceil": math.ceil}) == int(right) == length


@every_example
def test_the_formula_evaluates_to_the_output(kind, arguments, shapes):
    check_formula(make(kind, arguments), shapes)


@every_example
def test_the_page_is_told_where_a_value_comes_from(kind, arguments, shapes):
    layer = make(kind, arguments)
    weights = random_weights(layer, shapes)
    rule = layer.page_rule(weights, *shapes)
    assert rule.kind != "other"
    json.dumps({"kind": rule.kind, **rule.facts})
    kernel = layer.effective_kernel(weights, *shapes)
    assert (kernel is not None) == (rule.kind in ("weigh", "stamp", "dense"))
    assert kernel is None or kernel.shape[3] == layer.output_shape(*shapes)[-1]


@every_example
def test_a_kind_whose_window_slides_says_its_motion_geometry_and_formula(kind, arguments, shapes):
    layer = make(kind, arguments)
    sliding = layer.sliding(*shapes)
    assert bool(layer.formula(*shapes)) == bool(layer.motion) == (sliding is not None)
    out = layer.output_shape(*shapes)
    weights = random_weights(layer, shapes)
    kernel = layer.effective_kernel(weights, *shapes)
    is_weighed = kernel is not None and kernel.shape[:2] != (1, 1)
    is_pooled = layer.page_rule(weights, *shapes).kind in ("max", "mean") and out[:-1] not in ((), (1, 1))
    assert sliding is not None or not (is_weighed or is_pooled)
    if sliding is not None:
        assert (sliding.input, sliding.output) == (shapes[0][:2], out[:2])


@every_example
def test_a_value_reads_what_changes_it_and_nothing_else(kind, arguments, shapes):
    layer = make(kind, arguments)
    out_shape = layer.output_shape(*shapes)
    forward = prepare(layer, shapes)
    for which, (read, shape) in enumerate(zip(layer.reads(*shapes), shapes, strict=True)):
        changed = np.zeros((np.prod(shape), np.prod(out_shape)), bool)
        for seed, step in ((1, 999.0), (2, -999.0), (3, 0.5), (4, -0.5)):
            inputs = random_inputs(shapes, items=1, seed=seed)
            many = [np.repeat(x, len(changed), axis=0) for x in inputs]
            np.einsum("ii->i", many[which].reshape(len(changed), -1))[:] += step
            # The fast ways of a convolution may round elsewhere when a value changes; a real effect is far larger.
            changed |= (abs(forward(*many) - forward(*inputs)) > 1e-9).reshape(len(changed), -1)
        for number in range(0, changed.shape[1], max(1, changed.shape[1] // 9)):
            place = np.unravel_index(number, out_shape)
            np.testing.assert_array_equal(claimed(read, shape, out_shape, place).ravel(), changed[:, number])


def claimed(read, shape, out_shape, place):
    """Return what a place of the output reads of an input, as flags in its shape."""
    own = tuple(np.arange(length) == at for length, at in zip(out_shape, place, strict=True))
    mask = np.zeros(shape, bool)
    for box in read_by(own, read, shape)[0]:
        mask[np.ix_(*box)] = True
    return mask


@every_example
def test_what_is_explained_is_what_is_read(kind, arguments, shapes):
    layer = make(kind, arguments)
    if arguments.get("activation") == "softmax":
        return  # of all channels of the place, one is shown in full
    inputs, weights = [x[0] for x in random_inputs(shapes, items=1)], random_weights(layer, shapes)
    out_shape = layer.output_shape(*shapes)
    for place in [(0,) * len(out_shape), tuple(length - 1 for length in out_shape)]:
        explained = [np.zeros(shape, bool) for shape in shapes]
        for patch in layer.explain(weights, place, *inputs).stages[0].patches:
            mask = explained[patch.source]
            maps = mask if mask.ndim == 3 else mask[None, None]
            for i, j in np.argwhere(patch.inside):
                maps[patch.rows[i], patch.columns[j], list(patch.channels)] = True
        for read, shape, expected in zip(layer.reads(*shapes), shapes, explained, strict=True):
            np.testing.assert_array_equal(claimed(read, shape, out_shape, place), expected)


@every_example
def test_what_is_not_a_number_does_not_vanish(kind, arguments, shapes):
    forward = prepare(make(kind, arguments), shapes)
    inputs = random_inputs(shapes, items=1)
    inputs[0][:] = np.nan
    assert np.isnan(forward(*inputs)).any()


def constant_maps(shapes, value):
    """Make an input of constant maps for each shape, each map with a value of its own."""
    return [np.full((1, *shape), value) * np.linspace(1, 2, shape[-1]) for shape in shapes]


def stay_constant(kind, arguments, shapes):
    """Return whether constant maps must come out of a layer as constant maps, by how it explains its values."""
    layer = make(kind, arguments)
    out, weights = layer.output_shape(*shapes), random_weights(layer, shapes)
    if len(out) != 3 or (layer.macs(*shapes) and layer.sliding(*shapes)):  # sums, which the stack settles
        return False
    inputs = [x[0] for x in constant_maps(shapes, 1.0)]
    places = [(0, 0), (out[0] // 2, out[1] // 2), *np.random.default_rng(0).integers(out[:2], size=(9, 2)).tolist()]
    values = [
        [layer.explain(weights, (*place, channel), *inputs).value for channel in range(out[2])] for place in places
    ]
    return bool((np.ptp(values, axis=0) < 1e-9).all())


@each(
    ("kind", "arguments", "shapes"),
    [pytest.param(*example, id=name) for *example, name in all_examples() if stay_constant(*example)],
)
@each("value", [0.0, 0.1, 255.0, 1e6 / 3])
def test_a_constant_map_stays_exactly_constant(kind, arguments, shapes, value):
    if is_steep(kind) and not value:
        return
    layer = make(kind, arguments)
    out = prepare(layer, shapes)(*constant_maps(shapes, value))
    # A mean over a window at the edge has fewer terms and may round otherwise; the stack settles that.
    assert (np.ptp(out, axis=(1, 2)) <= (1e-15 * value if layer.rounds and layer.sliding(*shapes) else 0)).all()


@every_example
def test_weights_are_used(kind, arguments, shapes):
    layer = make(kind, arguments)
    weights = random_weights(layer, shapes)
    inputs = [x - 0.3 for x in random_inputs(shapes)]
    before = prepare(layer, shapes, weights=weights)(*inputs)
    for name, values in weights.items():
        after = prepare(layer, shapes, weights={**weights, name: values + 0.5})(*inputs)
        assert abs(after - before).max() > 1e-3, f"{name} changes nothing"


@every_example
def test_multiply_accumulates_are_counted_as_an_integer(kind, arguments, shapes):
    layer = make(kind, arguments)
    macs = layer.macs(*shapes)
    assert type(macs) is int
    weighs = layer.effective_kernel(random_weights(layer, shapes), *shapes) is not None
    assert (macs > 0) == weighs
