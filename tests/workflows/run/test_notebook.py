"""How stacks, networks, runs and layers show themselves in a notebook."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import cnnviz
from cnnviz.io.png import decode_png
from cnnviz.stack.notebook import cells, table
from tests import gallery

VOID = {"img"}


class Page(HTMLParser):
    """Reads the cells of tables and the pictures; holds that all tags are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.images: list[NDArray[np.uint8]] = []
        self._open: list[str] = []
        self.feed(text)
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag == "img":
            given = dict(attrs)
            assert given["alt"]
            source = given["src"] or ""
            assert source.startswith("data:image/png;base64,")
            self.images.append(decode_png(base64.b64decode(source.partition(",")[2])))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "td" in self._open or "th" in self._open:
            self.rows[-1][-1] += data


@pytest.fixture(scope="module")
def trace() -> cnnviz.Trace:
    return cnnviz.run("sample:digit", "lenet5")


def test_a_stack_shows_its_layers_and_the_fields_that_they_set() -> None:
    rows = Page(cnnviz.load_stack("residual")._repr_html_()).rows
    assert rows[0] == ["", "layer", "type", "reads", "fields"]
    assert rows[6] == ["6", "add", "Add", "relu_1, conv_3", ""]
    assert rows[10][:4] == ["10", "coarse", "Conv2D", "pool"]
    assert set(rows[10][4].split(", ")) == {"kernel_size=7", "padding=same", "filters=4"}
    literal = Page(cnnviz.load_stack("l3")._repr_html_()).rows[1][4]
    assert "kernel_initializer=filters" in literal and "use_bias=False" in literal


def test_a_network_shows_what_the_report_says(trace: cnnviz.Trace) -> None:
    rows = Page(trace.network._repr_html_()).rows
    assert rows[1] == ["1", "conv_1", "Conv2D tanh", "28x28x6", "156", "117,600"]
    for column in (4, 5):
        numbers = [int(row[column].replace(",", "")) for row in rows[1:]]
        assert sum(numbers[:-1]) == numbers[-1]


def test_a_run_shows_the_input_and_every_layer_with_its_range_and_first_maps(trace: cnnviz.Trace) -> None:
    page = Page(trace._repr_html_())
    assert [row[1] for row in page.rows] == ["layer", "input", *trace]
    assert len(page.images) == 1 + len(trace)
    low, high = trace["conv_1"].range
    assert page.rows[2][3:5] == ["28x28x6", f"{low:.6g} to {high:.6g}"]
    assert all(image.shape[0] <= 120 and image.shape[1] <= 480 for image in page.images)


def test_a_layer_shows_the_picture_that_image_returns(trace: cnnviz.Trace) -> None:
    layer = trace["conv_1"]
    html = layer._repr_html_()
    assert "conv_1: Conv2D tanh, 28x28x6, " in html
    np.testing.assert_array_equal(Page(html).images[0], layer.image())
    np.testing.assert_array_equal(decode_png(layer._repr_png_()), layer.image())
    assert layer.range == pytest.approx((layer.array.min(), layer.array.max()))
    assert layer.image(max_maps=2).size < layer.image().size


def test_a_run_of_a_trained_network_begins_with_what_was_recognised(trace: cnnviz.Trace) -> None:
    assert trace.recognition is None, "made-up weights take it for anything"
    digit = cnnviz.run("sample:digit", "mnist_two_conv", weights=gallery.WEIGHTS[1])
    found = digit.recognition
    assert found is not None and found.likely[0].name == "3"
    logits = digit["dense_1"].array
    assert [one.unit for one in found.likely] == np.argsort(-logits)[:5].tolist()
    assert found.likely[0].score == logits.max()
    html = digit._repr_html_()
    page = Page(html)
    assert "taken for 3, 99.9 %; &lt; 0.1 % for the other 5 classes" in html
    assert page.rows[0] == ["class", "", "score", "", "probability"]
    assert page.rows[1][::2] == ["3", f"{logits.max():.6g}", "99.9 %"]


def test_a_class_layer_shows_its_units_as_bars_with_names(trace: cnnviz.Trace) -> None:
    html = trace["dense_2"]._repr_html_()
    rows = Page(html).rows[1:]
    order = np.argsort(-trace["dense_2"].array, kind="stable")
    assert [row[0] for row in rows] == [str(unit) for unit in order]
    widths = [float(width) for width in re.findall(r"width: ([\d.]+)%", html)]
    np.testing.assert_allclose(widths, 100 * trace["dense_2"].array[order], atol=0.01)


def test_a_vector_is_cells_of_a_size_that_fits_a_row(trace: cnnviz.Trace) -> None:
    *_, flat, hidden, classes = Page(trace._repr_html_()).images
    assert all(90 <= max(image.shape[:2]) <= 124 for image in (flat, hidden))
    assert classes.shape[1] >= 400


@pytest.mark.parametrize("channels", [1, 2, 3, 5])
def test_arrays_of_any_number_of_channels_can_be_shown(channels: int) -> None:
    stack: dict[str, Any] = {"layers": [{"type": "Conv2D", "filters": 2, "kernel_size": 2}, "Flatten"]}
    pixels = np.full((9, 700, channels), np.nan)
    page = Page(cnnviz.run(pixels, stack)._repr_html_())
    assert len(page.images) == 3
    assert page.rows[2][4] == "nothing finite"


def test_nothing_is_loaded_and_everything_is_escaped(trace: cnnviz.Trace) -> None:
    for shown in (trace, trace.stack, trace.network, trace["dense_2"]):
        assert not re.search(r"https?:|<script|<link|src=\"(?!data:)", shown._repr_html_())
    page = Page(table("<b>&", ["<i>"], [cells(["<script>alert(1)</script>"])]))
    assert page.rows == [["<i>"], ["<script>alert(1)</script>"]]
