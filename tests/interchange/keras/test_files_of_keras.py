"""Files that Keras wrote: every tensor equals what Keras made of the same pixels.

`tests/parity/make_models.py` writes the files.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cnnviz.config.load import load_stack
from cnnviz.interchange import ImportOptions, import_model
from cnnviz.stack.graph import infer
from cnnviz.stack.network import Network
from cnnviz.stack.weights import make_weights
from tests.helpers.rows import each

FOLDER = Path(__file__).parents[2] / "data" / "models"
FILES = sorted(path.name.removesuffix(".npz") for path in FOLDER.glob("*.npz"))


@each("name", FILES)
def test_every_tensor_equals_keras_s(name: str) -> None:
    model = import_model(FOLDER / name, ImportOptions())
    with np.load(FOLDER / f"{name}.npz") as stored:
        wanted = dict(stored)
    pixels = wanted.pop("pixels")
    stack = load_stack({**model.document, "input": {**model.document["input"], "scale": 1.0}})
    nodes = infer(stack, pixels.shape)
    network = Network(stack, pixels.shape, nodes, make_weights(nodes, 0, model.weights), "float64", 1)
    outputs = network.forward(pixels)
    assert len(wanted) >= 0.6 * len(outputs)
    for layer, tensor in wanted.items():
        reach = max(float(np.ptp(tensor)), 1e-3 * float(abs(tensor).max()), 1e-6)
        assert abs(outputs[layer] - tensor.reshape(outputs[layer].shape)).max() < 1e-5 * reach, layer
