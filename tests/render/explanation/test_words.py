"""No word of a figure leaves its page or covers another, whatever is explained and however long names are."""

from __future__ import annotations

from typing import Any

import cv2
import msgspec
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from cnnviz.io.matplotlib import drawing
from cnnviz.render.classes import LikelyClass, Recognition
from cnnviz.render.explanation.figure import to_figure
from cnnviz.render.explanation.model import ExplainedValue
from tests.helpers.examples import all_examples
from tests.helpers.explained import explained
from tests.helpers.rows import each

ASPECTS = (None, 16 / 9, 4 / 3, 9 / 16, 4.0)
LONG = "a_layer_whose_name_is_as_long_as_a_name_may_be_" + "x" * 53
NAMES = ("a class", "\u732b" * 40, "\u05d7\u05ea\u05d5\u05dc" * 9, "\U0001f408" * 30, "very " * 30)


def drawn_texts(figure: Figure) -> list[Text]:
    """Return all texts, and of the numbers along axes those that are within their ends."""
    found = []
    for axes in figure.axes:
        found += axes.texts
        for axis in (axes.xaxis, axes.yaxis) if axes.axison else ():
            low, high = sorted(axis.get_view_interval())
            found += [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return found


def overlap(value: ExplainedValue, aspect: float | None) -> list[tuple[str, ...]]:
    """Draw a figure, and return texts that leave it or cover each other."""
    from cnnviz.render.explanation.figure.page import explanation_figure

    with drawing({"svg.fonttype": "none"}):
        figure = explanation_figure(value, aspect)
        figure.set_dpi(150)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        renderer = canvas.get_renderer()
        texts = [text for text in drawn_texts(figure) if text.get_text() not in ("", "\N{MIDDLE DOT}")]
        boxes = np.array([text.get_window_extent(renderer).extents for text in texts])
    width, height = canvas.get_width_height()
    out = (boxes[:, :2] < -1).any(axis=1) | (boxes[:, 2] > width + 1) | (boxes[:, 3] > height + 1)
    across = np.minimum(boxes[:, None, 2], boxes[:, 2]) - np.maximum(boxes[:, None, 0], boxes[:, 0])
    # The extent of a line is higher than its letters.
    down = np.minimum(boxes[:, None, 3], boxes[:, 3]) - np.maximum(boxes[:, None, 1], boxes[:, 1])
    both = np.argwhere((across > 1) & (down > 7) & ~np.eye(len(boxes), dtype=bool))
    words = [text.get_text() for text in texts]
    return [(words[i],) for i in np.flatnonzero(out)] + [(words[i], words[j]) for i, j in both]


def example(folder: Any, kind: str, arguments: Any, shapes: Any, name: str = "it") -> ExplainedValue:
    """Explain a value of an example: of a stack that flattens what is read, where that is a vector."""
    inputs = {"inputs": ["input"] * len(shapes)} if len(shapes) > 1 else {}
    layers: list[dict[str, Any]] = [{"type": kind, "name": name, **arguments, **inputs}]
    shape = shapes[0]
    if len(shape) == 1:
        layers, shape = [{"type": "Flatten", "name": "vector"}, *layers], (2, 2, shape[0] // 4)
        layers[1] |= {"inputs": ["vector"] * len(shapes)}
    return explained(folder, layers, np.random.default_rng(4).normal(0, 123.4, shape))


@pytest.mark.slow
@pytest.mark.parametrize("aspect", [None, 16 / 9], ids=["page", "slide"])
@pytest.mark.parametrize("kinds", ["ABC", "DEFGHIJKL", "MNOPQR", "STUVWXYZ"])
def test_every_kind_has_room(kinds, aspect, tmp_path):
    found = {some[0]: some for some in all_examples() if some[0][0] in kinds and len(set(some[2])) == 1}
    assert found
    for kind, arguments, shapes, name in found.values():  # the last example of each, which says the most
        assert not overlap(example(tmp_path, kind, arguments, shapes), aspect), name


@pytest.mark.slow
@each("aspect", ASPECTS)
def test_long_names_and_classes_in_all_scripts_have_room(aspect, tmp_path):
    layers = [{"type": "Flatten", "name": f"b{LONG[1:]}"}, {"type": "Dense", "name": LONG, "units": 1000}]
    value = explained(tmp_path, layers, np.random.default_rng(4).normal(0, 1e4, (9, 9, 12)))
    likely = tuple(LikelyClass(n, name, -123456.789 / (n + 1), 0.2) for n, name in enumerate(NAMES))
    fields = {"unit_class": NAMES[1], "classes": NAMES * 200, "recognition": Recognition(likely, 995, 1e-9)}
    assert not overlap(msgspec.structs.replace(value, **fields), aspect)


def test_a_slide_has_the_pixels_of_its_shape(tmp_path):
    value = example(tmp_path, "MaxPooling2D", {}, [(4, 4, 1)])
    for aspect, size in ((16 / 9, (1080, 1920)), (9 / 16, (1920, 1080))):
        png = cv2.imdecode(np.frombuffer(to_figure(value, ".png", aspect), np.uint8), cv2.IMREAD_COLOR)
        assert png.shape[:2] == size


def test_padding_is_drawn_on_all_sides_that_have_it(tmp_path):
    from cnnviz.render.explanation.figure.pictures import panels_of

    layer = {"type": "Conv2D", "name": "it", "filters": 1, "kernel_size": 3, "padding": [1, 2, 0, 1], "strides": 3}
    value = explained(tmp_path, [layer], np.ones((6, 7, 1)))
    (rows, columns) = panels_of(value)[0].shown()
    assert (rows, columns) == ((-1.5, 5.5 + 1.5), (-0.5, 6.5 + 1.0))
