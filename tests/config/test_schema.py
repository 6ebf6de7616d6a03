"""The JSON Schema agrees with what the loader takes and refuses."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from cnnviz.config.bundled import bundled_stacks, starter
from cnnviz.config.load import load_stack
from cnnviz.config.schema import json_schema
from cnnviz.errors import ConfigError
from cnnviz.initializers import INITIALIZERS
from cnnviz.io.yaml import parse_yaml
from cnnviz.layers import all_kinds
from tests.helpers.rows import each

SCHEMA = json_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def test_knows_every_kind_and_initializer() -> None:
    assert set(all_kinds()) <= set(SCHEMA["$defs"])
    assert {f"initializer_{name}" for name in INITIALIZERS} <= set(SCHEMA["$defs"])
    for name, part in SCHEMA["$defs"].items():
        assert part.get("description") or name == "initializer"
        for field, described in part.get("properties", {}).items():
            assert field == "type" or described["description"], (name, field)


@each("file", [*bundled_stacks().values()], ids=lambda path: path.stem)
def test_bundled_stacks_are_valid(file: Path) -> None:
    VALIDATOR.validate(parse_yaml(file.read_bytes()).value)


def test_starter_is_valid() -> None:
    VALIDATOR.validate(parse_yaml(starter()).value)


@each("kind", all_kinds())
def test_defaults_are_valid(kind: str) -> None:
    required = {name for name in SCHEMA["$defs"][kind]["required"] if name not in ("type", "inputs")}
    values = {"activation": "relu", "target_shape": [-1], "dims": [2, 1, 3], "rate": 0.5, "pool_size": 2}
    layer = {"type": kind, **{name: values.get(name, 3) for name in required}}
    for name, part in SCHEMA["$defs"][kind]["properties"].items():
        if "default" in part:
            layer[name] = part["default"]
    if all_kinds()[kind].merges:
        layer["inputs"] = ["input", "input"]
    data = {"layers": [layer]}
    VALIDATOR.validate(data)
    load_stack(data)


@each(
    "text",
    [
        "{}",
        "layers: []",
        "layers: [Flaten]",
        "layers: [Conv2D]",
        "layers: [Add]",
        "layers: [3]",
        "layers: [{name: a}]",
        "{layers: [Flatten], layer: []}",
        "{layers: [Flatten], seed: -1}",
        "{layers: [Flatten], seed: yes}",
        "{layers: [Flatten], name: a/b}",
        "{layers: [Flatten], input: {color: grey}}",
        "{layers: [Flatten], input: {size: [3, 0]}}",
        "{layers: [Flatten], input: {size: [3, 3, 3]}}",
        "{layers: [Flatten], input: {scale: a/b}}",
        "{layers: [Flatten], output: {scale_by: all}}",
        "layers: [{type: Flatten, name: a.b}]",
        "layers: [{type: Flatten, inputs: [input, input]}]",
        "layers: [{type: Add, inputs: [input]}]",
        "layers: [{type: Dense, units: 0}]",
        "layers: [{type: Dense, units: 3, activation: rellu}]",
        "layers: [{type: Dense, units: 3, trainable: 1}]",
        "layers: [{type: Dense, units: 3, kernel_initializer: 0.1}]",
        "layers: [{type: Dense, units: 3, kernel_initializer: {type: constant, val: 1}}]",
        "layers: [{type: Conv2D, filters: 3, kernel_size: [3, x]}]",
        "layers: [{type: Conv2D, filters: 3, kernel_size: 3, padding: [1, 2]}]",
    ],
)
def test_mistakes_are_refused_by_both(text: str) -> None:
    data = parse_yaml(text).value
    assert not VALIDATOR.is_valid(data)
    with pytest.raises(ConfigError):
        load_stack(data)


def test_fractions_are_numbers() -> None:
    data = parse_yaml("{layers: [Flatten], input: {scale: 1/255, mean: [1/2], std: [0.5 / 2]}}").value
    VALIDATOR.validate(data)
    stack = load_stack(data)
    assert (stack.input.scale, stack.input.mean, stack.input.std) == (1 / 255, (0.5,), (0.25,))
