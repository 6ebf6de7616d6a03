"""A drawing as SVG: the same bytes for the same drawing, and words that stay words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cnnviz.render.diagram.marks import Drawing, Mark, Outline, Words

_FONTS = "DejaVu Sans, Verdana, Geneva, sans-serif"
"""Where the first, whose letters were measured, is not there, the next ones are hardly wider."""

_BASELINE = 0.36
"""From the middle of letters to their foot, in parts of their size."""

_FITTED = ' style="max-width:100%;height:auto"'

_DASHES = (6.0, 4.0)


def to_svg(drawing: Drawing, colours: Mapping[str, str], width: float | None = None, fitted: bool = False) -> str:
    """Write a drawing.

    Args:
        drawing: The drawing.
        colours: The colour of each name.
        width: How wide it is shown, in pixels; None for its own size.
        fitted: Whether it is shown smaller where there is less room.
    """
    scale = (width or drawing.width * drawing.scale) / drawing.width
    lines = [
        '<svg xmlns="http://www.w3.org/2000/svg" '
        f'width="{_short(drawing.width * scale)}" height="{_short(drawing.height * scale)}" '
        f'viewBox="0 0 {_short(drawing.width)} {_short(drawing.height)}" '
        f'font-family="{_FONTS}" role="img" stroke-linejoin="round"' + (_FITTED if fitted else "") + ">",
        f"<title>{_text(drawing.title)}</title>",
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>cnnviz</dc:title></metadata>',
        f'<rect width="100%" height="100%" fill="{colours["paper"]}"/>',
    ]
    for group in drawing.groups:
        marks = [text for mark in group.marks for text in _mark(mark, colours)]
        if group.title:
            lines += ["<g>", f"<title>{_text(group.title)}</title>", *marks, "</g>"]
        else:
            lines += marks
    return "\n".join([*lines, "</svg>", ""])


def path_of(outline: Outline) -> str:
    """Write an outline as the data of a path."""
    words = [f"M{_pair(outline.start)}"]
    for piece in outline.pieces:
        words.append(("L" if len(piece) == 1 else "C") + " ".join(map(_pair, piece)))
    return "".join(words) + ("Z" if outline.closed else "")


def _mark(mark: Mark, colours: Mapping[str, str]) -> Iterator[str]:
    if isinstance(mark, Words):
        y = mark.y + mark.size * _BASELINE
        weight = ' font-weight="bold"' if mark.bold else ""
        anchor = "" if mark.anchor == "start" else f' text-anchor="{mark.anchor}"'
        yield (
            f'<text x="{_short(mark.x)}" y="{_short(y)}" font-size="{_short(mark.size)}"{weight}{anchor} '
            f'fill="{colours[mark.colour]}">{_text(mark.text)}</text>'
        )
        return
    words = [f'<path d="{path_of(mark)}"', f'fill="{colours[mark.fill] if mark.fill else "none"}"']
    if mark.line:
        words += [f'stroke="{colours[mark.line]}"', f'stroke-width="{_short(mark.width)}"']
    if mark.dashed:
        words.append(f'stroke-dasharray="{" ".join(_short(mark.width * part) for part in _DASHES)}"')
    yield " ".join(words) + "/>"


def _pair(point: tuple[float, float]) -> str:
    return f"{_short(point[0])},{_short(point[1])}"


def _short(number: float) -> str:
    """Write a number to a tenth, as short as it is; the guard keeps halves from falling either way."""
    tenths = int(number * 10 + 0.5 + 1e-6) if number >= 0 else -int(-number * 10 + 0.5 + 1e-6)
    return f"{tenths / 10:.1f}".removesuffix(".0")


def _text(text: str) -> str:
    """Write words as XML: what it cannot hold becomes a space."""
    # `xml.sax.saxutils` would do it, and import all that fetches URLs.
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
