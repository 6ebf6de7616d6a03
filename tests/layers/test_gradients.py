"""Every kind's gradients against finite differences, and what else holds for all of them in training."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz.layers import all_kinds
from cnnviz.layers.base import Layer
from cnnviz.ops.activations import ACTIVATIONS
from cnnviz.ops.parallel import threads
from tests.helpers.examples import IMAGE, VECTOR, all_examples, make, prepare, random_inputs, random_weights
from tests.helpers.kinds import in_training, is_steep
from tests.helpers.rows import each
from tests.helpers.strategies import PARTIAL

DOUBLE = np.dtype("float64")


def examples_without(*reasons):
    """Parametrise a test with all examples but those of kinds that do something else in training, for such a reason."""
    return each(
        ("kind", "arguments", "shapes"),
        [
            pytest.param(*example, id=name)
            for *example, name in all_examples()
            if in_training(example[0]) not in reasons
        ],
    )


every_example = examples_without()
every_settled_example = examples_without("random", "batch")
# More than the examples have: every activation, alone and as a field.
every_activation = each(
    ("kind", "arguments", "shapes"),
    [
        pytest.param(kind, {**arguments, "activation": name}, [shape], id=f"{kind}-{name}")
        for name in sorted(set(ACTIVATIONS) - PARTIAL)
        for kind, arguments, shape in (
            ("Activation", {}, IMAGE),
            ("Dense", {"units": 4}, VECTOR),
            ("Conv2D", {"filters": 3, "kernel_size": 2}, IMAGE),
        )
    ],
)


def frozen(array):
    """Make an array that cannot be written to."""
    array = array.copy(order="K")
    array.flags.writeable = False
    return array


def given_weights(layer, shapes, dtype=DOUBLE):
    return {name: frozen(values.astype(dtype)) for name, values in random_weights(layer, shapes).items()}


def given_inputs(shapes, dtype=DOUBLE, items=2):
    return [frozen(x) for x in random_inputs(shapes, dtype, items)]


def take_step(layer, shapes, weights, inputs, dtype=DOUBLE):
    """Run a training step; what is random in it is the same every time."""
    return layer.prepare_training(dtype, *shapes)(weights, np.random.default_rng(3), *inputs)


def upstream(step):
    """Make the gradient by the output up."""
    return frozen(np.random.default_rng(5).normal(0, 1, step.output.shape).astype(step.output.dtype))


def go_back(layer, shapes, weights, inputs, dtype=DOUBLE):
    step = take_step(layer, shapes, weights, inputs, dtype)
    return step, step.backward(upstream(step))


def check_gradients(layer, shapes, weights, inputs, exactness):
    """Compare the gradients along random directions with what small steps both ways do."""
    step, gradients = go_back(layer, shapes, weights, inputs)
    gradient, rng = upstream(step), np.random.default_rng(0)

    def value(weights, inputs):
        return (take_step(layer, shapes, weights, inputs).output * gradient).sum()

    def compare(by, values, put):
        assert by.shape == values.shape
        direction = rng.normal(0, 1, values.shape)
        there, back = (value(*put(values + sign * 1e-6 * direction)) for sign in (1, -1))
        assert (by * direction).sum() == pytest.approx((there - back) / 2e-6, rel=exactness, abs=exactness)

    for i, (by, x) in enumerate(zip(gradients.inputs, inputs, strict=True)):
        compare(by, x, lambda x, i=i: (weights, [*inputs[:i], x, *inputs[i + 1 :]]))
    for name, by in gradients.weights.items():
        compare(by, weights[name], lambda values, name=name: ({**weights, name: values}, inputs))
    learned = {name for name in weights if not name.startswith("moving_")}
    assert set(gradients.weights) == learned
    assert set(step.updates) == set(weights) - learned


@each("kind", sorted(all_kinds()))
def test_every_kind_has_a_gradient(kind):
    assert all_kinds()[kind].prepare_training is not Layer.prepare_training, f"give {kind} a `prepare_training`"


@every_example
def test_gradients_are_finite_differences(kind, arguments, shapes):
    if is_steep(kind):
        return
    layer = make(kind, arguments)
    check_gradients(layer, shapes, given_weights(layer, shapes), given_inputs(shapes), 1e-7)


@every_activation
def test_derivatives_are_finite_differences(kind, arguments, shapes):
    layer = make(kind, arguments)
    weights, inputs = given_weights(layer, shapes), [frozen(3 * x) for x in given_inputs(shapes)]
    if kind != "Activation":
        weights = {name: frozen(values / 3) for name, values in weights.items()}
    check_gradients(layer, shapes, weights, inputs, 1e-6)


@each("name", sorted(PARTIAL))
def test_derivatives_where_a_function_is_defined(name):
    layer = make("Activation", {"activation": name})
    check_gradients(layer, [VECTOR], {}, [frozen(abs(x) + 0.5) for x in given_inputs([VECTOR])], 1e-7)


@every_settled_example
def test_the_output_is_that_of_inference(kind, arguments, shapes):
    layer = make(kind, arguments)
    inputs = given_inputs(shapes)
    out = take_step(layer, shapes, given_weights(layer, shapes), inputs).output
    np.testing.assert_allclose(out, prepare(layer, shapes)(*inputs), rtol=1e-12, atol=1e-12)


@every_example
def test_single_precision_stays_single(kind, arguments, shapes):
    layer, single = make(kind, arguments), np.dtype("float32")
    step, gradients = go_back(layer, shapes, given_weights(layer, shapes, single), given_inputs(shapes, single), single)
    _, exact = go_back(layer, shapes, given_weights(layer, shapes), given_inputs(shapes, single))
    arrays = [step.output, *gradients.inputs, *gradients.weights.values(), *step.updates.values()]
    assert {array.dtype for array in arrays} == {single}
    pairs = [*zip(gradients.inputs, exact.inputs, strict=True)]
    pairs += [(gradients.weights[name], by) for name, by in exact.weights.items()]
    if in_training(kind) != "random":
        for by, wanted in pairs:
            np.testing.assert_allclose(by, wanted, rtol=0, atol=1e-5 * max(abs(wanted).max(), 1))


def batch_innermost(x):
    return np.ascontiguousarray(x.transpose(*range(1, x.ndim), 0)).transpose(x.ndim - 1, *range(x.ndim - 1))


def planes(x):
    return np.ascontiguousarray(x.swapaxes(1, -1)).swapaxes(1, -1)


@each("layout", [batch_innermost, planes])
@examples_without("random")  # values are drawn in the order of memory
def test_memory_order_does_not_matter(kind, arguments, shapes, layout):
    layer = make(kind, arguments)
    weights, inputs = given_weights(layer, shapes), given_inputs(shapes)
    _, wanted = go_back(layer, shapes, weights, inputs)
    step = take_step(layer, shapes, weights, [layout(x) for x in inputs])
    gradients = step.backward(layout(upstream(step)))
    for by, plain in zip(gradients.inputs, wanted.inputs, strict=True):
        np.testing.assert_allclose(by, plain, atol=1e-12)
    for name, by in gradients.weights.items():
        np.testing.assert_allclose(by, wanted.weights[name], atol=1e-12)


@every_settled_example
def test_a_batch_is_the_sum_of_its_examples(kind, arguments, shapes):
    layer = make(kind, arguments)
    weights, inputs = given_weights(layer, shapes), given_inputs(shapes, items=3)
    step, whole = go_back(layer, shapes, weights, inputs)
    totals = dict.fromkeys(whole.weights, 0)
    for item in range(3):
        alone = [x[item : item + 1] for x in inputs]
        gradients = take_step(layer, shapes, weights, alone).backward(upstream(step)[item : item + 1])
        for by, wanted in zip(gradients.inputs, whole.inputs, strict=True):
            np.testing.assert_allclose(by[0], wanted[item], atol=1e-12)
        for name, by in gradients.weights.items():
            totals[name] = totals[name] + by
    for name, total in totals.items():
        np.testing.assert_allclose(total, whole.weights[name], atol=1e-12)


@every_example
def test_the_weights_alone_get_the_same(kind, arguments, shapes):
    layer = make(kind, arguments)
    weights, inputs = given_weights(layer, shapes), given_inputs(shapes)
    _, both = go_back(layer, shapes, weights, inputs)
    step = take_step(layer, shapes, weights, inputs)
    assert (step.backward_weights is not None) == (layer.macs(*shapes) > 0), "needed where the weights are a kernel"
    if step.backward_weights is not None:
        alone = step.backward_weights(upstream(step))
        assert alone.keys() == both.weights.keys()
        assert all(np.array_equal(alone[name], by) for name, by in both.weights.items())


@every_example
def test_the_inputs_alone_get_the_same(kind, arguments, shapes):
    layer = make(kind, arguments)
    weights, inputs = given_weights(layer, shapes), given_inputs(shapes)
    _, both = go_back(layer, shapes, weights, inputs)
    step = take_step(layer, shapes, weights, inputs)
    assert (step.backward_inputs is not None) == (layer.macs(*shapes) > 0), "needed where there is a kernel"
    if step.backward_inputs is not None:
        alone = step.backward_inputs(upstream(step))
        assert all(np.array_equal(mine, by) for mine, by in zip(alone, both.inputs, strict=True))


@every_example
def test_outside_training_the_step_computes_what_the_forward_pass_does(kind, arguments, shapes):
    layer = make(kind, arguments)
    weights, inputs = given_weights(layer, shapes), given_inputs(shapes)
    resting = layer.outside_training()
    assert resting.output_shape(*shapes) == layer.output_shape(*shapes)
    step = take_step(resting, shapes, weights, inputs)
    forward = layer.prepare(weights, np.dtype(np.float64), *shapes)
    np.testing.assert_allclose(step.output, forward(*inputs), atol=1e-9, rtol=1e-9)


LARGE = [
    ("Conv2D", {"filters": 24, "kernel_size": 5, "padding": "same", "activation": "relu"}, (28, 28, 3)),
    ("Conv2D", {"filters": 24, "kernel_size": 3, "strides": 2, "groups": 2}, (40, 40, 8)),
    ("Conv2DTranspose", {"filters": 16, "kernel_size": 3, "strides": 2}, (15, 15, 8)),
    ("Dense", {"units": 200}, (600,)),
    ("MaxPooling2D", {}, (28, 28, 24)),
    ("AveragePooling2D", {"pool_size": 2}, (28, 28, 24)),
    ("Activation", {"activation": "tanh"}, (28, 28, 24)),
]
"""Layers with enough to do for several threads, with a batch of 30."""


@each(("kind", "arguments", "shape"), LARGE)
def test_threads_do_not_change_a_bit(kind, arguments, shape):
    layer, single = make(kind, arguments), np.dtype("float32")
    weights, inputs = given_weights(layer, [shape], single), given_inputs([shape], single, items=30)
    found = []
    for count in (1, 3):
        with threads(count):
            step, gradients = go_back(layer, [shape], weights, inputs, single)
        found.append([step.output, *gradients.inputs, *gradients.weights.values()])
    assert all(np.array_equal(one, several) for one, several in zip(*found, strict=True))


def back_through(kind, arguments, *inputs, gradient=1.0):
    """Go back through a layer without weights, with the same gradient everywhere."""
    arrays = [np.asarray(x, np.float64)[None] for x in inputs]
    layer = make(kind, arguments)
    step = take_step(layer, [x.shape[1:] for x in arrays], {}, arrays)
    return [by[0] for by in step.backward(np.full(step.output.shape, gradient)).inputs]


@each(
    ("values", "wanted"),
    [
        ([[5, 5], [5, 5]], [[1, 0], [0, 0]]),
        ([[1, 5], [5, 2]], [[0, 1], [0, 0]]),
        ([[1, 2], [5, 5]], [[0, 0], [1, 0]]),
    ],
)
def test_the_first_of_equal_maxima_gets_the_gradient(values, wanted):
    image = np.array(values)[:, :, None]
    for kind, arguments in (("MaxPooling2D", {}), ("GlobalMaxPooling2D", {})):
        (by,) = back_through(kind, arguments, image)
        assert by[:, :, 0].tolist() == wanted


def test_overlapping_windows_add_up():
    (by,) = back_through("MaxPooling2D", {"pool_size": 2, "strides": 1}, np.diag([0, 9, 0])[:, :, None])
    assert by[:, :, 0].tolist() == [[0, 0, 0], [0, 4, 0], [0, 0, 0]]
    (by,) = back_through("AveragePooling2D", {"pool_size": 2, "strides": 1}, np.zeros((3, 3, 1)))
    assert by[:, :, 0].tolist() == [[0.25, 0.5, 0.25], [0.5, 1, 0.5], [0.25, 0.5, 0.25]]


def test_pixels_that_no_window_has_get_nothing():
    (by,) = back_through("AveragePooling2D", {"pool_size": 1, "strides": 2}, np.zeros((4, 4, 1)))
    assert by.sum() == 4
    assert by[::2, ::2].sum() == 4


def test_the_first_of_equal_inputs_gets_the_gradient():
    first, second, third = back_through("Maximum", {}, [1, 7, 0], [1, 7, 0], [0, 7, 2])
    assert (first.tolist(), second.tolist(), third.tolist()) == ([1, 1, 0], [0, 0, 0], [0, 0, 1])


def test_the_slope_at_a_kink_is_that_of_the_left_side():
    for kind, arguments in (("ReLU", {}), ("Activation", {"activation": "relu"}), ("LeakyReLU", {"negative_slope": 0})):
        (by,) = back_through(kind, arguments, [-1, 0, 1])
        assert by.tolist() == [0, 0, 1]
    (by,) = back_through("ReLU", {"max_value": 2, "negative_slope": 0.5, "threshold": 1}, [0, 1, 1.5, 2, 3])
    assert by.tolist() == [0.5, 0.5, 1, 0, 0]


@each("rate", [0.25, 0.5])
def test_dropout_drops_its_share_and_makes_up_for_it(rate):
    layer, x = make("Dropout", {"rate": rate}), np.ones((4, 50, 50, 2))
    forward = layer.prepare_training(DOUBLE, (50, 50, 2))
    step = forward({}, np.random.default_rng(0), x)
    assert np.unique(step.output).tolist() == [0, 1 / (1 - rate)]
    assert (step.output == 0).mean() == pytest.approx(rate, abs=0.02)
    np.testing.assert_array_equal(step.backward(np.full(x.shape, 3.0)).inputs[0], 3 * step.output)
    again, other = (forward({}, np.random.default_rng(seed), x).output for seed in (0, 1))
    assert np.array_equal(again, step.output)
    assert not np.array_equal(other, step.output)


def test_dropout_of_everything_and_of_nothing():
    assert not back_through("Dropout", {"rate": 1}, np.ones(8))[0].any()
    assert (back_through("Dropout", {"rate": 0}, np.ones(8))[0] == 1).all()


def test_batch_normalization_uses_the_batch_and_remembers_it():
    layer = make("BatchNormalization", {"momentum": 0.9, "epsilon": 0})
    rng = np.random.default_rng(0)
    x = rng.normal(5, 2, (8, 4, 4, 3))
    weights = {"gamma": np.array([1.0, 2, 3]), "beta": np.array([0.0, 1, 2])}
    weights |= {"moving_mean": np.full(3, 10.0), "moving_variance": np.full(3, 2.0)}
    step = take_step(layer, [x.shape[1:]], weights, [x])
    np.testing.assert_allclose(step.output.mean(axis=(0, 1, 2)), weights["beta"], atol=1e-12)
    np.testing.assert_allclose(step.output.std(axis=(0, 1, 2)), weights["gamma"])
    np.testing.assert_allclose(step.updates["moving_mean"], 9 + 0.1 * x.mean(axis=(0, 1, 2)))
    np.testing.assert_allclose(step.updates["moving_variance"], 1.8 + 0.1 * x.var(axis=(0, 1, 2)))


def test_a_constant_channel_is_normalised_to_nothing():
    layer = make("BatchNormalization", {"scale": False, "center": False})
    x = np.full((4, 5, 5, 1), 1e6 / 3)
    weights = {"moving_mean": np.zeros(1), "moving_variance": np.ones(1)}
    assert not take_step(layer, [x.shape[1:]], weights, [x]).output.any()


@each("dtype", [DOUBLE, np.dtype("float32")], ids=str)
@each(
    ("kind", "arguments", "shapes"),
    [
        pytest.param(kind, arguments, shapes, id=name)
        for kind, arguments, shapes, name in all_examples()
        # Sums of many terms overflow or not by the order in which they are taken.
        if not in_training(kind) and not make(kind, arguments).macs(*shapes)
    ],
)
def test_in_training_the_largest_numbers_come_out_as_outside(kind, arguments, shapes, dtype):
    layer = make(kind, arguments)
    weights = given_weights(layer, shapes, dtype)
    single = {name: values.astype(np.float32) for name, values in weights.items()}
    largest, rng = np.finfo(dtype).max, np.random.default_rng(0)
    for values in ([largest, -largest], [largest], [np.inf, 1], [-np.inf, np.inf, 0], [np.nan, 1], [largest, 1, 1e-30]):
        inputs = [rng.choice(np.array(values, dtype), (2, *shape)) for shape in shapes]
        with np.errstate(all="ignore"):
            outside = layer.prepare(single, dtype, *shapes)(*inputs)
            step = take_step(layer, shapes, weights, inputs, dtype)
        size = abs(outside[np.isfinite(outside)]).max(initial=0)  # sums that cancel keep their rounding
        np.testing.assert_allclose(step.output, outside, rtol=1e-5, atol=1e-6 * size)
