from __future__ import annotations

import numpy as np
import pytest

from cnnviz.render.notes import notes
from cnnviz.render.tensor_facts import TensorFacts
from cnnviz.stack.graph import infer
from cnnviz.stack.spec import Stack

from .conftest import layer

RNG = np.random.default_rng(0)


def node(kind, *, shape=(8, 9, 3), **fields):
    """The second layer of a stack whose first is called `before`."""
    first = layer("Activation", "before", "input", activation="linear")
    if len(shape) == 1:
        first, shape = layer("Flatten", "before", "input"), (1, 1, *shape)
    return infer(Stack(name="s", layers=(first, layer(kind, "it", "before", **fields))), shape)[1]


def say(which, array, *inputs, weights=None):
    if not inputs:
        inputs = tuple(RNG.normal(size=shape) for shape in which.input_shapes)
    return notes(
        which, TensorFacts.of(array), lambda: [*map(TensorFacts.of, inputs)], array, {} if weights is None else weights
    )


def varied(channels=3):
    return RNG.normal(size=(8, 9, channels))


RELU = node("Activation", activation="relu")
CONV = node("Conv2D", filters=3, kernel_size=3, padding="same")
POOL = node("MaxPooling2D", pool_size=1)
DENSE = node("Dense", shape=(5,), units=4)


@pytest.mark.parametrize("which", [RELU, CONV, POOL, node("Activation", activation="tanh")])
def test_a_healthy_layer_has_none(which):
    assert say(which, np.tanh(varied())) == ()


@pytest.mark.parametrize("which", [DENSE, node("Activation", shape=(5,), activation="softmax")])
def test_a_healthy_vector_has_none(which):
    assert say(which, np.array([0.0, 0.3, 0.7, 0.0])) == ()


class TestZeros:
    def test_after_relu(self):
        array = np.maximum(varied(), 0)
        array[..., [0, 2]] = 0
        (note,) = say(RELU, array)
        assert note.startswith("2 of 3 maps are zero everywhere (0 and 2): what reaches relu is never positive")

    def test_after_relu_as_a_field_or_a_kind(self):
        for which in (node("Conv2D", filters=3, kernel_size=1, activation="relu"), node("ReLU")):
            array = np.maximum(varied(), 0)
            array[..., 1] = 0
            (note,) = say(which, array)
            assert note.startswith("1 of 3 maps is zero everywhere (1): what reaches relu is never positive there")

    def test_handed_on(self):
        before = varied()
        before[..., 1] = 0
        (note,) = say(POOL, before, before)
        assert note == "1 of 3 maps is zero everywhere (1): already so in before"

    def test_nothing_but_zeros_comes_in(self):
        (note,) = say(RELU, np.zeros((8, 9, 3)), np.zeros((8, 9, 3)))
        assert note == "all 3 maps are zero everywhere: nothing but zeros comes in from before"

    def test_of_a_convolution(self):
        (note,) = say(CONV, np.zeros((8, 9, 3)), weights={"kernel": np.zeros((3, 3, 3, 3))})
        assert note.endswith("the weights are zero")

    def test_small_values_are_not_zero(self):
        assert say(CONV, varied(1) * 1e-12) == ()

    def test_inputs_that_cancel(self):
        layers = (
            layer("Activation", "a", "input", activation="relu"),
            layer("Subtract", "it", "a", "input"),
        )
        which = infer(Stack(name="s", layers=layers), (8, 9, 3))[1]
        same = varied()
        (note,) = say(which, np.zeros((8, 9, 3)), same, same)
        assert note == "all 3 maps are zero everywhere: a and the input are the same there"

    def test_of_a_normalised_constant(self):
        before = varied()
        before[..., 2] = 5
        array = varied()
        array[..., 2] = 0
        (note,) = say(node("BatchNormalization"), array, before)
        assert note == "1 of 3 maps is zero everywhere (2): constant in before"

    def test_of_a_vector_only_if_there_is_nothing_else(self):
        dense = node("Dense", shape=(5,), units=4, activation="relu")
        assert say(dense, np.array([0.0, 0, 0, 3]), np.ones(5)) == ()
        (note,) = say(dense, np.zeros(4), np.arange(5.0))
        assert note.startswith("all 4 units are zero: what reaches relu is never positive")

    def test_single_pixels_are_like_units(self):
        array = np.array([[[0.0, 1.0, 2.0]]])
        assert say(CONV, array) == ()

    def test_many_maps_are_not_all_listed(self):
        array = varied(40)
        array[..., :20] = 0
        (note,) = say(node("ReLU", shape=(8, 9, 40)), array)
        assert "20 of 40 maps are zero everywhere (0, 1, 2, 3, 4, 5, 6, 7 and 12 more)" in note


class TestConstants:
    def test_of_a_convolution(self):
        array = varied()
        array[..., 1] = 0.25
        kernel = RNG.normal(size=(3, 3, 3, 3))
        (note,) = say(CONV, array, weights={"kernel": kernel})
        assert note == "1 of 3 maps is constant (1)"
        kernel[..., 1] = 0
        (note,) = say(CONV, array, weights={"kernel": kernel})
        assert note.startswith("1 of 3 maps is constant (1): the weights are zero")

    def test_of_a_constant_input(self):
        (note,) = say(CONV, np.full((8, 9, 2), 0.5), np.full((8, 9, 3), 7.0))
        assert note == "both maps are constant: what comes in from before is constant too"

    def test_of_different_values(self):
        array = np.ones((8, 9, 3)) * [1, 2, 3]
        (note,) = say(CONV, array, varied())
        assert note == "all 3 maps are constant"

    def test_of_a_saturated_activation(self):
        (note,) = say(node("Activation", activation="sigmoid"), np.ones((8, 9, 3)))
        assert note.startswith("all 3 maps are constant: sigmoid is saturated, what reaches it is too large")

    def test_of_softmax_over_one_channel(self):
        which = node("Activation", shape=(8, 9, 1), activation="softmax")
        (note,) = say(which, np.ones((8, 9, 1)), varied(1))
        assert note == "the only map is constant: softmax over a single channel is always 1"

    def test_of_a_vector(self):
        (note,) = say(DENSE, np.full(4, 2.0), np.arange(5.0), weights={"kernel": np.ones((5, 4))})
        assert note.startswith("all 4 units are constant: all units have the same weights")

    def test_of_a_single_value(self):
        (note,) = say(node("Dense", shape=(5,), units=1), np.array([0.75]), np.arange(5.0))
        assert note == "constant: it is a single value, which has no range to draw"


class TestCopies:
    def test_of_a_convolution(self):
        weights = {"kernel": np.ones((3, 3, 3, 3))}
        (note,) = say(CONV, np.repeat(varied(1), 3, axis=2), weights=weights)
        assert note.startswith("3 maps are duplicates (maps 0, 1 and 2 are the same): their weights are the same")

    def test_handed_on(self):
        four = np.repeat(varied(2), 2, axis=2)
        (note,) = say(node("MaxPooling2D", shape=(8, 9, 4), pool_size=1), four, four)
        assert note.startswith("4 maps are duplicates (maps 0 and 1; maps 2 and 3 are the same): already so in before")


class TestSaturation:
    @pytest.mark.parametrize(
        ("activation", "value"), [("tanh", np.tanh), ("sigmoid", lambda x: 1 / (1 + np.exp(-x))), ("softsign", np.tanh)]
    )
    def test_most_values_at_the_ends(self, activation, value):
        (note,) = say(node("Activation", activation=activation), value(100 * varied()))
        assert note.startswith(f"{activation} is saturated: ") and "scale the pixels" in note

    def test_a_sure_classifier_is_healthy(self):
        softmax = node("Softmax", shape=(4,))
        assert say(softmax, np.array([0.999, 0.001, 0, 0]), np.arange(4.0)) == ()
        (note,) = say(softmax, np.array([1.0, 0, 0, 0]), np.arange(4.0))
        assert note.startswith("softmax is saturated: 100 % of the values are at its ends")


class TestNonfinite:
    def test_overflow(self):
        array = varied()
        array[0, 0, 1] = np.inf
        (note,) = say(CONV, array)
        assert note.startswith("1 of 216 values is NaN or infinite in map 1, left out of the range and drawn as 0: the")

    def test_handed_on(self):
        array = np.full((8, 9, 3), np.nan)
        (note,) = say(RELU, array, array)
        assert note.endswith("handed on from before")

    def test_of_the_input(self):
        which = infer(Stack(name="s", layers=(layer("Activation", "a", "input", activation="relu"),)), (8, 9, 3))[0]
        array = varied()
        array[0, 0] = np.nan
        (note,) = say(which, array, array)
        assert note.endswith("handed on from the input")


def test_the_widest_numbers_do_not_overflow():
    array = varied()
    array *= 1.7e308 / np.abs(array).max()
    array[0, 0], array[0, 1] = 1.7e308, -1.7e308
    assert say(CONV, array) == ()
    assert say(DENSE, np.array([1.7e308, -1.7e308, 0, 1]), np.ones(5)) == ()


class TestFaint:
    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_said_where_it_begins(self, dtype):
        tiny = float(np.finfo(dtype).tiny)
        faint = (varied() * tiny * 0.01).astype(dtype)
        (note,) = say(CONV, faint, varied(), weights={"kernel": np.ones((3, 3, 3, 3))})
        assert note.startswith(f"all values are below {tiny:.2g}, where {dtype} has fewer and fewer digits")
        assert "he_normal" in note
        assert say(CONV, faint, faint) == ()

    def test_not_said_of_a_part_of_the_values(self):
        array = varied()
        array[:4] *= 1e-310
        assert say(CONV, array) == ()

    @pytest.mark.parametrize("activation", ["linear", "relu"])
    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_what_vanished_is_not_said_to_be_negative(self, dtype, activation):
        which = node("Conv2D", filters=3, kernel_size=3, padding="same", activation=activation)
        before = (np.round(varied() * 2) * np.finfo(dtype).smallest_subnormal).astype(dtype)
        weights = {"kernel": RNG.uniform(-0.02, 0.02, (3, 3, 3, 3)), "bias": np.zeros(3)}
        (note,) = say(which, np.zeros((8, 9, 3), dtype), before, weights=weights)
        assert note.startswith(f"all 3 maps are zero everywhere: the numbers are too small for {dtype}")
