from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.layers import find_kind
from cnnviz.render.animation.scene import places
from cnnviz.render.animation.stamps import Stamps, stamp


@given(st.integers(1, 400), st.integers(1, 400), st.integers(1, 100))
def test_places_are_in_reading_order_and_never_too_many(rows: int, columns: int, limit: int) -> None:
    chosen = places(rows, columns, limit)
    assert chosen == sorted(set(chosen))
    assert all(0 <= row < rows and 0 <= column < columns for row, column in chosen)
    if rows * columns <= limit:
        assert len(chosen) == rows * columns
    else:
        assert limit / 2 < len(chosen) <= limit or min(rows, columns) * 2 > limit


def test_places_of_a_large_output_are_spread_over_all_of_it() -> None:
    chosen = places(300, 450, 60)
    assert chosen[0] == (0, 0) and chosen[-1] == (299, 449)
    rows, columns = ({place[i] for place in chosen} for i in (0, 1))
    assert (len(rows), len(columns)) == (6, 9) or (len(rows), len(columns)) == (6, 10)


@pytest.mark.parametrize("count", [1, 5, 100])
@given(
    strides=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    dilation=st.tuples(st.integers(1, 2), st.integers(1, 2)),
    size=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    shape=st.tuples(st.integers(1, 4), st.integers(1, 4)),
)
def test_all_stamps_together_are_the_transposed_convolution(
    count: int, strides: tuple[int, int], dilation: tuple[int, int], size: tuple[int, int], shape: tuple[int, int]
) -> None:
    rng = np.random.default_rng(1)
    source, kernel = rng.normal(size=(*shape, 2)), rng.normal(size=(*size, 1, 2)).astype(np.float32)
    layer = find_kind("Conv2DTranspose")(
        name="up", filters=1, kernel_size=size, strides=strides, dilation_rate=dilation, use_bias=False
    )
    output = layer.prepare({"kernel": kernel}, np.dtype("float64"), source.shape)(source[None])[0, :, :, 0]
    stops = (*places(*shape, count)[:-1], (shape[0] - 1, shape[1] - 1))
    *_, last = stamp(Stamps(source, kernel[:, :, 0], layer.sliding(source.shape).transposed(), stops))
    np.testing.assert_allclose(last.sums, output, atol=1e-12)
    np.testing.assert_array_equal(last.reached | (output == 0), True)
