"""The folder of an attribution: which of its files an earlier one wrote."""

from __future__ import annotations

from contextlib import AbstractContextManager

import msgspec

from cnnviz.outputs.folders import Folder
from cnnviz.outputs.names import ATTRIBUTION, ATTRIBUTION_TEXT
from cnnviz.outputs.writing import OwnedFolder, open_owned
from cnnviz.render.attribution.model import SCHEMA_VERSION, AttributionReport

_DECODER = msgspec.json.Decoder(AttributionReport)


def open_attribution_folder(folder: Folder) -> AbstractContextManager[OwnedFolder]:
    """Take the folder of an attribution for this process alone (see `open_owned`)."""
    return open_owned(folder, lambda folder: OwnedFolder(folder, ATTRIBUTION, _reported(folder)))


def _reported(folder: Folder) -> frozenset[str]:
    """Return the files that an earlier attribution's report speaks for."""
    try:
        report = _DECODER.decode(folder.read(ATTRIBUTION))
    except (OSError, ValueError, RecursionError):
        return frozenset()
    if report.schema_version != SCHEMA_VERSION:
        return frozenset()
    files = (file for part in report.methods for file in (part.values, part.heat, part.overlay, part.curves) if file)
    return frozenset(files) | {report.sheet, ATTRIBUTION, ATTRIBUTION_TEXT}
