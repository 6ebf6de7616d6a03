"""What a sweep found, as its report has it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from cnnviz.render.report.model import Ends, Picture
from cnnviz.render.sweep.model import CombinationResult, LayerResult, LayerSheet, SweepReport
from cnnviz.workflows.sweep.choices import varied
from cnnviz.workflows.sweep.computing import Seen
from cnnviz.workflows.sweep.drawing import lay_out
from cnnviz.workflows.sweep.subject import Subject


def report_of(subject: Subject, seen: Mapping[int, Seen]) -> SweepReport:
    """Report what the combinations gave; ranges and sheets are added once they are drawn.

    Args:
        subject: The sweep.
        seen: What the passes gave.
    """
    return SweepReport(
        name=subject.stack.name,
        file=subject.file,
        dtype=subject.request.dtype,
        scale=subject.request.scale,
        scale_by=str(subject.style.scale_by),
        colormap=subject.style.colormap,
        options=subject.options,
        layers_asked=subject.plan.asked,
        layers_computed=len(subject.plan.passes),
        layers=tuple(_sheet(subject, position) for position in range(len(subject.layers))),
        combinations=tuple(_combination(subject, k, seen) for k in range(len(subject.candidates))),
    )


def with_pictures(
    report: SweepReport,
    subject: Subject,
    ends: Mapping[int, Mapping[int, tuple[Ends, ...]]],
    sheets: Mapping[int, Picture],
) -> SweepReport:
    """Add the ranges in use and the sheets.

    Args:
        report: What the combinations gave.
        subject: The sweep.
        ends: The ranges of each pass, by the position of the layer.
        sheets: The sheets, by the position of the layer.
    """
    return replace(
        report,
        layers=tuple(replace(layer, sheet=sheets.get(layer.index - 1)) for layer in report.layers),
        combinations=tuple(
            replace(
                combination,
                layers=tuple(
                    replace(layer, ranges=ends[position][path[position]]) if position in ends else layer
                    for position, layer in enumerate(combination.layers)
                ),
            )
            for combination, path in zip(report.combinations, subject.paths, strict=True)
        ),
    )


def _sheet(subject: Subject, position: int) -> LayerSheet:
    idle = {axis.name for axis in lay_out(subject, position).idle}
    return LayerSheet(
        index=position + 1,
        names=subject.names(position),
        types=subject.types(position),
        depends_on=tuple(axis.name for axis in subject.axes if axis.name not in idle),
        sheet=None,
    )


def _combination(subject: Subject, k: int, seen: Mapping[int, Seen]) -> CombinationResult:
    candidate, path = subject.candidates[k], subject.paths[k]
    variant, combination = candidate.variant, candidate.combination
    return CombinationResult(
        values=tuple(combination.values[place] for place, _ in varied(combination.choices)),
        arguments=combination.arguments,
        seed=subject.seed(candidate),
        input_shape=None if variant is None else variant.input_shape,
        status="ok" if candidate.failure is None else "failed",
        message="" if candidate.failure is None else candidate.failure.message,
        layers=()
        if variant is None
        else tuple(
            LayerResult(
                index=node.index,
                name=node.layer.name,
                type=type(node.layer).__name__,
                output_shape=node.output_shape,
                params=node.params,
                stats=seen[number].statistics.rounded(),
                saturated=seen[number].saturated,
                ranges=None,
            )
            for node, number in zip(variant.nodes, path, strict=True)
        ),
    )
