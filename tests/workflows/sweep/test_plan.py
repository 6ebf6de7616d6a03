"""What stacks share is computed once, and no tensor is kept longer than a branch needs it."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnviz.config.load import load_stack
from cnnviz.layers.conv2d import Conv2D
from cnnviz.ops.activations import ACTIVATIONS
from cnnviz.stack.graph import infer
from cnnviz.stack.scale_by import ScaleBy
from cnnviz.stack.spec import Stack
from cnnviz.workflows.sweep.computing import compute
from cnnviz.workflows.sweep.plan import Plan, Variant, plan
from tests.helpers.strategies import activations, stacks

SHAPE = (12, 13, 3)
PIXELS = np.random.default_rng(0).uniform(0, 255, SHAPE)


def stack(activation: str = "relu", last: str = "MaxPooling2D", filters: int = 4, scale: float = 1.0) -> Stack:
    return load_stack(
        {
            "input": {"scale": scale},
            "layers": [
                {"type": "Conv2D", "name": "conv_1", "filters": filters, "kernel_size": 3, "padding": "same"},
                {"type": "Conv2D", "name": "conv_2", "filters": filters, "kernel_size": 3, "padding": "same"},
                {"type": "Activation", "name": "act", "activation": activation},
                {"type": "Add", "name": "skip", "inputs": ["conv_1", "act"]},
                {"type": last, "name": "pool", "pool_size": 2},
            ],
        }
    )


def variants(stacks: Sequence[Stack], seeds: Sequence[int] | None = None) -> list[Variant]:
    seeds = seeds or [0] * len(stacks)
    return [Variant(one, SHAPE, tuple(infer(one, SHAPE)), seed) for one, seed in zip(stacks, seeds, strict=True)]


def lettered(found: Plan) -> list[str]:
    """Write each pass as its layer's name and whom it reads."""
    return [f"{one.node.layer.name}({','.join(map(str, one.sources))})" for one in found.passes]


def computed(found: Plan, pixels: np.ndarray, dtype: str = "float64", threads: int = 1) -> dict[int, np.ndarray]:
    """Compute a plan and keep every pass's output."""
    arrays: dict[int, np.ndarray] = {}

    def keep(number: int, array: np.ndarray) -> None:
        arrays[number] = array.copy()

    compute(found, lambda name, spec: pixels, keep, ScaleBy("layer"), np.dtype(dtype), threads)
    return arrays


def test_what_comes_before_the_first_difference_is_shared() -> None:
    found = plan(variants([stack("relu"), stack("tanh")]))
    assert found.paths == ((0, 1, 2, 3, 4), (0, 1, 5, 6, 7))
    assert lettered(found) == [
        *("conv_1(-1)", "conv_2(0)", "act(1)", "skip(0,2)", "pool(3)"),
        *("act(1)", "skip(0,5)", "pool(6)"),
    ]
    assert (found.asked, len(found.passes)) == (10, 8)


def test_branches_are_walked_one_after_the_other_whatever_the_order_of_the_stacks() -> None:
    stacks = [stack("relu"), stack("tanh"), stack("relu", "AveragePooling2D"), stack("tanh", "AveragePooling2D")]
    found = plan(variants(stacks))
    assert found.paths == ((0, 1, 2, 3, 4), (0, 1, 6, 7, 8), (0, 1, 2, 3, 5), (0, 1, 6, 7, 9))


def test_other_seeds_share_nothing_that_is_random_and_other_inputs_nothing_at_all() -> None:
    assert len(plan(variants([stack(), stack()])).passes) == 5
    assert len(plan(variants([stack(), stack()], [1, 2])).passes) == 10
    found = plan(variants([stack(), stack(scale=0.5)]))
    assert len(found.passes) == 10
    assert [one.sources for one in found.passes if one.node.layer.name == "conv_1"] == [(-1,), (-2,)]


def test_what_is_the_same_again_is_computed_once() -> None:
    """A constant kernel has the same weights for every seed, and two stacks that part may meet again."""
    both = [
        {"type": "Conv2D", "name": "conv", "filters": 2, "kernel_size": 3, "kernel_initializer": "ones"},
        {"type": "Conv2D", "name": "odd", "filters": 2, "kernel_size": 1},
        {"type": "ReLU", "name": "relu", "inputs": ["conv"]},
    ]
    one = load_stack({"layers": both})
    assert plan(variants([one, one], [1, 2])).paths == ((0, 1, 2), (0, 3, 2))


def test_a_name_matters_where_weights_are_random_only() -> None:
    def named(conv: str, pool: str) -> Stack:
        layers = [
            {"type": "MaxPooling2D", "name": pool},
            {"type": "Conv2D", "name": conv, "filters": 2, "kernel_size": 3},
        ]
        return load_stack({"layers": layers})

    assert plan(variants([named("a", "p"), named("a", "q")])).paths == ((0, 1), (0, 1))
    assert plan(variants([named("a", "p"), named("b", "p")])).paths == ((0, 1), (0, 2))


def test_layers_are_computed_once_and_no_tensor_is_kept_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: Counter[str] = Counter()
    prepare = Conv2D.prepare

    def counted(self, *arguments):
        forward = prepare(self, *arguments)

        def call(*inputs):
            calls[self.name] += 1
            return forward(*inputs)

        return call

    monkeypatch.setattr(Conv2D, "prepare", counted)
    stacks = [stack("relu"), stack("tanh"), stack("sigmoid", "AveragePooling2D")]
    found = plan(variants(stacks))
    computed(found, PIXELS)
    assert calls == {"conv_1": 1, "conv_2": 1}
    released = {name: step.name for step in found.steps for name in step.releases}
    assert sorted(released) == [-1, *range(len(found.passes))]
    for tensor in range(len(found.passes)):
        readers = [number for number, one in enumerate(found.passes) if tensor in one.sources]
        assert released[tensor] == max(readers, default=tensor)


@settings(max_examples=15, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(drawn=stacks(), changes=st.lists(st.tuples(st.integers(0, 4), activations), min_size=1, max_size=4))
def test_changes_anywhere_in_any_stack_leave_every_tensor_that_of_a_run(drawn: Any, changes: Any) -> None:
    data, shape = drawn
    variants, networks = [], []
    for position, activation in [(None, None), *changes]:
        changed = copy.deepcopy(data)
        if position is not None and "activation" in changed["layers"][position % len(changed["layers"])]:
            changed["layers"][position % len(changed["layers"])]["activation"] = activation or "linear"
        one = load_stack({"name": "drawn", **changed})
        networks.append(one.build(shape))
        variants.append(Variant(one, shape, networks[-1].nodes, one.seed))
    pixels = np.random.default_rng(0).uniform(0, 255, shape)
    found = plan(variants)
    arrays = computed(found, pixels)
    for network, path in zip(networks, found.paths, strict=True):
        for (_, expected), number in zip(network.iterate(pixels), path, strict=True):
            assert arrays[number].tobytes() == expected.tobytes()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_every_tensor_is_the_one_of_a_run(dtype: str) -> None:
    names = ["relu", "tanh", "sigmoid", "gelu"]
    assert set(names) <= set(ACTIVATIONS)
    stacks = [stack(name, last) for name in names for last in ("MaxPooling2D", "AveragePooling2D")]
    stacks += [stack(scale=1 / 255), stack(filters=3)]
    seeds = [7] * 8 + [7, 8]
    found = plan(variants(stacks, seeds))
    arrays = computed(found, PIXELS, dtype, threads=2)
    for one, seed, path in zip(stacks, seeds, found.paths, strict=True):
        network = one.build(SHAPE, seed=seed, dtype=dtype)
        for (_, expected), number in zip(network.iterate(PIXELS), path, strict=True):
            np.testing.assert_array_equal(arrays[number], expected)
