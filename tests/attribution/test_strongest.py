"""The strongest answers against sorting all of them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.attribution.strongest import Strongest, answers_of


@given(st.integers(0, 2**32), st.integers(1, 5), st.integers(1, 4), st.integers(0, 12), st.integers(1, 4))
def test_the_strongest_are_the_first_of_all_sorted(seed: int, channels: int, top: int, count: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    outputs = rng.integers(0, levels, (count, 3, 4, channels)).astype(float)  # many equal ones
    outputs[rng.random(outputs.shape) < 0.2] = rng.choice([np.nan, np.inf, -np.inf])
    strongest = Strongest(channels, top)
    for number, output in enumerate(outputs):
        strongest.add(number, answers_of(output))
    for channel in range(channels):
        found = []
        for number, output in enumerate(outputs):
            known = np.where(np.isfinite(output[..., channel]), output[..., channel], -np.inf)
            if np.isfinite(known.max()):
                row, column = np.argwhere(known == known.max())[0]
                found.append((float(known.max()), number, (int(row), int(column))))
        wanted = sorted(found, key=lambda it: (-it[0], it[1]))[:top]
        mine = [
            (value, picture, tuple(place))
            for value, picture, place in zip(
                strongest.values[channel].tolist(),
                strongest.pictures[channel].tolist(),
                strongest.places[channel].tolist(),
                strict=True,
            )
            if picture >= 0
        ]
        assert mine == wanted


def test_a_vector_has_no_places() -> None:
    found = answers_of(np.array([1.0, np.nan, -3.0, np.inf]))
    assert found.values.tolist() == [1.0, -np.inf, -3.0, -np.inf]
    assert found.places.tolist() == [[0, 0]] * 4
