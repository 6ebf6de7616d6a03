"""What a sweep needs is known before it is computed: its weights, live tensors and tiles, shared ones once."""

from __future__ import annotations

import pytest

from cnnviz.config.load import load_stack
from cnnviz.ops.memory import KEPT
from cnnviz.stack.graph import infer
from cnnviz.stack.spec import Stack
from cnnviz.workflows.sweep.memory import sweep_peak
from cnnviz.workflows.sweep.plan import Variant, plan

SHAPE = (1000, 1000, 1)
TENSOR = 8 * 1000 * 1000


def stack(activation: str) -> Stack:
    layers = [
        {"type": "Conv2D", "name": "conv", "filters": 1, "kernel_size": 1},
        {"type": "Activation", "name": "act", "activation": activation},
        {"type": "Activation", "name": "again", "activation": activation},
    ]
    return load_stack({"layers": layers})


def need(*stacks: Stack, tile: int = 0) -> int:
    variants = [Variant(one, SHAPE, tuple(infer(one, SHAPE)), 0) for one in stacks]
    found = sweep_peak(plan(variants), 8, 0, lambda _: tile)
    return found.bytes - min(KEPT, TENSOR * len(plan(variants).passes))


@pytest.mark.parametrize("count", [2, 5])
def test_of_the_branches_only_the_tensor_they_start_from_is_kept(count: int) -> None:
    names = ["relu", "tanh", "sigmoid", "elu", "gelu"][:count]
    assert need(stack("relu")) == pytest.approx(3 * TENSOR, rel=1e-3)  # what enters twice, and the first output
    assert need(*map(stack, names)) == pytest.approx(3 * TENSOR, rel=1e-3)


def test_tiles_are_kept_to_the_end() -> None:
    passes = 1 + 2 * 3
    stacks = [stack(name) for name in ("relu", "tanh", "sigmoid")]
    # When the last is computed: the tensor before it, and its own.
    assert need(*stacks, tile=TENSOR) == pytest.approx((passes + 2) * TENSOR, rel=1e-3)


def test_weights_are_counted_once_and_let_go_after_the_last_that_needs_them() -> None:
    def dense(activation: str) -> Stack:
        layers = [
            {"type": "Conv2D", "name": "conv", "filters": 1, "kernel_size": 1, "activation": activation},
            "Flatten",
            {"type": "Dense", "name": "dense", "units": 10, "use_bias": False},
        ]
        return load_stack({"layers": layers})

    one, both = need(dense("relu")), need(dense("relu"), dense("tanh"))
    kernel = 4 * 10 * 1000 * 1000
    assert one > kernel
    # The second convolution is computed while the kernel waits for its second use.
    assert one <= both < one + kernel
