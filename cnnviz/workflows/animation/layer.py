"""From a layer and a picture to the scene that is drawn: what the window reads, stop by stop."""

from __future__ import annotations

from typing import Any, TypeGuard

from numpy.typing import NDArray

from cnnviz.config.wording import suggest
from cnnviz.errors import UsageError
from cnnviz.layers.base import Layer
from cnnviz.layers.conv2d_transpose import Conv2DTranspose
from cnnviz.layers.convolving import Convolution
from cnnviz.layers.explaining.records import Explanation
from cnnviz.layers.fields import pair
from cnnviz.layers.pooling import Pooling
from cnnviz.render.animation.scene import ROWS, Moment, Scene, StampScene, places, reach
from cnnviz.render.animation.sliding import SlidingFilm
from cnnviz.render.animation.stamping import StampFilm
from cnnviz.stack.graph import INPUT, title
from cnnviz.stack.network import Network
from cnnviz.stack.prepared import quiet
from cnnviz.stack.spec import Stack
from cnnviz.workflows.animation.film import Film, collect, hold_last, pace
from cnnviz.workflows.input_image import InputImage

Array = NDArray[Any]

WIDTH = 800
"""Pixels across the frames, if nobody says otherwise."""

STOPS = 64
"""Stops of a window, at most, if nobody says otherwise."""

_FASTEST = 10
"""Frames a second: where the window is must be seen each time."""
_COLORS = {"rgb": ("red", "green", "blue"), "bgr": ("blue", "green", "red"), "gray": ("gray",)}

_FARTHEST = 10_000
"""So much padding can be drawn."""


def find_layer(stack: Stack, name: str) -> Convolution | Pooling | Conv2DTranspose:
    """Return the layer to animate.

    Raises:
        UsageError: If there is none of that name, or it has no window that slides.
    """
    able = [layer.name for layer in stack.layers if _slides(layer)]
    layer = next((layer for layer in stack.layers if layer.name == name), None)
    if layer is None:
        raise UsageError(f"there is no layer {name!r}; {suggest(name, able, 'layers with a sliding window are')}")
    if not _slides(layer):
        there = f"layers with a sliding window are {', '.join(able)}" if able else "nor does it in any other layer"
        raise UsageError(f"{title(layer)} cannot be animated: no window slides over its input; {there}")
    return layer


def _slides(layer: Layer) -> TypeGuard[Convolution | Pooling | Conv2DTranspose]:
    return isinstance(layer, Convolution | Pooling | Conv2DTranspose)


def film_layer(
    network: Network,
    image: InputImage,
    name: str,
    *,
    channel: int | None = None,
    frames: int | None = None,
    fps: float | None = None,
    width: int | None = None,
) -> Film:
    """Draw a layer at work.

    Args:
        network: The network, as far as the layer at least.
        image: What enters it.
        name: The layer's, one that `find_layer` takes.
        channel: The output channel to follow; None for the first.
        frames: Stops of the window; None for 64 at most.
        fps: Frames a second; None for a good number.
        width: Of the frames, in pixels; None for 800.

    Raises:
        UsageError: If the layer has no such channel, or the frames are too many.
    """
    layer = find_layer(network.stack, name)
    tensors = network.forward(image.pixels, keep={layer.inputs[0], name})
    source, output = tensors[layer.inputs[0]], tensors[name]
    channel = channel or 0
    if channel >= output.shape[2]:
        raise UsageError(f"--channel {channel}: {name} has channels 0 to {output.shape[2] - 1}")
    with quiet():
        stops = frames or STOPS
        if isinstance(layer, Conv2DTranspose):
            stamping = _stamp_scene(network, image, layer, source, output, channel, stops)
            shown, total = len(stamping.stops), source.shape[0] * source.shape[1]
            drawn = StampFilm(stamping, width or WIDTH).frames()
        else:
            scene = _scene(network, image, layer, source, output, channel, stops)
            shown, total = len(scene.moments), scene.total
            drawn = SlidingFilm(scene, width or WIDTH).frames()
        made = collect(drawn, shown)
    fps = fps or pace(shown, _FASTEST)
    return Film(hold_last(made, fps), fps, shown, total)


def _scene(
    network: Network,
    image: InputImage,
    layer: Convolution | Pooling,
    source: Array,
    output: Array,
    channel: int,
    stops: int,
) -> Scene:
    weights = network.weights.get(layer.name, {})
    rows, columns = output.shape[:2]

    def explain(row: int, column: int) -> Explanation:
        return layer.explain(weights, (row, column, channel), source)

    moments = tuple(Moment(row, column, explain(row, column)) for row, column in places(rows, columns, stops))
    ends = [explain(*corner).stages[0].patches[0] for corner in ((0, 0), (rows - 1, columns - 1))]
    padding = reach(source.shape, *ends)
    if max(padding) > _FARTHEST:
        raise UsageError(
            f"{title(layer)} cannot be animated: its window reaches {max(padding):,} pixels beyond the edge"
        )
    read = moments[0].patch.channels[:ROWS]
    return Scene(
        name=layer.name,
        details=_details(layer),
        source=layer.inputs[0],
        channels=tuple(_channel_name(image, layer.inputs[0], number) for number in read),
        inputs=tuple(source[:, :, number] for number in read),
        padding=padding,
        output=output[:, :, channel],
        channel=channel,
        moments=moments,
        total=rows * columns,
    )


def _stamp_scene(
    network: Network,
    image: InputImage,
    layer: Conv2DTranspose,
    source: Array,
    output: Array,
    channel: int,
    stops: int,
) -> StampScene:
    weights = network.weights[layer.name]
    stamps = layer.sliding(source.shape).transposed()
    dilation, strides = stamps.dilation, stamps.strides
    shown = range(min(source.shape[2], ROWS))
    return StampScene(
        name=layer.name,
        details=_details(layer),
        source=layer.inputs[0],
        channels=tuple(_channel_name(image, layer.inputs[0], number) for number in shown),
        input=source,
        kernel=weights["kernel"][:, :, channel],
        strides=strides,
        dilation=dilation,
        crop=(stamps.rows.before, stamps.columns.before),
        output=output[:, :, channel],
        channel=channel,
        bias=float(weights["bias"][channel]) if layer.use_bias else None,
        activation=layer.activation or "",
        stops=tuple(places(source.shape[0], source.shape[1], stops)),
    )


def _channel_name(image: InputImage, source: str, channel: int) -> str:
    names = _COLORS[image.color]
    if source == INPUT and not image.is_array and len(names) > 1:
        return names[channel]
    return f"channel {channel}"


def _details(layer: Convolution | Pooling | Conv2DTranspose) -> str:
    """Say what slides: `Conv2D 3x3, strides 2, padding same`."""
    size = pair(layer.pool_size if isinstance(layer, Pooling) else layer.kernel_size)
    strides = pair(layer.strides or size)
    parts = [f"{type(layer).__name__} {size[0]}x{size[1]}", f"strides {_two(strides)}"]
    parts.append(f"padding {_sides(layer.padding)}")
    for field, word in (("dilation_rate", "dilation"), ("groups", "groups"), ("depth_multiplier", "depth multiplier")):
        value = getattr(layer, field, 1)
        if value not in (1, (1, 1)):
            parts.append(f"{word} {_two(value)}")
    return ", ".join(parts)


def _two(value: int | tuple[int, int]) -> str:
    height, width = pair(value)
    return str(height) if height == width else f"{height}x{width}"


def _sides(padding: str | int | tuple[int, ...]) -> str:
    return " ".join(map(str, padding)) if isinstance(padding, tuple) else str(padding)
