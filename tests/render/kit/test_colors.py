from __future__ import annotations

import numpy as np

from cnnviz.render.kit.colors import diverging, ink_on, largest_magnitude


def test_zero_is_white_and_the_ends_are_red_and_blue():
    low, zero, high, odd = diverging(np.array([-2.0, 0, 2, np.nan]), 2.0)
    assert zero[:3].min() > 0.95
    assert high[0] > high[2]
    assert low[2] > low[0]
    assert len(set(odd[:3])) == 1
    assert [ink_on(color) for color in (low, zero, high)] == ["white", "black", "white"]
    assert largest_magnitude(np.zeros(3)) == 1
