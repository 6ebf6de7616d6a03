"""Every mistake in its place, in plain words: the golden files are what users read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cnnviz.config.load import load
from cnnviz.errors import ConfigError
from cnnviz.initializers import INITIALIZERS
from cnnviz.io.yaml import MANY
from cnnviz.layers import all_kinds
from cnnviz.stack.graph import infer
from cnnviz.stack.spec import InputSpec, OutputSpec, Stack, TrainingSpec
from tests.helpers.rows import each

FOLDER = Path(__file__).parents[1] / "golden" / "errors"


@each("name", sorted(file.stem for file in FOLDER.glob("*.yaml")))
def test_golden(name: str, golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)
    with pytest.raises(ConfigError) as info:
        loaded = load(f"{name}.yaml")
        with loaded.places():
            infer(loaded.stack, (32, 32, 3))
    text = str(info.value).replace(", ".join(all_kinds()), "(all kinds)")
    golden(f"errors/{name}.txt", text + "\n")


def test_a_mapping_has_paths_and_no_places() -> None:
    with pytest.raises(ConfigError) as info:
        load({"layers": [{"type": "Conv2D", "filters": 3, "kernel_size": (3, "x")}]})
    assert str(info.value) == (
        "layers[0].kernel_size[1] (Conv2D \"conv2d\"): expected a whole number of at least 1, got 'x'"
    )


def test_the_order_is_that_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("layers:\n  - {type: Dense, units: 0}\n  - Flaten\ninput: {color: x}\nseed: x\nfoo: 1\n")
    with pytest.raises(ConfigError) as info:
        load(file)
    lines = [int(mistake.place.split(":")[-2]) for mistake in info.value.mistakes]
    assert lines == [2, 3, 4, 5, 6]


def test_very_many_mistakes_are_cut_short() -> None:
    with pytest.raises(ConfigError) as info:
        load({"layers": [f"Unknown{i}" for i in range(1500)]})
    assert len(info.value.mistakes) == MANY + 1
    assert info.value.mistakes[-1].message == "and perhaps more; mend these first"


def test_hostile_text_stays_on_its_line(tmp_path: Path) -> None:
    file = tmp_path / "new\nline.yaml"
    file.write_text('layers: [{type: "Flat\\e[31mten", "k\\ney": 3}]\n"a\\rb": 1\n')
    with pytest.raises(ConfigError) as info:
        load(file)
    assert len(str(info.value).split("\n")) == len(info.value.mistakes)
    assert str(info.value).replace("\n", "").isprintable()


@each(("text", "found"), [("", "an empty file"), ("[]", "[]"), ("3", "3"), ("layers", "'layers'"), ("true", "true")])
def test_not_a_mapping(text: str, found: str, tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"a.yaml.*: expected a mapping with `layers`, got ") as info:
        load(file)
    assert str(info.value).endswith(found)


@each(
    ("layers", "message"),
    [
        (None, "layers: is missing; list at least one layer"),
        ([], "layers: is empty; list at least one layer"),
        ("Flatten", "layers: expected a list of layers, got 'Flatten'"),
        (["Flatten"] * 2001, "layers: lists 2,001 layers, more than 2,000"),
    ],
)
def test_layers(layers: object, message: str) -> None:
    with pytest.raises(ConfigError) as info:
        load({"layers": layers})
    assert str(info.value) == message


RECORDS: dict[str, tuple[type[msgspec.Struct], Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "a stack": (Stack, lambda fields: fields),
    "input": (InputSpec, lambda fields: {"input": fields}),
    "output": (OutputSpec, lambda fields: {"output": fields}),
    "training": (TrainingSpec, lambda fields: {"training": fields}),
    **{
        name: (kind, lambda fields, name=name: {"layers": [{"type": name, **fields}]})
        for name, kind in all_kinds().items()
    },
    **{
        name: (
            kind,
            lambda fields, name=name: {"layers": [{"type": "Dense", "bias_initializer": {"type": name} | fields}]},
        )
        for name, kind in INITIALIZERS.items()
    },
}
"""Each record that YAML fills, and a stack with the fields given in its place."""


@each("name", RECORDS)
def test_a_field_with_a_typo_gets_a_suggestion(name: str) -> None:
    record, stack = RECORDS[name]
    for field in record.__struct_fields__:
        with pytest.raises(ConfigError) as info:
            load(stack({field[:-2] + field[-1]: 1}))
        assert f"did you mean `{field}`?" in str(info.value)


@each("typo", ["typ", "Type", "tpye", "types", "kype"])
def test_type_with_a_typo_gets_a_suggestion(typo: str) -> None:
    with pytest.raises(ConfigError) as info:
        load({"layers": [{typo: "Dense"}, {"type": "Dense", "units": 2, "kernel_initializer": {typo: "zeros"}}]})
    first, second = info.value.mistakes
    assert str(first) == f"layers[0].{typo}: unknown field; did you mean `type`?"
    assert str(second) == f'layers[1].kernel_initializer.{typo} (Dense "dense"): unknown field; did you mean `type`?'


def test_a_layer_without_type_is_not_told_of_keys_that_are_right() -> None:
    with pytest.raises(ConfigError, match=r"^layers\[0\]\.type: is missing; give the layer's kind, such as"):
        load({"layers": [{"dtype": "float32", "units": 2}]})
