"""Ten digits, written for cnnviz: `python -m tests.handwriting` draws them anew into `sample_images/digits`.

A digit is what a pen does: strokes along smooth curves, heavier here and there, with a slant and a little tremor. It is
brought to the form of MNIST: white on black, its longer side 20 pixels, its centre of mass in the middle of 28x28.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.io.png import encode_png

FOLDER = Path(__file__).parent.parent / "sample_images" / "digits"
SIDE, BOX = 28, 20
_FINE = 24
"""Dots of the drawing for a pixel."""


class Hand(NamedTuple):
    """How a digit was written.

    Attributes:
        strokes: Points that the pen passes, from where it is set down, `x,y` in hundredths of the height, y down.
        width: Of the line, in pixels.
        slant: How far to the right the top leans, for a height of one.
        seed: Of the tremor.
    """

    strokes: Sequence[str]
    width: float = 2.2
    slant: float = 0.12
    seed: int = 0


DIGITS = (
    Hand(["60,4 36,9 16,36 14,70 32,97 58,93 78,64 80,28 64,5 50,8"], 2.3, 0.1, 10),
    Hand(["50,2 46,30 40,66 38,100"], 2.5, 0.18, 11),
    Hand(["14,26 26,6 54,2 74,20 66,46 40,74 13,95 20,93 46,90 88,97"], 2.2, 0.08, 12),
    Hand(["18,12 42,1 70,10 70,32 42,47 44,48 74,60 78,84 50,100 14,90"], 2.3, 0.06, 13),
    Hand(["26,2 20,26 14,54 34,60 62,56 86,50", "70,10 66,44 62,74 58,100"], 2.2, 0.1, 14),
    Hand(["30,4 26,24 22,44 44,38 70,52 72,78 46,98 14,92", "30,5 54,6 84,1"], 2.2, 0.1, 15),
    Hand(["64,2 42,16 24,46 18,76 34,98 60,94 74,74 60,57 38,64 24,80"], 2.2, 0.06, 16),
    Hand(["12,12 20,8 48,9 78,4 76,10 60,38 48,66 40,100"], 2.4, 0.04, 17),
    Hand(["72,14 50,2 28,14 32,36 58,54 72,76 52,98 26,88 28,66 54,44 72,24 70,12"], 2.1, 0.1, 18),
    Hand(["74,16 54,2 28,12 22,36 42,50 66,38 76,12 74,44 68,74 60,100"], 2.2, 0.08, 19),
)
"""The hand behind each digit, in their order."""


def draw(hand: Hand) -> NDArray[np.uint8]:
    """Write a digit: `(28, 28)`, ink is 255."""
    random = np.random.default_rng(hand.seed)
    points = [np.array([point.split(",") for point in stroke.split()], float) / 100 for stroke in hand.strokes]
    paths = [_shaky(_smooth(stroke), random) for stroke in points]
    for path in paths:
        path[:, 0] += hand.slant * (1 - path[:, 1])
    low = np.min([path.min(axis=0) for path in paths], axis=0)
    high = np.max([path.max(axis=0) for path in paths], axis=0)
    scale = (BOX - hand.width) / (high - low).max()
    paths = [(path - low) * scale for path in paths]
    size = SIDE * 2
    ink = np.zeros((size * _FINE, size * _FINE))
    for path in paths:
        _press(ink, (path + size / 4) * _FINE, hand.width * _FINE / 2, random)
    gray = ink.reshape(size, _FINE, size, _FINE).mean(axis=(1, 3))
    rows, columns = (np.average(np.arange(size), weights=gray.sum(axis=axis)) for axis in (1, 0))
    top, left = round(rows - (SIDE - 1) / 2), round(columns - (SIDE - 1) / 2)
    level = 255 * np.minimum(1, 1.12 * gray[top : top + SIDE, left : left + SIDE])
    return (level + 0.5).astype(np.uint8)


def _smooth(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pass through points on a curve without corners (Catmull and Rom, 1974), in small steps."""
    padded = np.concatenate([[2 * points[0] - points[1]], points, [2 * points[-1] - points[-2]]])
    t = np.linspace(0, 1, 60, endpoint=False)[:, None]
    parts = []
    for before, start, end, after in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        slope = end - before
        square = 2 * before - 5 * start + 4 * end - after
        cube = 3 * start - before - 3 * end + after
        parts.append(start + (slope * t + square * t**2 + cube * t**3) / 2)
    return np.concatenate([*parts, points[-1:]])


def _shaky(path: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """Let the hand stray, slowly, by about a fiftieth of the height."""
    along = np.linspace(0, 1, len(path))
    for axis in (0, 1):
        for wave in (1.5, 2.5, 4.5):
            path[:, axis] += random.normal(0, 0.012 / wave) * np.sin(2 * np.pi * (wave * along + random.random()))
    return path


def _press(ink: NDArray[np.float64], path: NDArray[np.float64], radius: float, random: np.random.Generator) -> None:
    """Draw a path with a round pen that is pressed harder here and there, and lifted at the end."""
    along = np.linspace(0, 1, len(path))
    pressure = (
        1 + 0.14 * np.sin(2 * np.pi * (1.3 * along + random.random())) - 0.22 * np.maximum(0, along - 0.75) / 0.25
    )
    for (x, y), press in zip(path, pressure, strict=True):
        reach = radius * press
        top, left = int(y - reach), int(x - reach)
        bottom, right = int(y + reach) + 2, int(x + reach) + 2
        rows, columns = np.ogrid[top:bottom, left:right]
        disc = np.hypot(rows - y, columns - x) <= reach
        np.maximum(ink[top:bottom, left:right], disc, out=ink[top:bottom, left:right])


def main() -> None:
    """Draw the digits anew."""
    folder = Path(sys.argv[1]) if sys.argv[1:] else FOLDER
    folder.mkdir(exist_ok=True)
    for digit, hand in enumerate(DIGITS):
        (folder / f"{digit}.png").write_bytes(encode_png(draw(hand)))


if __name__ == "__main__":
    main()
