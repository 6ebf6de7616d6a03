"""UpSampling2D."""

from fractions import Fraction

from examples import make, run


def test_nearest_repeats_pixels():
    assert run("UpSampling2D", {"size": [1, 2]}, [[[1], [2]]]).tolist() == [[[1], [1], [2], [2]]]


def test_bilinear_draws_lines_between_centres():
    out = run("UpSampling2D", {"size": [1, 2], "interpolation": "bilinear"}, [[[0], [4]]])
    assert out.tolist() == [[[0], [1], [3], [4]]]


def test_windows_step_by_a_fraction():
    nearest = make("UpSampling2D", {"size": [2, 3]}).window((4, 4, 1))
    assert nearest == ((1, 1), (Fraction(1, 2), Fraction(1, 3)), (0, 0))
    bilinear = make("UpSampling2D", {"size": [1, 3], "interpolation": "bilinear"}).window((4, 4, 1))
    assert bilinear == ((1, 2), (1, Fraction(1, 3)), (0, Fraction(-1, 3)))
