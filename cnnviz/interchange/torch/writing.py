"""A network as a script of PyTorch that computes it, every layer's output by name."""

from __future__ import annotations

from collections.abc import Mapping

from cnnviz.errors import ModelError
from cnnviz.interchange.torch.expressions import expression
from cnnviz.interchange.writing.network import Weighed, write_operations
from cnnviz.interchange.writing.words import entering
from cnnviz.layers.base import Array

_HEAD = '''"""{name}: a network of cnnviz in PyTorch, to check one against the other.

{entering} {shape} of them, channels first.

    outputs = network(torch.rand(1, {inner}))
"""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

w = {{name: torch.from_numpy(array) for name, array in np.load(Path(__file__).with_name("{weights}")).items()}}


def network(x):
    """Return every layer's output by the layer's name; maps are N x C x H x W."""
    t = {{"input": x}}
{lines}
    return {{name: tensor for name, tensor in t.items() if "/" not in name and name != "input"}}


if __name__ == "__main__":
    with torch.no_grad():
        for name, tensor in network(torch.rand(1, {inner})).items():
            print(f"{{name:24}} {{tuple(tensor.shape)}}")
'''


def torch_script(network: Weighed, weights: str) -> tuple[str, dict[str, Array]]:
    """Write a network as a script.

    Args:
        network: The network.
        weights: Name of the `.npz` beside the script that holds the arrays.

    Returns:
        The script, and the arrays by name.

    Raises:
        ModelError: If the script has no words for a layer: all of them at once, by name.
    """
    writer = write_operations(network.nodes, "PyTorch")
    constants = writer.laid(network.weights)
    lines, problems = [], []
    for one in writer.operations:
        arguments = [_name(name, constants) for name in one.inputs]
        try:
            lines.append(
                f"    t[{one.output!r}] = {expression(one, arguments, [constants.get(name) for name in one.inputs])}"
            )
        except LookupError:
            problems.append(f'layer "{one.output.partition("/")[0]}": the export to PyTorch has no words for {one.op}')
    if problems:
        raise ModelError(*problems)
    height, width, channels = network.input_shape
    text = _HEAD.format(
        name=network.stack.name.replace("\\", "/").replace('"', "'"),
        entering=entering(network.stack.input),
        shape=f"{channels} x {height} x {width}",
        inner=f"{channels}, {height}, {width}",
        weights=weights,
        lines="\n".join(lines),
    )
    arrays = {name: array for name, array in constants.items() if f"w[{name!r}]" in text}
    return text, arrays


def _name(name: str, constants: Mapping[str, Array]) -> str:
    return f"w[{name!r}]" if name in constants else f"t[{name!r}]" if name else "None"
