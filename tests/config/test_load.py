"""Where a stack comes from, and what it becomes."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest

from cnnviz.config.bundled import bundled_stacks
from cnnviz.config.load import load, load_stack
from cnnviz.errors import ConfigError, Mistake, UsageError
from cnnviz.stack.scale_by import ScaleBy
from cnnviz.stack.spec import InputSpec, OutputSpec
from tests.helpers.rows import each

SMALL = "layers: [Flatten]\n"


def test_all_that_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "my stack (2).v3.yaml"
    file.write_text(SMALL)
    stack = load_stack(file)
    assert stack.name == "my stack _2_.v3"
    assert (stack.input, stack.output, stack.seed, stack.classes) == (InputSpec(), OutputSpec(), 0, ())
    assert [(layer.name, layer.inputs) for layer in stack.layers] == [("flatten", ("input",))]


def test_an_existing_file_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(load_stack("l3").layers) == 9
    Path("l3").mkdir()
    assert len(load_stack("l3").layers) == 9
    Path("l3").rmdir()
    Path("l3").write_text(SMALL)
    assert len(load_stack("l3").layers) == 1
    assert len(load_stack("l3.yaml").layers) == 9
    Path("l3.yaml").write_text(SMALL)
    assert len(load_stack("l3.yaml").layers) == 1


def test_a_bundled_stack_is_remarked_and_a_file_is_not(tmp_path: Path) -> None:
    assert load("l3").remarks == ("using the bundled stack l3",)
    assert load(bundled_stacks()["l3"]).remarks == ()


@each("source", ["l33", "configs/l33.yaml", "/no/such/l33.yaml", Path("l33"), "l33\0"])
def test_an_unknown_one_lists_the_bundled(source: str | Path) -> None:
    with pytest.raises(UsageError) as info:
        load(source)
    assert str(info.value).startswith("there is no file and no bundled stack '")
    assert str(info.value).endswith("bundled stacks are " + ", ".join(bundled_stacks()))


def test_only_regular_files(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="it is a folder, not a regular file"):
        load(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.yaml")
        with pytest.raises(UsageError, match="it is a pipe, not a regular file"):
            load(tmp_path / "pipe.yaml")
    (tmp_path / "large.yaml").write_text("#" * (2**20 + 1))
    with pytest.raises(UsageError, match="too large for a layer stack"):
        load(tmp_path / "large.yaml")


def test_a_mapping_of_the_same_form() -> None:
    layers = (
        {"type": "Conv2D", "filters": np.int64(2), "kernel_size": (np.uint8(3), 5), "kernel_initializer": "ones"},
        {"type": "Dense", "units": 1, "bias_initializer": {"type": "constant", "value": np.array([0.5])}},
    )
    stack = load_stack({"layers": layers, "input": {"mean": np.zeros(3), "scale": np.float32(0.5)}})
    assert stack.name == "stack"
    assert stack.input == InputSpec(mean=(0.0, 0.0, 0.0), scale=0.5)
    assert stack["conv2d"].kernel_size == (3, 5)
    assert stack["dense"].bias_initializer.value == (0.5,)


def test_what_a_mapping_cannot_hold() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(ConfigError) as info:
        load({"seed": 2**70, "input": {"scale": float("nan"), 3: 4}, "classes": {"a"}, "layers": endless})
    messages = [mistake.message for mistake in info.value.mistakes]
    assert len(messages) == 5
    assert messages[:4] == [
        "an integer beyond 9223372036854775807 is too large",
        "a key must be a name, got 3",
        "nan is not allowed; numbers must be finite",
        "expected plain data, got a set",
    ]
    assert messages[4] == "contains itself"


def test_depth_is_limited() -> None:
    deep: list[object] = []
    for _ in range(100):
        deep = [deep]
    with pytest.raises(ConfigError, match="nested more than 32 levels deep"):
        load({"layers": deep})


def test_unnamed_layers_are_named_as_keras_names_them() -> None:
    kinds = ["ReLU", "Conv2D", "MaxPooling2D", "ReLU", "Conv2D", "Conv2D", "ZeroPadding2D", "Flatten"]
    needed = {"Conv2D": {"filters": 1, "kernel_size": 1}}
    layers: list[object] = [{"type": kind, **needed.get(kind, {})} for kind in kinds]
    layers[4] = {"type": "Conv2D", "name": "CONV2D_1", **needed["Conv2D"]}
    stack = load_stack({"layers": layers})
    assert [layer.name for layer in stack.layers] == [
        "re_lu",
        "conv2d",
        "max_pooling2d",
        "re_lu_1",
        "CONV2D_1",
        "conv2d_2",
        "zero_padding2d",
        "flatten",
    ]


def test_each_layer_reads_the_one_before_or_those_it_names() -> None:
    layers = [
        "ReLU",
        "ELU",
        {"type": "ReLU", "inputs": ["input"]},
        {"type": "Add", "inputs": ["elu", "re_lu_1", "elu"]},
    ]
    stack = load_stack({"layers": layers})
    assert [layer.inputs for layer in stack.layers] == [
        ("input",),
        ("re_lu",),
        ("input",),
        ("elu", "re_lu_1", "elu"),
    ]


def test_aliases_of_activations_are_one() -> None:
    layers = [{"type": "Activation", "activation": name} for name in ("swish", "silu", "hard_swish", "hard_silu")]
    found = [layer.activation for layer in load_stack({"layers": layers}).layers]  # type: ignore[attr-defined]
    assert found == ["silu", "silu", "hard_silu", "hard_silu"]


@each(
    ("text", "value"),
    [("1/255", 1 / 255), ("-1 / 3", -1 / 3), ("0.5/0.1", 5.0), ("1/3", 1 / 3), ("2", 2.0), (".5", 0.5), ("1e-3", 1e-3)],
)
def test_fractions(text: str, value: float, tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(f"input: {{scale: {text}, mean: [{text}], std: [{text}]}}\n{SMALL}")
    assert load_stack(file).input == InputSpec(scale=value, mean=(value,), std=(value,))


@each("text", ["1/0", "1/", "/2", "a/b", "1/2/3", "1e3/2", "1/-2", "0/0.0", "1" * 30 + "/3"])
def test_what_is_no_fraction(text: str, tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(f"input: {{scale: {text}}}\n{SMALL}")
    with pytest.raises(ConfigError, match=r"a\.yaml:1:16: input\.scale: expected a number, got "):
        load(file)


@each("scale_by", ["layer", "map", "symmetric", "fixed:0:1", "fixed:-1.5:2e3", "fixed:-1e308:1e308"])
def test_scale_by(scale_by: str) -> None:
    assert load_stack({"layers": ["ReLU"], "output": {"scale_by": scale_by}}).output.scale_by == scale_by


@each("scale_by", ["all", "fixed", "fixed:1:1", "fixed:2:1", "fixed:0:inf", "fixed:nan:1", "fixed:-1e309:0"])
def test_no_scale_by(scale_by: str) -> None:
    with pytest.raises(UsageError) as switch:
        ScaleBy.parse(scale_by)
    with pytest.raises(ConfigError, match=re.escape(f"output.scale_by: {switch.value}")):
        load({"layers": ["ReLU"], "output": {"scale_by": scale_by}})


def test_mean_and_std_go_together() -> None:
    with pytest.raises(ConfigError, match="lists 1 numbers, `mean` lists 3"):
        load({"layers": ["ReLU"], "input": {"mean": [1, 2, 3], "std": [1]}})


def test_places_are_given_to_later_mistakes(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("layers:\n  - type: Dense\n    units: 3\n")
    loaded = load(file)
    mistakes = [
        Mistake(("layers", 0, "units"), "bad"),
        Mistake(("layers", 0, "use_bias"), "bad"),
        Mistake(("layers", 0), "bad", place="somewhere else"),
    ]
    with pytest.raises(ConfigError) as info, loaded.places():
        raise ConfigError(mistakes)
    assert [mistake.place for mistake in info.value.mistakes] == [f"{file}:3:12", f"{file}:2:5", "somewhere else"]


def test_the_two_usual_normalisations_have_names() -> None:
    imagenet = load_stack({"input": "imagenet", "layers": ["Flatten"]}).input
    assert imagenet == InputSpec(scale=1 / 255, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
    tf = load_stack({"input": "tf", "layers": ["Flatten"]})
    outputs = tf.build((1, 3, 3)).forward(np.repeat([0.0, 127.5, 255.0], 3).reshape(1, 3, 3))
    np.testing.assert_allclose(outputs["flatten"], np.repeat([-1, 0, 1], 3), atol=1e-15)
    with pytest.raises(ConfigError, match=r"input: expected imagenet, tf or a mapping of color, .*, got 'caffe'"):
        load_stack({"input": "caffe", "layers": ["Flatten"]})


def test_numbers_name_classes_as_they_are_written(tmp_path: Path) -> None:
    file = tmp_path / "stack.yaml"
    file.write_text("classes: [0, 1, -2, 3rd]\n" + SMALL)
    assert load_stack(file).classes == load_stack(load_stack(file).normalised()).classes == ("0", "1", "-2", "3rd")


@each(
    ("text", "message"),
    [
        ("classes: [true, 1]", "classes[0]: expected text, got true; in quotes it is one: 'true'"),
        ("classes: [1.5]", "classes[0]: expected text, got 1.5; in quotes it is one: '1.5'"),
        ("name: 5", "name: expected text, got 5; in quotes it is one: '5'"),
        ("layers: [{type: Flatten, name: 7}]", "expected a name, got 7; in quotes it is one: '7'"),
        ("classes: [[1]]", "classes[0]: expected text, got [1]"),
    ],
)
def test_what_is_text_in_quotes_alone_says_so(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "stack.yaml"
    file.write_text(text + "\n" + ("" if "layers" in text else SMALL))
    with pytest.raises(ConfigError) as info:
        load(file)
    assert str(info.value).endswith(message)


@each(
    ("name", "meant"),
    [
        ("l3.yml", "l3"),
        ("L3.YAML", "l3"),
        ("elsewhere/l3.yml", "l3"),
        ("mine", "mine.yml"),
        ("mine.yaml", "mine.yml"),
        ("stacks/tihs.yaml", "stacks/this.yaml"),
    ],
)
def test_what_was_probably_meant(name: str, meant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("stacks").mkdir()
    for file in ("mine.yml", "stacks/this.yaml"):
        Path(file).write_text(SMALL)
    with pytest.raises(UsageError, match=rf"did you mean `{re.escape(meant)}`\?"):
        load(name)
