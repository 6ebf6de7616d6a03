"""What `cnnviz export` writes for Keras and PyTorch computes what cnnviz computes, layer by layer."""

from __future__ import annotations

import runpy
from pathlib import Path

import keras
import numpy as np
import pytest
import torch

import cnnviz
from cnnviz.errors import ModelError
from cnnviz.interchange.keras.writing import keras_script
from cnnviz.interchange.torch.writing import torch_script
from tests.helpers.networks import example_networks, with_random_weights
from tests.parity.keras_twin import AveragePooling2D

pytestmark = pytest.mark.parity

BUNDLED = {
    "lenet5": (32, 32, 1),
    "residual": (48, 40, 3),
    "walkthrough": (50, 61, 3),
    "cifar10": (32, 32, 3),
    "mnist_two_conv": (28, 28, 1),
}
NETWORKS = example_networks()


@pytest.fixture(autouse=True)
def mended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Keras on PyTorch pool as Keras on TensorFlow does."""
    monkeypatch.setattr(keras.layers, "AveragePooling2D", AveragePooling2D)


def of_bundled(name):
    return with_random_weights(cnnviz.load_stack(name).build(BUNDLED[name], dtype="float32"))


def check(network, theirs):
    """Compare all layers; inputs are what enters the first one."""
    entering = np.random.default_rng(1).normal(size=(2, *network.input_shape)).astype(np.float32)
    spec = network.stack.input
    pixels = entering * np.float64(spec.std or 1) + np.float64(spec.mean or 0)
    ours = network.forward(pixels / spec.scale)
    found = theirs(network.entering(pixels / spec.scale))
    assert ours.keys() == found.keys()
    for name, array in ours.items():
        other = found[name]
        assert other.shape == array.shape, name
        np.testing.assert_allclose(other, array, rtol=0, atol=1e-4 * max(np.ptp(array), 1e-6), err_msg=name)


def in_torch(network, folder):
    script, arrays = torch_script(network, "net.npz")
    np.savez(folder / "net.npz", **arrays)
    (folder / "net.py").write_text(script)
    run = runpy.run_path(str(folder / "net.py"))["network"]

    def call(x):
        with torch.no_grad():
            found = run(torch.from_numpy(np.ascontiguousarray(x.transpose(0, 3, 1, 2), np.float32)))
        return {name: y.numpy().transpose(0, 2, 3, 1) if y.ndim == 4 else y.numpy() for name, y in found.items()}

    return call


def in_keras(network, folder):
    (folder / "net.py").write_text(keras_script(network, "net.h5"))
    network.save_weights(folder / "net.h5")
    model = runpy.run_path(str(folder / "net.py"))["model"]
    return lambda x: {name: keras.ops.convert_to_numpy(y) for name, y in model(np.float32(x)).items()}


@pytest.mark.parametrize("program", [in_torch, in_keras])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_kind(name: str, program, tmp_path: Path) -> None:
    try:
        theirs = program(NETWORKS[name], tmp_path)
    except ModelError as error:
        pytest.skip(f"the export says that it cannot: {error}")
    check(NETWORKS[name], theirs)


@pytest.mark.parametrize("program", [in_torch, in_keras])
@pytest.mark.parametrize("name", BUNDLED)
def test_whole_networks(name: str, program, tmp_path: Path) -> None:
    network = of_bundled(name)
    check(network, program(network, tmp_path))
