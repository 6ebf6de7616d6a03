"""The memory of a forward pass that is read one layer at a time."""

from __future__ import annotations

import tracemalloc

import numpy as np

from cnnviz import load_stack


def peak_of(depth: int) -> int:
    layers = [{"type": "Conv2D", "filters": 8, "kernel_size": 3, "padding": "same"} for _ in range(depth)]
    pixels = np.zeros((96, 96, 8))
    network = load_stack({"layers": layers}).build(pixels.shape, threads=2)
    tracemalloc.start()
    try:
        for _, _ in network.iterate(pixels):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_depth() -> None:
    peak_of(2)  # what is kept from call to call is there now
    assert peak_of(24) < peak_of(3) + 96 * 96 * 8 * 8
