from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cnnviz.errors import UsageError
from cnnviz.io.images import DecodedImage
from cnnviz.layers import all_kinds
from cnnviz.layers.average_pooling2d import AveragePooling2D
from cnnviz.render.kit.canvas import ACCENT, EMPTY, PADDING, WINNER
from cnnviz.stack.network import Network
from cnnviz.workflows.animation.film import Film, FilmRequest
from cnnviz.workflows.animation.layer import film_layer, find_layer
from cnnviz.workflows.prepare.input_image import InputImage
from cnnviz.workflows.prepare.preparation import Preparation
from cnnviz.workflows.prepare.request import StackRequest
from tests.helpers.rows import each

KINDS: dict[str, dict[str, Any]] = {
    "Conv2D": {"filters": 4, "kernel_size": 3, "padding": 1, "strides": 2, "activation": "relu"},
    "grouped": {"type": "Conv2D", "filters": 4, "kernel_size": 2, "groups": 2, "padding": "same"},
    "dilated": {"type": "Conv2D", "filters": 1, "kernel_size": 2, "dilation_rate": 3, "padding": [1, 0, 2, 1]},
    "DepthwiseConv2D": {"kernel_size": 3, "depth_multiplier": 2, "padding": "same"},
    "SeparableConv2D": {"filters": 3, "kernel_size": [1, 3], "depth_multiplier": 2},
    "Conv2DTranspose": {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same", "activation": "tanh"},
    "MaxPooling2D": {"pool_size": 3, "strides": 2, "padding": "same"},
    "AveragePooling2D": {"pool_size": 2},
}


def prepared(layer: dict[str, Any], shape: tuple[int, int, int] = (6, 5, 4)) -> tuple[Network, InputImage]:
    stack = {"name": "one", "layers": [{"name": "it", **layer}, {"type": "ReLU", "name": "after"}]}
    array = np.random.default_rng(3).integers(-9, 9, shape).astype(np.float64)
    preparation = Preparation(StackRequest(config=stack))
    image = InputImage(DecodedImage(array, is_array=True, sha256=""), preparation.stack.input)
    return preparation.network_to(shape, "it"), image


def film(layer: dict[str, Any], shape: tuple[int, int, int] = (6, 5, 4), **options: Any) -> Film:
    return film_layer(*prepared(layer, shape), "it", FilmRequest(**options))


def pixels_of(frame: NDArray[np.uint8], color: tuple[int, int, int]) -> int:
    return int(((frame[..., 0] == color[0]) & (frame[..., 1] == color[1]) & (frame[..., 2] == color[2])).sum())


@each("kind", KINDS)
def test_every_kind_fills_its_output_stop_by_stop(kind: str) -> None:
    layer = {"type": kind, **KINDS[kind]}
    shape = (4, 5, 4)
    rows, columns, channels = prepared(layer, shape)[0].nodes[0].output_shape
    drawn = film(layer, shape, channel=channels - 1, width=400)
    if kind == "Conv2DTranspose":
        rows, columns, _ = shape
    assert drawn.shown == drawn.total == rows * columns
    frames = drawn.frames[: drawn.shown]
    empty = [pixels_of(frame, EMPTY) for frame in frames]
    assert empty == sorted(empty, reverse=True)
    assert empty[0] > empty[-1]
    assert all(pixels_of(frame, ACCENT) > 100 for frame in frames)
    assert len({frame.tobytes() for frame in frames}) == len(frames)
    assert len({frame.shape for frame in drawn.frames}) == 1


def test_padding_is_drawn_where_there_is_any() -> None:
    layer = {"type": "MaxPooling2D", "pool_size": 2, "strides": 2}
    assert pixels_of(film(layer).frames[0], PADDING) == 0
    assert pixels_of(film({**layer, "padding": "same"}).frames[0], PADDING) > 1000


def test_a_maximum_marks_its_winner_and_a_mean_has_none() -> None:
    assert pixels_of(film({"type": "MaxPooling2D"}).frames[0], WINNER) > 100
    assert pixels_of(film({"type": "AveragePooling2D", "pool_size": 2}).frames[0], WINNER) == 0


def test_a_large_layer_stops_at_some_places_and_the_last_frame_stays() -> None:
    drawn = film({"type": "MaxPooling2D", "pool_size": 1}, shape=(40, 60, 1), frames=20, width=300)
    assert drawn.shown <= 20 < drawn.total == 2400
    held = drawn.frames[drawn.shown :]
    assert len(held) == round(2 * drawn.fps)
    assert all(frame is drawn.frames[drawn.shown - 1] for frame in held)
    assert drawn.frames[0].shape[1] == 300


@each("dead", [0.0, np.nan, np.inf, 1e308])
@each("kind", KINDS)
def test_numbers_of_all_sizes_can_be_drawn(kind: str, dead: float) -> None:
    network, image = prepared({"type": kind, **KINDS[kind]})
    image.pixels[:] = dead
    film_layer(network, image, "it", FilmRequest(frames=2, width=400))


def test_a_channel_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(UsageError, match="--channel 4: it has channels 0 to 3"):
        film({"type": "Conv2D", **KINDS["Conv2D"]}, channel=4)


def test_too_many_frames_are_refused_before_they_fill_the_memory() -> None:
    with pytest.raises(UsageError, match="--frames"):
        film({"type": "MaxPooling2D", "pool_size": 1}, shape=(40, 60, 1), frames=1000, width=2000)


def test_layers_without_a_window_are_refused_with_those_that_have_one() -> None:
    stack = Preparation(StackRequest(config="lenet5")).stack
    assert find_layer(stack, "conv_1").name == "conv_1"
    with pytest.raises(UsageError, match=r'Flatten "flatten" cannot be animated.*conv_1, '):
        find_layer(stack, "flatten")
    with pytest.raises(UsageError, match="did you mean `conv_1`"):
        find_layer(stack, "conv_11")
    flat = Preparation(StackRequest(config={"layers": ["Flatten"]})).stack
    with pytest.raises(UsageError, match="nor does it in any other layer"):
        find_layer(flat, "flatten")


def test_every_kind_that_moves_is_filmed_here() -> None:
    moving = {kind for kind, layer in all_kinds().items() if layer.motion is not None}
    assert moving == {fields.get("type", name) for name, fields in KINDS.items()}


def test_terms_without_weights_are_no_panel(monkeypatch: pytest.MonkeyPatch) -> None:
    explain = AveragePooling2D.explain

    def with_terms(self: AveragePooling2D, *arguments: Any) -> Any:
        found = explain(self, *arguments)
        (stage,) = found.stages
        patches = tuple(patch._replace(terms=patch.values / patch.values.size) for patch in stage.patches)
        return found._replace(stages=(stage._replace(patches=patches),))

    plain = film({"type": "AveragePooling2D", "pool_size": 2})
    monkeypatch.setattr(AveragePooling2D, "explain", with_terms)
    drawn = film({"type": "AveragePooling2D", "pool_size": 2})
    np.testing.assert_array_equal(drawn.frames[0], plain.frames[0])
