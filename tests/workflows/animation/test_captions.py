"""Every word of an animation stays in its frame and clear of the others; padding is drawn on all sides that have it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cnnviz.io.images import DecodedImage
from cnnviz.render.animation.maps import MapPanel
from cnnviz.render.classes import LikelyClass, Recognition
from cnnviz.render.kit.canvas import Canvas
from cnnviz.render.kit.lettering import font
from cnnviz.workflows.animation import through
from cnnviz.workflows.animation.film import FilmRequest
from cnnviz.workflows.animation.layer import film_layer
from cnnviz.workflows.animation.through import film_through
from cnnviz.workflows.prepare.input_image import InputImage
from cnnviz.workflows.prepare.preparation import Preparation
from cnnviz.workflows.prepare.request import StackRequest
from tests.helpers.rows import each

LONG = "a_layer_whose_name_is_as_long_as_a_name_may_be_" + "x" * 53
SIZES = {
    "narrow": FilmRequest(width=400),
    "usual": FilmRequest(),
    "slide": FilmRequest(aspect=16 / 9, width=800),
    "square": FilmRequest(aspect=1.0),
}
LAYERS: dict[str, dict[str, Any]] = {
    "conv": {"type": "Conv2D", "filters": 2, "kernel_size": 3, "padding": 1, "strides": 2},
    "sep": {"type": "SeparableConv2D", "filters": 3, "kernel_size": 2, "depth_multiplier": 2},
    "up": {"type": "Conv2DTranspose", "filters": 2, "kernel_size": 3, "strides": 2, "activation": "tanh"},
    "pool": {"type": "MaxPooling2D", "pool_size": 3, "strides": 2, "padding": "same"},
}
NAMES = ("a class", "\u732b" * 40, "\u05d7\u05ea\u05d5\u05dc" * 9, "\U0001f408" * 30, "very " * 30)


def prepared(layers: list[dict[str, Any]], shape: tuple[int, int, int], scale: float = 1.0) -> Any:
    array = np.random.default_rng(3).normal(size=shape) * scale
    preparation = Preparation(StackRequest(config={"name": "one", "layers": layers}))
    image = InputImage(DecodedImage(array, is_array=True, sha256=""), preparation.stack.input)
    return preparation.network(shape), image


@contextmanager
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[Canvas, str, NDArray[np.float64]]]]:
    """Note where each line of text is drawn: left, top, right, bottom, in pixels."""
    found = []

    def note(canvas: Canvas, place: tuple[float, float], words: str, fill: Any, letters: Any, anchor: str) -> None:
        if words:
            left, top, right, bottom = letters.getbbox(words, anchor=anchor)
            found.append((canvas, words, np.array([left, top, right, bottom]) + np.array([*place, *place])))

    shortened = Canvas.text

    def text(self: Canvas, x: float, y: float, words: str, size: int = 12, *arguments: Any, **options: Any) -> None:
        names = dict(zip(("color", "anchor", "bold", "room"), arguments, strict=False)) | options
        if "room" in names:
            words = self.shortened(words, names["room"], size, names.get("bold", False))
        letters = font(self._pixels(size), names.get("bold", False))
        note(self, (x * self.scale, y * self.scale), words, None, letters, names.get("anchor", "la"))
        shortened(self, x, y, words, size, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Canvas, "text", text)
        yield found


def hold(found: list[tuple[Canvas, str, NDArray[np.float64]]]) -> None:
    """Check that no line leaves its frame, and none of a frame covers another."""
    assert found
    frames: dict[int, list[tuple[str, NDArray[np.float64]]]] = {}
    for canvas, words, box in found:
        width, height = canvas.image.size
        assert box[0] >= -1 and box[1] >= -1 and box[2] <= width + 1 and box[3] <= height + 1, (words, box, width)
        frames.setdefault(id(canvas), []).append((words, box))
    for lines in frames.values():
        boxes = np.array([box for _, box in lines])
        low, high = (np.maximum if part == 0 else np.minimum for part in (0, 1))
        across = high(boxes[:, None, 2], boxes[:, 2]) - low(boxes[:, None, 0], boxes[:, 0])
        down = high(boxes[:, None, 3], boxes[:, 3]) - low(boxes[:, None, 1], boxes[:, 1])
        both = (across > 1) & (down > 1) & ~np.eye(len(boxes), dtype=bool)
        assert not both.any(), [(lines[i], lines[j]) for i, j in np.argwhere(both)[:3]]


@each(("kind", "size"), [("conv", "narrow"), ("up", "slide")])
def test_no_word_of_a_layer_at_work_leaves_its_room(kind: str, size: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hold_words_of_a_layer(kind, SIZES[size], (5, 6, 4), monkeypatch)


@pytest.mark.slow
@each("size", SIZES)
@each("kind", LAYERS)
@each("shape", [(5, 6, 4), (40, 30, 3)], ids=["small", "large"])
def test_no_word_of_any_layer_at_work_leaves_its_room(
    kind: str, size: str, shape: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_words_of_a_layer(kind, SIZES[size], shape, monkeypatch)


def hold_words_of_a_layer(
    kind: str, request_: FilmRequest, shape: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {"type": "ReLU", "name": f"b{LONG[1:]}"}
    made = prepared([before, {**LAYERS[kind], "name": LONG}], shape, scale=1234.5)
    with recorded(monkeypatch) as found:
        film_layer(*made, LONG, request_._replace(frames=1))
    hold(found)


@pytest.mark.slow
@each("size", SIZES)
@each("units", [2, 10, 33, 1000])
def test_no_word_of_the_way_through_a_stack_leaves_its_room(
    units: int, size: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = prepared([{"type": "Flatten", "name": LONG}, {"type": "Dense", "name": "d", "units": units}], (5, 6, 3), 1e4)
    likely = tuple(LikelyClass(n, name, -123456.789 / (n + 1), 0.2) for n, name in enumerate(NAMES))
    for recognised in (None, Recognition(likely, 995, 1e-9)):
        monkeypatch.setattr(through, "recognise", lambda *_, known=recognised: known)
        with recorded(monkeypatch) as found:
            film_through(*made, SIZES[size]._replace(frames=1))
        hold(found)


@each(
    ("layer", "sides"),
    [
        ({"type": "Conv2D", "filters": 1, "kernel_size": 3, "padding": 1, "strides": 2}, (1, 1, 1, 1)),
        ({"type": "Conv2D", "filters": 1, "kernel_size": 2, "padding": "same"}, (0, 1, 0, 1)),
        ({"type": "Conv2D", "filters": 1, "kernel_size": 1, "padding": [2, 3, 0, 4], "strides": 5}, (2, 3, 0, 4)),
        ({"type": "MaxPooling2D", "pool_size": 3, "padding": "same"}, (0, 0, 0, 1)),
        ({"type": "MaxPooling2D", "pool_size": 3}, (0, 0, 0, 0)),
    ],
)
def test_padding_is_drawn_on_every_side_that_has_it(
    layer: dict[str, Any], sides: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = []
    draw = MapPanel.draw
    monkeypatch.setattr(MapPanel, "draw", lambda self, *_, **__: [drawn.append(self._padding), draw(self, *_, **__)])
    film_layer(*prepared([{**layer, "name": "it"}], (6, 5, 1)), "it", FilmRequest(frames=1))
    assert drawn[0] == sides


def test_a_cell_with_all_digits_is_not_called_rounded_and_any_other_is(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = {"type": "AveragePooling2D", "pool_size": 2, "name": "it"}
    for scale, cut in ((1.0, True), (0.0, False)):
        with recorded(monkeypatch) as found:
            film_layer(*prepared([layer], (4, 4, 1), scale), "it", FilmRequest(frames=1))
        words = " ".join(line for _, line, _ in found)
        assert ("rounded" in words or "\N{ALMOST EQUAL TO}" in words) == cut
