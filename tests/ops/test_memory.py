"""Memory that is used again."""

from __future__ import annotations

import gc

import numpy as np
import pytest

from cnnviz.ops import memory

SHAPE = (300, 301, 3)
FLOAT = np.dtype(np.float64)


@pytest.fixture(autouse=True)
def nothing_waits():
    gc.collect()
    memory._waiting.clear()


def address(x):
    return x.__array_interface__["data"][0]


def test_memory_is_used_again_once_nobody_looks():
    first = memory.empty(SHAPE, FLOAT)
    place = address(first)
    del first
    assert address(memory.empty(SHAPE, FLOAT)) == place


def test_a_view_keeps_it():
    first = memory.empty(SHAPE, FLOAT)
    view = first.transpose(2, 0, 1)[1, ::2]
    del first
    view[...] = 7
    second = memory.empty(SHAPE, FLOAT)
    second[...] = 0
    assert not np.shares_memory(view, second)
    assert (view == 7).all()


def test_nearly_the_same_size_and_another_type_will_do():
    first = memory.empty(SHAPE, FLOAT)
    place = address(first)
    del first
    second = memory.empty((299, 602, 3), np.dtype(np.float32))
    assert address(second) == place
    assert second.shape == (299, 602, 3)
    assert second.dtype == np.float32


@pytest.mark.parametrize("size", [0, 1, memory.SMALLEST - 1, memory.LARGEST + 1])
def test_small_and_huge_results_are_left_to_numpy(size):
    memory.empty((size,), np.dtype(np.uint8))
    assert not memory._waiting


def test_no_more_than_a_limit_waits():
    held = [memory.empty((memory.LARGEST - 1000 * i,), np.dtype(np.uint8)) for i in range(5)]
    del held
    assert sum(array.size for arrays in memory._waiting.values() for array in arrays) <= memory.KEPT


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (0, 1, 3, 2), (1, 3, 2, 0), (0, 3, 1, 2)])
def test_the_order_of_the_axes_is_kept(order):
    x = np.empty([(2, 30, 40, 50)[axis] for axis in order]).transpose(np.argsort(order))
    out = memory.empty_like(x, (3, 20, 30, 40))
    assert out.shape == (3, 20, 30, 40)
    assert out.strides == np.empty_like(x, shape=(3, 20, 30, 40)).strides
