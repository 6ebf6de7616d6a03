# Paths are strings here, as everywhere in a comparison.
# ruff: noqa: PTH112, PTH113, PTH118, PTH208
"""One image taken over into the baseline: what is staged, what goes, and what forbids it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Set
from typing import TypeVar

from cnnviz.errors import CnnvizError, ImageError, OutputError, UsageError
from cnnviz.io.files import read_regular_file, show_path
from cnnviz.io.png import check_stored, decode_stored, read_stored
from cnnviz.outputs.folders import DiskFolder
from cnnviz.outputs.image import report_files
from cnnviz.outputs.image_side import ImageSide, LayerNames
from cnnviz.outputs.names import ACTIVATIONS, JOURNAL, PAGE, REPORT, TEXT
from cnnviz.outputs.ownership import is_ours, owned
from cnnviz.outputs.replacing import Replacement, StagedFolder
from cnnviz.outputs.snapshot import holds_image, show_image
from cnnviz.render.report.json import to_json
from cnnviz.render.report.text import to_text
from cnnviz.workflows.compare.reports import merge_reports

_LIMIT = 2**31
_T = TypeVar("_T")


class ImageStaging:
    """Stages one image to be taken over into the baseline, or taken out of it.

    All methods raise `UsageError` if the current outputs are not complete, and `OutputError` if a file that is not
    cnnviz's is in the way, or nothing can be written.
    """

    def __init__(self, replacement: Replacement, label: str, before: ImageSide, after: ImageSide) -> None:
        """Look at whose the files in the baseline are.

        Args:
            replacement: Where files are staged.
            label: The image's folder.
            before: The image in the baseline; it may be missing.
            after: The image in the current outputs.
        """
        self._shown = show_image(label)
        self._before, self._after = before, after
        self._folder = StagedFolder(replacement, label)
        self._owned = self._find_owned()

    def take(self, reports_only: bool) -> None:
        """Stage the whole image.

        Args:
            reports_only: Keep the reports alone.
        """
        self._check_complete()
        after = self._after
        keep = {REPORT}
        if reports_only:
            self._check_hashes(after.pictures)
        else:
            self._take_pictures(after.pictures)
            others = [PAGE] if is_ours(DiskFolder(after.path), PAGE) else []
            if after.report is not None and after.report.activations == ACTIVATIONS:
                others.append(ACTIVATIONS)
            for name in others:
                self._copy(name)
            keep |= {*after.pictures, *others}
        self._write(REPORT, read_regular_file(os.path.join(after.path, REPORT), _LIMIT, "a report"))
        if os.path.isfile(os.path.join(after.path, TEXT)):
            keep.add(TEXT)
            self._copy(TEXT)
        self._folder.remove(self._owned - keep)
        self._check_rest(keep)

    def take_layers(self, wanted: Callable[[str], bool]) -> None:
        """Stage some layers; the page, which shows all of them, goes.

        Args:
            wanted: Tells of a layer's name whether it is taken over.
        """
        self._check_complete()
        before, after = self._before, self._after
        if before.report is None or after.report is None:
            raise UsageError(f"{self._shown}: the baseline's is not complete; leave --layer out to take it whole")
        report = merge_reports(self._shown, before.report, after.report, wanted)
        names = LayerNames(before, after)
        chosen = frozenset(path for path in after.pictures if wanted(names.layer(path)[1]))
        if before.report_only:
            self._check_hashes(chosen)
        else:
            self._take_pictures(chosen)
        gone = {path for path in before.pictures - chosen if wanted(names.layer(path)[1])}
        self._write(REPORT, to_json(report))
        self._write(TEXT, to_text(report).encode())
        self._folder.remove(self._owned & {PAGE, *gone})
        self._check_rest(before.pictures - gone)

    def prune(self) -> None:
        """Stage the removal of the image; what is not cnnviz's stays."""
        self._folder.remove(self._owned)
        self._check_rest(frozenset())

    def _find_owned(self) -> frozenset[str]:
        """Return the files of the image in the baseline that are cnnviz's."""
        side = self._before
        if side.report is None and not (os.path.isdir(side.path) and holds_image(side.path, os.listdir(side.path))):
            return frozenset()
        folder = self._folder.folder
        # Without a report that can be read, names are all there is to go by.
        reported = report_files(side.report) if side.report else {path for path in side.pictures if side.own(path)}
        found = owned(folder, REPORT, {REPORT, TEXT, PAGE, *reported})
        return found | {name for name in (JOURNAL,) if folder.holds_plain_file(name)}

    def _take_pictures(self, chosen: Iterable[str]) -> None:
        """Stage pictures that are not in the baseline byte for byte."""
        before = self._before
        for path in sorted(chosen):
            data = self._read_picture(path, _whole)
            if path not in before.pictures or not _holds(os.path.join(before.path, path), data):
                self._write(path, data)

    def _check_hashes(self, chosen: Iterable[str]) -> None:
        """Make sure that the report's hashes are those of the pictures, since they alone are kept."""
        for path in sorted(chosen):
            if path not in self._after.hashes:
                raise UsageError(f"{self._shown}: {show_path(path)} is not in its report; move it")
            if not self._after.lists(path, self._read_picture(path, decode_stored)):
                raise UsageError(f"{self._shown}: {show_path(path)} is not what its report says; run it again")

    def _read_picture(self, path: str, decode: Callable[[bytes], _T]) -> _T:
        """Read a picture of the current outputs, which must be whole."""
        try:
            return decode(read_stored(os.path.join(self._after.path, path)))
        except ImageError as error:
            raise UsageError(f"{self._shown}: {show_path(path)} cannot be taken over: {error}") from None

    def _check_complete(self) -> None:
        after = self._after
        if after.state != "complete":
            raise UsageError(f"{self._shown}: its current outputs are not complete ({after.state}); run it again")
        if missing := sorted(after.hashes.keys() - after.pictures):
            raise UsageError(
                f"{self._shown}: its current report lists {show_path(missing[0])}, which is not there; run it again"
            )

    def _check_rest(self, keep: Set[str]) -> None:
        """Make sure that no picture stays behind that a comparison would take for cnnviz's."""
        for path in sorted(self._before.pictures - self._owned - keep):
            if self._before.own(path):
                raise OutputError(
                    f"{show_path(os.path.join(self._before.path, path))}: no report lists it, so it is not cnnviz's to "
                    "take away; move it"
                )

    def _write(self, name: str, data: bytes) -> None:
        self._folder.write(name, data, name in self._owned)

    def _copy(self, name: str) -> None:
        self._folder.copy(name, os.path.join(self._after.path, name), name in self._owned)


def _whole(data: bytes) -> bytes:
    check_stored(data)
    return data


def _holds(path: str, data: bytes) -> bool:
    try:
        return read_stored(path) == data
    except CnnvizError:
        return False
