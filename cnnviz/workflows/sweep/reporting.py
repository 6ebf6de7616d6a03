"""What a sweep found, as its report has it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from cnnviz.render.report.model import Ends, PictureEntry
from cnnviz.render.sweep.model import CombinationResult, LayerResult, LayerSheet, SweepReport
from cnnviz.workflows.sweep.choices import varied
from cnnviz.workflows.sweep.computing import PassResult
from cnnviz.workflows.sweep.drawing import lay_out
from cnnviz.workflows.sweep.setup import Sweep


def report_of(swept: Sweep, seen: Mapping[int, PassResult]) -> SweepReport:
    """Report what the combinations gave; ranges and sheets are added once they are drawn.

    Args:
        swept: The sweep.
        seen: What the passes gave.
    """
    return SweepReport(
        name=swept.stack.name,
        file=swept.file,
        dtype=swept.request.dtype,
        scale=swept.scale,
        scale_by=str(swept.style.scale_by),
        colormap=swept.style.colormap,
        options=swept.options,
        layers_asked=swept.plan.asked,
        layers_computed=len(swept.plan.passes),
        layers=tuple(_sheet(swept, position) for position in range(len(swept.layers))),
        combinations=tuple(_combination(swept, k, seen) for k in range(len(swept.variants))),
    )


def with_pictures(
    report: SweepReport,
    swept: Sweep,
    ends: Mapping[int, Mapping[int, tuple[Ends, ...]]],
    sheets: Mapping[int, PictureEntry],
) -> SweepReport:
    """Add the ranges in use and the sheets.

    Args:
        report: What the combinations gave.
        swept: The sweep.
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
            for combination, path in zip(report.combinations, swept.paths, strict=True)
        ),
    )


def _sheet(swept: Sweep, position: int) -> LayerSheet:
    idle = {axis.name for axis in lay_out(swept, position).idle}
    return LayerSheet(
        index=position + 1,
        names=swept.names(position),
        types=swept.types(position),
        depends_on=tuple(axis.name for axis in swept.axes if axis.name not in idle),
        sheet=None,
    )


def _combination(swept: Sweep, k: int, seen: Mapping[int, PassResult]) -> CombinationResult:
    combination, variant, path = swept.combinations[k], swept.variants[k], swept.paths[k]
    return CombinationResult(
        values=tuple(combination.values[place] for place, _ in varied(combination.choices)),
        arguments=combination.arguments,
        seed=swept.seed(k),
        input_shape=variant.input_shape,
        status="ok" if variant.failure is None else "failed",
        message="" if variant.failure is None else variant.failure.message,
        layers=tuple(
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
