"""The stacks that come with cnnviz: their shapes and totals are those of the tutorials."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest

from cnnviz.config.bundled import bundled_stack, bundled_stacks, summary
from cnnviz.config.load import load, load_stack
from cnnviz.config.switches import Switches
from cnnviz.errors import UsageError
from cnnviz.io.samples import bundled_folder
from cnnviz.layers.base import Shape
from cnnviz.stack.graph import Node, infer
from tests.helpers.rows import each

NAMES = [
    "cifar10",
    "conv_arithmetic",
    "kernel_size",
    "l3",
    "lenet5",
    "mnist_nine_by_nine",
    "mnist_two_conv",
    "residual",
    "vgg16",
    "walkthrough",
]


def nodes(name: str, shape: Shape, **switches: tuple[str, ...]) -> list[Node]:
    return infer(load(name, Switches(**switches)).stack, shape)


def shapes(name: str, shape: Shape, *kinds: str) -> list[Shape]:
    return [node.output_shape for node in nodes(name, shape) if type(node.layer).__name__ in kinds]


def totals(name: str, shape: Shape) -> tuple[int, int]:
    found = nodes(name, shape)
    return sum(node.params for node in found), sum(node.macs for node in found)


def test_all_are_here() -> None:
    assert list(bundled_stacks()) == NAMES


@each("name", NAMES)
def test_says_what_it_is(name: str) -> None:
    text = bundled_stack(name).read_text(encoding="utf-8")
    assert load_stack(name).name == name
    assert 40 < len(summary(bundled_stack(f"{name}.yaml"))) <= 120
    assert "\n# Try: cnnviz " in text
    assert max(map(len, text.splitlines())) <= 120


@each("name", NAMES)
def test_is_the_same_as_a_mapping(name: str) -> None:
    stack = load_stack(name)
    data = stack.normalised()
    assert load_stack(data) == stack


def test_l3() -> None:
    found = shapes("l3", (300, 451, 1), "Conv2D", "MaxPooling2D")
    assert found == [(298, 449, 2), (149, 224, 2), (145, 220, 3), (72, 110, 3), (66, 104, 1), (33, 52, 1)]
    assert load_stack("l3").output.scale_by == "map"


def test_walkthrough() -> None:
    found = shapes("walkthrough", (575, 607, 3), "Conv2D", "MaxPooling2D", "Flatten", "Dense")
    images = [(573, 605, 3), (191, 201, 3), (189, 199, 3), (94, 99, 3), (92, 97, 3), (90, 95, 3)]
    assert found == [*images, (25650,), (8,)]
    stack = load_stack("walkthrough")
    assert stack.output.composite
    assert (stack.input.size, stack.input.color, stack.input.scale) == ((575, 607), "bgr", 1)


@each(("size", "shape"), [(None, (573, 605, 3)), ("12", (564, 596, 3)), ("24", (552, 584, 3)), ("3x5", (573, 603, 3))])
def test_kernel_size(size: str | None, shape: Shape) -> None:
    (node,) = nodes("kernel_size", (575, 607, 3), kernel_sizes=(size,) if size else ())
    assert node.output_shape == shape


@each(
    ("name", "shape", "params"),
    [
        ("lenet5", (32, 32, 1), 61_706),
        ("cifar10", (32, 32, 3), 1_250_858),
        ("mnist_two_conv", (28, 28, 1), 28_938),
        ("mnist_nine_by_nine", (28, 28, 1), 202_620),
        ("vgg16", (224, 224, 3), 138_357_544),
    ],
)
def test_parameters(name: str, shape: Shape, params: int) -> None:
    assert totals(name, shape)[0] == params
    stack = load_stack(name)
    assert (*(stack.input.size or ()), 1 if stack.input.color == "gray" else 3) == shape
    assert stack.input.scale == (1 if name == "vgg16" else 1 / 255)


def test_vgg16_macs() -> None:
    assert totals("vgg16", (224, 224, 3))[1] == 15_470_264_320


@each("name", ["lenet5", "cifar10", "mnist_two_conv", "mnist_nine_by_nine"])
def test_classes_name_the_last_units(name: str) -> None:
    stack = load_stack(name)
    size = stack.input.size or (0, 0)
    last = nodes(name, (*size, 1 if stack.input.color == "gray" else 3))[-1]
    assert len(stack.classes) == prod(last.output_shape) == 10


def test_conv_arithmetic_is_the_demo_of_cs231n() -> None:
    pixels = np.load(bundled_folder("sample_images") / "conv_arithmetic.npy")
    out = load_stack("conv_arithmetic").build(pixels.shape).forward(pixels)["conv_1"]
    assert out[..., 0].tolist() == [[2, 3, 3], [3, 7, 3], [8, 10, -3]]
    assert out[..., 1].tolist() == [[-8, -8, -3], [-3, 1, 0], [-3, -8, -5]]


def test_residual_branches() -> None:
    found = {node.layer.name: node for node in nodes("residual", (300, 451, 3))}
    assert found["add"].input_shapes == ((300, 451, 8), (300, 451, 8))
    assert found["concat"].output_shape == (150, 225, 8)


def test_an_unknown_name_lists_them() -> None:
    with pytest.raises(UsageError) as info:
        bundled_stack("l33")
    assert str(info.value) == (
        'there is no bundled stack "l33"; did you mean `l3`? bundled stacks are ' + ", ".join(NAMES)
    )
