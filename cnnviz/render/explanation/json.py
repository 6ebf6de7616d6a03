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
from typing import Any

import msgspec

from cnnviz.layers.explaining.records import Patch, Stage
from cnnviz.render.explanation.model import ExplainedValue

SCHEMA_VERSION = 1

MOST = 100_000
"""Numbers of a window that are written."""


def to_json(value: ExplainedValue) -> str:
    """Write an explained value as JSON, on one line."""
    # Between the two, numbers that are not finite become null, and arrays lists.
    plain = msgspec.json.decode(msgspec.json.encode(_document(value), enc_hook=lambda found: found.tolist()))
    return json.dumps(plain, ensure_ascii=False) + "\n"


def _document(value: ExplainedValue) -> dict[str, Any]:
    layer, place = value.node.layer, value.place
    vector, inside = len(place) == 1, value.reach.inside()
    return {
        "schema_version": SCHEMA_VERSION,
        "stack": value.stack,
        "file": value.file,
        "layer": {
            "index": value.node.index,
            "name": layer.name,
            "type": type(layer).__name__,
            "inputs": layer.inputs,
            "output_shape": value.node.output_shape,
        },
        "at": None if vector else place[:2],
        **({"unit": place[0]} if vector else {"channel": place[2]}),
        **({"class": value.unit_class} if value.unit_class else {}),
        "value": value.value,
        "forward": value.forward,
        "difference": abs(value.value - value.forward),
        "receptive_field": {
            "rows": value.reach.rows,
            "columns": value.reach.columns,
            "inside": inside and {"rows": inside[0], "columns": inside[1]},
            "pixels": int(value.reach.mask().sum()),
        },
        "stages": [
            {
                "name": stage.name or None,
                "words": stage.words,
                "reads": [_patch(value, stage, patch) for patch in stage.patches],
                "steps": [step._asdict() for step in stage.steps],
            }
            for stage in value.explanation.stages
        ],
    }


def _patch(value: ExplainedValue, stage: Stage, patch: Patch) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "input": value.name_of(patch) or None,
        "rows": patch.rows,
        "columns": patch.columns,
        "channels": patch.channels,
        "values": patch.values,
        "inside": patch.inside,
    }
    numbers = {"weights": patch.weights, stage.term: patch.terms}
    entry |= {name: array for name, array in numbers.items() if array is not None}
    if patch.values.size > MOST:
        entry |= dict.fromkeys(("values", "inside", *(name for name in numbers if name in entry)))
    return entry if patch.chosen is None else {**entry, "chosen": patch.chosen}
