"""An explained value as text, for terminals of 100 columns."""

from __future__ import annotations

from collections.abc import Iterator

from cnnviz.layers.explaining.records import Patch, Stage
from cnnviz.render.explanation import parts, wording
from cnnviz.render.explanation.grids import PADDING, grids
from cnnviz.render.explanation.model import ExplainedValue
from cnnviz.render.explanation.numbers import loses, number
from cnnviz.render.kit.text import WIDTH, aligned, filled, joined

LARGEST = 12
"""Rows and columns of the largest window that is shown as a grid."""


def to_text(value: ExplainedValue) -> str:
    """Write an explained value: what is read, the arithmetic step by step, the check, the pixels behind it."""
    return joined(_lines(value))


def _lines(value: ExplainedValue) -> Iterator[str]:
    yield from filled(wording.title(value))
    yield from filled(wording.about(value))
    for stage in value.explanation.stages:
        yield ""
        yield from filled(wording.stage(stage))
        yield ""
        yield from _reads(value, stage)
        if stage.steps:
            yield ""
            yield from _steps(stage)
    yield ""
    yield f"value {number(value.value)}; {wording.checked(value)}"
    yield from filled(wording.reach(value.reach))


def _reads(value: ExplainedValue, stage: Stage) -> Iterator[str]:
    if parts.are_points(stage):
        for point in wording.points(value, stage.patches):
            yield from filled(point)
        return
    patch = stage.patches[0]
    if not patch.values.size:
        return
    if not patch.inside.any():
        yield from filled(f"{_window(value, patch)}: nothing but padding")
        return
    if patch.source >= 0:
        yield from filled(_window(value, patch))
    for digits in (4, 3) if parts.is_grid(patch, LARGEST) else ():
        drawn = grids(patch, stage, digits)
        if max(map(len, drawn)) <= WIDTH:
            yield from drawn
            if patch.terms is not None and any(loses(kind.numbers, digits) for kind in parts.kinds(patch, stage)):
                yield from ("", "numbers in the grids are rounded; sums are those of the unrounded ones")
            return
    yield from _list(value, patch, stage)


def _window(value: ExplainedValue, patch: Patch) -> str:
    shape = value.shape_of(patch)
    name = wording.source(value.name_of(patch), shape)
    if len(shape) == 1:
        return f"reads {name}"
    padding = f" ({PADDING} is padding)" if patch.inside.any() and not patch.inside.all() else ""
    return f"reads {wording.places(patch.rows, 'row')}, {wording.places(patch.columns, 'column')} of {name}{padding}"


def _list(value: ExplainedValue, patch: Patch, stage: Stage) -> Iterator[str]:
    """List the numbers that are read, the strongest where they are too many."""
    found = parts.listing(patch)
    vector = len(value.shape_of(patch)) == 1
    heads = ([value.unit_word(patch)] if vector else ["row", "column", "channel"]) + ["value"]
    heads += ["weight"] if patch.weights is not None else []
    heads += [stage.term] if patch.terms is not None else []
    rows = []
    for entry in found.entries:
        place = [entry.channel] if vector else [entry.row, entry.column, entry.channel]
        rows.append([*map(str, place), *map(number, entry.numbers), "<-" if entry.chosen else ""])
    yield from (f"  {line}" for line in aligned([[*heads, ""], *rows], range(len(heads) + 1)))
    if found.left_out:
        rest = "" if found.rest is None else f"; their {stage.term} add up to {number(found.rest)}"
        yield f"the strongest {len(found.entries)} of {patch.read.size:,} are shown, {found.left_out:,} are not{rest}"
    if parts.summands(stage) is not None:
        sums = zip(patch.channels, patch.channel_sums, strict=True)
        yield f"by channel: {', '.join(f'{channel}: {number(float(added))}' for channel, added in sums)}"


def _steps(stage: Stage) -> Iterator[str]:
    """Align the steps in columns; where they are too wide, each by itself."""
    lines = [wording.step_line(stage, step) for step in stage.steps]
    names, expressions, middles, _ = (max(map(len, column)) for column in zip(*lines, strict=True))
    wide = [
        f"{name:<{names}}  {expression:<{expressions}}  "
        + (f"{'=' if numbers else ' '} {numbers:<{middles}}  " if middles else "")
        + f"= {value}"
        for name, expression, numbers, value in lines
    ]
    if max(map(len, wide)) <= WIDTH:
        yield from wide
        return
    for name, *written in lines:
        text = f"{name:<{names}}"
        for place, part in enumerate(filter(None, written)):
            sign = "= " if place else ""
            if len(f"{text} {sign}{part}") > WIDTH:
                yield text
                text = " " * (names + 1)
            text += f"{' ' if place else '  '}{sign}{part}"
        yield text
