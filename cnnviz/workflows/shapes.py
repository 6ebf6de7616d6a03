"""The shape report alone: no image, no pixel, no weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cnnviz.errors import UsageError
from cnnviz.layers.base import Shape
from cnnviz.render.report.build import shape_report
from cnnviz.render.report.model import Report
from cnnviz.stack.spec import Stack
from cnnviz.workflows.prepare.preparation import Preparation
from cnnviz.workflows.prepare.request import StackRequest


class Shapes(NamedTuple):
    """What a stack amounts to.

    Attributes:
        report: The shape report.
        remarks: What a user should know of the stack and the weights file.
    """

    report: Report
    remarks: Sequence[str]


def shapes(request: StackRequest, input_size: tuple[int, ...] | None = None) -> Shapes:
    """Report a stack over an input size.

    Args:
        request: The stack.
        input_size: Height and width, perhaps channels; None for the size that the stack fixes.

    Raises:
        CnnvizError: If the stack is wrong, does not fit the size, or leaves it open.
    """
    preparation = Preparation(request)
    shape = shape_of(preparation.stack, input_size)
    nodes = preparation.nodes(shape)
    report = shape_report(
        preparation.stack,
        nodes,
        shape,
        seed=preparation.seed,
        dtype=request.dtype,
        weights_from_file=preparation.loaded_layers(nodes),
    )
    return Shapes(report, preparation.remarks)


def shape_of(stack: Stack, input_size: tuple[int, ...] | None) -> Shape:
    """Return the shape of what enters a stack, without a picture.

    Args:
        stack: The stack.
        input_size: Height and width, perhaps channels; None for the size that the stack fixes.

    Raises:
        UsageError: If the stack leaves the size open, or fixes another.
    """
    spec = stack.input
    channels = stack.channels
    if input_size is None:
        if spec.size is None:
            raise UsageError(
                f"the stack {stack.name!r} takes pictures of any size: give one, such as --input-size 300x451"
            )
        size = spec.size
    else:
        size = (input_size[0], input_size[1])
        if spec.size is not None and size != spec.size:
            raise UsageError(
                f"the stack {stack.name!r} stretches every picture to {spec.size[0]}x{spec.size[1]}; "
                f"leave --input-size out, or change it: --set input.size=[{size[0]},{size[1]}]"
            )
        channels = input_size[2] if len(input_size) == 3 else channels
    return (*size, channels)
