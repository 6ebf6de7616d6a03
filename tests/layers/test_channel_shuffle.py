"""ChannelShuffle."""

import pytest
from hypothesis import strategies as st

from cnnviz.errors import LayerError
from tests.helpers.examples import IMAGE, make, run

EXAMPLES = [({"groups": 2}, [(3, 2, 6)]), ({"groups": 3}, [(2, 3, 6)]), ({"groups": 1}, [IMAGE])]
ARGUMENTS = {"groups": st.sampled_from([1, 2, 3, 4])}


def test_groups_are_dealt_out():
    assert run("ChannelShuffle", {"groups": 2}, [[[1, 2, 3, 4, 5, 6]]]).tolist() == [[[1, 4, 2, 5, 3, 6]]]
    assert run("ChannelShuffle", {"groups": 3}, [[[1, 2, 3, 4, 5, 6]]]).tolist() == [[[1, 3, 5, 2, 4, 6]]]


def test_groups_must_be_of_equal_size():
    with pytest.raises(LayerError, match=r"channels \(=3\) must be divisible by `groups` \(=2\)"):
        make("ChannelShuffle", {"groups": 2}).output_shape(IMAGE)
