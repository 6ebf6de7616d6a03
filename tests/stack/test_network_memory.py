"""The memory of a forward pass that is read one layer at a time."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterable

import numpy as np
import pytest

from cnnviz import load_stack
from cnnviz.render.statistics import measured
from cnnviz.stack.network import Network

Run = Callable[[Network, np.ndarray], Iterable[object]]
RUNS: list[Run] = [
    lambda network, pixels: network.iterate(pixels),
    lambda network, pixels: measured(network.walk(pixels)),
    lambda network, pixels: network.forward(pixels, keep=[network.nodes[-1].layer.name]),
]


def peak_of(depth: int, run: Run) -> int:
    layers = [{"type": "Conv2D", "filters": 8, "kernel_size": 3, "padding": "same"} for _ in range(depth)]
    pixels = np.zeros((96, 96, 8))
    network = load_stack({"layers": layers}).build(pixels.shape, threads=2)
    tracemalloc.start()
    try:
        for _ in run(network, pixels):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("run", RUNS)
def test_memory_does_not_grow_with_depth(run: Run) -> None:
    peak_of(2, run)  # what is kept from call to call is there now
    assert peak_of(24, run) < peak_of(3, run) + 96 * 96 * 8 * 8
