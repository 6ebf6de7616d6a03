"""DepthToSpace."""

import numpy as np
import pytest
from hypothesis import strategies as st

from cnnviz.errors import LayerError
from tests.helpers.examples import make, run

EXAMPLES = [
    ({"block_size": 2}, [(3, 2, 8)]),
    ({"block_size": 2, "mode": "CRD"}, [(2, 3, 12)]),
    ({"block_size": 3}, [(2, 1, 9)]),
    ({"block_size": 1}, [(3, 4, 2)]),
]
ARGUMENTS = {"block_size": st.sampled_from([1, 2]), "mode": st.sampled_from(["DCR", "CRD"])}


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        # ONNX's example of both modes, for one of its columns.
        ("DCR", [[[0, 9], [18, 27]], [[36, 45], [54, 63]]]),
        ("CRD", [[[0, 36], [9, 45]], [[18, 54], [27, 63]]]),
    ],
)
def test_channels_become_pixels(mode, expected):
    image = np.arange(0.0, 72.0, 9).reshape(1, 1, 8)
    assert run("DepthToSpace", {"block_size": 2, "mode": mode}, image).tolist() == expected


def test_channels_must_fill_the_blocks():
    with pytest.raises(LayerError, match="divisible by 4"):
        make("DepthToSpace", {"block_size": 2}).output_shape((2, 2, 6))
