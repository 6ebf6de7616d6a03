"""Sentences that text and figure share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.explaining.records import ArithmeticStep, Patch, Place, Stage
from cnnviz.render.explanation import parts
from cnnviz.render.explanation.model import ExplainedValue
from cnnviz.render.explanation.numbers import added, number, off_by, put_in
from cnnviz.render.explanation.parts import Listing, Operand, Shown
from cnnviz.stack.reach import Reach, Span
from cnnviz.wording import plural, shape_text

_LISTED = 4
"""Rows and columns that are named one by one."""


def title(value: ExplainedValue) -> str:
    """Say which value of what is explained."""
    return "".join(title_parts(value))


def title_parts(value: ExplainedValue) -> tuple[str, str]:
    """Say which value of what is explained: the layer's name, and what follows."""
    node = value.node
    label = f" ({value.unit_class})" if value.unit_class not in ("", str(value.place[0])) else ""
    return node.layer.name, f" ({node.layer.kind_in_words()}), {where(value.place)}{label}"


def about(value: ExplainedValue) -> str:
    """Say which stack and which picture it is about."""
    return (
        f"{value.stack}: {value.file}, input {shape_text(value.pixels.shape)}; layer {value.node.index}, "
        f"output {shape_text(value.node.output_shape)}"
    )


def stage(found: Stage) -> str:
    """Say what happens in a stage, after its name where it has one."""
    return f"{found.name}: {found.words}" if found.name else found.words


def where(place: Place) -> str:
    """Write a place as `row 0, column 2, channel 1` or `unit 3`."""
    if len(place) == 1:
        return f"unit {place[0]}"
    return f"row {place[0]}, column {place[1]}, channel {place[2]}"


def source(value: ExplainedValue, patch: Patch) -> str:
    """Write the tensor that a patch was cut out of as `conv_1 (298x449x2)`."""
    return f"{value.name_of(patch)} ({shape_text(value.shape_of(patch))})"


def points(value: ExplainedValue, patches: Sequence[Patch]) -> Iterator[str]:
    """Write single values, one of each input: `x1 = 2.5, at row 3, column 4, channel 0 of conv_1 (298x449x2)`."""
    names = [f"x{place}" for place in range(1, len(patches) + 1)] if len(patches) > 1 else ["x"]
    for name, patch in zip(names, patches, strict=True):
        place = (patch.rows[0], patch.columns[0], patch.channels[0])
        at = where(place if len(value.shape_of(patch)) == 3 else place[2:])
        found = number(float(patch.values[0, 0, 0])) if patch.inside.all() else "0, padding"
        yield f"{name} = {found}, at {at} of {source(value, patch)}"


def vector(value: ExplainedValue, patch: Patch) -> str:
    """Write the vector that is read, and which maps it is: `flatten (1568), which is pool (7x7x32) in a row`."""
    origin = value.origin_of(patch)
    return source(value, patch) + (f", which is {origin.name} ({shape_text(origin.shape)}) in a row" if origin else "")


def operand(value: ExplainedValue, patch: Patch, entry: Operand, brief: bool = False) -> str:
    """Name a number that is read; where a vector is maps in a row by its place in these too, in brief by that alone."""
    if len(value.shape_of(patch)) == 3:
        return where((entry.row, entry.column, entry.channel))
    name = f"{value.unit_word(patch)} {entry.channel}"
    place = value.place_in_maps(patch, entry.channel)
    if place is not None:
        return where(place) if brief else f"{name}: {where(place)}"
    named = bool(value.classes) and value.shape_of(patch) == value.node.output_shape
    return f"{name}: {value.classes[entry.channel]}" if named else name


def left_out(patch: Patch, stage: Stage, found: Listing) -> str:
    """Say how many numbers are not listed, and what they come to."""
    count, whole = len(found.entries), f"{patch.read.size:,}"
    if found.rest is None:
        return f"the strongest {count} of {whole} are shown, {found.left_out:,} are not"
    terms = [number(entry.term) for entry in found.entries if entry.term is not None]
    rest, total = number(found.rest), number(float(patch.channel_sums.sum()))
    return (
        f"the strongest {count} of {whole} are shown, {found.left_out:,} are not; their {stage.term} add up to {rest}"
        f"{off_by([*terms, rest], total)}"
    )


def cell_sum(patch: Patch, channel: int, terms: NDArray[np.object_]) -> str:
    """Write the sum of a channel's terms, and by how much they do not add up to it as they are written in cells."""
    total = number(float(patch.channel_sums[channel]))
    return total + off_by(map(str, terms[:, :, channel].flat), total)


def channels_left_out(patch: Patch, stage: Stage, found: Shown) -> str:
    """Say how many channels are not drawn, and what they come to."""
    left = "the other channel is" if found.left_out == 1 else f"the other {found.left_out:,} channels are"
    if found.rest is None:
        return f"{left} not shown"
    sums = [number(float(patch.channel_sums[channel])) for channel in found.channels]
    rest, total = number(found.rest), number(float(patch.channel_sums.sum()))
    whose = "its" if found.left_out == 1 else "their"
    return f"{left} not shown; {whose} {stage.term} add up to {rest}{off_by([*sums, rest], total)}"


def span(found: Span, what: str) -> str:
    """Write rows or columns as `rows 3 to 5` or `row 3`."""
    return f"{what} {found.first}" if found.length == 1 else f"{what}s {found.first} to {found.last}"


def checked(value: ExplainedValue) -> str:
    """Say how the forward pass compares."""
    mine, forward = number(value.value), number(value.forward)
    off = abs(value.value - value.forward)
    # More than rounding would have been called a bug.
    same = "the same" if mine == forward else f"the same but for rounding, {number(off, 2)}"
    return f"the forward pass gives {forward}: {same}"


def reach(found: Reach) -> str:
    """Say which pixels of the picture the value depends on."""
    if found.rows is None or found.columns is None:
        return "No pixel of the input reaches this value."
    whole = f"{span(found.rows, 'row')}, {span(found.columns, 'column')} ({found.rows.length}x{found.columns.length})"
    if found.inside() is None:
        return f"It depends on no pixel of the input: {whole} lie in padding."
    seen, area = int(found.mask().sum()), found.rows.length * found.columns.length
    if seen == found.shape[0] * found.shape[1]:
        return f"It depends on the whole input, {shape_text(found.shape)}."
    rows, columns = found.inside() or (found.rows, found.columns)
    real = f"{span(rows, 'row')}, {span(columns, 'column')}"
    if (rows, columns) == (found.rows, found.columns):
        part = "" if seen == area else f", {plural(seen, 'pixel')} of them"
        return f"It depends on {whole} of the input{part}."
    return f"Its window on the input is {whole}, partly padding; it depends on {plural(seen, 'pixel')}: {real}."


def places(found: Sequence[int], what: str) -> str:
    """Write the rows or columns of a window: `rows 3 to 5`, or `rows 1, 3, 5` if some between are not."""
    if not found:
        return f"no {what}"
    if len(found) == 1 or found[-1] - found[0] == len(found) - 1:
        return span(Span(found[0], found[-1]), what)
    step = found[1] - found[0]
    if len(found) > _LISTED and list(found) == list(range(found[0], found[-1] + 1, step)):
        return f"{span(Span(found[0], found[-1]), what)} in steps of {step}"
    return f"{what}s {', '.join(map(str, found))}"


class StepLine(NamedTuple):
    """A step as written.

    Attributes:
        name: What comes out.
        expression: The formula.
        numbers: The formula with its numbers put in; empty where they are too many.
        value: What comes out.
    """

    name: str
    expression: str
    numbers: str
    value: str


def step_line(of: Stage, step: ArithmeticStep) -> StepLine:
    """Write a step of a stage."""
    sums = parts.summands(of)
    numbers = put_in(step.expression, step.operands)
    if step is of.steps[0] and sums is not None:
        numbers = added(sums, step.value)
    elif step.expression == "sum + bias":
        numbers += off_by(map(number, step.operands.values()), number(step.value))
    elif numbers == step.expression:
        numbers = ""
    return StepLine(step.name, step.expression, numbers, number(step.value))
