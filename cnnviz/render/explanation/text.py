"""An explained value as text, for terminals of 100 columns."""

from __future__ import annotations

from collections.abc import Iterator

from cnnviz.layers.explaining.records import Patch, Stage
from cnnviz.render.explanation import parts, wording
from cnnviz.render.explanation.model import ExplainedValue
from cnnviz.render.explanation.numbers import loses, number, written
from cnnviz.render.kit.text import GAP, WIDTH, aligned, filled, joined

LARGEST = 12
"""Rows and columns of the largest window that is shown as a grid."""

_PADDING = "."


def to_text(value: ExplainedValue) -> str:
    """Write an explained value: what is read, the arithmetic step by step, the check, the pixels behind it."""
    return joined(_lines(value))


def summary(value: ExplainedValue) -> str:
    """Write what the arithmetic comes to, and whether the forward pass gives the same."""
    return f"value {number(value.value)}; {wording.checked(value)}"


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
    yield summary(value)
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
        drawn = _grids(patch, stage, digits)
        if max(map(len, drawn)) <= WIDTH:
            yield from drawn
            if patch.terms is not None and any(loses(kind.numbers, digits) for kind in parts.kinds(patch, stage)):
                yield from ("", "numbers in the grids are rounded; sums are those of the unrounded ones")
            return
    yield from _list(value, patch, stage)


def _window(value: ExplainedValue, patch: Patch) -> str:
    if len(value.shape_of(patch)) == 1:
        return f"reads {wording.vector(value, patch)}"
    name = wording.source(value, patch)
    padding = f" ({_PADDING} is padding)" if patch.inside.any() and not patch.inside.all() else ""
    return f"reads {wording.places(patch.rows, 'row')}, {wording.places(patch.columns, 'column')} of {name}{padding}"


def _grids(patch: Patch, stage: Stage, digits: int) -> list[str]:
    """Draw the channels of a window that are worth it, and say what was left out.

    Args:
        patch: A window.
        stage: The stage that reads it.
        digits: Digits of the largest number of each kind.
    """
    shown = parts.channels(patch)
    names = {channel: parts.label(patch, channel) for channel in shown.channels}
    labels = ["", "", *(f"row {row}" for row in patch.rows)]
    margin = max(map(len, [*names.values(), *labels]))
    middle = 2 + (len(patch.rows) - 1) // 2
    kinds = parts.kinds(patch, stage)
    blocks = [(kind.sign, _block(kind, patch, shown.channels, digits)) for kind in kinds]
    terms = None if patch.terms is None else written(kinds[-1].numbers, digits)
    lines = []
    for channel, name in names.items():
        drawn = [name.ljust(margin), *(label.rjust(margin) for label in labels[1:])]
        for sign, block in blocks:
            for place, text in enumerate(block[channel]):
                if sign:
                    drawn[place] += f"{GAP}{sign if place == middle else '':<{len(sign)}}"
                drawn[place] += GAP + text
        sums = "" if terms is None else f", sum {wording.cell_sum(patch, channel, terms)}"
        lines += ["", drawn[0].rstrip() + sums, *(line.rstrip() for line in drawn[1:])]
    if shown.left_out:
        lines += ["", *filled(wording.channels_left_out(patch, stage, shown))]
    return lines


def _block(kind: parts.NumberKind, patch: Patch, channels: tuple[int, ...], digits: int) -> dict[int, list[str]]:
    """Write one kind of number.

    Returns:
        For each channel lines of one width: the title, the numbers of the columns (of values only), and the rows.
    """
    texts = written(kind.numbers, digits)
    is_values = not kind.sign

    def cell(i: int, j: int, k: int) -> str:
        if not (kind.padding or patch.inside[i, j]):
            return _PADDING
        return f"[{texts[i, j, k]}]" if is_values and (i, j, k) == patch.chosen else str(texts[i, j, k])

    rows, columns = range(len(patch.rows)), range(len(patch.columns))
    heads = [str(column) for column in patch.columns] if is_values else []
    cells = {k: [heads, *([cell(i, j, k) for j in columns] for i in rows)] for k in channels}
    width = max((len(text) for grid in cells.values() for row in grid for text in row), default=1)
    whole = max(len(kind.title), len(columns) * (width + len(GAP)) - len(GAP))
    return {
        k: [text.ljust(whole) for text in (kind.title, *(GAP.join(text.rjust(width) for text in row) for row in grid))]
        for k, grid in cells.items()
    }


def _list(value: ExplainedValue, patch: Patch, stage: Stage) -> Iterator[str]:
    """List the numbers that are read, the strongest where they are too many."""
    found = parts.listing(patch)
    vector = len(value.shape_of(patch)) == 1
    in_maps = vector and value.place_in_maps(patch, 0) is not None
    heads = [value.unit_word(patch)] * vector + ["row", "column", "channel"] * (in_maps or not vector) + ["value"]
    heads += ["weight"] if patch.weights is not None else []
    heads += [stage.term] if patch.terms is not None else []
    rows = []
    for entry in found.entries:
        place: list[int] = [entry.channel] if vector else [entry.row, entry.column, entry.channel]
        place += value.place_in_maps(patch, entry.channel) or () if vector else ()
        rows.append([*map(str, place), *map(number, entry.numbers), "<-" if entry.chosen else ""])
    yield from (f"  {line}" for line in aligned([[*heads, ""], *rows], range(len(heads) + 1)))
    if found.left_out:
        yield from filled(wording.left_out(patch, stage, found))
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
    for name, *columns in lines:
        text = f"{name:<{names}}"
        for place, part in enumerate(filter(None, columns)):
            sign = "= " if place else ""
            if len(f"{text} {sign}{part}") > WIDTH:
                yield text
                text = " " * (names + 1)
            text += f"{' ' if place else '  '}{sign}{part}"
        yield text
