"""Batches are all examples once, in an order that only the seed and the epoch decide."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.training.batches import Batches, noise, split


def batches(count: int, size: int, seed: int | None) -> Batches:
    pixels = np.arange(count, dtype=np.uint8).reshape(count, 1, 1, 1)
    return Batches(pixels, np.arange(count), lambda x: x.astype(np.float32) / 2, size, seed)


@given(st.integers(1, 40), st.integers(1, 50), st.none() | st.integers(0, 2**70), st.integers(1, 5))
def test_an_epoch_is_all_examples_once(count: int, size: int, seed: int | None, epoch: int) -> None:
    found = batches(count, size, seed)
    order = found.order(epoch)
    parts = [found.batch(number, order) for number in range(len(found))]
    assert all(len(labels) == size for _, labels in parts[:-1])
    labels = np.concatenate([labels for _, labels in parts])
    assert sorted(labels.tolist()) == list(range(count))
    np.testing.assert_array_equal(np.concatenate([pixels for pixels, _ in parts])[:, 0, 0, 0], labels / 2)
    if seed is None:
        assert labels.tolist() == list(range(count))


def test_orders_differ_by_seed_and_epoch_and_are_always_the_same() -> None:
    orders = [batches(100, 10, seed).order(epoch) for seed in (0, 1) for epoch in (1, 2)]
    assert all(order is not None for order in orders)
    assert len({order.tobytes() for order in orders if order is not None}) == 4
    # Written down: another order would change what every seed trains to.
    assert batches(10, 10, 7).order(1).tolist() == [5, 9, 1, 2, 7, 6, 4, 0, 8, 3]


def test_noise_differs_by_step() -> None:
    first, again, other = (noise(3, step).random(4).tolist() for step in (1, 1, 2))
    assert first == again != other


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60), st.floats(0, 1, exclude_max=True), st.integers(0, 9))
def test_a_split_keeps_as_many_as_keras_and_of_every_class_its_part(labels: list[int], share: float, seed: int) -> None:
    numbers = np.array(labels)
    chosen = split(numbers, share, seed)
    count, kept = len(labels), int(chosen.sum())
    assert count - kept == math.floor(count * (1.0 - share))
    classes, counts = np.unique(numbers, return_counts=True)
    several = classes[counts > 1]
    if len(several) <= kept <= count - len(classes):
        assert set(numbers[~chosen]) == set(classes)
        assert set(numbers[chosen]) == set(several)
    np.testing.assert_array_equal(split(numbers, share, seed), chosen)


def test_a_split_of_large_classes_is_in_proportion_and_goes_by_the_seed() -> None:
    labels = np.repeat([0, 1, 2], [100, 200, 300])
    chosen = split(labels, 0.25, 0)
    assert np.bincount(labels[chosen]).tolist() == [25, 50, 75]
    assert (split(labels, 0.25, 1) != chosen).any()
    assert chosen[:100].argmin() < 25 < 100 - chosen[:100][::-1].argmax()  # not the first, not the last
