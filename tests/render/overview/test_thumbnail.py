from __future__ import annotations

import base64

import cv2
import numpy as np
import pytest

from cnnviz.render.overview.thumbnail import SIDE, thumbnail


def decode(uri: str) -> np.ndarray:
    head, _, data = uri.partition(",")
    assert head == "data:image/webp;base64"
    return cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR_RGB)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((300, 451), (64, 96)), ((451, 300, 3), (96, 64)), ((50, 60), (50, 60)), ((1, 4000), (1, 96)), ((1, 1), (1, 1))],
)
def test_sizes_keep_their_proportions(shape, expected):
    small = thumbnail("", np.full(shape, 100, np.uint8))
    assert (small.height, small.width) == expected
    assert decode(small.source).shape[:2] == expected
    assert max(expected) <= SIDE


def test_the_smallest_pictures_lose_nothing():
    levels = np.random.default_rng(0).integers(0, 256, (28, 28, 3), np.uint8)
    np.testing.assert_array_equal(decode(thumbnail("", levels).source), levels)


def test_colours_stay_in_their_order_and_close():
    levels = np.zeros((200, 300, 3), np.uint8)
    levels[:, :150] = 230, 40, 10
    levels[:, 150:] = 10, 60, 200
    shown = decode(thumbnail("", levels).source).astype(int)
    assert np.abs(shown[32, 20] - levels[0, 0]).max() < 12
    assert np.abs(shown[32, 80] - levels[0, -1]).max() < 12


def test_the_same_picture_gives_the_same_bytes():
    levels = np.random.default_rng(0).integers(0, 256, (120, 130), np.uint8)
    assert thumbnail("", levels) == thumbnail("", levels.copy())
    assert len(thumbnail("", levels).source) < 10_000
