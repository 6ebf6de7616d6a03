"""What a new layer kind and a new activation need: a file of its own, or an entry. All else follows from that."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import h5py
import numpy as np
import pytest

from cnnviz import layers
from cnnviz.cli import execute
from cnnviz.config import reference
from cnnviz.config.load import load_stack
from cnnviz.config.schema import json_schema
from cnnviz.errors import ConfigError
from tests.helpers.commands import picture
from tests.helpers.examples import make, prepare, random_inputs
from tests.layers.test_gradients import check_gradients, given_inputs, given_weights

GAIN = '''
"""A learned gain."""

from cnnviz.initializers import Constant, Initializer
from cnnviz.layers import explaining
from cnnviz.layers.base import Gradients, Layer, TrainingStep, WeightSpec
from cnnviz.layers.fields import Positive
from cnnviz.layers.rules import bend


class Gain(Layer, frozen=True, kw_only=True):
    """Makes every channel louder by a factor of its own, several times."""

    rule = bend("gain * x")

    times: Positive = 1
    gain_initializer: Initializer = Constant(value=1.5)

    def weight_specs(self, *shapes):
        return {"gain": WeightSpec(shapes[0][-1:], self.gain_initializer)}

    def prepare(self, weights, dtype, *shapes):
        factor = weights["gain"].astype(dtype) ** self.times
        return lambda x: x * factor

    def prepare_training(self, dtype, *shapes):
        def train(weights, generator, x):
            gain = weights["gain"]

            def backward(gradient):
                by_factor = (gradient * x).reshape(-1, len(gain)).sum(axis=0)
                by_gain = by_factor * self.times * gain ** (self.times - 1)
                return Gradients((gradient * gain**self.times,), {"gain": by_gain})

            return TrainingStep(x * gain**self.times, backward, {})

        return train

    def explain(self, weights, place, *inputs):
        gain = float(weights["gain"][place[-1]])
        formula, operands = "gain ** times * x", {"gain": gain, "times": self.times}
        return explaining.bend(inputs[0], place, "Louder.", "gained", formula, operands, lambda x: gain**self.times * x)
'''

STACK = """\
name: loud
input: {color: gray}
layers:
  - {type: Conv2D, name: conv, filters: 3, kernel_size: 3}
  - {type: Gain, name: louder, times: 2}
"""


@pytest.fixture
def gain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Put a kind's file among those of the kinds."""
    folder = tmp_path / "layers"
    folder.mkdir()
    (folder / "gain.py").write_text(GAIN)
    monkeypatch.setattr(layers, "__path__", [*layers.__path__, str(folder)])
    for found in (layers._modules, layers.all_kinds):
        found.cache_clear()
    yield layers
    monkeypatch.undo()
    for found in (layers._modules, layers.all_kinds):
        found.cache_clear()
    sys.modules.pop("cnnviz.layers.gain")
    del layers.gain


def test_a_kind_is_its_file(gain: ModuleType) -> None:
    assert "Gain" in gain.all_kinds()
    assert load_stack({"layers": ["Gain"]}).layers[0].name == "gain"
    with pytest.raises(ConfigError, match="must be at least 1, got 0"):
        load_stack({"layers": [{"type": "Gain", "times": 0}]})
    assert json_schema()["$defs"]["Gain"]["properties"]["times"] == {
        "type": "integer",
        "minimum": 1,
        "description": "Takes a whole number of at least 1.",
        "default": 1,
    }
    row = next(row for row in reference.kinds() if row.name == "Gain")
    assert row.sentence == "Makes every channel louder by a factor of its own, several times."
    assert dict(row.fields)["times"] == "1"


def test_a_kind_of_its_own_file_keeps_the_laws(gain: ModuleType) -> None:
    layer, shapes = make("Gain", {"times": 2}), [(7, 6, 3)]
    inputs = random_inputs(shapes)
    assert prepare(layer, shapes)(*inputs).shape == (2, *layer.output_shape(*shapes))
    check_gradients(layer, shapes, given_weights(layer, shapes), given_inputs(shapes), 1e-7)


def test_a_kind_of_its_own_file_is_run_drawn_explained_and_saved(
    gain: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo, config, out = tmp_path / "photo.png", tmp_path / "loud.yaml", tmp_path / "out"
    picture(photo)
    config.write_text(STACK)
    assert execute(["run", str(photo), "-c", str(config), "-o", str(out)]) == 0
    assert "louder" in capsys.readouterr().out
    assert any(out.rglob("*louder*.png"))
    (page,) = out.rglob("*.html")
    for said in ('"type":"Gain"', '"words":"gain * x"', "Makes every channel louder"):
        assert said in page.read_text()
    (weights,) = (path for path in out.rglob("*.h5") if "weights" in path.name)
    with h5py.File(weights) as file:
        np.testing.assert_array_equal(file["louder/louder/gain:0"], np.full(3, 1.5, np.float32))
    explain = ["explain", str(photo), "-c", str(config), "--layer", "louder", "--at", "2,3", "--json"]
    assert execute(explain) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["stages"][-1]["steps"][-1]["expression"] == "gain ** times * x"


SQUARE = """
import json, sys
import numpy as np
import cnnviz.ops.activations as activations


def square(x, out=None):
    return np.multiply(x, x, out=out)


def slope(x, out):
    np.multiply(x, 2, out=out)


# What an entry in the table of a family does.
activations.ACTIVATIONS["square"] = activations.ActivationFunction("square", square, "x * x", slope)

from cnnviz.cli import execute
from cnnviz.config import reference
from cnnviz.config.schema import json_schema
from tests.helpers.examples import make
from tests.layers.test_gradients import check_gradients, given_inputs, given_weights

assert reference.activations()[-1] == reference.ReferenceRow("square", "`x * x`.")
assert "square" in json.dumps(json_schema()["$defs"]["Activation"]["properties"]["activation"])
for kind, fields in (("Activation", {}), ("Dense", {"units": 3}), ("Conv2D", {"filters": 2, "kernel_size": 3})):
    layer, shapes = make(kind, {"activation": "square", **fields}), [(7, 6, 3)]
    check_gradients(layer, shapes, given_weights(layer, shapes), given_inputs(shapes), 1e-6)
photo, config, out = sys.argv[1:]
assert execute(["run", photo, "-c", config, "-o", out, "--activation", "square", "-q"]) == 0
sys.exit(execute(["explain", photo, "-c", config, "--layer", "conv", "--activation", "conv=square"]))
"""


def test_an_activation_is_its_entry(tmp_path: Path) -> None:
    photo, config, out = tmp_path / "photo.png", tmp_path / "small.yaml", tmp_path / "out"
    picture(photo)
    config.write_text("layers:\n  - {type: Conv2D, name: conv, filters: 3, kernel_size: 3, activation: relu}\n")
    done = subprocess.run(
        [sys.executable, "-c", SQUARE, str(photo), str(config), str(out)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    assert "x * x" in done.stdout
    (page,) = out.rglob("*.html")
    assert '"activation":"square"' in page.read_text()
