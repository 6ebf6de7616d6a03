"""Pictures of waves, shaking and the ascent: gradients by finite differences, and what grows."""

from __future__ import annotations

import numpy as np
import pytest

import cnnviz
from cnnviz.maximization.ascent import Ascent, Recipe, _variation_slope
from cnnviz.maximization.fourier import FourierPictures
from cnnviz.maximization.warp import Shaking, Warp
from tests.helpers.networks import with_random_weights
from tests.helpers.rows import each

RNG = np.random.default_rng(0)
SHAPES = [(6, 8, 3), (5, 7, 1), (1, 1, 1), (4, 1, 2), (1, 5, 3)]


@each("shape", SHAPES)
def test_the_way_back_through_waves(shape: tuple[int, int, int]) -> None:
    pictures = FourierPictures(shape)
    vectors = RNG.normal(0, 0.5, (2, pictures.length))
    levels = pictures.levels(vectors)
    assert levels.shape == (2, *shape)
    weights = RNG.normal(0, 1, levels.shape)
    found = pictures.back(levels, weights)
    along = RNG.normal(0, 1, vectors.shape)
    step = 1e-6
    ends = [(pictures.levels(vectors + sign * step * along) * weights).sum(axis=(1, 2, 3)) for sign in (1, -1)]
    np.testing.assert_allclose((found * along).sum(axis=1), (ends[0] - ends[1]) / (2 * step), rtol=1e-6, atol=1e-7)


@each("shape", SHAPES)
def test_a_picture_comes_back_from_its_waves(shape: tuple[int, int, int]) -> None:
    pictures = FourierPictures(shape)
    picture = RNG.uniform(0.1, 0.9, shape)
    np.testing.assert_allclose(pictures.levels(pictures.of(picture)[None])[0], picture, atol=1e-9)
    extremes = pictures.levels(pictures.of(np.round(picture))[None])[0]
    np.testing.assert_allclose(extremes, np.round(picture), atol=0.021)


def test_unshaken_pictures_stay_as_they_are() -> None:
    picture = RNG.uniform(0, 1, (2, 5, 6, 3))
    np.testing.assert_allclose(Warp((5, 6), (0, 0), 0, 1).apply(picture), picture, atol=1e-12)
    np.testing.assert_allclose(
        Warp((5, 5), (0, 0), 90, 1).apply(picture[:, :, :5]), np.rot90(picture[:, :, :5], 1, (1, 2))
    )
    moved = Warp((5, 6), (2, -1), 0, 1).apply(picture)
    np.testing.assert_allclose(moved[:, 2:, :-1], picture[:, :-2, 1:], atol=1e-12)
    np.testing.assert_allclose(moved[:, 1, :-1], picture[:, 0, 1:], atol=1e-12, err_msg="mirrored")


def test_the_way_back_through_shaking_is_the_adjoint() -> None:
    warp = Warp.random((7, 6), Shaking(3, 20, 0.2), np.random.default_rng(1))
    one, other = RNG.normal(0, 1, (2, 3, 7, 6, 2))
    assert (warp.apply(one) * other).sum() == pytest.approx((one * warp.back(other)).sum())


def test_the_slope_of_the_total_variation() -> None:
    levels, along = RNG.uniform(0, 1, (2, 1, 5, 4, 2))

    def variation(at: np.ndarray) -> float:
        down, across = np.zeros(at.shape), np.zeros(at.shape)
        down[:, :-1] = at[:, 1:] - at[:, :-1]
        across[:, :, :-1] = at[:, :, 1:] - at[:, :, :-1]
        return float(np.sqrt(down**2 + across**2 + 1e-4).sum())

    wanted = (variation(levels + 1e-6 * along) - variation(levels - 1e-6 * along)) / 2e-6
    assert (_variation_slope(levels) * along).sum() == pytest.approx(wanted, rel=1e-6)


NETWORK = with_random_weights(
    cnnviz.load_stack(
        {
            "input": {"color": "bgr", "scale": 1 / 255, "mean": [0.4, 0.5, 0.6], "std": [0.2, 0.3, 0.25]},
            "layers": [
                {"type": "Conv2D", "name": "conv", "filters": 4, "kernel_size": 3, "activation": "tanh"},
                {"type": "MaxPooling2D", "name": "pool"},
                {"type": "Conv2D", "name": "last", "filters": 3, "kernel_size": 3},
            ],
        }
    ).build((12, 14, 3), dtype="float64")
)
RECIPE = Recipe(steps=40, shaking=Shaking(1, 5, 0.05), seed=3)


def test_what_is_asked_for_grows_and_hangs_on_no_other_channel() -> None:
    both = Ascent(NETWORK, [0, 2], RECIPE)
    seen = []
    pixels = both.run(lambda step, levels: seen.append((step, levels.copy())))
    assert [step for step, _ in seen] == list(range(41))
    start = both.values(255 * seen[0][1][..., ::-1])
    assert pixels.min() >= 0
    assert pixels.max() <= 255
    noise = [both.values(RNG.uniform(0, 255, pixels.shape)) for _ in range(20)]
    assert (both.values(pixels) > np.max([start, *noise], axis=0)).all(), "more than for any noise"
    alone = Ascent(NETWORK, [2], RECIPE).run()
    np.testing.assert_allclose(alone[0], pixels[1], atol=1e-6)
    np.testing.assert_allclose(pixels, 255 * seen[-1][1][..., ::-1])


def test_a_layer_answers_more_to_a_dream_that_begins_with_a_picture() -> None:
    picture = RNG.uniform(60, 200, (12, 14, 3))
    dream = Ascent(NETWORK, [None], RECIPE._replace(steps=15), picture)
    seen = []
    pixels = dream.run(lambda step, levels: seen.append(levels.copy()))
    np.testing.assert_allclose(255 * seen[0][0][..., ::-1], picture, atol=1e-6)
    assert dream.values(pixels) > 1.2 * dream.values(picture[None])
    assert np.corrcoef(pixels.ravel(), picture.ravel())[0, 1] > 0.3


def test_variation_makes_smoother_pictures() -> None:
    rough, smooth = (Ascent(NETWORK, [1], RECIPE._replace(variation=weight)).run()[0] for weight in (0.0, 3.0))
    assert np.abs(np.diff(smooth, axis=0)).mean() < np.abs(np.diff(rough, axis=0)).mean()
