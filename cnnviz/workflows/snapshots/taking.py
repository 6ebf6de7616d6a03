# Paths are strings here, as everywhere in a comparison.
# ruff: noqa: PTH112, PTH118, PTH208
"""One image taken over into the baseline: what is staged, what goes, and what forbids it."""

from __future__ import annotations

import os
from collections.abc import Callable

from cnnviz.errors import CnnvizError, ImageError, OutputError, UsageError
from cnnviz.io.files import read_regular_file, show_path
from cnnviz.io.png import check_stored, decode_stored, read_stored
from cnnviz.outputs.folders import DiskFolder, Folder
from cnnviz.outputs.owned import JOURNAL, journalled
from cnnviz.outputs.ownership import ACTIVATIONS, PAGE, REPORT, TEXT, check_owned, is_ours, owned
from cnnviz.outputs.replacing import Replacement
from cnnviz.render.report.json import to_json
from cnnviz.render.report.text import to_text
from cnnviz.workflows.output import report_files
from cnnviz.workflows.snapshots.folders import is_image_folder
from cnnviz.workflows.snapshots.images import ImageSide, LayerNames
from cnnviz.workflows.snapshots.merging import merge_reports

_LIMIT = 2**31


class Taker:
    """Stages images of one folder to be taken over into another.

    Args:
        replacement: Where files are staged.
    """

    def __init__(self, replacement: Replacement) -> None:
        self._base = DiskFolder(replacement.folder)
        self._replacement = replacement

    def take(self, label: str, before: ImageSide, after: ImageSide, reports_only: bool) -> None:
        """Stage a whole image.

        Args:
            label: Its folder.
            before: It in the baseline; it may be missing.
            after: It in the current outputs.
            reports_only: Keep the reports alone.

        Raises:
            UsageError: If the current outputs are not complete.
            OutputError: If a file that is not cnnviz's is in the way, or nothing can be written.
        """
        self._check_complete(label, after)
        owned = self._owned(label, before)
        keep = {REPORT}
        if reports_only:
            self._check_hashes(label, after, sorted(after.pictures))
        else:
            keep |= self._pictures(label, before, after, after.pictures, owned)
            for name in self._others(after):
                keep.add(name)
                self._copy(label, name, os.path.join(after.path, name), name in owned)
        self._write(label, REPORT, read_regular_file(os.path.join(after.path, REPORT), _LIMIT, "a report"), owned)
        if os.path.isfile(os.path.join(after.path, TEXT)):  # noqa: PTH113
            keep.add(TEXT)
            self._copy(label, TEXT, os.path.join(after.path, TEXT), TEXT in owned)
        self._remove(label, owned - keep)
        self._check_rest(label, before, owned, keep)

    def take_layers(self, label: str, before: ImageSide, after: ImageSide, wanted: Callable[[str], bool]) -> None:
        """Stage some layers of an image; the page, which shows all of them, goes.

        Args:
            label: Its folder.
            before: It in the baseline, complete.
            after: It in the current outputs.
            wanted: Tells of a layer's name whether it is taken over.

        Raises:
            UsageError: If the current outputs are not complete, or the two have not the same layers.
            OutputError: If a file that is not cnnviz's is in the way, or nothing can be written.
        """
        self._check_complete(label, after)
        if before.report is None or after.report is None:
            raise UsageError(f"{_show(label)}: the baseline's is not complete; leave --layer out to take it whole")
        report = merge_reports(label, before.report, after.report, wanted)
        owned = self._owned(label, before)
        names = LayerNames(before, after)
        chosen = frozenset(path for path in after.pictures if wanted(names.layer(path)[1]))
        if before.report_only:
            self._check_hashes(label, after, sorted(chosen))
        else:
            self._pictures(label, before, after, chosen, owned)
        gone = {path for path in before.pictures - chosen if wanted(names.layer(path)[1])}
        self._write(label, REPORT, to_json(report), owned)
        self._write(label, TEXT, to_text(report).encode(), owned)
        self._remove(label, (gone & owned) | (owned & {PAGE}))
        self._check_rest(label, before, owned, before.pictures - gone)

    def prune(self, label: str, before: ImageSide) -> None:
        """Stage the removal of an image; what is not cnnviz's stays."""
        owned = self._owned(label, before)
        self._remove(label, owned)
        self._check_rest(label, before, owned, frozenset())

    def _pictures(
        self, label: str, before: ImageSide, after: ImageSide, chosen: frozenset[str], owned: set[str]
    ) -> set[str]:
        """Stage pictures that are not in the baseline byte for byte."""
        for path in sorted(chosen):
            try:
                data = read_stored(os.path.join(after.path, path))
                check_stored(data)
            except ImageError as error:
                raise UsageError(f"{_show(label)}: {show_path(path)} cannot be taken over: {error}") from None
            if path not in before.pictures or not _holds(os.path.join(before.path, path), data):
                self._write(label, path, data, owned)
        return set(chosen)

    def _others(self, after: ImageSide) -> list[str]:
        """Return the files that go with an image besides its pictures and reports."""
        names = [PAGE] if is_ours(DiskFolder(after.path), PAGE) else []
        if after.report is not None and after.report.activations == ACTIVATIONS:
            names.append(ACTIVATIONS)
        return names

    def _check_complete(self, label: str, after: ImageSide) -> None:
        if after.state != "complete":
            raise UsageError(f"{_show(label)}: its current outputs are not complete ({after.state}); run it again")
        if missing := sorted(after.hashes.keys() - after.pictures):
            raise UsageError(
                f"{_show(label)}: its current report lists {show_path(missing[0])}, which is not there; run it again"
            )

    def _check_hashes(self, label: str, after: ImageSide, paths: list[str]) -> None:
        """Make sure that the report's hashes are those of the pictures, since they alone are kept."""
        for path in paths:
            if path not in after.hashes:
                raise UsageError(f"{_show(label)}: {show_path(path)} is not in its report; move it")
            try:
                pixels = decode_stored(read_stored(os.path.join(after.path, path)))
            except ImageError as error:
                raise UsageError(f"{_show(label)}: {show_path(path)} cannot be taken over: {error}") from None
            if not after.lists(path, pixels):
                raise UsageError(f"{_show(label)}: {show_path(path)} is not what its report says; run it again")

    def _check_rest(self, label: str, before: ImageSide, owned: set[str], keep: set[str] | frozenset[str]) -> None:
        """Make sure that no picture stays behind that a comparison would take for cnnviz's."""
        for path in sorted(before.pictures - owned - keep):
            if before.own(path):
                raise OutputError(
                    f"{show_path(os.path.join(before.path, path))}: no report lists it, so it is not cnnviz's to take "
                    "away; move it"
                )

    def _owned(self, label: str, side: ImageSide) -> set[str]:
        """Return the files of an image in the baseline that are cnnviz's."""
        if side.report is None and not (os.path.isdir(side.path) and is_image_folder(side.path, os.listdir(side.path))):
            return set()
        folder = self._folder(label)
        # Without a report that can be read, names are all there is to go by.
        reported = report_files(side.report) if side.report else {path for path in side.pictures if side.own(path)}
        found = set(owned(folder, reported | {REPORT, TEXT, PAGE}, journalled(folder)))
        return found | {name for name in (JOURNAL,) if folder.holds_plain_file(name)}

    def _folder(self, label: str) -> Folder:
        return self._base / label if label else self._base

    def _write(self, label: str, name: str, data: bytes, ours: set[str] | frozenset[str]) -> None:
        check_owned(self._folder(label), name, name in ours)
        self._replacement.write(_join(label, name), data)

    def _copy(self, label: str, name: str, source: str, ours: bool) -> None:
        check_owned(self._folder(label), name, ours)
        self._replacement.copy(_join(label, name), source)

    def _remove(self, label: str, names: set[str]) -> None:
        for name in sorted(names):
            self._replacement.remove(_join(label, name))


def _join(label: str, name: str) -> str:
    return f"{label}/{name}" if label else name


def _show(label: str) -> str:
    return show_path(label) if label else "the image"


def _holds(path: str, data: bytes) -> bool:
    try:
        return read_stored(path) == data
    except CnnvizError:
        return False
