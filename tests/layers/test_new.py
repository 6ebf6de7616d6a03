"""What new layer kinds and a new activation need: a file of their own, or an entry. All else follows from that."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

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
from tests.layers.test_laws import check_formula

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

BLEND = '''
"""Windows weighed with one kernel for all maps."""

from math import prod

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnviz.initializers import Constant, Initializer
from cnnviz.layers import explaining
from cnnviz.layers.base import Gradients, Layer, TrainingStep, WeightSpec
from cnnviz.layers.fields import PositivePair, pair
from cnnviz.layers.rounding import Rounding, units
from cnnviz.layers.rules import Rule
from cnnviz.layers.sliding import slide


class Blend2D(Layer, frozen=True, kw_only=True):
    """Weighs each window of each map with one learned kernel, the same for all maps."""

    rounds = True
    motion = "slides"

    size: PositivePair = 2
    strides: PositivePair = 1
    kernel_initializer: Initializer = Constant(value=0.25)

    def sliding(self, *shapes):
        return slide(shapes[0], pair(self.size), pair(self.strides), "valid", field="size")

    def weight_specs(self, *shapes):
        return {"kernel": WeightSpec(pair(self.size), self.kernel_initializer)}

    def effective_kernel(self, weights, *shapes):
        return np.repeat(weights["kernel"][:, :, None, None], shapes[0][2], axis=3)

    def page_rule(self, weights, *shapes):
        return Rule("weigh", {"groups": shapes[0][2]})

    def macs(self, *shapes):
        return prod(self.output_shape(*shapes)) * prod(pair(self.size))

    def prepare(self, weights, dtype, *shapes):
        kernel = weights["kernel"].astype(dtype)
        return lambda x: np.einsum("nyxcab,ab->nyxc", self._windows(x), kernel)

    def rounding(self, weights, dtype, *shapes):
        loud = {"kernel": abs(weights["kernel"])}
        gain = float(loud["kernel"].sum())
        return Rounding(units(loud["kernel"].size), gain, 0.0, self.prepare(loud, dtype, *shapes))

    def prepare_training(self, dtype, *shapes):
        def train(weights, generator, x):
            kernel = weights["kernel"]

            def backward(gradient):
                by_x = np.zeros_like(x)
                for (row, column), weight in np.ndenumerate(kernel):
                    self._windows(by_x, writeable=True)[..., row, column] += gradient * weight
                by_kernel = np.einsum("nyxcab,nyxc->ab", self._windows(x), gradient)
                return Gradients((by_x,), {"kernel": by_kernel})

            return TrainingStep(np.einsum("nyxcab,ab->nyxc", self._windows(x), kernel), backward, {})

        return train

    def explain(self, weights, place, *inputs):
        rows, columns = self.sliding(inputs[0].shape).listed(place)
        patch = explaining.window(inputs[0], rows, columns, [place[2]], weights["kernel"])
        return explaining.weighted_sum(lambda _: (patch, None), place[2], inputs[0].shape[2], "All blended.")

    def _windows(self, x, writeable=False):
        down, across = pair(self.strides)
        return sliding_window_view(x, pair(self.size), (1, 2), writeable=writeable)[:, ::down, ::across]
'''

STACK = """\
name: loud
input: {color: gray}
layers:
  - {type: Conv2D, name: conv, filters: 3, kernel_size: 3}
  - {type: Gain, name: louder, times: 2}
  - {type: Blend2D, name: blended, size: [3, 2], strides: 2}
"""


@pytest.fixture
def kinds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Put the files of two kinds among those of the kinds."""
    folder = tmp_path / "layers"
    folder.mkdir()
    files = {"gain": GAIN, "blend2d": BLEND}
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    monkeypatch.setattr(layers, "__path__", [*layers.__path__, str(folder)])
    for found in (layers._modules, layers.all_kinds):
        found.cache_clear()
    yield layers
    monkeypatch.undo()
    for found in (layers._modules, layers.all_kinds):
        found.cache_clear()
    for name in files:
        sys.modules.pop(f"cnnviz.layers.{name}", None)
        vars(layers).pop(name, None)


def test_a_kind_is_its_file(kinds: ModuleType) -> None:
    assert {"Gain", "Blend2D"} <= set(kinds.all_kinds())
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


@pytest.mark.parametrize(
    ("kind", "fields"), [("Gain", {"times": 2}), ("Blend2D", {}), ("Blend2D", {"size": [3, 2], "strides": 2})]
)
def test_a_kind_of_its_own_file_keeps_the_laws(kinds: ModuleType, kind: str, fields: dict[str, Any]) -> None:
    layer, shapes = make(kind, fields), [(7, 6, 3)]
    inputs = random_inputs(shapes)
    assert prepare(layer, shapes)(*inputs).shape == (2, *layer.output_shape(*shapes))
    check_gradients(layer, shapes, given_weights(layer, shapes), given_inputs(shapes), 1e-7)
    check_formula(layer, shapes)


def test_a_kind_of_its_own_file_is_run_drawn_explained_and_saved(
    kinds: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
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


def test_a_kind_that_slides_a_window_is_drawn_explained_and_animated(
    kinds: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo, config, out, film = (tmp_path / name for name in ("photo.png", "loud.yaml", "out", "film.gif"))
    picture(photo)
    config.write_text(STACK)
    assert execute(["run", str(photo), "-c", str(config), "-o", str(out), "-q"]) == 0
    (page,) = out.rglob("*.html")
    for said in ('"type":"Blend2D"', '"kind":"weigh"', '"groups":3', "Weighs each window of each map"):
        assert said in page.read_text()
    capsys.readouterr()
    assert execute(["explain", str(photo), "-c", str(config), "--layer", "blended", "--at", "2,3", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["value"] == pytest.approx(found["forward"], rel=1e-12)
    assert found["receptive_field"]["rows"] == [4, 8]  # two strides of 2 on, 3 rows of 3 rows each
    assert found["stages"][0]["reads"][0]["channels"] == [2]
    assert (
        execute(
            ["animate", str(photo), "-c", str(config), "--layer", "blended", "-o", str(film), "-q", "--frames", "2"]
        )
        == 0
    )
    assert film.read_bytes().startswith(b"GIF8")


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


@pytest.mark.slow
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
