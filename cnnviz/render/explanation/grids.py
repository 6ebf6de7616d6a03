"""A window as text: values, weights and what comes of them side by side, a row for each row of pixels."""

from __future__ import annotations

from cnnviz.layers.explaining.records import Patch, Stage
from cnnviz.render.explanation import parts
from cnnviz.render.explanation.numbers import number, written

PADDING = "."

_GAP = "  "


def grids(patch: Patch, stage: Stage, digits: int) -> list[str]:
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
    blocks = [(kind.sign, _block(kind, patch, shown.channels, digits)) for kind in parts.kinds(patch, stage)]
    lines = []
    for channel, name in names.items():
        drawn = [name.ljust(margin), *(label.rjust(margin) for label in labels[1:])]
        for sign, block in blocks:
            for place, text in enumerate(block[channel]):
                if sign:
                    drawn[place] += f"{_GAP}{sign if place == middle else '':<{len(sign)}}"
                drawn[place] += _GAP + text
        sums = f", sum {number(float(patch.channel_sums[channel]))}" if patch.terms is not None else ""
        lines += ["", drawn[0].rstrip() + sums, *(line.rstrip() for line in drawn[1:])]
    if shown.left_out:
        left = "the other channel is" if shown.left_out == 1 else f"the other {shown.left_out:,} channels are"
        rest = "" if shown.rest is None else f"; their {stage.term} add up to {number(shown.rest)}"
        lines += ["", f"{left} not shown{rest}"]
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
            return PADDING
        return f"[{texts[i, j, k]}]" if is_values and (i, j, k) == patch.chosen else str(texts[i, j, k])

    rows, columns = range(len(patch.rows)), range(len(patch.columns))
    heads = [str(column) for column in patch.columns] if is_values else []
    cells = {k: [heads, *([cell(i, j, k) for j in columns] for i in rows)] for k in channels}
    width = max((len(text) for grid in cells.values() for row in grid for text in row), default=1)
    whole = max(len(kind.title), len(columns) * (width + len(_GAP)) - len(_GAP))
    return {
        k: [text.ljust(whole) for text in (kind.title, *(_GAP.join(text.rjust(width) for text in row) for row in grid))]
        for k, grid in cells.items()
    }
