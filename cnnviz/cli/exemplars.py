"""`cnnviz exemplars`: the patches that make each filter answer most."""

from __future__ import annotations

from typing import Any

import click

from cnnviz.cli._cluster import engine_options, take_cluster
from cnnviz.cli._declaring import argument, define, option
from cnnviz.cli._folder import Ending, ending_options, output_option
from cnnviz.cli._options import (
    asked_layer_option,
    channels_option,
    list_options,
    picture_options,
    stack_options,
    threads_option,
    workers_option,
)
from cnnviz.cli._requests import take, take_stack_request


@define(section="Look", place=5)
@argument("inputs", nargs=-1, metavar="DATA...")
@stack_options
@asked_layer_option("The layer whose maps or units are asked.")
@channels_option("all, at most 64")
@option("--top", type=click.IntRange(1, 100), metavar="N", default=9, help="Patches of each channel.")
@output_option("exemplars")
@list_options
@picture_options
@threads_option("one picture", "the usable cores for one process, 1 per worker")
@workers_option("Processes for many pictures; 1 works in this process.", "the usable cores, at most one per picture")
@engine_options
@ending_options("page")
def command(
    inputs: tuple[str, ...],
    files_from: Any,
    nul_separated: bool,
    workers: int | None,
    engine: str,
    scheduler: str | None,
    scheduler_file: Any,
    layer: str,
    channels: tuple[int, ...],
    top: int,
    output: Any,
    max_pixels: int,
    **options: Any,
) -> int:
    """Find which patches of very many pictures make each filter of a layer answer most.

    DATA is a data set that holds arrays (MNIST's folder, CIFAR-10's, an .npz, sample:mnist), or files, folders
    (searched recursively), quoted globs, - for a list of paths on stdin, or sample:NAME. Of each picture the largest
    answer of each filter counts. Memory does not grow with the number of pictures; a run that was stopped goes on where
    it was.

    Into the output folder come a sheet for each filter, of the patches cut out by the exact receptive field with their
    values and pictures, exemplars.png with all of them, index.html, and exemplars.json.

    \b
    Examples:
      cnnviz exemplars sample:mnist -c mnist_two_conv --weights sample:mnist_two_conv --layer conv_2
      cnnviz exemplars photos/ -c model.onnx --layer relu_5 --channel 12 --top 25 -o relu_5
    """  # noqa: D301
    from cnnviz.cli._statuses import SOME_FAILED
    from cnnviz.render.exemplars.text import to_text
    from cnnviz.workflows.exemplars.find import find_exemplars
    from cnnviz.workflows.exemplars.job import ExemplarJob
    from cnnviz.workflows.exemplars.pictures import find_pictures
    from cnnviz.workflows.exemplars.request import ExemplarsRequest

    ending = take(Ending, options)
    cluster = take_cluster(engine, scheduler, scheduler_file, workers)
    request = ExemplarsRequest(
        stack=take_stack_request(options),
        layer=layer,
        channels=channels,
        top=top,
        output=output,
        max_pixels=max_pixels,
    )
    job = ExemplarJob(request)
    pictures = find_pictures(job, inputs, files_from, nul_separated, workers, cluster, job.preparation.remarks)
    with ending.progress(len(pictures), "picture") as done:
        found = find_exemplars(job, pictures, lambda number, count: done(number))
    failures = [failure.in_words() for failure in found.failures[:20]]
    ending.tell(found, to_text, found.report.page, warnings=failures)
    return SOME_FAILED if found.report.failed else 0
