"""SpaceToDepth."""

import numpy as np
import pytest
from hypothesis import strategies as st

from cnnviz.config.load import load_stack
from cnnviz.errors import LayerError
from cnnviz.stack.reach import reach
from tests.helpers.examples import make, run

EXAMPLES = [
    ({"block_size": 2}, [(4, 6, 3)]),
    ({"block_size": 2, "mode": "CRD"}, [(2, 6, 3)]),
    ({"block_size": 3}, [(6, 3, 1)]),
]
ARGUMENTS = {"block_size": st.sampled_from([1, 2, 3]), "mode": st.sampled_from(["DCR", "CRD"])}


def test_pixels_become_channels():
    image = [[[0, 6], [1, 7]], [[12, 18], [13, 19]]]
    assert run("SpaceToDepth", {"block_size": 2}, image).tolist() == [[[0, 6, 1, 7, 12, 18, 13, 19]]]
    assert run("SpaceToDepth", {"block_size": 2, "mode": "CRD"}, image).tolist() == [[[0, 1, 12, 13, 6, 7, 18, 19]]]


@pytest.mark.parametrize("mode", ["DCR", "CRD"])
def test_it_is_undone_by_depth_to_space(mode):
    image = np.random.default_rng(0).normal(0, 1, (6, 9, 2))
    there = run("SpaceToDepth", {"block_size": 3, "mode": mode}, image)
    np.testing.assert_array_equal(run("DepthToSpace", {"block_size": 3, "mode": mode}, there), image)


def test_blocks_must_fill_the_map():
    with pytest.raises(LayerError, match=r"5x4x1.*pad or crop"):
        make("SpaceToDepth", {"block_size": 2}).output_shape((5, 4, 1))


def test_a_value_depends_on_one_pixel_and_a_map_on_all_of_a_block():
    layers = [{"type": "SpaceToDepth", "block_size": 2}, {"type": "Conv2D", "filters": 1, "kernel_size": 2}]
    nodes = load_stack({"input": {"color": "gray"}, "layers": layers}).build((8, 8, 1)).nodes
    assert [node.receptive_field.size for node in nodes] == [(2, 2), (4, 4)]
    found = reach(nodes[:1], (1, 2, 3), (8, 8, 1))
    assert np.argwhere(found.mask()).tolist() == [[3, 5]]
    assert reach(nodes, (0, 0, 0), (8, 8, 1)).mask()[:4, :4].all()
