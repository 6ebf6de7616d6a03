"""The overview page of an output folder, made from what is in the folder and nothing else."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from urllib.parse import quote

from cnnviz.errors import CnnvizError, UsageError
from cnnviz.io.files import (
    exclusive,
    open_regular,
    output_errors,
    plain_reason,
    read_regular_file,
    show_path,
    whole_file,
    write_all,
)
from cnnviz.io.images import MAX_PIXELS
from cnnviz.io.machine import usable_cores
from cnnviz.io.png import decode_png
from cnnviz.io.temporaries import remove_stale_temporaries
from cnnviz.io.threads import map_in_order
from cnnviz.outputs.failures import FailedImage
from cnnviz.outputs.finding import ImageOutput, check_disk, is_sweep_folder, outputs_below
from cnnviz.outputs.folders import DiskFolder
from cnnviz.outputs.names import INPUT_PICTURE, JOURNAL, PAGE, REPORT, TEXT
from cnnviz.outputs.ownership import check_free
from cnnviz.render.kit.html import HEAD_BYTES, is_page
from cnnviz.render.overview.model import Image, Overview, StackLine
from cnnviz.render.overview.page import write_card, write_page
from cnnviz.render.overview.thumbnail import Thumbnail, thumbnail
from cnnviz.render.report.model import LayerReport, Report
from cnnviz.render.report.wording import recognised
from cnnviz.wording import shape_text

EMBEDDED = 2000
"""Images whose thumbnails are inside the page; later ones are loaded from their folders when they come into view.

Ten thousand images of 512x512 make a page of 9.6 MB so, in 11 s of CPU time; with all thumbnails inside, 17 MB in 21 s;
with none, 4 MB in 4 s. Chromium shows each within 2.5 s. A run pays this even if it adds three images to ten thousand.
"""

_DECODED = 2**30
"""Pixels that may be decoded for thumbnails, for the same reason: photographs are large."""

_AHEAD = 64
"""Images that threads may be at before the first of them is written."""

_STACKS = 20
"""Stacks whose layers are listed; a loop may have made one for each image."""


def check_index(folder: Path) -> None:
    """Refuse a folder whose overview cannot be written.

    Raises:
        UsageError: If it is the folder of one image or of a sweep.
        OutputError: If its `index.html` is not an overview.
    """
    if is_sweep_folder(os.fspath(folder)):
        raise UsageError(f"{show_path(folder)} is the folder of a sweep, which has a page of its own")
    if any(os.path.lexists(folder / name) for name in (REPORT, JOURNAL)):
        raise UsageError(f"{show_path(folder)} is the folder of one image; an overview is for the folder above it")
    ours = False
    with suppress(CnnvizError), open_regular(folder / PAGE) as descriptor:
        ours = is_page(os.read(descriptor, HEAD_BYTES), "overview")
    check_free(DiskFolder(folder), PAGE, ours, advice="")


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

    try:
        is_folder = stat.S_ISDIR(folder.stat().st_mode)
    except OSError as error:
        raise UsageError(f"cannot read {show_path(folder)}: {plain_reason(error)}") from None
    if not is_folder:
        raise UsageError(f"{show_path(folder)} is not a folder")
    check_index(folder)
    path = folder / PAGE
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
            with whole_file(path) as page:
                for piece in pieces:
                    write_all(page, piece.encode(errors="backslashreplace"))
    return overview


def _gather(folder: Path, overview: Overview) -> Iterator[str]:
    """Go through a folder, count, and write a card for each image; threads make the cards."""
    album = _Album(folder)

    def reported() -> Iterator[tuple[ImageOutput, Report, list[_IndexPicture]]]:
        stacks = _Stacks(overview)
        for found in outputs_below(str(folder)):
            if isinstance(found, FailedImage):
                overview.failed.add(show_path(found.file), found.stage, found.message)
            elif found.report is None:
                overview.incomplete.add(show_path(found.folder), "", found.reason)
            else:
                stacks.add(found.report, show_path(found.folder))
                overview.images += 1
                overview.noted += any(layer.notes for layer in found.report.layers)
                yield found, found.report, list(album.choose(found, found.report))

    return map_in_order(lambda image: _card(*image), reported(), usable_cores(), _AHEAD)


def _card(found: ImageOutput, report: Report, pictures: list[_IndexPicture]) -> str:
    opens = (PAGE, *(path for _, path in _sheets(found, report)), INPUT_PICTURE, TEXT)
    return write_card(
        Image(
            name=show_path(found.folder),
            href=_address(found.folder, next((name for name in opens if name in found.names), REPORT)),
            report=_address(found.folder, TEXT if TEXT in found.names else REPORT),
            shape=shape_text(report.input.shape),
            notes=tuple((layer.name, text) for layer in report.layers for text in layer.notes or ()),
            thumbnails=tuple(filter(None, (_thumbnail(found.folder, picture) for picture in pictures))),
            taken_for=recognised(report, named=True, most=1) if report.layers else "",
        )
    )


class _Stacks:
    """The stacks that images went through."""

    def __init__(self, overview: Overview) -> None:
        self._overview = overview
        self._known: dict[object, StackLine] = {}

    def add(self, report: Report, image: str) -> None:
        """Count an image."""
        key = report.name, tuple((layer.name, layer.kind_in_words) for layer in report.layers)
        line = self._known.get(key)
        if line is None:
            if len(self._known) == _STACKS:
                self._overview.elsewhere += 1
                return
            line = self._known[key] = StackLine(report, image)
            self._overview.stacks.append(line)
        line.images += 1
        line.same_shapes &= line.report.input.shape == report.input.shape


@dataclass(frozen=True, slots=True)
class _IndexPicture:
    """A picture of an image's folder, and its bytes if it is to be inside the page."""

    label: str
    path: str
    data: bytes | None


class _Album:
    """Chooses the pictures of each image, and those that will be inside the page."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._images = EMBEDDED
        self._pixels = _DECODED

    def choose(self, found: ImageOutput, report: Report) -> Iterator[_IndexPicture]:
        """Give the input, and the last layer that has a height and a width.

        Args:
            found: The image's folder.
            report: The report of the image.
        """
        self._images -= 1
        if INPUT_PICTURE in found.names:
            yield self._read(found.folder, INPUT_PICTURE, "input")
        sheets = reversed(_sheets(found, report))
        spatial = (sheet for sheet in sheets if sheet[0].output_shape[:-1] not in ((), (1, 1)))
        for layer, path in islice(spatial, 1):
            yield self._read(found.folder, path, layer.name)

    def _read(self, folder: str, picture: str, label: str) -> _IndexPicture:
        data = None
        if self._images >= 0 and self._pixels > 0:
            path = str(self._folder / folder / picture)
            try:
                data = read_regular_file(path, 4 * MAX_PIXELS, "a picture")
            except CnnvizError as error:
                check_disk(error, path)
                data = b""
            pixels = int.from_bytes(data[16:20]) * int.from_bytes(data[20:24])  # where PNG has width and height
            if pixels > self._pixels:
                data = None
            else:
                self._pixels -= pixels
        return _IndexPicture(label, picture, data)


def _thumbnail(folder: str, picture: _IndexPicture) -> Thumbnail | None:
    """Make a small picture, or a link to the picture itself; None if it is gone or damaged."""
    if picture.data is None:
        return Thumbnail(picture.label, _address(folder, picture.path))
    try:
        return thumbnail(picture.label, decode_png(picture.data))
    except CnnvizError:
        return None


def _sheets(found: ImageOutput, report: Report) -> list[tuple[LayerReport, str]]:
    """List the layers whose sheet is there; a report may say anything, and a baseline may have no pictures."""
    return [(layer, layer.sheet.path) for layer in report.layers if layer.sheet and layer.sheet.path in found.names]


def _address(folder: str, name: str) -> str:
    """Write a path so that a browser takes it for one, whatever its characters; names need not be UTF-8."""
    return quote(os.fsencode(f"{folder}/{name}"))
