"""What a window that slides does at the border, in words."""

from __future__ import annotations

from collections.abc import Sequence

from cnnviz.layers.reading import Listed, Rearranged
from cnnviz.ops.sliding import Window
from cnnviz.stack.graph import Node
from cnnviz.wording import listed, plural, shape_text

_SIDES = ("above", "below", "to the left", "to the right")


def at_the_border(node: Node) -> tuple[str, ...]:
    """Say what was added around the input, what was lost of it, and what no window looks at.

    Returns:
        Sentences; none where the layer does not slide in whole steps, or nothing happens.
    """
    if len(node.input_shapes) != 1 or len(node.input_shapes[0]) != 3 or len(node.output_shape) != 3:
        return ()
    (read,) = node.layer.reads(*node.input_shapes)
    if isinstance(read, Rearranged):
        return ()
    beyond: list[int] = []
    lost, extents = [], []
    for axis, along in enumerate((read or ())[:2]):
        window = None if along is None else along.by.window if isinstance(along.by, Listed) else along.by
        if along is None or along.axis != axis or not isinstance(window, Window):
            return ()
        if window.spacing > 1 or not window.pads:
            return ()
        beyond += window.beyond
        lost.append(window.input - window.output if window.stride == 1 else 0)
        extents.append(window.extent)
    sentences = []
    if any(side > 0 for side in beyond):
        sentences.append(f"Added around the input: {_listed([max(side, 0) for side in beyond])}.")
    if any(length > 0 for length in lost):
        sentences.append(
            f"Lost at the border: {plural(lost[0], 'row')} and {plural(lost[1], 'column')}, for the window of "
            f"{shape_text(tuple(extents))} must lie inside."
        )
    if any(side < 0 for side in beyond):
        sentences.append(f"Never looked at: {_listed([max(-side, 0) for side in beyond])}.")
    return tuple(sentences)


def _listed(sides: Sequence[int]) -> str:
    return listed(
        [
            f"{plural(number, 'row' if side < 2 else 'column')} {_SIDES[side]}"
            for side, number in enumerate(sides)
            if number
        ]
    )
