"""A pass through a stack and back: branches add up, and only what learns is asked."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz.errors import ConfigError
from cnnviz.layers.base import Array, Gradients, Layer, Shape, TrainingForward, TrainingStep, Weights, WeightSpec
from cnnviz.layers.dense import Dense
from cnnviz.layers.flatten import Flatten
from cnnviz.stack.backward import TrainingGraph
from cnnviz.stack.graph import Node, infer
from cnnviz.stack.parameters import Parameters
from cnnviz.stack.spec import Stack

F64 = np.dtype(np.float64)


class Product(Layer, frozen=True, kw_only=True):
    """Two inputs and a weight of its own; counts what passes by."""

    def output_shape(self, *shapes: Shape) -> Shape:
        return shapes[0]

    def weight_specs(self, *shapes: Shape) -> dict[str, WeightSpec]:
        dense = Dense(units=1).weight_specs(shapes[0])
        return {"gain": dense["kernel"]._replace(shape=(1,)), "seen": dense["bias"]._replace(shape=(1,))}

    def prepare_training(self, dtype: np.dtype, *shapes: Shape) -> TrainingForward:
        def train(weights: Weights, generator: np.random.Generator, a: Array, b: Array) -> TrainingStep:
            def backward(gradient: Array) -> Gradients:
                gain = weights["gain"]
                return Gradients(
                    (gradient * b * gain, gradient * a * gain), {"gain": (gradient * a * b).sum(keepdims=True).ravel()}
                )

            return TrainingStep(a * b * weights["gain"], backward, {"seen": weights["seen"] + len(a)})

        return train


class Deaf(Layer, frozen=True, kw_only=True):
    """Can be gone through, but not back."""

    def output_shape(self, *shapes: Shape) -> Shape:
        return shapes[0]

    def prepare_training(self, dtype: np.dtype, *shapes: Shape) -> TrainingForward:
        def backward(gradient: Array) -> Gradients:
            raise AssertionError("nobody before it learns")

        return lambda weights, generator, x: TrainingStep(x, backward, {})


class First(Layer, frozen=True, kw_only=True):
    """Has a weight, and nothing before it that learns."""

    def output_shape(self, *shapes: Shape) -> Shape:
        return shapes[0]

    def weight_specs(self, *shapes: Shape) -> dict[str, WeightSpec]:
        return {"gain": Dense(units=1).weight_specs(shapes[0])["bias"]}

    def prepare_training(self, dtype: np.dtype, *shapes: Shape) -> TrainingForward:
        def train(weights: Weights, generator: np.random.Generator, x: Array) -> TrainingStep:
            def backward(gradient: Array) -> Gradients:
                raise AssertionError("nobody wants the gradient by the picture")

            def backward_weights(gradient: Array) -> dict[str, Array]:
                return {"gain": (gradient * x).sum(keepdims=True).ravel()}

            return TrainingStep(x * weights["gain"], backward, {}, backward_weights)

        return train


class Wall(Layer, frozen=True, kw_only=True):
    """Says nothing of training."""

    def output_shape(self, *shapes: Shape) -> Shape:
        return shapes[0]


def nodes(*layers: Layer, shape: Shape = (1, 1, 3)) -> list[Node]:
    return infer(Stack(name="test", layers=layers), shape)


def parameters(found: list[Node], seed: int = 0) -> Parameters:
    weights = Parameters(found, F64)
    weights.vector[:] = np.random.default_rng(seed).normal(0, 1, weights.vector.shape)
    return weights


BRANCHES = nodes(
    Deaf(name="deaf", inputs=("input",)),
    Flatten(name="flat", inputs=("deaf",)),
    Dense(name="first", inputs=("flat",), units=4),
    Dense(name="second", inputs=("first",), units=4, activation="tanh"),
    Product(name="product", inputs=("first", "second")),
    Dense(name="dead", inputs=("product",), units=2),
    Product(name="square", inputs=("product", "product")),
    Product(name="last", inputs=("square", "first")),
)


def test_gradients_are_finite_differences_through_branches() -> None:
    graph = TrainingGraph(BRANCHES, F64)
    rng = np.random.default_rng(1)
    weights, pixels, direction = parameters(BRANCHES), rng.normal(0, 1, (5, 1, 1, 3)), rng.normal(0, 1, (5, 4))

    def run(step: float, along: Array) -> float:
        moved = parameters(BRANCHES)
        moved.vector += step * along
        return float((graph.forward(moved, rng, pixels).output * direction).sum())

    gradient = weights.zeros_like()
    graph.forward(weights, rng, pixels).backward(direction, gradient)
    for name, parts in gradient.views.items():
        for part in parts.values():
            only = gradient.zeros_like()
            along = rng.normal(0, 1, part.shape)
            only.fill({name: {key: along for key, value in parts.items() if value is part}})
            expected = (run(1e-6, only.vector) - run(-1e-6, only.vector)) / 2e-6
            assert (part * along).sum() == pytest.approx(expected, rel=1e-6, abs=1e-7), name


def test_the_first_layer_is_asked_for_its_weights_alone() -> None:
    found = nodes(First(name="first", inputs=("input",)), Flatten(name="flat", inputs=("first",)))
    weights, gradient = parameters(found), parameters(found)
    pixels = np.arange(6.0).reshape(2, 1, 1, 3)
    TrainingGraph(found, F64).forward(weights, np.random.default_rng(0), pixels).backward(np.ones((2, 3)), gradient)
    assert gradient.views["first"]["gain"].tolist() == [15]


def test_a_branch_that_leads_nowhere_has_no_gradient_and_no_step() -> None:
    graph = TrainingGraph(BRANCHES, F64)
    weights = parameters(BRANCHES)
    gradient = weights.zeros_like()
    done = graph.forward(weights, np.random.default_rng(0), np.ones((2, 1, 1, 3)))
    assert set(done.updates) == {"product", "square", "last"}
    done.backward(np.ones((2, 4)), gradient)
    assert not gradient.views["dead"]["kernel"].any()
    assert not gradient.views["last"]["seen"].any()
    assert gradient.views["first"]["kernel"].all()


def test_a_layer_that_cannot_be_trained_through_is_named() -> None:
    found = nodes(Flatten(name="flat", inputs=("input",)), Wall(name="wall", inputs=("flat",)))
    with pytest.raises(ConfigError) as info:
        TrainingGraph(found, F64)
    assert str(info.value) == 'layers[1] (Wall "wall"): cannot be trained through'


def test_one_that_leads_nowhere_does_not_matter() -> None:
    found = nodes(
        Flatten(name="flat", inputs=("input",)),
        Wall(name="wall", inputs=("flat",)),
        Dense(name="last", inputs=("flat",), units=2),
    )
    assert TrainingGraph(found, F64).forward(parameters(found), np.random.default_rng(0), np.ones((2, 1, 1, 3)))


def test_parameters_are_one_vector() -> None:
    weights = parameters(BRANCHES)
    assert weights.vector.size == sum(node.params for node in BRANCHES)
    kernel = weights.views["first"]["kernel"]
    assert np.shares_memory(kernel, weights.vector)
    np.testing.assert_array_equal(weights.vector[: kernel.size], kernel.ravel())
    rounded = weights.rounded()
    assert rounded["first"]["kernel"].dtype == np.float32
    assert not np.shares_memory(rounded["first"]["kernel"], weights.vector)
    assert not weights.of("flat")
