"""The overview page of an output folder, made from what is in the folder and nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from cnnviz.errors import CnnvizError, OutputError, UsageError
from cnnviz.io.files import (
    exclusive,
    open_regular,
    output_errors,
    read_regular_file,
    remove_stale_temporaries,
    show_path,
    whole_file,
)
from cnnviz.io.images import MAX_PIXELS
from cnnviz.io.png import decode_png
from cnnviz.layers.base import show
from cnnviz.render.overview.model import Failure, Image, LayerLine, Note, Overview, StackLine, Thumbnail
from cnnviz.render.overview.page import HEAD_BYTES, is_overview, write_card, write_page
from cnnviz.render.overview.thumbnail import thumbnail
from cnnviz.render.report.model import LayerReport, Report
from cnnviz.workflows.gathering import outputs_below
from cnnviz.workflows.output import INPUT_PICTURE, JOURNAL, REPORT, TEXT, report_files

INDEX = "index.html"

EMBEDDED = 1000
"""Images whose thumbnails are inside the page; those after them are loaded from their folders when they come into view.

Two thumbnails are 2 kB an image. Ten thousand images would make 29 MB, of which a browser reads every byte before it shows
the last line, and cost a minute of decoding; so they make 6 MB and take 4 seconds.
"""

_DECODED = 2**30
"""Pixels that may be decoded for thumbnails, for the same reason: photographs straight from a camera are large."""

_STACKS = 20
"""Stacks whose layers are listed; a loop may have made one for each image."""


def check_index(folder: Path) -> None:
    """Refuse a folder whose overview cannot be written.

    Raises:
        UsageError: If it is the folder of one image.
        OutputError: If its `index.html` is not an overview.
    """
    if (folder / REPORT).exists() or (folder / JOURNAL).exists():
        raise UsageError(f"{show_path(folder)} is the folder of one image; an overview is for the folder above it")
    path = folder / INDEX
    if path.exists() or path.is_symlink():
        try:
            with open_regular(path) as descriptor:
                ours = is_overview(os.read(descriptor, HEAD_BYTES))
        except CnnvizError:
            ours = False
        if not ours:
            raise OutputError(f"{show_path(path)}: a file that cnnviz did not write is in the way; move it")


def write_index(folder: Path) -> Overview:
    """Write the overview of a folder; a process that comes at the same time waits its turn, and sees more.

    Args:
        folder: Where outputs are, here or in the folders below.

    Returns:
        What the page shows.

    Raises:
        UsageError: If there is no output of cnnviz.
        OutputError: If the page cannot be written, or another's is in the way.
    """
    from tempfile import TemporaryFile

    if not folder.is_dir():
        raise UsageError(f"{show_path(folder)} is not a folder")
    check_index(folder)
    path = folder / INDEX
    overview = Overview()
    with exclusive(folder), output_errors(path):
        remove_stale_temporaries(folder)
        # The counts stand above the images and are known after them: the images wait in a file, not in memory.
        with TemporaryFile("w+", encoding="utf-8", errors="backslashreplace", newline="\n", dir=folder) as cards:
            cards.writelines(_gather(folder, overview))
            if not overview.images + overview.failed.count + overview.incomplete.count:
                raise UsageError(f"{show_path(folder)} holds no output of cnnviz")
            cards.seek(0)
            pieces = write_page(overview, iter(lambda: cards.read(2**16), ""))
            with whole_file(path) as temporary, temporary.open("xb") as page:
                page.writelines(piece.encode(errors="backslashreplace") for piece in pieces)
    return overview


def _gather(folder: Path, overview: Overview) -> Iterator[str]:
    """Go through a folder, count, and write a card for each image."""
    stacks = _Stacks(overview)
    thumbnails = _Thumbnails(folder)
    for found in outputs_below(str(folder)):
        if isinstance(found, Failure):
            overview.failed.add(found)
            continue
        name = show_path(found.folder)
        if found.report is None:
            overview.incomplete.add(Failure(name, "", found.reason))
            continue
        notes = tuple(Note(layer.name, text) for layer in found.report.layers for text in layer.notes or ())
        overview.images += 1
        overview.noted += bool(notes)
        stacks.add(found.report, name)
        opens = INDEX if found.has_page else _first_picture(found.report)
        yield write_card(
            Image(
                name=name,
                href=_address(found.folder, opens),
                report=_address(found.folder, TEXT),
                shape=show(found.report.input.shape),
                notes=notes,
                thumbnails=tuple(thumbnails.of(found.folder, found.report)),
            )
        )


class _Stacks:
    """The stacks that images went through."""

    def __init__(self, overview: Overview) -> None:
        self._overview = overview
        self._known: dict[object, StackLine] = {}

    def add(self, report: Report, image: str) -> None:
        """Count an image."""
        key = report.name, tuple((layer.name, layer.type) for layer in report.layers)
        shape = show(report.input.shape)
        line = self._known.get(key)
        if line is None:
            if len(self._known) == _STACKS:
                self._overview.elsewhere += 1
                return
            layers = (LayerLine(x.index, x.name, x.type, show(x.output_shape)) for x in report.layers)
            line = StackLine(report.name, image, shape, report.totals.params, tuple(layers))
            self._known[key] = line
            self._overview.stacks.append(line)
        line.images += 1
        line.same_shapes &= line.input_shape == shape


class _Thumbnails:
    """The pictures of each image on the page: inside it for the first ones, linked for the others."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._images = EMBEDDED
        self._pixels = _DECODED

    def of(self, folder: str, report: Report) -> Iterator[Thumbnail]:
        """Give the input, and the last layer that has a height and a width.

        Args:
            folder: The image's folder.
            report: Its report.
        """
        self._images -= 1
        ours = report_files(report)
        yield from self._one(folder, INPUT_PICTURE, "input")
        for layer in reversed(report.layers):
            sheet = _sheet(layer)
            if sheet in ours and len(layer.output_shape) == 3 and layer.output_shape[:2] != (1, 1):
                yield from self._one(folder, sheet, layer.name)
                return

    def _one(self, folder: str, picture: str, label: str) -> Iterator[Thumbnail]:
        if self._images >= 0 and self._pixels > 0:
            try:
                data = read_regular_file(self._folder / folder / picture, 4 * MAX_PIXELS, "a picture")
                size = int.from_bytes(data[16:20]) * int.from_bytes(data[20:24])  # where PNG has width and height
                if size <= self._pixels:
                    self._pixels -= size
                    yield Thumbnail(label, *thumbnail(decode_png(data)))
                    return
            except CnnvizError:
                return  # a picture that is gone or damaged: the card does without
        yield Thumbnail(label, _address(folder, picture))


def _first_picture(report: Report) -> str:
    ours = report_files(report)
    return next((sheet for sheet in map(_sheet, report.layers) if sheet in ours), INPUT_PICTURE)


def _sheet(layer: LayerReport) -> str:
    return layer.sheet.path if layer.sheet else ""


def _address(folder: str, name: str) -> str:
    """Write a path so that a browser takes it for one, whatever its characters; names need not be UTF-8."""
    return quote(os.fsencode(f"{folder}/{name}"))
