"""The folder of a sweep: which of its files an earlier sweep wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import AbstractContextManager

import msgspec

from cnnviz.errors import OutputError
from cnnviz.outputs.folders import Folder
from cnnviz.outputs.owned import OwnedFolder, journalled, open_owned
from cnnviz.outputs.ownership import SWEEP
from cnnviz.render.kit.html import is_page
from cnnviz.render.sweep.model import SCHEMA_VERSION, SweepReport

TEXT = "sweep.txt"
PAGE = "index.html"
_NAME = re.compile(r"\d{2,}_[A-Za-z0-9_-]+\.png|sweep\.(json|txt)")
"""The files that a sweep may write, its page apart, which says itself whose it is."""

_DECODER = msgspec.json.Decoder(SweepReport)


def open_sweep_folder(folder: Folder) -> AbstractContextManager[OwnedFolder]:
    """Take the folder of a sweep for this process alone (see `open_owned`)."""
    return open_owned(folder, _look)


def _look(folder: Folder) -> OwnedFolder:
    claimed = _ours(_reported(folder) | journalled(folder))
    owned = frozenset(name for name in claimed if folder.holds_plain_file(name))
    return OwnedFolder(folder, owned | ({PAGE} if _has_own_page(folder) else frozenset()), TEXT, SWEEP)


def _reported(folder: Folder) -> frozenset[str]:
    """Return the files that an earlier sweep's report speaks for."""
    try:
        report = _DECODER.decode(folder.read(SWEEP))
    except (OSError, ValueError, RecursionError):
        return frozenset()
    if report.schema_version != SCHEMA_VERSION:
        return frozenset()
    return frozenset(layer.sheet.path for layer in report.layers if layer.sheet is not None) | {TEXT, SWEEP}


def _ours(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name for name in names if _NAME.fullmatch(name))


def _has_own_page(folder: Folder) -> bool:
    try:
        return folder.holds_plain_file(PAGE) and is_page(folder.read(PAGE), "sweep")
    except (OSError, OutputError):
        return False
