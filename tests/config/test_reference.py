"""The reference's rows say what the loader takes, for every kind, activation and initialiser."""

from __future__ import annotations

from cnnviz.config import reference
from cnnviz.config.load import load_stack
from cnnviz.config.schema import json_schema
from cnnviz.initializers import INITIALIZERS
from cnnviz.io.yaml import parse_yaml
from cnnviz.layers import all_kinds
from cnnviz.ops.activations import ACTIVATIONS
from tests.helpers.rows import each

SCHEMA = json_schema()["$defs"]
NEEDED = {"activation": "relu", "target_shape": "[-1]", "dims": "[2, 1, 3]", "rate": "0.5"}


def test_rows_are_complete_and_say_something() -> None:
    assert [row.name for row in reference.kinds()] == list(all_kinds())
    assert [row.name for row in reference.activations()] == list(ACTIVATIONS)
    assert [row.name for row in reference.initializers()] == list(INITIALIZERS)
    for row in (*reference.kinds(), *reference.activations(), *reference.initializers()):
        assert row.sentence.endswith("."), row


@each("row", reference.kinds(), ids=lambda row: row.name)
def test_a_kind_with_its_defaults_written_out_is_the_kind_without_them(row: reference.ReferenceRow) -> None:
    needed = {name: NEEDED.get(name, "3") for name, default in row.fields if default is None}
    written = {name: default for name, default in row.fields if default is not None}
    inputs = "inputs: [input, input]" if all_kinds()[row.name].merges else "trainable: true"

    def stack(fields: dict[str, str]) -> object:
        lines = [f"  - type: {row.name}", f"    {inputs}", *(f"    {name}: {text}" for name, text in fields.items())]
        return load_stack(parse_yaml("\n".join(["layers:", *lines]).encode()).value)

    assert stack(needed) == stack(needed | written)
    assert [name for name, default in row.fields if default is None] == [
        name for name in SCHEMA[row.name]["required"] if name not in ("type", "inputs")
    ]
