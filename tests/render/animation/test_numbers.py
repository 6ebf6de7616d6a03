from __future__ import annotations

import numpy as np
import pytest

from cnnviz.render.animation.numbers import Format


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ([0, 2, -13], ["0", "2", "-13"]),
        ([0.5, -0.125, 0.0], ["0.50", "-0.12", "0"]),
        ([12.34, -0.04], ["12.3", "0.0"]),
        ([390.28, -0.4], ["390", "0"]),
        ([1e-7, 0.0], ["1e-7", "0"]),
        ([-123456.0, 0.5], ["-1e5", "5e-1"]),
        ([np.nan, np.inf, -np.inf, 3.0], ["nan", "∞", "-∞", "3"]),
    ],
)
def test_numbers_of_a_kind_are_written_alike_and_short(values: list[float], written: list[str]) -> None:
    format_ = Format.of(np.array(values))
    assert format_.table(np.array([values])) == [written]
