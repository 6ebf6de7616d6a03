"""A network as a script of PyTorch that computes it, every layer's output by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cnnviz.errors import ModelError
from cnnviz.interchange.writing.kinds import write_operations
from cnnviz.interchange.writing.words import entering
from cnnviz.interchange.writing.writer import Operation
from cnnviz.layers.base import Array
from cnnviz.stack.network import Network

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

_PLAIN = {
    "Relu": "F.relu({0})",
    "Sigmoid": "torch.sigmoid({0})",
    "Tanh": "torch.tanh({0})",
    "Exp": "torch.exp({0})",
    "Softplus": "F.softplus({0}, threshold=100)",
    "Softsign": "F.softsign({0})",
    "Erf": "torch.erf({0})",
    "Sqrt": "torch.sqrt({0})",
    "Neg": "-{0}",
    "Identity": "{0}",
    "Flatten": "{0}.flatten(1)",
    "Add": "{0} + {1}",
    "Sub": "{0} - {1}",
    "Mul": "{0} * {1}",
    "Div": "{0} / {1}",
    "Greater": "{0} > {1}",
    "Where": "torch.where({0}, {1}, {2})",
    "PRelu": "torch.where({0} > 0, {0}, {0} * {1})",
    "Elu": "F.elu({0}, {alpha})",
    "Celu": "F.celu({0}, {alpha})",
    "LeakyRelu": "F.leaky_relu({0}, {alpha})",
    "Selu": "F.selu({0})",
    "ThresholdedRelu": "F.threshold({0}, {alpha}, 0.0)",
    "HardSigmoid": "({0} * {alpha} + {beta}).clamp(0, 1)",
    "Softmax": "torch.softmax({0}, {axis})",
    "LogSoftmax": "torch.log_softmax({0}, {axis})",
    "Pow": "{0} ** {1}",
    "Abs": "{0}.abs()",
    "Log": "{0}.log()",
    "Reciprocal": "1 / {0}",
    "InstanceNormalization": "F.instance_norm({0}, eps={epsilon})",
    "GlobalAveragePool": "{0}.mean((2, 3), keepdim=True)",
    "GlobalMaxPool": "{0}.amax((2, 3), keepdim=True)",
    "Transpose": "{0}.permute({perm})",
    "Gemm": "F.linear({all})",
    "BatchNormalization": "F.batch_norm({0}, {3}, {4}, {1}, {2}, eps={epsilon})",
}
"""Operators that are one expression: `{0}` is the first input, `{all}` are all of them, the rest attributes."""


def torch_script(network: Network, weights: str) -> tuple[str, dict[str, Array]]:
    """Write a network as a script.

    Args:
        network: The network.
        weights: Name of the `.npz` beside the script that holds the arrays.

    Returns:
        The script, and the arrays by name.

    Raises:
        ModelError: If the script has no words for a layer: all of them at once, by name.
    """
    writer = write_operations(network, "PyTorch")
    constants = writer.constants
    lines, problems = [], []
    for one in writer.operations:
        arguments = [_name(name, constants) for name in one.inputs]
        try:
            lines.append(
                f"    t[{one.output!r}] = {_expression(one, arguments, [constants.get(name) for name in one.inputs])}"
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


def _expression(one: Operation, arguments: list[str], known: list[Array | None]) -> str:
    if one.op in _PLAIN:
        facts = {name: tuple(value) if isinstance(value, list) else value for name, value in one.attributes.items()}
        return _PLAIN[one.op].format(*arguments, all=", ".join(arguments), **facts)
    return _WINDOWS[one.op](one, arguments, known)


_Write = Callable[[Operation, list[str], list[Array | None]], str]


def _padded(one: Operation, x: str, value: str = "0.0") -> str:
    top, left, bottom, right = one.attributes["pads"]
    if not any((top, left, bottom, right)):
        return x
    return f"F.pad({x}, ({left}, {right}, {top}, {bottom}), value={value})"


def _pairs(one: Operation, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(one.attributes.get(name, (1, 1))) for name in names]


def _conv(one: Operation, arguments: list[str], known: list[Array | None]) -> str:
    strides, dilations = _pairs(one, "strides", "dilations")
    x = _padded(one, arguments[0]) if "pads" in one.attributes else arguments[0]
    bias = arguments[2] if len(arguments) > 2 else "None"
    group = one.attributes.get("group", 1)
    return f"F.conv2d({x}, {arguments[1]}, {bias}, stride={strides}, dilation={dilations}, groups={group})"


def _conv_transpose(one: Operation, arguments: list[str], known: list[Array | None]) -> str:
    strides, dilations, extra = _pairs(one, "strides", "dilations", "output_padding")
    top, left, bottom, right = one.attributes["pads"]
    bias = arguments[2] if len(arguments) > 2 else "None"
    whole = (
        f"F.conv_transpose2d({arguments[0]}, {arguments[1]}, None, stride={strides}, dilation={dilations}, "
        f"groups={one.attributes.get('group', 1)})"
    )
    grown = f"F.pad({whole}, ({-left}, {extra[1] - right}, {-top}, {extra[0] - bottom}))"
    return grown if bias == "None" else f"{grown} + {bias}[:, None, None]"


def _max_pool(one: Operation, arguments: list[str], known: list[Array | None]) -> str:
    size, strides, dilations = _pairs(one, "kernel_shape", "strides", "dilations")
    x = _padded(one, arguments[0], "-torch.inf")
    return f"F.max_pool2d({x}, {size}, {strides}, dilation={dilations})"


def _average_pool(one: Operation, arguments: list[str], known: list[Array | None]) -> str:
    size, strides = _pairs(one, "kernel_shape", "strides")
    padded = _padded(one, arguments[0])
    whole = f"F.avg_pool2d({padded}, {size}, {strides})"
    if padded == arguments[0] or one.attributes.get("count_include_pad"):
        return whole
    counted = _padded(one, f"torch.ones_like({arguments[0]})")
    return f"{whole} / F.avg_pool2d({counted}, {size}, {strides})"


def _resize(one: Operation, arguments: list[str], known: list[Array | None]) -> str:
    mode, coordinates = one.attributes["mode"], one.attributes["coordinate_transformation_mode"]
    if (mode, coordinates, one.attributes.get("nearest_mode")) == ("nearest", "asymmetric", "floor"):
        how = "mode='nearest'"
    elif mode == "linear" and coordinates in ("half_pixel", "align_corners"):
        how = f"mode='bilinear', align_corners={coordinates == 'align_corners'}"
    else:
        raise LookupError(mode)
    scales = known[2]
    assert scales is not None
    factor = tuple(float(scale) for scale in scales[2:])
    return f"F.interpolate({arguments[0]}, scale_factor={factor}, recompute_scale_factor=False, {how})"


def _pad(one: Operation, arguments: list[str], known: list[Array | None]) -> str:
    assert known[1] is not None
    pads = known[1].tolist()
    sides = f"({pads[3]}, {pads[7]}, {pads[2]}, {pads[6]})"
    mode = {"reflect": "reflect", "edge": "replicate"}.get(one.attributes.get("mode", "constant"))
    if mode is not None:
        return f"F.pad({arguments[0]}, {sides}, mode={mode!r})"
    value = "" if len(known) < 3 or known[2] is None else f", value={float(known[2])!r}"
    return f"F.pad({arguments[0]}, {sides}{value})"


def _reduce(name: str) -> _Write:
    def write(one: Operation, arguments: list[str], known: list[Array | None]) -> str:
        axes = tuple(one.attributes["axes"])
        return f"{arguments[0]}.{name}({axes}, keepdim={bool(one.attributes['keepdims'])})"

    return write


def _slice(one: Operation, arguments: list[str], known: list[Array | None]) -> str:
    starts, ends = (part.tolist() for part in known[1:3] if part is not None)
    return f"{arguments[0]}[:, :, {starts[0]}:{ends[0]}, {starts[1]}:{ends[1]}]"


def _reshape(one: Operation, arguments: list[str], known: list[Array | None]) -> str:
    assert known[1] is not None
    return f"{arguments[0]}.reshape({tuple(known[1].tolist())})"


def _unsqueeze(one: Operation, arguments: list[str], known: list[Array | None]) -> str:
    return f"{arguments[0]}[:, :, None, None]"


def _clip(one: Operation, arguments: list[str], known: list[Array | None]) -> str:
    ends = [None if end is None else float(end) for end in (*known[1:], None)[:2]]
    return f"{arguments[0]}.clamp({ends[0]}, {ends[1]})"


def _fold(function: str) -> _Write:
    def write(one: Operation, arguments: list[str], known: list[Array | None]) -> str:
        out = arguments[0]
        for other in arguments[1:]:
            out = f"{function}({out}, {other})"
        return out

    return write


def _mean(one: Operation, arguments: list[str], known: list[Array | None]) -> str:
    return f"({' + '.join(arguments)}) / {len(arguments)}"


def _concat(one: Operation, arguments: list[str], known: list[Array | None]) -> str:
    return f"torch.cat(({', '.join(arguments)}), {one.attributes['axis']})"


def _reduce_sum(one: Operation, arguments: list[str], known: list[Array | None]) -> str:
    assert known[1] is not None
    return f"{arguments[0]}.sum({tuple(known[1].tolist())}, keepdim=True)"


def _shrink(one: Operation, arguments: list[str], known: list[Array | None]) -> str:
    name = "F.softshrink" if one.attributes["bias"] else "F.hardshrink"
    return f"{name}({arguments[0]}, {one.attributes['lambd']})"


_WINDOWS: dict[str, _Write] = {
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "MaxPool": _max_pool,
    "AveragePool": _average_pool,
    "Resize": _resize,
    "Pad": _pad,
    "Slice": _slice,
    "Reshape": _reshape,
    "Unsqueeze": _unsqueeze,
    "Clip": _clip,
    "ReduceMax": _reduce("amax"),
    "ReduceMean": _reduce("mean"),
    "Max": _fold("torch.maximum"),
    "Min": _fold("torch.minimum"),
    "Mean": _mean,
    "Concat": _concat,
    "ReduceSum": _reduce_sum,
    "Shrink": _shrink,
}
