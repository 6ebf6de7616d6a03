"""What a model is fed: which input is the picture, and the values of all others."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import ModelError, UsageError
from cnnviz.interchange.drafting.graph import Graph, Input
from cnnviz.interchange.drafting.layout import Layout
from cnnviz.interchange.drafting.placing import maps, placed
from cnnviz.interchange.model import ImportOptions
from cnnviz.wording import listed

GUESS = 224
"""Height and width to try where the file leaves them open."""
LONGEST_SIDE = 2**16
_COLORS = (1, 3, 4)
_POINTWISE = {"Add", "Sub", "Mul", "Div", "Cast", "Identity", "Clip", "Pad"}


class Picture(NamedTuple):
    """The input that is the picture.

    Attributes:
        name: Its name in the file.
        order: `first` for maps with their channels first, `last`, `plane` for a map without channels, `row` for a
            vector.
        height: Its height; None if the file leaves it open.
        width: Its width; None if the file leaves it open.
        channels: Its channels.
    """

    name: str
    order: str
    height: int | None
    width: int | None
    channels: int

    @property
    def open(self) -> bool:
        """Whether the file leaves height or width open."""
        return self.height is None or self.width is None

    def layout(self, height: int, width: int) -> Layout:
        """Return its layout at a size."""
        if self.order == "first":
            return maps(height, width, self.channels)
        if self.order == "last":
            return placed((height, width, self.channels), (1, 2, 3))
        image = placed((height, width, 1), (1, 2, 3))
        return Layout(image.axes, image.order[:3] if self.order == "plane" else ((), image.flat)).tidy()


def choose_picture(graph: Graph, until: str, options: ImportOptions) -> Picture:
    """Return the input that is the picture: the first with four axes, else with three or two.

    Raises:
        ModelError: If there is none.
        UsageError: If a value is given for an input that there is not.
    """
    unknown = sorted(set(options.set_inputs) - {value.name for value in graph.inputs})
    if unknown:
        known = listed([repr(value.name[:100]) for value in graph.inputs])
        raise UsageError(f"the model has no input {unknown[0][:100]!r} to set; it has {known}")
    free = [value for value in graph.inputs if value.name not in options.set_inputs]
    for rank in (4, 3, 2):
        for value in free:
            if value.shape is not None and len(value.shape) == rank:
                return _picture(graph, value)
    for value in free:
        if value.shape is None:
            return _picture(graph, value._replace(shape=(None,) * 4))
    found = [f"{value.name[:100]!r} with {len(value.shape or ())} axes" for value in free] or ["none"]
    raise ModelError(
        f"it has no input that is a picture, batch x channels x height x width; its inputs are {listed(found)}"
    )


def _picture(graph: Graph, value: Input) -> Picture:
    shape = value.shape or ()
    if len(shape) == 2:
        units = shape[1]
        if units is None:
            raise ModelError(f"its input {value.name[:100]!r} has a length that the file leaves open")
        side = math.isqrt(units)
        rows = side if side * side == units else 1
        return Picture(value.name, "row", rows, units // rows, 1)
    if len(shape) == 3:
        return Picture(value.name, "plane", shape[1], shape[2], 1)
    last = shape[1] not in _COLORS and _turned(graph, value.name)
    _, *sides = shape
    channels, height, width = (sides[2], sides[0], sides[1]) if last else sides
    if channels is None:
        channels = _channels(graph, value.name) or 3
    return Picture(value.name, "last" if last else "first", height, width, channels)


def _turned(graph: Graph, name: str) -> bool:
    """Tell whether an input has its channels last: whether they are brought to the front first of all."""
    open_, seen = [name], set()
    while open_:
        for reader in graph.consumers.get(open_.pop(), ()):
            if reader.op == "Transpose":
                return bool(reader.attributes.get("perm") == (0, 3, 1, 2))
            if reader.op in _POINTWISE and reader.place not in seen:
                seen.add(reader.place)
                open_ += reader.outputs
    return False


def _channels(graph: Graph, name: str) -> int | None:
    """Return how many channels the first convolution wants."""
    for reader in graph.consumers.get(name, ()):
        if reader.op == "Conv" and len(reader.inputs) > 1 and reader.inputs[1] in graph.stored:
            return int(graph.stored[reader.inputs[1]].shape[1]) * int(reader.attributes.get("group", 1))
    return None


def size_to_try(picture: Picture, options: ImportOptions) -> tuple[int, int]:
    """Return height and width: those given, those of the file, or a guess.

    Raises:
        UsageError: If another size is given than the file has.
        ModelError: If the file's own are absurd.
    """
    found = []
    for what, own, given in (("height", picture.height, options.height), ("width", picture.width, options.width)):
        if own is not None and given is not None and own != given:
            raise UsageError(f"the model is made for pictures of {what} {own}, not {given}")
        found.append(own or given or GUESS)
    if max(found) > LONGEST_SIDE or picture.channels > LONGEST_SIDE or math.prod(found) * picture.channels > 2**32:
        raise ModelError(
            f"its input {picture.name[:100]!r} of {found[0]} x {found[1]} x {picture.channels} is too large"
        )
    return found[0], found[1]


def constants(graph: Graph, picture: Picture, until: str, options: ImportOptions) -> dict[str, NDArray[Any]]:
    """Return the values of all other inputs that a tensor needs.

    Raises:
        UsageError: If one has no value, or one of another shape.
    """
    needed = _needed(graph, until)
    others = [value for value in graph.inputs if value.name != picture.name and value.name in needed]
    missing = [value for value in others if value.name not in options.set_inputs]
    if missing:
        names = [f"{value.name[:100]!r} of {_shape_words(value)}" for value in missing]
        raise UsageError(
            f"besides the picture the model needs {listed(names)}: give each by --set-input NAME=VALUE or NAME=FILE.npy"
        )
    found = {}
    for value in others:
        array = np.asarray(options.set_inputs[value.name])
        array = array.astype(np.float32 if value.floating else np.int64)
        if value.shape is not None:
            shape = tuple(
                own if own is not None else array.shape[axis] if array.ndim == len(value.shape) else 1
                for axis, own in enumerate(value.shape)
            )
            try:
                array = np.broadcast_to(array, shape)
            except ValueError:
                raise UsageError(
                    f"the input {value.name[:100]!r} is of {_shape_words(value)}, what was given of {list(array.shape)}"
                ) from None
        found[value.name] = array
    return found


def _shape_words(value: Input) -> str:
    if value.shape is None:
        return "any shape"
    return "[" + ", ".join("?" if length is None else str(length) for length in value.shape) + "]"


def _needed(graph: Graph, until: str) -> set[str]:
    """Return the names of all tensors that one is made of."""
    found: set[str] = set()
    open_ = [until]
    while open_:
        name = open_.pop()
        if name not in found:
            found.add(name)
            if name in graph.producers:
                open_ += graph.producers[name].reads
    return found
