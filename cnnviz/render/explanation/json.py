"""An explained value as one JSON document (`schema_version` 1).

`stack`, `file`, `layer` (`index`, `name`, `type`, `inputs`, `output_shape`), `at` (row and column; null for a vector),
`channel` (or `unit`), `class` (if the unit stands for one), `value`, `forward` (what the forward pass gave),
`difference`, `receptive_field` and `stages`.

`receptive_field` is on the network's input: `rows` and `columns`, first and last, as the windows have them (they may
reach into padding), `inside`, the same for the real pixels, and `pixels`, how many they are.

Each of `stages` has `name`, `words`, `reads` and `steps` (`name`, `expression`, `operands`, `value`). Each of `reads`:
`input` (a layer's name, `input`, or null for what the stage before gave), `rows`, `columns`, `channels`, and as rows x
columns x channels `values`, `inside` (without channels: false in padding), `weights` and, under its own name such as
`products`, what is summed. Where there are more than `MOST` numbers, these are null. `chosen` is the place in `values`
of the one that matters, such as the winner of a pooling. Numbers that are not finite are null.
"""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from cnnviz.layers.explaining.records import Numbers, Patch, Stage
from cnnviz.render.explanation.model import ExplainedValue
from cnnviz.stack.reach import Reach, Span

SCHEMA_VERSION = 1

MOST = 100_000
"""Numbers of a window that are written."""


def to_json(value: ExplainedValue) -> str:
    """Write an explained value as JSON, on one line."""
    return json.dumps(to_data(value), ensure_ascii=False, allow_nan=False) + "\n"


def to_data(value: ExplainedValue) -> dict[str, Any]:
    """Return an explained value as plain data."""
    layer, place = value.node.layer, value.place
    vector = len(place) == 1
    return {
        "schema_version": SCHEMA_VERSION,
        "stack": value.stack,
        "file": value.file,
        "layer": {
            "index": value.node.index,
            "name": layer.name,
            "type": type(layer).__name__,
            "inputs": list(layer.inputs),
            "output_shape": list(value.node.output_shape),
        },
        "at": None if vector else list(place[:2]),
        **({"unit": place[0]} if vector else {"channel": place[2]}),
        **({"class": value.unit_class} if value.unit_class else {}),
        "value": _number(value.value),
        "forward": _number(value.forward),
        "difference": _number(abs(value.value - value.forward)),
        "receptive_field": _reach(value.reach),
        "stages": [_stage(value, stage) for stage in value.explanation.stages],
    }


def _stage(value: ExplainedValue, stage: Stage) -> dict[str, Any]:
    return {
        "name": stage.name or None,
        "words": stage.words,
        "reads": [_patch(value, stage, patch) for patch in stage.patches],
        "steps": [
            {
                "name": step.name,
                "expression": step.expression,
                "operands": {name: _number(operand) for name, operand in step.operands.items()},
                "value": _number(step.value),
            }
            for step in stage.steps
        ],
    }


def _patch(value: ExplainedValue, stage: Stage, patch: Patch) -> dict[str, Any]:
    written = patch.values.size <= MOST
    entry: dict[str, Any] = {
        "input": value.name_of(patch) or None,
        "rows": list(patch.rows),
        "columns": list(patch.columns),
        "channels": list(patch.channels),
        "values": _numbers(patch.values) if written else None,
        "inside": patch.inside.tolist() if written else None,
    }
    if patch.weights is not None:
        entry["weights"] = _numbers(patch.weights) if written else None
    if patch.terms is not None:
        entry[stage.term] = _numbers(patch.terms) if written else None
    if patch.chosen is not None:
        entry["chosen"] = list(patch.chosen)
    return entry


def _reach(found: Reach) -> dict[str, Any]:
    inside = found.inside()
    return {
        "rows": _span(found.rows),
        "columns": _span(found.columns),
        "inside": None if inside is None else {"rows": _span(inside[0]), "columns": _span(inside[1])},
        "pixels": int(found.mask().sum()),
    }


def _span(found: Span | None) -> list[int] | None:
    return None if found is None else list(found)


def _number(value: float) -> float | int | None:
    return value if isfinite(value) else None


def _numbers(array: Numbers) -> Any:
    return [[[_number(number) for number in channel] for channel in column] for column in array.tolist()]
