"""An evaluation as one JSON document.

`name` (the stack's), `data`, `first` (the number of the first example in the data), `examples` (how many), `dtype`,
`accuracy` (from 0 to 1), `loss` (null if it is not finite) and `loss_function` (`cross_entropy` or `mse`), `classes`,
`confusion` (a row for each class that examples are of, in it a count for each that they were taken for), `predictions`
(the first ten examples) and `mistakes` (the ten worst): each `example`, `truth`, `prediction`, `probability`,
`truth_probability`.
"""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from cnnviz.render.evaluation.model import Evaluation
from cnnviz.render.evaluation.text import LISTED


def to_json(evaluation: Evaluation) -> str:
    """Write an evaluation as JSON: a line for each key, and for each row of a list."""
    document: dict[str, Any] = {
        "name": evaluation.name,
        "data": evaluation.source,
        "first": evaluation.first,
        "examples": len(evaluation),
        "dtype": evaluation.dtype,
        "accuracy": evaluation.accuracy,
        "loss": evaluation.loss if isfinite(evaluation.loss) else None,
        "loss_function": evaluation.loss_name,
        "classes": evaluation.classes,
        "confusion": evaluation.confusion().tolist(),
        "predictions": [evaluation.guess(i)._asdict() for i in range(min(LISTED, len(evaluation)))],
        "mistakes": [evaluation.guess(i)._asdict() for i in evaluation.mistakes()[:LISTED]],
    }
    lines = (f"  {json.dumps(key)}: {_rows(value)}" for key, value in document.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _rows(value: Any) -> str:
    if not isinstance(value, list) or not value:
        return json.dumps(value, ensure_ascii=False)
    rows = ",\n".join(f"    {json.dumps(row, ensure_ascii=False)}" for row in value)
    return f"[\n{rows}\n  ]"
