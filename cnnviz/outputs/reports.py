"""The report in an image's folder, and the files that it speaks for."""

from __future__ import annotations

from cnnviz.outputs.folders import Folder
from cnnviz.outputs.names import INPUT_PICTURE, REPORT, TEXT, files_of
from cnnviz.render.report.json import decode_report, is_of_this_version
from cnnviz.render.report.model import Report


def read_report(folder: Folder) -> Report | None:
    """Return the report in a folder; None if there is none that this version wrote."""
    try:
        report = decode_report(folder.read(REPORT))
    except (OSError, ValueError):
        return None
    return report if is_of_this_version(report) else None


def report_files(report: Report) -> frozenset[str]:
    """Return the files that a report speaks for, itself included."""
    names = {picture.path for picture in report.pictures(INPUT_PICTURE)}
    extra = {name for name in (report.activations, report.page) if name}
    return files_of(REPORT, names | extra | {INPUT_PICTURE, REPORT, TEXT})
