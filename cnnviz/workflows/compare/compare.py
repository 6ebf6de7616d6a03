"""`cnnviz compare`: two output folders, image by image."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from cnnviz.errors import CnnvizError, UsageError
from cnnviz.io.files import AnyPath, read_regular_file, show_path
from cnnviz.io.machine import usable_cores
from cnnviz.io.targets import check_apart, check_target, is_marked, write_target
from cnnviz.io.threads import map_in_order
from cnnviz.outputs.names import ENVIRONMENT
from cnnviz.outputs.snapshot import Snapshot, open_snapshot
from cnnviz.render.comparison.model import Comparison, ImageComparison, Limits
from cnnviz.render.kit.html import page_mark
from cnnviz.workflows.compare.image import compare_image, layer_names

_AHEAD = 8
"""Images per thread that are handed out before the first of them is done."""

_ENVIRONMENT_LIMIT = 2**20
_UP = 3
"""How far above the folder of one image its output folder may be, counting `a/b/photo` folders."""

_REDRAWN = (
    "sheets were drawn by other rules than the baseline's, with --labels or without, or by another version: that they "
    "differ need not mean that values do; where single maps and the report are the same, `cnnviz accept` takes them"
)

_JUNIT_MARK = b'<testsuites name="cnnviz compare"'


def compare(
    baseline: AnyPath,
    current: AnyPath,
    limits: Limits | None = None,
    patterns: Sequence[str] = (),
    workers: int | None = None,
) -> Comparison:
    """Compare two output folders, or the folders of two images.

    Args:
        baseline: What is right.
        current: What is to be judged.
        limits: How much they may differ; None for no pixel at all.
        patterns: Globs of the layers to compare, `input` among them; empty for all.
        workers: Threads; None for the usable cores.

    Raises:
        UsageError: If one of them is missing, empty or not an output of cnnviz, or no layer is meant.
    """
    before, after = open_snapshot(baseline, "BASELINE"), open_snapshot(current, "CURRENT")
    check_alike(before, after)
    check_patterns(before, after, patterns)
    chosen = limits or Limits()
    images = tuple(compare_images(before, after, chosen, tuple(patterns), workers))
    warning = _environment_warning(before, after)
    warnings = [warning] if warning else []
    if Path(before.path).samefile(after.path):
        warnings.append("BASELINE and CURRENT are the same folder")
    if any(image.redrawn for image in images):
        warnings.append(_REDRAWN)
    problems = tuple(new_failures(before, after))
    return Comparison(before.path, after.path, chosen, tuple(patterns), images, problems, tuple(warnings))


def compare_images(
    before: Snapshot, after: Snapshot, limits: Limits, patterns: tuple[str, ...], workers: int | None
) -> Iterator[ImageComparison]:
    """Compare the images of two folders, in the order of the labels; those without a layer in question are left out."""
    labels = sorted({*before.labels, *after.labels})

    def work(label: str) -> ImageComparison:
        return compare_image(label, before.folder(label), after.folder(label), limits, patterns)

    count = min(workers or usable_cores(), len(labels))
    results = map_in_order(work, labels, count, count * _AHEAD)
    return (image for image in results if image.layers or image.problems or not patterns)


def new_failures(before: Snapshot, after: Snapshot) -> Iterator[str]:
    """Say which images failed in the current run and did not in the baseline's."""
    for key, message in after.failures.items():
        if key not in before.failures:
            yield f"{show_failed(key)} failed in the current run: {show_path(message)}"


def show_failed(key: tuple[str, str]) -> str:
    """Name an image that failed, by the output folder and the image as it was named."""
    folder, file = key
    return show_path(f"{file} ({folder})" if folder else file)


def check_alike(before: Snapshot, after: Snapshot) -> None:
    """Make sure that both are output folders, or both folders of one image.

    Raises:
        UsageError: If they are not.
    """
    if before.single != after.single:
        one, many = (before, after) if before.single else (after, before)
        raise UsageError(
            f"{show_path(one.path)} is the folder of one image, {show_path(many.path)} an output folder: "
            "name two of the same kind"
        )


def check_patterns(before: Snapshot, after: Snapshot, patterns: Sequence[str]) -> None:
    """Make sure that every pattern means a layer of some image.

    Raises:
        UsageError: If one does not.
    """
    left = set(patterns)
    known: dict[str, None] = {}
    for label in sorted({*before.labels, *after.labels}) if patterns else ():
        names = layer_names(before.folder(label), after.folder(label))
        left = {pattern for pattern in left if not any(fnmatchcase(name, pattern) for name in names)}
        known |= dict.fromkeys(names)
        if not left:
            return
    for pattern in patterns:
        if pattern in left:
            raise UsageError(
                f"--layer {show_path(pattern)}: there is no such layer; there are: {show_path(', '.join(known))}"
            )


def check_files(page: Path | None, junit: Path | None) -> None:
    """Refuse files that may not be written, before anything is compared.

    Raises:
        UsageError: If both are the same.
        OutputError: If something is in the way.
    """
    check_apart({"--report": page, "--junit": junit})
    for path, mark in ((page, page_mark("compare")), (junit, _JUNIT_MARK)):
        if path is not None:
            check_target(path, is_marked(mark))


def write_page(comparison: Comparison, path: Path) -> None:
    """Write the page.

    Raises:
        OutputError: If it cannot be written.
    """
    from cnnviz.render.comparison.page import to_html
    from cnnviz.workflows.compare.embedding import embed

    write_target(path, to_html(comparison, embed(comparison)).encode())


def write_junit(comparison: Comparison, path: Path) -> None:
    """Write the JUnit file.

    Raises:
        OutputError: If it cannot be written.
    """
    from cnnviz.render.comparison.junit import to_junit

    write_target(path, to_junit(comparison))


def _environment_warning(baseline: Snapshot, current: Snapshot) -> str | None:
    """Say in what the environments differ that made two folders; None if in nothing, or that is not known."""
    before, after = _environment(baseline), _environment(current)
    if not before or not after:
        return None
    differences = [
        f"{name} {before.get(name, 'none')} -> {after.get(name, 'none')}"
        for name in dict.fromkeys([*before, *after])
        if name != "schema_version" and before.get(name) != after.get(name)
    ]
    return f"the two were made in different environments: {show_path(', '.join(differences))}" if differences else None


def _environment(snapshot: Snapshot) -> dict[str, Any]:
    folder = os.path.abspath(snapshot.path)  # noqa: PTH100
    for _ in range(_UP if snapshot.single else 1):
        try:
            data = read_regular_file(os.path.join(folder, ENVIRONMENT), _ENVIRONMENT_LIMIT, "an environment")  # noqa: PTH118
            content = json.loads(data)
        except (CnnvizError, ValueError, RecursionError):
            content = None
        if isinstance(content, dict) and "schema_version" in content:
            return content
        folder = os.path.dirname(folder)  # noqa: PTH120
    return {}
