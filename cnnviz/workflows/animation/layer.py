"""From a layer and a picture to the scene that is drawn: what the window reads, stop by stop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import asdict
from numpy.typing import NDArray

from cnnviz.config.wording import suggest
from cnnviz.errors import UsageError
from cnnviz.layers.base import Layer, Shape
from cnnviz.layers.fields import pair
from cnnviz.ops.quiet import quiet
from cnnviz.ops.sliding import Sliding
from cnnviz.render.animation.scene import ROWS, Scene, places
from cnnviz.render.animation.sliding import Moment, SlidingFilm
from cnnviz.render.animation.stamping import StampFilm
from cnnviz.render.animation.stamps import Stamps
from cnnviz.stack.graph import INPUT, named, title
from cnnviz.stack.network import Network
from cnnviz.stack.spec import Stack
from cnnviz.wording import shape_text
from cnnviz.workflows.animation.film import Film, FilmRequest, collect, hold_last, pace
from cnnviz.workflows.prepare.input_image import InputImage

Array = NDArray[Any]

_WIDTH = 800
"""Pixels across the frames, if nobody says otherwise."""

_STOPS = 64
"""Stops of a window, at most, if nobody says otherwise."""

_FASTEST = 10
"""Frames per second: where the window is must be seen each time."""
_COLORS = {"rgb": ("red", "green", "blue"), "bgr": ("blue", "green", "red"), "gray": ("gray",)}

_FARTHEST = 10_000
"""Pixels of padding that can be drawn, at most."""


def find_layer(stack: Stack, name: str) -> Layer:
    """Return the layer to animate.

    Raises:
        UsageError: If there is none of that name, or it has no window that slides.
    """
    able = [layer.name for layer in stack.layers if layer.motion]
    layer = named(stack.layers, name)
    if layer is None:
        raise UsageError(f"there is no layer {name!r}; {suggest(name, able, 'layers with a sliding window are')}")
    if not layer.motion:
        there = f"layers with a sliding window are {', '.join(able)}" if able else "nor does it in any other layer"
        raise UsageError(f"{title(layer)} cannot be animated: no window slides over its input; {there}")
    return layer


def film_layer(network: Network, image: InputImage, name: str, request: FilmRequest) -> Film:
    """Draw a layer at work.

    Args:
        network: The network, as far as the layer at least.
        image: What enters it.
        name: The name of a layer that `find_layer` takes.
        request: How the animation is made.

    Raises:
        UsageError: If the layer has no such channel, or the frames are too many.
    """
    layer = find_layer(network.stack, name)
    tensors = network.forward(image.pixels, keep={layer.inputs[0], name})
    source, output = tensors[layer.inputs[0]], tensors[name]
    channel = request.channel or 0
    if channel >= output.shape[2]:
        raise UsageError(f"--channel {channel}: {name} has channels 0 to {output.shape[2] - 1}")
    weights, stops, size = network.weights.get(name, {}), request.frames or _STOPS, request.size(_WIDTH)
    made: SlidingFilm | StampFilm
    with quiet():
        if layer.motion == "slides":
            moments, padding = _slide(layer, weights, source, (*output.shape[:2], channel), stops)
            scene = _scene(image, layer, source, output, channel, moments[0].patch.channels[:ROWS])
            made, shown, total = SlidingFilm(scene, moments, padding, size), len(moments), scene.output.size
        else:
            kernel = layer.effective_kernel(weights, source.shape)
            assert kernel is not None
            stopping = places(source.shape[0], source.shape[1], stops)
            share, blocks = kernel.shape[2], source.shape[2] // kernel.shape[2]
            first = channel // (output.shape[2] // blocks) * share
            read = source[..., first : first + share]
            stamps = Stamps(read, kernel[..., channel], _convolution(layer, source.shape), stopping)
            scene = _scene(image, layer, source, output, channel, range(first, first + min(share, ROWS)))
            bias = float(weights["bias"][channel]) if "bias" in weights else None
            made = StampFilm(scene, stamps, bias, asdict(layer)["activation"] or "", size)
            shown, total = len(stopping), scene.maps[0].size
        drawn = collect(made.frames(), shown)
    fps = request.fps or pace(shown, _FASTEST)
    return Film(hold_last(drawn, fps), fps, shown, total)


def _slide(
    layer: Layer, weights: Mapping[str, Array], source: Array, end: tuple[int, int, int], stops: int
) -> tuple[list[Moment], tuple[int, int, int, int]]:
    """Explain the places at which the window stops.

    Args:
        layer: The layer.
        weights: The layer's weights.
        source: The layer's input.
        end: Height and width of the output, and the channel to follow.
        stops: The largest number of places.

    Returns:
        The places, and the pixels around the input that windows reach: top, bottom, left, right.
    """
    rows, columns, channel = end

    def explain(row: int, column: int) -> Moment:
        return Moment(row, column, layer.explain(weights, (row, column, channel), source))

    moments = [explain(*place) for place in places(rows, columns, stops)]
    padding = _convolution(layer, source.shape).padding
    if max(padding) > _FARTHEST:
        raise UsageError(
            f"{title(layer)} cannot be animated: its window reaches {max(padding):,} pixels beyond the edge"
        )
    return moments, padding


def _convolution(layer: Layer, shape: Shape) -> Sliding:
    """Return how the window slides: over the input, or over the output on which the kernel is stamped."""
    sliding = layer.sliding(shape)
    assert sliding is not None
    return sliding if layer.motion == "slides" else sliding.transposed()


def _scene(image: InputImage, layer: Layer, source: Array, output: Array, channel: int, read: Sequence[int]) -> Scene:
    colors = _COLORS[image.color]
    named = layer.inputs[0] == INPUT and not image.is_array and len(colors) > 1
    return Scene(
        name=layer.name,
        details=_details(layer, _convolution(layer, source.shape)),
        source=layer.inputs[0],
        channels=tuple(colors[number] if named else f"channel {number}" for number in read),
        maps=tuple(source[:, :, number] for number in read),
        output=output[:, :, channel],
        channel=channel,
    )


def _details(layer: Layer, sliding: Sliding) -> str:
    """Say what slides: `Conv2D 3x3, strides 2, padding same`."""
    fields = asdict(layer)
    parts = [f"{layer.kind_in_words()} {shape_text(sliding.size)}", f"strides {_two(sliding.strides)}"]
    if "padding" in fields:
        padding = fields["padding"]
        parts.append(f"padding {' '.join(map(str, padding)) if isinstance(padding, tuple) else padding}")
    for field, word in (("dilation_rate", "dilation"), ("groups", "groups"), ("depth_multiplier", "depth multiplier")):
        value = fields.get(field, 1)
        if value not in (1, (1, 1)):
            parts.append(f"{word} {_two(value)}")
    return ", ".join(parts)


def _two(value: int | tuple[int, int]) -> str:
    height, width = pair(value)
    return str(height) if height == width else f"{height}x{width}"
