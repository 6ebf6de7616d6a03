"""What a sweep found, as its report has it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import UNSET

from cnnviz.render.sweep.model import CombinationResult, LayerResult, LayerSheet, SweepReport
from cnnviz.workflows.sweep.computing import PassResult
from cnnviz.workflows.sweep.drawing import PassRange, lay_out
from cnnviz.workflows.sweep.setup import Sweep


def report_of(
    swept: Sweep, seen: Mapping[int, PassResult], chosen: Mapping[int, Mapping[int, PassRange]]
) -> SweepReport:
    """Report what the combinations gave; the sheets are added once they are drawn.

    Args:
        swept: The sweep.
        seen: What the passes gave.
        chosen: The ranges of the passes, by the position of the layer; those that are not drawn have none.
    """
    return SweepReport(
        name=swept.stack.name,
        file=", ".join(swept.pictures),
        dtype=swept.request.dtype,
        scale=swept.scale,
        scale_by=str(swept.style.scale_by),
        colormap=swept.style.colormap,
        options=swept.options,
        layers_asked=swept.plan.asked,
        layers_computed=len(swept.plan.passes),
        layers=tuple(_sheet(swept, position) for position in range(len(swept.layers))),
        combinations=tuple(_combination(swept, k, seen, chosen) for k in range(len(swept.variants))),
    )


def _sheet(swept: Sweep, position: int) -> LayerSheet:
    idle = lay_out(swept, position).idle
    return LayerSheet(
        index=position + 1,
        names=swept.names(position),
        types=swept.types(position),
        variant=swept.variant(position) or UNSET,
        depends_on=tuple(option.name for option in swept.options if option not in idle),
        sheet=None,
    )


def _combination(
    swept: Sweep, k: int, seen: Mapping[int, PassResult], chosen: Mapping[int, Mapping[int, PassRange]]
) -> CombinationResult:
    combination, variant, path = swept.combinations[k], swept.variants[k], swept.paths[k]
    return CombinationResult(
        values=combination.varied_values,
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
                variant=node.layer.variant() or UNSET,
                output_shape=node.output_shape,
                params=node.params,
                stats=seen[number].statistics.rounded(),
                saturated=seen[number].saturated,
                ranges=chosen[position][number].ends if position in chosen else None,
            )
            for position, (node, number) in enumerate(zip(variant.nodes, path, strict=True))
        ),
    )
