"""UpSampling2D."""

from tests.helpers.examples import run


def test_nearest_repeats_pixels():
    assert run("UpSampling2D", {"size": [1, 2]}, [[[1], [2]]]).tolist() == [[[1], [1], [2], [2]]]


def test_bilinear_draws_lines_between_centres():
    out = run("UpSampling2D", {"size": [1, 2], "interpolation": "bilinear"}, [[[0], [4]]])
    assert out.tolist() == [[[0], [1], [3], [4]]]
