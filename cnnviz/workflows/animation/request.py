"""What is asked for, and what it needs: one picture, and the network for it."""

from __future__ import annotations

import msgspec

from cnnviz.errors import UsageError
from cnnviz.io.files import AnyPath
from cnnviz.io.images import MAX_PIXELS
from cnnviz.render.kit.canvas import Frame
from cnnviz.stack.network import Network
from cnnviz.workflows.input_image import InputImage, read_input
from cnnviz.workflows.preparation import Preparation
from cnnviz.workflows.request import StackRequest
from cnnviz.workflows.sources import Source

_MOST = 300_000_000


class AnimateRequest(msgspec.Struct, frozen=True):
    """What to animate, and how.

    Attributes:
        stack: The stack.
        layer: The layer; None for the picture's way through all of them.
        channel: The output channel to follow; None for the first, or a layer's colours.
        output: Where to write; None for a name made of the picture's, the stack's and the layer's.
        frames: Stops of the window, or frames from one layer to the next; None for a good number.
        fps: Frames a second; None for a good number.
        width: Of the frames, in pixels; None for a good number.
        max_pixels: The largest picture to take.
        force: Overwrite what cnnviz did not write.
    """

    stack: StackRequest
    layer: str | None = None
    channel: int | None = None
    output: AnyPath | None = None
    frames: int | None = None
    fps: float | None = None
    width: int | None = None
    max_pixels: int = MAX_PIXELS
    force: bool = False


class Prepared(msgspec.Struct, frozen=True):
    """One picture and the network for it.

    Attributes:
        network: The network.
        image: What enters it.
    """

    network: Network
    image: InputImage


class Film(msgspec.Struct, frozen=True):
    """Frames to write.

    Attributes:
        frames: In order, `(H, W, 3)`.
        fps: Frames a second.
        shown: Places of the output that have a frame.
        total: Places that there are.
    """

    frames: list[Frame]
    fps: float
    shown: int
    total: int


def prepare(source: Source, preparation: Preparation, request: AnimateRequest) -> Prepared:
    """Read a picture and make the network for it, up to the layer if there is one.

    Raises:
        CnnvizError: If the picture cannot be read, or the layers do not fit it.
    """
    image = read_input(source, preparation.stack.input, request.max_pixels)
    if request.layer is None:
        preparation.check(image.shape)
        network = preparation.network(image.shape)
    else:
        network = preparation.network_to(image.shape, request.layer)
    preparation.remarks.extend(image.warnings)
    return Prepared(network, image)


def check_amount(frame: Frame, count: int) -> None:
    """Refuse what would not fit into memory.

    Args:
        frame: The first.
        count: How many there will be.

    Raises:
        UsageError: If they are too large together.
    """
    height, width = frame.shape[:2]
    if height * width * count > _MOST:
        raise UsageError(
            f"{count:,} frames of {width}x{height} are too much for one animation; choose fewer --frames or a "
            "smaller --size"
        )
