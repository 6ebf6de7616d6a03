"""Pictures that filters and classes want to see, worked out: nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import UsageError, WeightsError
from cnnviz.io.images import MAX_PIXELS
from cnnviz.layers.base import Shape
from cnnviz.maximization.ascent import Ascent, Recipe
from cnnviz.maximization.warp import Shaking
from cnnviz.outputs.inputs import resolve_one
from cnnviz.outputs.names import MAXIMIZATION_SHEET, channel_picture
from cnnviz.render.kit.numbers import rounded
from cnnviz.render.maximization.model import ChannelReport, MaximizationReport
from cnnviz.render.sheets import picture, sheet
from cnnviz.stack.graph import title
from cnnviz.stack.scores import unit_names
from cnnviz.stack.spec import Stack
from cnnviz.workflows.maximization.request import MOST, MaximizationRequest
from cnnviz.workflows.prepare.ending import network_ending
from cnnviz.workflows.prepare.input_image import read_input
from cnnviz.workflows.prepare.preparation import Preparation
from cnnviz.workflows.prepare.way_back import check_way_back

Pictures = list[NDArray[np.uint8]]

_SMALL = 64
"""Pictures up to this side are kept smooth by their total variation, and not turned: a stroke is a few pixels wide."""

_FRAMES = 60
"""Frames of an animation, at most."""


class Climbed(NamedTuple):
    """What an ascent found.

    Attributes:
        report: What is known of it.
        pictures: The pictures, `(H, W)` or `(H, W, 3)` in RGB, one for each channel.
        frames: The same on the way, if an animation was asked for.
        remarks: What a user should know.
    """

    report: MaximizationReport
    pictures: Pictures
    frames: Sequence[Pictures]
    remarks: Sequence[str]


def climb(
    preparation: Preparation,
    request: MaximizationRequest,
    max_pixels: int = MAX_PIXELS,
    progress: Callable[[int, int], None] = lambda step, steps: None,
) -> Climbed:
    """Work out the pictures that maximise channels of a layer.

    Args:
        preparation: The stack.
        request: What is asked.
        max_pixels: The largest picture to begin with.
        progress: Is told how many steps are done, and how many there are.

    Raises:
        CnnvizError: If the layer, a channel or the picture is wrong.
    """
    remarks: list[str] = []
    shape, start, file = _start(preparation.stack, request, max_pixels, remarks)
    try:
        network = network_ending(preparation, shape, request.layer)
    except WeightsError as error:
        if start is not None or request.input_channels is not None:
            raise
        hint = f"pictures of {shape[2]} channels are taken, by the stack's color: say others with --input-channels N"
        raise WeightsError(*error.args, hint) from error
    node = network.nodes[-1]
    channels = _channels(request, title(node.layer), node.output_shape, remarks)
    check_way_back(network.nodes, preparation.request, len(channels))
    recipe = _recipe(request, shape, preparation.seed)
    ascent = Ascent(network, channels, recipe, start)
    color = network.stack.input.color
    film = _Film(recipe.steps if request.animation else None, color)

    def watch(step: int, levels: NDArray[np.float64]) -> None:
        progress(step, recipe.steps)
        film.see(step, levels)

    pixels = ascent.run(watch)
    assert film.first is not None
    report = _report(ascent, file, ascent.values(film.first), ascent.values(np.rint(pixels)))
    return Climbed(report, _drawn(pixels, color), film.frames, remarks)


class _Film:
    """Keeps the first pictures, and some on the way."""

    def __init__(self, steps: int | None, color: str) -> None:
        self.first: NDArray[np.float64] | None = None
        self.frames: list[Pictures] = []
        self._color = color
        wanted = np.linspace(0, steps, min(steps + 1, _FRAMES)) if steps is not None else ()
        self._steps = {round(step) for step in wanted}

    def see(self, step: int, levels: NDArray[np.float64]) -> None:
        pixels = 255 * (levels[..., ::-1] if self._color == "bgr" else levels)
        if self.first is None:
            self.first = pixels
        if step in self._steps:
            self.frames.append(_drawn(pixels, self._color))


def _drawn(pixels: NDArray[np.float64], color: str) -> Pictures:
    """Draw pictures; the channels of what is no colour picture side by side."""
    if pixels.shape[3] in (1, 3):
        return [picture(it, color) for it in pixels]
    planes = np.moveaxis(pixels, 3, 1)[..., None]
    return [sheet(np.stack([picture(plane, "gray") for plane in some])) for some in planes]


def _start(
    stack: Stack, request: MaximizationRequest, max_pixels: int, remarks: list[str]
) -> tuple[Shape, NDArray[np.float64] | None, str | None]:
    """Return the shape of what enters, and the picture to begin with."""
    if request.start is None:
        if stack.input.size is None:
            raise UsageError("the stack takes pictures of any size: say how large with --input-size HxW")
        return (*stack.input.size, request.input_channels or stack.channels), None, None
    source = resolve_one(request.start)
    entering = read_input(source, stack.input, max_pixels)
    remarks.extend(entering.warnings)
    if request.input_channels not in (None, entering.shape[2]):
        raise UsageError(
            f"{source.file} enters with {entering.shape[2]} channels, not with {request.input_channels}: leave "
            "--input-channels out"
        )
    if not np.isfinite(entering.pixels).all():
        raise UsageError(f"{source.file} is not finite everywhere: a picture to begin with holds finite numbers alone")
    return entering.shape, entering.pixels, source.file


def _channels(request: MaximizationRequest, layer: str, shape: Shape, remarks: list[str]) -> Sequence[int | None]:
    if not request.channels and request.start is not None:
        return [None]
    for channel in request.channels:
        if channel >= shape[-1]:
            raise UsageError(f"{layer} has the channels 0 to {shape[-1] - 1}, not {channel}")
    if not request.channels and shape[-1] > MOST:
        remarks.append(f"{layer} has {shape[-1]} channels: the first {MOST} are shown; name others with --channel")
    return list(dict.fromkeys(request.channels)) or list(range(min(shape[-1], MOST)))


def _recipe(request: MaximizationRequest, shape: Shape, seed: int) -> Recipe:
    side = min(shape[:2])
    small = side <= _SMALL
    usual = Shaking(shift=max(1.0, side / 16), turn=0.0 if small else 5.0, scale=0.0 if small else 0.05)
    asked = (request.shift, request.turn, request.scale)
    shaking = Shaking(*(known if own is None else own for own, known in zip(asked, usual, strict=True)))
    variation = (0.5 if small else 0.0) if request.variation is None else request.variation
    return Recipe(request.steps, request.learning_rate, shaking, variation, seed)


def _report(
    ascent: Ascent, file: str | None, before: NDArray[np.float64], after: NDArray[np.float64]
) -> MaximizationReport:
    network, recipe, node = ascent.network, ascent.recipe, ascent.network.nodes[-1]
    layer, is_map = node.layer.name, len(node.output_shape) == 3
    ends = layer == network.stack.layers[-1].name
    names = unit_names(network.stack, node.output_shape) if ends else ()
    what = "the mean of each map" if is_map else "each unit"
    return MaximizationReport(
        name=network.stack.name,
        layer=layer,
        maximized="the mean square" if ascent.channels == [None] else what,
        file=file,
        input_shape=network.input_shape,
        seed=recipe.seed,
        steps=recipe.steps,
        learning_rate=recipe.learning_rate,
        shift=recipe.shaking.shift,
        turn=recipe.shaking.turn,
        scale=recipe.shaking.scale,
        variation=recipe.variation,
        sheet=MAXIMIZATION_SHEET,
        channels=tuple(
            ChannelReport(
                channel=channel,
                name=names[channel] if names and channel is not None else None,
                before=rounded(low, 6),
                after=rounded(high, 6),
                picture=channel_picture(layer, channel),
            )
            for channel, low, high in zip(ascent.channels, before.tolist(), after.tolist(), strict=True)
        ),
    )
