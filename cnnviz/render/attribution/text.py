"""An attribution as an aligned table, with what there is to say of each method."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnviz.render.attribution.model import AttributionReport, ClassScore, MethodReport, Removal
from cnnviz.render.kit.numbers import NOTHING, percent, short
from cnnviz.render.kit.text import aligned, filled, joined

_HEAD = ("method", "layer", "deletion", "random", "insertion", "random", "shuffled", "missing")


def to_text(report: AttributionReport) -> str:
    """Write an attribution as text."""
    return joined(_lines(report))


def about(report: AttributionReport) -> str:
    """Say what was asked about, and its value."""
    value = f"{short(report.value)}"
    if report.probability is not None:
        value = f"score {value}, {percent(report.probability, exact=False)}"
    return f"why {report.target} ({value})"


def likely(part: ClassScore) -> str:
    """Write a class with its probability."""
    return f"{part.name} {NOTHING if part.probability is None else percent(part.probability, exact=False)}"


def _lines(report: AttributionReport) -> Iterator[str]:
    yield f"{report.name}: {report.file}, {about(report)}"
    if report.classes:
        yield from filled(f"the network's classes: {', '.join(map(likely, report.classes))}", hanging="    ")
    yield ""
    checked = any(method.deletion is not None for method in report.methods)
    kept = range(len(_HEAD)) if checked else (*range(2), len(_HEAD) - 1)
    rows = [[row[at] for at in kept] for row in (_HEAD, *map(_row, report.methods))]
    lines = aligned(rows, set(range(2, len(kept))))
    yield lines[0]
    yield "-" * max(map(len, lines))
    yield from lines[1:]
    yield ""
    what = "value" if report.probability is None else "probability"
    checks = (
        f"deletion, insertion: mean {what} while pixels give way to the baseline ({report.baseline}) or come back, the "
        "most important first: a good map deletes lower and inserts higher than pixels in random order. shuffled: rank "
        "correlation with the map that is left when the weights are shuffled, from the last layer down: near 0 for a "
        "map that hangs on what was learned. "
    )
    yield from filled(f"{checks if checked else ''}missing: by how much the parts miss the sum that they promise.")
    remarks = [(method.method, note) for method in report.methods for note in method.notes]
    if remarks:
        yield ""
    for name, note in remarks:
        yield from filled(f"{name}: {note}", hanging="    ")


def _row(method: MethodReport) -> Sequence[str]:
    shuffled = " ".join(f"{part.similarity:.2f}" for part in method.shuffled)
    missing = NOTHING if method.completeness_error is None else short(abs(method.completeness_error), 2)
    return [
        method.method,
        method.layer or "",
        *_areas(method.deletion),
        *_areas(method.insertion),
        shuffled or NOTHING,
        missing,
    ]


def _areas(removal: Removal | None) -> tuple[str, str]:
    return (NOTHING, NOTHING) if removal is None else (short(removal.area, 3), short(removal.random_area, 3))
