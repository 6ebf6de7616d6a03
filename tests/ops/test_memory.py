"""Memory that is used again."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from cnnviz.ops import memory
from tests.helpers.rows import each

SHAPE = (300, 301, 3)
FLOAT = np.dtype(np.float64)


@pytest.fixture(autouse=True, scope="module")
def no_loans_of_others():
    gc.collect()


@pytest.fixture(autouse=True)
def pool(monkeypatch):
    monkeypatch.setattr(memory, "_pool", pool := memory._Pool(memory.KEPT, memory._LATELY))
    monkeypatch.setattr(memory._Loan.__del__, "__defaults__", (pool,))
    return pool


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


@each("size", [0, 1, memory.SMALLEST - 1, memory.LARGEST + 1])
def test_small_and_huge_results_are_left_to_numpy(pool, size):
    memory.empty((size,), np.dtype(np.uint8))
    assert not pool.waiting


def waiting(pool):
    return sum(block.size for blocks in pool.waiting.values() for _, block in blocks)


def lend(count, size=memory.LARGEST):
    return [memory.empty((size,), np.dtype(np.uint8)) for _ in range(count)]


def test_what_was_on_loan_at_once_is_used_again(pool):
    places = [sorted(map(address, lend(5))) for _ in range(3)]
    assert places == places[:1] * 3
    assert waiting(pool) == 5 * memory.LARGEST > memory.KEPT


def test_no_more_is_here_than_was_on_loan_at_once_or_may_wait(pool):
    rng = np.random.default_rng(0)
    held, most = [], 0
    for _ in range(400):
        if held and rng.uniform() < 0.5:
            del held[rng.integers(len(held))]
        else:
            held += lend(1, int(rng.integers(memory.SMALLEST, memory.LARGEST)))
        lent = sum(size * len(ones) for size, ones in pool.lent.items())
        most = max(most, lent)
        assert waiting(pool) + lent <= max(most, lent + memory.KEPT)
    del held
    assert not any(pool.lent.values())


def test_what_is_no_longer_used_is_given_back(pool):
    lend(5)
    for _ in range(2 * memory._LATELY):
        lend(1, memory.SMALLEST)
    assert waiting(pool) <= memory.KEPT


def test_what_has_waited_longest_is_given_back_first(pool):
    lend(1)
    for size in (memory.LARGEST // 2, memory.LARGEST // 4, memory.LARGEST // 8, memory.LARGEST // 4):
        lend(2, size)
    assert [size for size, blocks in pool.waiting.items() if blocks] == [memory.LARGEST // part for part in (2, 4, 8)]


def test_threads_and_loans_that_end_anywhere_lose_nothing(pool):
    def work(seed):
        rng = np.random.default_rng(seed)
        held = []
        for _ in range(300):
            x = lend(1, int(rng.integers(memory.SMALLEST, 1 << 20)))[0]
            x[:100] = seed
            loop = [x]
            loop.append(loop)  # ends when garbage is collected
            held = [*held[-5:], x]
            assert all((one[:100] == seed).all() for one in held)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))
    gc.collect()
    assert not any(pool.lent.values())


@each("order", [(0, 1, 2, 3), (0, 1, 3, 2), (1, 3, 2, 0), (0, 3, 1, 2)])
def test_the_order_of_the_axes_is_kept(order):
    x = np.empty([(2, 30, 40, 50)[axis] for axis in order]).transpose(np.argsort(order))
    out = memory.empty_like(x, (3, 20, 30, 40))
    assert out.shape == (3, 20, 30, 40)
    assert out.strides == np.empty_like(x, shape=(3, 20, 30, 40)).strides
