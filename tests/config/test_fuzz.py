"""Whatever a file, a mapping or a switch says: a stack, or an error of ours."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.config.bundled import bundled_stacks, starter
from cnnviz.config.convert import fields_of
from cnnviz.config.load import load, load_stack
from cnnviz.config.schema import json_schema
from cnnviz.config.switches import Switches
from cnnviz.errors import CnnvizError, ConfigError, UsageError
from cnnviz.initializers import INITIALIZERS
from cnnviz.io.yaml import parse_yaml
from cnnviz.layers import all_kinds
from cnnviz.stack.graph import infer
from cnnviz.stack.spec import Stack
from tests.helpers.fuzzing import cases

GOLDEN = Path(__file__).parents[1] / "golden" / "errors"
GOOD = [file.read_bytes() for file in bundled_stacks().values()] + [starter().encode()]
TEXTS = GOOD + [file.read_bytes() for file in sorted(GOLDEN.glob("*.yaml"))]
WORDS = [
    *rb"&a *a !!str ? : - [ ] { } , | > ' # @ % .nan -.inf 1e999 0x 99999999999999999999 ~ null ---".split(),
    *(b"\t", b"\n", b"\r", b"\xff", b"\x00", b'"', b'"\\e"', b"\xef\xbb\xbf"),
]

VALIDATOR = jsonschema.Draft202012Validator(json_schema())
FIELDS = sorted({field for kind in all_kinds().values() for field in fields_of(kind)} | {"type", "momentum", "x"})
NAMES = ["input", "conv2d", "conv2d_1", "dense", "a", "A", "b/c", ""]

numbers = st.integers(-2, 5) | st.sampled_from([0.5, -1.0, 1e30, 2**63 - 1, True, None])
words = st.sampled_from([*NAMES, "same", "valid", "relu", "swish", "1/255", "1/0", "nearest", "ones", "filters"])
initializers = st.fixed_dictionaries(
    {"type": st.sampled_from([*INITIALIZERS, "glorot"])},
    optional={"value": numbers, "minval": numbers, "names": st.lists(words), "values": st.recursive(numbers, st.lists)},
)
values = numbers | words | initializers | st.lists(numbers | words | st.lists(numbers, max_size=3), max_size=4)
layers = st.fixed_dictionaries(
    {"type": st.sampled_from([*all_kinds(), "Foo"])},
    optional={"inputs": st.lists(st.sampled_from(NAMES), max_size=3), "name": st.sampled_from(NAMES)},
)
fields = st.dictionaries(st.sampled_from(FIELDS), values, max_size=4)
whole = st.builds(lambda layer, more: {**more, **layer}, layers, fields)
stacks = st.fixed_dictionaries(
    {"layers": st.lists(whole | st.sampled_from([*all_kinds(), 3, None]), max_size=5)},
    optional={
        "input": st.dictionaries(st.sampled_from(["color", "size", "max_side", "scale", "mean", "std"]), values),
        "output": st.dictionaries(st.sampled_from(["scale_by", "colormap", "composite"]), values),
        "seed": values,
        "classes": values,
        "name": values,
        "training": values,
    },
)


def check(source: Any, switches: Switches | None = None) -> Stack | None:
    """Load and infer; whatever goes wrong must be an error of ours that names places."""
    try:
        loaded = load(source, switches)
    except (ConfigError, UsageError) as error:
        assert str(error)
        assert "\n\n" not in str(error)
        return None
    names = [layer.name.casefold() for layer in loaded.stack.layers]
    assert len(set(names)) == len(names)
    try:
        with loaded.places():
            infer(loaded.stack, (9, 8, 3))
    except ConfigError as error:
        assert all(mistake.path[0] in ("layers", "classes") for mistake in error.mistakes)
    return loaded.stack


def check_bytes(data: bytes) -> None:
    try:
        document = parse_yaml(data)
    except ConfigError:
        return
    if isinstance(document.value, dict):
        check(document.value)


def mutated(rng: random.Random) -> bytes:
    """Break a stack's text in one to five places."""
    data = bytearray(rng.choice(TEXTS))
    for _ in range(rng.randint(1, 5)):
        at = rng.randrange(len(data) + 1)
        if rng.random() < 0.4:
            data[at : at + rng.randint(0, 3)] = rng.choice(WORDS)
        elif rng.random() < 0.5:
            data[at : at + rng.randint(1, 9)] = b""
        else:
            other = rng.choice(TEXTS)
            begin = rng.randrange(len(other))
            data[at:at] = other[begin : begin + rng.randint(1, 40)]
    return bytes(data)


@given(stacks)
@settings(max_examples=40)
def test_any_mapping(data: dict[str, Any]) -> None:
    stack = check(data)
    if stack is not None:
        assert load_stack(stack.normalised()) == stack


@given(stacks)
@settings(max_examples=25)
def test_what_the_loader_takes_the_schema_takes(data: dict[str, Any]) -> None:
    if check(data) is not None:
        bare = {key: value for key, value in data.items() if value is not None}
        bare["layers"] = [
            {key: value for key, value in layer.items() if value is not None or key not in ("name", "inputs")}
            if isinstance(layer, dict)
            else layer
            for layer in data["layers"]
        ]
        VALIDATOR.validate(bare)


@given(st.text("abcxyz_=.:-[]{}1230/ ", max_size=20) | st.sampled_from(["conv_1.type=Dense", "conv_1.name=conv_2"]))
@settings(max_examples=15)
def test_any_switch(text: str) -> None:
    for option in ("initializers", "activations", "kernel_sizes", "settings"):
        for layer in ("", "conv_1=", "conv_1.kernel_initializer=", "input."):
            check("l3", Switches(**{option: (layer + text,)}))


def test_broken_texts() -> None:
    rng = random.Random(0)
    for _ in range(100):
        check_bytes(mutated(rng))


@pytest.mark.fuzz
def test_many_broken_texts(tmp_path: Path) -> None:
    rng = random.Random(0)
    file = tmp_path / "a.yaml"
    for _ in range(cases(5000)):
        file.write_bytes(mutated(rng))
        with contextlib.suppress(CnnvizError):
            check(file)


@pytest.mark.fuzz
@given(stacks)
@settings(max_examples=cases(5000))
def test_many_mappings(data: dict[str, Any]) -> None:
    check(data)
