"""The whole job of `cnnviz exemplars`: pictures looked through, the strongest answers cut out and written."""

from __future__ import annotations

import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

from cnnviz import __version__
from cnnviz.attribution.strongest import Strongest
from cnnviz.errors import ImageError, UsageError
from cnnviz.io.png import encode_png
from cnnviz.outputs.failures import FailedImage
from cnnviz.outputs.names import EXEMPLARS, EXEMPLARS_SHEET, EXEMPLARS_SO_FAR, PAGE, channel_picture
from cnnviz.outputs.reported import Written, open_reported
from cnnviz.render.exemplars.model import DECODER, ChannelExemplars, Exemplar, ExemplarsReport
from cnnviz.render.exemplars.page import to_html
from cnnviz.render.exemplars.sheet import draw_channel, draw_overview
from cnnviz.render.exemplars.text import to_text
from cnnviz.render.kit.numbers import rounded
from cnnviz.stack.scores import unit_names
from cnnviz.workflows.exemplars.job import ExemplarJob
from cnnviz.workflows.exemplars.patches import Levels, Patches
from cnnviz.workflows.exemplars.pictures import Pictures
from cnnviz.workflows.exemplars.so_far import SoFar, load
from cnnviz.workflows.prepare.untrained import untrained

_EVERY = 20.0
"""Seconds after which what was found is kept, for a run that is stopped."""


def find_exemplars(
    job: ExemplarJob,
    pictures: Pictures,
    progress: Callable[[int, int], None] = lambda done, count: None,
) -> Written[ExemplarsReport]:
    """Look through pictures, and write what each channel answers to most.

    Args:
        job: What is asked.
        pictures: The pictures.
        progress: Is told how many pictures are done, and how many there are.

    Raises:
        CnnvizError: If no picture could be looked at, or the output cannot be written.
    """
    with open_reported(job.output, EXEMPLARS, DECODER) as owned:
        so_far = load(job.output, _key(job, pictures), job.request.top)
        resumed = so_far.done
        try:
            _look_through(job, pictures, so_far, progress, lambda: so_far.save(job.output))
        except BaseException:
            so_far.save(job.output)
            raise
        report, patches = _cut(job, pictures, so_far)
        owned.put(report, to_text(report), _files(report, patches))
    job.output.remove([EXEMPLARS_SO_FAR])
    went_on = [f"went on from picture {resumed:,}, where an earlier run was stopped"] if resumed else []
    remarks = (*job.preparation.remarks, *untrained(job.request.stack, job.preparation.stack), *went_on)
    return Written(report, job.output, remarks, tuple(so_far.failures))


def _files(report: ExemplarsReport, patches: Sequence[Sequence[Levels]]) -> Iterator[tuple[str, bytes]]:
    """Draw the files that the report lists."""
    for part, some in zip(report.channels, patches, strict=True):
        yield part.sheet, encode_png(draw_channel(report, part, some))
    yield report.sheet, encode_png(draw_overview(report, patches))
    yield report.page, to_html(report).encode()


def look_for_exemplars(job: ExemplarJob, pictures: Pictures) -> tuple[ExemplarsReport, list[list[Levels]]]:
    """Look through pictures, and write nothing.

    Args:
        job: What is asked.
        pictures: The pictures.

    Returns:
        What was found, and the patches of each channel, the strongest first.

    Raises:
        CnnvizError: If no picture could be looked at.
    """
    so_far = SoFar("")
    _look_through(job, pictures, so_far)
    return _cut(job, pictures, so_far)


def _look_through(
    job: ExemplarJob,
    pictures: Pictures,
    so_far: SoFar,
    progress: Callable[[int, int], None] = lambda done, count: None,
    keep: Callable[[], None] = lambda: None,
) -> None:
    kept = time.monotonic()
    progress(so_far.done, len(pictures))
    with closing(pictures.outcomes(so_far.done)) as outcomes:
        for outcome in outcomes:
            if isinstance(outcome, FailedImage):
                so_far.fail(outcome)
            else:
                if so_far.strongest is None:
                    so_far.strongest = Strongest(len(outcome.channels), job.request.top)
                    so_far.channels, so_far.count = outcome.channels, outcome.all
                if outcome.all == so_far.count:
                    so_far.strongest.add(so_far.done, outcome.answers)
                else:
                    so_far.fail(FailedImage(pictures.name(so_far.done), "stack", _other(job, outcome.all, so_far)))
            so_far.done += 1
            progress(so_far.done, len(pictures))
            if time.monotonic() - kept > _EVERY:
                keep()
                kept = time.monotonic()


def _other(job: ExemplarJob, count: int, so_far: SoFar) -> str:
    return (
        f"{job.layer} has {count:,} channels for it and {so_far.count:,} for pictures before it: give all pictures one "
        "size with --input-size HxW"
    )


def _cut(job: ExemplarJob, pictures: Pictures, so_far: SoFar) -> tuple[ExemplarsReport, list[list[Levels]]]:
    """Read the chosen pictures again, each once, and cut out what the answers hang on."""
    strongest = so_far.strongest
    if strongest is None:
        # What all pictures fail for says more than that one of them cannot be read.
        failures = sorted(so_far.failures, key=lambda failure: failure.stage == "input")
        why = failures[0].in_words() if failures else ""
        if len(pictures) == 1:
            raise UsageError(why)
        raise UsageError(f"none of the {len(pictures):,} pictures could be looked at{': ' * bool(why)}{why}")
    wanted: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row, numbers in enumerate(strongest.pictures.tolist()):
        for rank, number in enumerate(numbers):
            if number >= 0:
                wanted[number].append((row, rank))
    patches: dict[tuple[int, int], Levels] = {}
    exemplars: dict[tuple[int, int], Exemplar] = {}
    cutters: dict[tuple[int, ...], Patches] = {}
    for number in sorted(wanted):
        try:
            pixels = pictures.pixels(number)
        except ImageError as error:
            raise ImageError(
                f"{pictures.name(number)} has changed while pictures were looked through: {error}"
            ) from error
        network = job.network(pixels.shape)
        cutter = cutters.get(pixels.shape)
        if cutter is None:
            cutters.clear()
            cutter = cutters[pixels.shape] = Patches(network.nodes, pixels.shape, network.stack.input.color)
        vector = len(network.nodes[-1].output_shape) == 1
        for row, rank in wanted[number]:
            at = strongest.places[row, rank].tolist()
            span = cutter.span(at[0], at[1], so_far.channels[row])
            patches[row, rank] = cutter.cut(pixels, span)
            exemplars[row, rank] = Exemplar(
                value=rounded(float(strongest.values[row, rank])) or 0.0,  # what is not finite is no answer
                file=pictures.name(number),
                at=None if vector else (at[0], at[1]),
                rows=span.rows,
                columns=span.columns,
            )
    stack = job.preparation.stack
    ends = job.layer == stack.layers[-1].name
    names = unit_names(stack, (len(stack.classes),)) if ends else ()
    channels = tuple(
        ChannelExemplars(
            channel=channel,
            name=names[channel] if channel < len(names) else None,
            sheet=channel_picture(job.layer, channel),
            exemplars=tuple(exemplars[row, rank] for rank in range(job.request.top) if (row, rank) in exemplars),
        )
        for row, channel in enumerate(so_far.channels)
    )
    report = ExemplarsReport(
        name=stack.name,
        layer=job.layer,
        pictures=so_far.done,
        failed=so_far.failed,
        top=job.request.top,
        sheet=EXEMPLARS_SHEET,
        page=PAGE,
        channels=channels,
    )
    found = [
        [patches[row, rank] for rank in range(job.request.top) if (row, rank) in patches]
        for row in range(len(so_far.channels))
    ]
    return report, found


def _key(job: ExemplarJob, pictures: Pictures) -> str:
    preparation, request = job.preparation, job.request
    key = {
        "cnnviz": __version__,
        "stack": preparation.stack.normalised(),
        "seed": preparation.seed,
        "weights": preparation.weights_file_sha256,
        "dtype": request.stack.dtype,
        "layer": job.layer,
        "channels": request.channels,
        "top": request.top,
        "pictures": pictures.key(),
    }
    return hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
