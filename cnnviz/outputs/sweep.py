"""The folder of a sweep: which of its files an earlier sweep wrote."""

from __future__ import annotations

from contextlib import AbstractContextManager

import msgspec

from cnnviz.errors import OutputError
from cnnviz.outputs.folders import Folder
from cnnviz.outputs.names import PAGE, SWEEP, SWEEP_TEXT
from cnnviz.outputs.writing import OwnedFolder, open_owned
from cnnviz.render.kit.html import is_page
from cnnviz.render.sweep.model import SCHEMA_VERSION, SweepReport

_DECODER = msgspec.json.Decoder(SweepReport)


def open_sweep_folder(folder: Folder) -> AbstractContextManager[OwnedFolder]:
    """Take the folder of a sweep for this process alone (see `open_owned`)."""
    return open_owned(folder, lambda folder: OwnedFolder(folder, SWEEP, _reported(folder) | _page(folder)))


def earlier_sweep(folder: Folder) -> SweepReport | None:
    """Read the report of the sweep that is in a folder; None if there is none, or one of another version."""
    try:
        report = _DECODER.decode(folder.read(SWEEP))
    except (OSError, ValueError, RecursionError):
        return None
    return report if report.schema_version == SCHEMA_VERSION else None


def _reported(folder: Folder) -> frozenset[str]:
    """Return the files that an earlier sweep's report speaks for."""
    report = earlier_sweep(folder)
    if report is None:
        return frozenset()
    return frozenset(layer.sheet.path for layer in report.layers if layer.sheet is not None) | {SWEEP_TEXT, SWEEP}


def _page(folder: Folder) -> frozenset[str]:
    """Return the page where a sweep wrote it, which it says itself."""
    try:
        return frozenset({PAGE} if folder.holds_plain_file(PAGE) and is_page(folder.read(PAGE), "sweep") else ())
    except (OSError, OutputError):
        return frozenset()
