"""`cnnviz compare`: the snapshot check."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from cnnviz.cli._declaring import argument, define, option
from cnnviz.cli._opening import open_in_browser, open_option
from cnnviz.cli._options import count_option, json_option, layers_option, path_option, quiet_option, workers_option
from cnnviz.cli._statuses import DIFFERS, DONE
from cnnviz.cli._types import FiniteRange, PathType

if TYPE_CHECKING:
    from pathlib import Path


@define(section="Compare", place=1)
@argument("baseline", type=PathType())
@argument("current", type=PathType())
@option(
    "--max-level",
    "level",
    type=FiniteRange(0, 255),
    metavar="N",
    help="Allow differences of a level up to N of 255; how many pixels may differ is then free.",
)
@count_option(
    "--max-diff-pixels",
    "pixels",
    least=0,
    help="Allow up to N pixels of a picture to differ; by how much is then free.",
)
@option(
    "--max-diff-ratio",
    "ratio",
    type=FiniteRange(0, 1),
    metavar="R",
    help="Allow a part R of a picture's pixels to differ, 0.01 for a hundredth; by how much is then free.",
)
@layers_option("Compare only these layers; also input.")
@option(
    "--rtol",
    type=FiniteRange(min=0),
    metavar="X",
    default=1e-6,
    help="How much the report's statistics and the values of tensors may differ, relative to the baseline's.",
)
@option(
    "--atol",
    type=FiniteRange(min=0),
    metavar="X",
    default=1e-6,
    help="How much they may differ besides, relative to the layer's range.",
)
@option(
    "--tensors",
    is_flag=True,
    help="Judge by the tensors of run --save-activations, within --rtol and --atol, and not by pictures.",
)
@path_option(
    "--report",
    "page",
    metavar="FILE.html",
    help="Also write a self-contained page: baseline, current, the difference amplified, and a slider between the two.",
)
@open_option("the page of --report", only_with="--report")
@path_option("--junit", metavar="FILE.xml", help="Also write JUnit XML: a suite for each image, a case for each layer.")
@json_option
@workers_option("Threads that decode.")
@quiet_option("Print the sum alone; twice: nothing but errors.")
def command(
    baseline: Path,
    current: Path,
    layers: tuple[str, ...],
    page: Path | None,
    open_page: bool,
    junit: Path | None,
    as_json: bool,
    workers: int | None,
    quiet: int,
    **limits: Any,
) -> int:
    """Compare the outputs in CURRENT with those in BASELINE, and name the first layer that diverges.

    Both are output folders of `cnnviz run`, or both the folders of one image. Pictures are judged by their decoded
    pixels; the input picture counts as the first layer. Without a limit no pixel may differ; each limit that is given
    must hold in every picture, and one that is not given is free. The reports' shapes and parameters are compared
    exactly; their statistics, and the tensors of activations.h5 where both have it, where a layer's pixels are the
    same or must be. --tensors makes the tensors the judge in the place of pictures, as for a network that was converted
    or quantised. Pages, weights and environment.json are not compared. Where the baseline keeps reports alone (accept
    --reports-only), their hashes are the judge.

    Exit status: 0 no difference beyond the limits, 1 changed, added, removed, unreadable or incomplete outputs, 2 a
    folder that is missing, empty or not an output of cnnviz.

    The JSON document has result (same, within_limits or differs), limits, measured, headroom, first_divergence,
    summary, problems, warnings, and images with their layers and pictures that differ.

    \b
    Examples:
      cnnviz compare tests/baseline out
      cnnviz compare tests/baseline out --max-level 1 --max-diff-ratio 0.001 --layer 'conv*'
      cnnviz compare tests/baseline out --report differences.html --junit differences.xml
    """  # noqa: D301
    from cnnviz.cli._messages import print_json, print_paths, print_text, say_command, say_warning
    from cnnviz.render.comparison.annotations import to_github
    from cnnviz.render.comparison.model import Limits
    from cnnviz.workflows.compare.compare import check_files, compare, write_junit, write_page

    check_files(page, junit)
    found = compare(baseline, current, Limits(**limits), layers, workers)
    if page is not None:
        write_page(found, page)
    if junit is not None:
        write_junit(found, junit)
    if as_json:
        from cnnviz.render.comparison.json import to_json

        print_json(to_json(found))
    elif quiet < 2:
        from cnnviz.render.comparison.text import to_text

        print_text(to_text(found, details=not quiet), end="")
        if not quiet:
            print_paths(page, junit)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for line in to_github(found):
            say_command(line)
    elif quiet < 2:
        for warning in found.warnings:
            say_warning(warning)
    if open_page and page is not None:
        open_in_browser(page)
    return DIFFERS if found.differs else DONE
