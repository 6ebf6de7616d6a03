"""`cnnviz run`: the main job."""

from __future__ import annotations

from typing import Any

import click

from cnnviz.cli._cluster import engine_options, take_cluster
from cnnviz.cli._declaring import argument, define, option
from cnnviz.cli._opening import open_in_browser, open_option
from cnnviz.cli._options import (
    choice_option,
    json_option,
    layers_option,
    list_options,
    max_maps_option,
    path_option,
    picture_options,
    quiet_option,
    stack_options,
    threads_option,
    workers_option,
)
from cnnviz.cli._requests import take, take_stack_request
from cnnviz.cli._types import PathType


@define(section="Look", place=1)
@argument("inputs", nargs=-1, metavar="INPUT...")
@stack_options
@option(
    "-o",
    "--output",
    type=PathType(as_text=True),
    metavar="DIR",
    show_default="cnnviz-out/STACK",
    help="The output folder, made with its parents, or a URL such as s3://bucket/out.",
)
@list_options
@choice_option(
    "--name-by",
    "stem",
    "file",
    "path",
    help="Name an image's folder by the file's name without or with its suffix, or by its path as written.",
)
@option(
    "--scale-by",
    metavar="SCALE",
    show_default="the file's, else layer",
    help="What range becomes 0..255: layer, map, symmetric, fixed:LO:HI, percentile:LO:HI or map-percentile:LO:HI.",
)
@option(
    "--order",
    type=click.Choice(["index", "activity"]),
    show_default="the file's, else index",
    help="In which order sheets show maps: by their numbers, or the strongest first; pages stay with the numbers.",
)
@option(
    "--colormap",
    metavar="NAME",
    show_default="the file's, else gray",
    help="Any matplotlib colormap; gray writes one-channel PNGs.",
)
@option("--maps/--no-maps", default=True, help="Also write each feature map as a PNG of its own.")
@max_maps_option(64)
@layers_option("Draw only these layers; all are reported.")
@option(
    "--composite/--no-composite",
    default=None,
    show_default="the file's, else off",
    help="Also write a 3-map layer as one colour picture.",
)
@option(
    "--labels/--no-labels",
    default=None,
    show_default="the file's, else off",
    help="Write on sheets and kernels what they show: layer, shape, numbers, range and a bar of its colours.",
)
@option("--kernels", is_flag=True, help="Also draw each layer's kernels, zero in the middle of the colours.")
@option("--save-activations", is_flag=True, help="Also write every layer's raw tensor to activations.h5.")
@option("--no-save-weights", is_flag=True, help="Do not write the weights.")
@picture_options
@threads_option("one image", "the usable cores for one image, 1 per worker")
@workers_option("Processes for many images; 1 works in this process.", "the usable cores, at most one per image")
@engine_options
@option(
    "--html/--no-html",
    default=None,
    show_default="on for one image, off for several",
    help="Also write a page of each image, to look at and to click through.",
)
@path_option(
    "--figure",
    help="Also draw all layers of one image as a labelled figure; the suffix decides the format: .png, .svg or .pdf.",
)
@open_option("the page of one image, or the overview of several,")
@option("--force", is_flag=True, help="Redo images whose outputs are up to date; else they are skipped.")
@option("--fail-fast", is_flag=True, help="Stop at the first image that fails.")
@json_option
@option(
    "--jsonl",
    "as_jsonl",
    is_flag=True,
    help="Print one JSON line per image instead of text: file, folder, status, message, seconds.",
)
@choice_option(
    "--progress",
    "auto",
    "on",
    "off",
    help="Progress on stderr; auto is a bar on a terminal, and elsewhere, for several images, a line now and then.",
)
@quiet_option("Say less: no reports, no progress; twice: nothing but errors.")
@option("-v", "--verbose", count=True, help="Say more: how long each image takes.")
def command(
    inputs: tuple[str, ...],
    files_from: Any,
    nul_separated: bool,
    name_by: Any,
    fail_fast: bool,
    as_json: bool,
    as_jsonl: bool,
    workers: int | None,
    engine: str,
    scheduler: str | None,
    scheduler_file: Any,
    figure: Any,
    open_page: bool,
    progress: str,
    quiet: int,
    verbose: int,
    **options: Any,
) -> int:
    """Run images through a layer stack and draw every layer's feature maps.

    INPUT is an image file, a folder (searched recursively), a quoted glob, - for a list of paths on stdin, or
    sample:NAME for a bundled picture. Out come a PNG of every layer's maps, the weights and a shape report.
    In the report, params counts weights and biases; MACs counts the multiply-accumulates of kernels, not biases.

    \b
    Examples:
      cnnviz run photo.jpg --config l3
      cnnviz run sample:astronaut -c walkthrough --activation tanh -o out
      cnnviz run pictures/ -c mystack.yaml --jsonl > done.jsonl
    """  # noqa: D301
    from cnnviz.cli._messages import print_paths
    from cnnviz.cli._run_printer import RunPrinter
    from cnnviz.cli._statuses import DONE
    from cnnviz.outputs.inputs import resolve
    from cnnviz.workflows.prepare.request import DrawingRequest, RunRequest
    from cnnviz.workflows.run.job import Job
    from cnnviz.workflows.run.run import run_images

    if as_json and as_jsonl:
        raise click.UsageError("--json and --jsonl are two ways to print the same: choose one")
    cluster = take_cluster(engine, scheduler, scheduler_file, workers)
    request = RunRequest(
        stack=take_stack_request(options),
        drawing=take(DrawingRequest, options),
        save_weights=not options.pop("no_save_weights"),
        figure=figure,
        **options,
    )
    job = Job(request)
    own = [str(job.output.path or job.output), *([] if figure is None else [str(figure)])]
    remarks = job.preparation.remarks
    sources = resolve(inputs, files_from, null=nul_separated, name_by=name_by, own=own, remarks=remarks)
    if open_page and len(sources) == 1 and request.html is False:
        raise click.UsageError("--open opens the page, and --no-html writes none: leave one of them out")
    results = run_images(job, sources, fail_fast, workers, cluster)
    with RunPrinter(job, sources, as_json, as_jsonl, progress, quiet, verbose) as printer:
        for result in results:
            printer.add(result)
    if figure is not None and printer.status == DONE and quiet < 2 and not (as_json or as_jsonl):
        print_paths(figure)
    if open_page and printer.page is not None:
        open_in_browser(printer.page)
    return printer.status
