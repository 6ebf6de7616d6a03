"""What is no model, or holds what no layer says: refused in words, all of it at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz.errors import CnnvizError, ModelError, UsageError
from cnnviz.interchange import ImportOptions, import_model
from tests.helpers.keras_files import WEIGHTS, archive, functional, layer, layers_model, small, whole
from tests.helpers.rows import each

PLAIN = ImportOptions()
PICTURE = layer("InputLayer", "picture", batch_input_shape=[None, 6, 6, 3])


def refusal(path: Path, error: type[CnnvizError] = ModelError, options: ImportOptions = PLAIN) -> str:
    with pytest.raises(error) as found:
        import_model(path, options)
    assert found.value.exit_code == 2
    text = str(found.value)
    assert path.name in text
    return text


def test_all_that_no_layer_says_is_named_at_once_with_its_place(tmp_path: Path) -> None:
    model = functional(
        PICTURE,
        layer("Lambda", "halve", "picture", function=["x / 2", None, None]),
        layer("Conv2D", "conv", "halve", filters=2, kernel_size=3, activation="wild"),
        layer("MyPackage>Attention", "attend", "conv", units=3),
        layer("Conv2D", "again", "picture", filters=2, kernel_size=[3, 3], padding="causal"),
        layer("LSTM", "remember", "attend", units=3),
    )
    lines = refusal(archive(tmp_path / "m.keras", model)).splitlines()
    assert [line.partition('"')[2].partition('"')[0] for line in lines] == ["halve", "attend", "remember"]
    assert "executed" in lines[0]
    assert "(Lambda)" in lines[0]
    outputs = [["remember", 0, 0], ["again", 0, 0]]
    model["config"]["output_layers"] = outputs
    assert '"again" (Conv2D)' in refusal(archive(tmp_path / "m.keras", model))


def _rename(config: dict[str, Any]) -> None:
    config["layers"][1]["name"] = config["layers"][1]["config"]["name"] = "other"
    config["layers"][2]["inbound_nodes"] = [[["other", 0, 0, {}]]]


WRONG: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "a kernel of another shape": (lambda m: m["layers"][1]["config"].update(filters=5), "kernel"),
    "weights that are missing": (_rename, "no weights"),
    "one weight more": (lambda m: m["layers"][1]["config"].update(use_bias=False), "description needs kernel"),
    "an activation that there is not": (lambda m: m["layers"][3]["config"].update(activation="wild"), "wild"),
    "text for a number": (lambda m: m["layers"][1]["config"].update(filters="many"), "conv"),
    "no filters": (lambda m: m["layers"][1]["config"].update(filters=0), "at least 1"),
    "huge numbers": (lambda m: m["layers"][1]["config"].update(filters=10**400), "conv"),
    "a window larger than the maps": (lambda m: m["layers"][1]["config"].update(kernel_size=[9, 9]), "conv"),
    "a layer that is missing": (lambda m: m["layers"].pop(1), "lacks"),
    "a circle": (lambda m: m["layers"][1].update(inbound_nodes=[[["flat", 0, 0, {}]]]), "circle"),
    "its own input": (lambda m: m["layers"][1].update(inbound_nodes=[[["conv", 0, 0, {}]]]), "circle"),
    "two of one name": (lambda m: m["layers"].append(m["layers"][1]), "two layers"),
    "calls that are none": (lambda m: m["layers"][1].update(inbound_nodes=[[3]]), "inbound_nodes"),
    "an output that is none": (lambda m: m.update(output_layers=[["scores", 0, 7]]), "output 7"),
    "a call that is none": (lambda m: m.update(output_layers=[["scores", 3, 0]]), "none such"),
    "no ends": (lambda m: m.pop("output_layers"), "ends"),
    "a layer that is none": (lambda m: m["layers"].append(7), "no layer"),
    "no shape": (lambda m: m["layers"][0]["config"].pop("batch_input_shape"), "shape"),
    "a shape of text": (lambda m: m["layers"][0]["config"].update(batch_input_shape=[None, "a", 3, 3]), "shape"),
    "a film": (lambda m: m["layers"][0]["config"].update(batch_input_shape=[None, 2, 6, 6, 3]), "axes"),
    "an absurd picture": (lambda m: m["layers"][0]["config"].update(batch_input_shape=[None, 10**6, 6, 3]), "large"),
    "two inputs": (lambda m: m.update(input_layers=[["picture", 0, 0], ["flat", 0, 0]]), "2 inputs"),
    "nothing but the picture": (lambda m: m.update(output_layers=[["picture", 0, 0]]), "picture itself"),
    "a class of one's own": (lambda m: m.pop("layers"), "code"),
}


def test_a_class_of_one_s_own_is_not_taken_for_the_one_of_keras_with_its_name(tmp_path: Path) -> None:
    for own in ({"module": None, "registered_name": "mine>ReLU"}, {"module": "mine.layers", "registered_name": None}):
        model = functional(PICTURE, layer("ReLU", "it", "picture") | own)
        assert "one's own" in refusal(archive(tmp_path / "m.keras", model))
        activation = {"class_name": "ReLU", "config": {}, **own}
        model = functional(PICTURE, layer("Activation", "it", "picture", activation=activation))
        assert "ReLU" in refusal(archive(tmp_path / "m.keras", model))
    for name in ("mine>ReLU", "mine>Sequential"):
        assert "one's own" in refusal(whole(tmp_path / "m.h5", functional(PICTURE, layer(name, "it", "picture"))))


@each("what", WRONG)
@each("write", [archive, whole])
def test_descriptions_that_are_wrong_are_refused(what: str, write: Any, tmp_path: Path) -> None:
    model = small()
    spoil, words = WRONG[what]
    spoil(model["config"])
    if write is archive and "layers" not in model["config"]:
        return
    if write is archive and 7 in model["config"]["layers"]:
        return
    assert words in refusal(write(tmp_path / f"m.{'keras' if write is archive else 'h5'}", model))


def test_models_that_call_models_without_end_are_refused(tmp_path: Path) -> None:
    model = functional(PICTURE, layer("ReLU", "it", "picture"), name="inner")
    for number in range(30):
        entry = layer("InputLayer", "picture", batch_input_shape=[None, 6, 6, 3])
        inner = {**model, "name": f"m{number}", "inbound_nodes": [[["picture", 0, 0, {}]], [["m", 0, 0, {}]]]}
        inner["name"] = inner["config"]["name"] = "m"
        model = functional(entry, inner, outputs=[["m", 1, 0]])
    assert "more than 2,000 layers" in refusal(whole(tmp_path / "m.h5", model))


@each(
    ("text", "words"),
    [
        ("", "no JSON"),
        ('{"class_name": "Functional", "config": {"layers": [', "no JSON"),
        ("[]", "no description"),
        ("{}", "class_name"),
        ('{"class_name": 3, "config": {}}', "class_name"),
        ('{"class_name": "Sequential", "config": {"layers": [], "scale": NaN}}', "NaN"),
        ('{"class_name": "Sequential", "config": {"layers": [], "scale": 1e999}}', "1e999"),
        ('{"class_name": "Sequential", "config": {"layers": []}}', "shape"),
        ("[" * 100_000, "nested"),
        ('{"a": ' * 500 + "1" + "}" * 500, "nested"),
    ],
)
def test_descriptions_that_cannot_be_read(text: str, words: str, tmp_path: Path) -> None:
    assert words in refusal(whole(tmp_path / "m.h5", text if text else " "))
    assert words in refusal(archive(tmp_path / "m.keras", small(), parts={"config.json": text.encode()}))


def test_weights_alone_are_refused_with_what_to_do(tmp_path: Path) -> None:
    assert "--weights" in refusal(whole(tmp_path / "m.h5", None))


def test_a_graph_model_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text('{"format": "graph-model", "modelTopology": {"node": []}}')
    assert "ONNX" in refusal(tmp_path / "model.json")


def test_an_end_that_there_is_not_is_refused_with_the_nearest(tmp_path: Path) -> None:
    path = archive(tmp_path / "m.keras", small())
    assert "'conv'" in refusal(path, UsageError, ImportOptions(until="convv"))
    assert "made for" in refusal(path, UsageError, ImportOptions(height=9, width=9))
    assert "other inputs" in refusal(path, UsageError, ImportOptions(set_inputs={"x": 1}))


SHARDS: dict[str, tuple[dict[str, Any], str]] = {
    "a file above": ({"paths": ["../weights.bin"]}, "own folder"),
    "an absolute path": ({"paths": ["/etc/passwd"]}, "own folder"),
    "a folder below": ({"paths": ["sub/weights.bin"]}, "own folder"),
    "the folder itself": ({"paths": ["."]}, "own folder"),
    "no text": ({"paths": [3]}, "own folder"),
    "a file that is missing": ({"paths": ["none.bin"]}, "none.bin"),
    "a file twice": ({"paths": ["weights.bin", "weights.bin"]}, "twice"),
    "a link": ({"paths": ["link.bin"]}, "link"),
    "too few bytes": ({"paths": []}, "bytes"),
    "no weights": ({"weights": {}}, "paths with weights"),
    "no entry": ({"weights": [3]}, "name, shape and dtype"),
    "a negative shape": ({"weights": [{"name": "conv/kernel", "shape": [-3], "dtype": "float32"}]}, "shape"),
    "an absurd shape": ({"weights": [{"name": "a", "shape": [2**39, 2**39], "dtype": "float32"}]}, "bytes"),
    "a type that there is not": ({"weights": [{"name": "a", "shape": [1], "dtype": "string"}]}, "string"),
    "a type of eight bits": ({"weights": [{"name": "a", "shape": [1], "dtype": "uint8"}]}, "uint8"),
    "a scale that is none": (
        {"weights": [{"name": "a", "shape": [1], "dtype": "float32", "quantization": {"dtype": "uint8"}}]},
        "quantised",
    ),
}


@each("what", SHARDS)
def test_manifests_that_are_wrong_or_lead_elsewhere_are_refused(what: str, tmp_path: Path) -> None:
    changes, words = SHARDS[what]
    path = layers_model(tmp_path, small(), changes=changes)
    (tmp_path / "link.bin").symlink_to(tmp_path / "weights.bin")
    assert words in refusal(path)


def test_a_manifest_that_lists_a_weight_twice_is_refused(tmp_path: Path) -> None:
    path = layers_model(tmp_path, small())
    model = json.loads(path.read_text())
    model["weightsManifest"][0]["weights"][1]["name"] = "conv/kernel"
    path.write_text(json.dumps(model))
    assert "twice" in refusal(path)


def test_weights_that_are_not_finite_are_said(tmp_path: Path) -> None:
    kernel = WEIGHTS["conv"][0].copy()
    kernel[0, 0, 0, 0] = np.nan
    path = archive(tmp_path / "m.keras", small(), {**WEIGHTS, "conv": [kernel, WEIGHTS["conv"][1]]})
    assert any("conv" in remark and "NaN" in remark for remark in import_model(path, PLAIN).remarks)
