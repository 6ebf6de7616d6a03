from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import pytest

from cnnviz.errors import ConfigError, UsageError
from cnnviz.initializers import Filters
from cnnviz.layers import find_kind
from cnnviz.layers.base import Layer
from cnnviz.stack.graph import infer
from cnnviz.stack.memory import peak, show_bytes
from cnnviz.stack.network import Network
from cnnviz.stack.spec import InputSpec, Stack


def layer(kind: str, name: str, inputs: str = "input", **fields: Any) -> Layer:
    found = find_kind(kind)
    assert found is not None
    return found(name=name, inputs=(inputs,), **fields)


def two_convolutions(**spec: Any) -> Stack:
    return Stack(
        name="two",
        layers=(
            layer("Conv2D", "a", filters=2, kernel_size=3),
            layer("Activation", "r", "a", activation="relu"),
            layer("Conv2D", "b", "r", filters=3, kernel_size=3),
        ),
        input=InputSpec(**spec),
    )


PIXELS = np.random.default_rng(0).integers(0, 256, (9, 10, 3)).astype(np.float64)


def test_outputs_are_height_width_channels_under_their_names() -> None:
    outputs = two_convolutions().build((9, 10, 3)).forward(PIXELS)
    assert {name: out.shape for name, out in outputs.items()} == {"a": (7, 8, 2), "r": (7, 8, 2), "b": (5, 6, 3)}


def test_a_batch_equals_its_items() -> None:
    network = two_convolutions().build((9, 10, 3))
    batch = np.stack([PIXELS, PIXELS[::-1]])
    together = network.forward(batch)
    for item in range(2):
        for name, alone in network.forward(batch[item]).items():
            np.testing.assert_allclose(together[name][item], alone, rtol=0, atol=1e-12 * np.ptp(alone))


def test_the_same_seed_gives_the_same_weights_and_another_does_not() -> None:
    stack = two_convolutions()
    first, again, other = (stack.build((9, 10, 3), seed=seed).weights for seed in (5, 5, 6))
    np.testing.assert_array_equal(first["b"]["kernel"], again["b"]["kernel"])
    assert (first["b"]["kernel"] != other["b"]["kernel"]).any()


def test_scale_mean_and_std_are_applied_in_that_order() -> None:
    stack = Stack(
        name="n",
        layers=(layer("Flatten", "f"),),
        input=InputSpec(scale=0.5, mean=(1.0, 2.0, 3.0), std=(2.0, 4.0, 8.0)),
    )
    out = stack.build((9, 10, 3)).forward(PIXELS)["f"]
    np.testing.assert_array_equal(out, ((PIXELS * 0.5 - [1, 2, 3]) / [2, 4, 8]).ravel())


def test_what_comes_back_is_the_callers() -> None:
    stack = Stack(name="n", layers=(layer("Flatten", "f"),))
    network = stack.build((9, 10, 3))
    pixels = PIXELS.copy()
    out = network.forward(pixels)["f"]
    kept = out.copy()
    out[:] = 0
    assert (pixels == PIXELS).all()
    np.testing.assert_array_equal(network.forward(pixels)["f"], kept)


def test_forward_keeps_what_is_asked_for_and_runs_no_further() -> None:
    network = two_convolutions(scale=0.5).build((9, 10, 3))
    ran: list[str] = []
    for name, prepared in network._layers.items():
        network._layers[name] = prepared._replace(
            forward=lambda *inputs, name=name, run=prepared.forward: (ran.append(name), run(*inputs))[1]
        )
    every = network.forward(PIXELS)
    assert ran == list(every) == ["a", "r", "b"]
    ran.clear()
    kept = network.forward(PIXELS, keep={"input", "r"})
    assert ran == ["a", "r"]
    assert list(kept) == ["input", "r"]
    np.testing.assert_array_equal(kept["r"], every["r"])
    np.testing.assert_array_equal(kept["input"], PIXELS * 0.5)
    np.testing.assert_array_equal(network.forward(PIXELS[None], keep=["b"])["b"][0], every["b"])


def test_no_later_call_changes_an_output() -> None:
    network = two_convolutions().build((9, 10, 3))
    first = network.forward(PIXELS)
    kept = {name: out.copy() for name, out in first.items()}
    network.forward(255 - PIXELS)
    for name, out in first.items():
        np.testing.assert_array_equal(out, kept[name])


def test_pixels_of_another_shape_are_refused() -> None:
    network = two_convolutions().build((9, 10, 3))
    with pytest.raises(UsageError, match="9x10x3, got 10x9x3"):
        network.forward(PIXELS.transpose(1, 0, 2))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_dtype_is_that_of_the_forward_pass(dtype: Any) -> None:
    outputs = two_convolutions().build((9, 10, 3), dtype=dtype).forward(PIXELS)
    assert {str(out.dtype) for out in outputs.values()} == {dtype}


def test_every_first_shape_mistake_of_a_branch_is_named_once() -> None:
    stack = Stack(
        name="n",
        layers=(
            layer("Conv2D", "big", filters=1, kernel_size=11),
            layer("Conv2D", "after", "big", filters=1, kernel_size=11),
            layer("MaxPooling2D", "pool", "input", pool_size=20),
        ),
    )
    with pytest.raises(ConfigError) as caught:
        infer(stack, (9, 10, 3))
    assert [mistake.path for mistake in caught.value.mistakes] == [
        ("layers", 0, "kernel_size"),
        ("layers", 2, "pool_size"),
    ]
    assert 'Conv2D "big"' in str(caught.value)


def test_a_kernel_that_cannot_be_filled_blames_the_field_that_says_how() -> None:
    literal = Filters(values=((((1.0,),),)))
    stack = Stack(
        name="n",
        layers=(layer("DepthwiseConv2D", "d", kernel_size=3, depthwise_initializer=literal),),
    )
    with pytest.raises(ConfigError) as caught:
        infer(stack, (9, 10, 3))
    assert caught.value.mistakes[0].path == ("layers", 0, "depthwise_initializer")


def test_a_flat_picture_under_an_edge_kernel_is_exactly_zero() -> None:
    network = Stack(name="n", layers=(layer("Conv2D", "a", filters=1, kernel_size=3),)).build((20, 21, 1))
    kernel = np.float32([[0.1, 0.2, 0.3], [0.4, 0.5, -0.5], [-0.4, -0.3, -0.3]])
    network.weights["a"]["kernel"][:, :, 0, 0] = kernel
    network = Network(network.stack, network.input_shape, network.nodes, _weights(network))
    out = network.forward(np.full((20, 21, 1), 200.1))["a"]
    assert np.ptp(out) == 0
    assert abs(out).max() < 1e-4  # the kernel's own float32 values need not sum to zero


def test_noise_at_the_border_of_a_signal_stays_a_signal() -> None:
    network = Stack(name="n", layers=(layer("Conv2D", "a", filters=1, kernel_size=3),)).build((20, 21, 1))
    pixels = np.full((20, 21, 1), 200.0)
    pixels[0, 0] = 201.0
    assert np.ptp(network.forward(pixels)["a"]) > 0


def test_peak_names_the_layer_that_needs_most() -> None:
    nodes = infer(two_convolutions(), (9, 10, 3))
    worst = peak(nodes, (9, 10, 3), 8)
    assert worst.layer == 'Activation "r"'
    weights = (3 * 3 * 3 * 2 + 2 + 3 * 3 * 2 * 3 + 3) * 12
    results = sum(prod(node.output_shape) for node in nodes) * 8
    assert worst.bytes == weights + results + (270 + 112 + 112) * 8
    drawn = peak(nodes, (9, 10, 3), 8, pictures=lambda node: 1000)
    assert drawn.bytes == worst.bytes + max(500, 270 * 4 - 112 * 8)
    assert peak(nodes, (9, 10, 3), 4, normalises=True).bytes > peak(nodes, (9, 10, 3), 4).bytes


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 bytes"), (1023, "1,023 bytes"), (1536, "1.5 KiB"), (3 * 2**40, "3.0 TiB")]
)
def test_bytes_are_written_as_people_do(count: int, text: str) -> None:
    assert show_bytes(count) == text


def _weights(network: Network) -> Any:
    from cnnviz.stack.weights import StackWeights

    return StackWeights(network.weights, network.origins)
