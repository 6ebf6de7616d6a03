"""Operations of ONNX as expressions of PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnviz.interchange.writing.writer import Operation
from cnnviz.layers.base import Array

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
    "Gather": "{0}.index_select({axis}, {1})",
    "MatMul": "{0} @ {1}",
    "SpaceToDepth": "{0}.unflatten(3, (-1, {blocksize})).unflatten(2, (-1, {blocksize})).permute(0, 3, 5, 1, 2, 4)"
    ".flatten(1, 3)",
    "Gemm": "F.linear({all})",
    "BatchNormalization": "F.batch_norm({0}, {3}, {4}, {1}, {2}, eps={epsilon})",
}
"""Operators that are one expression: `{0}` is the first input, `{all}` are all of them, the rest attributes."""


def expression(one: Operation, arguments: list[str], known: list[Array | None]) -> str:
    """Write an operation as an expression of PyTorch.

    Args:
        one: The operation.
        arguments: Its inputs as expressions.
        known: Those of them that are stored, else None.

    Raises:
        LookupError: If there are no words for it.
    """
    if one.op in _PLAIN:
        facts = {name: tuple(value) if isinstance(value, list) else value for name, value in one.attributes.items()}
        return _PLAIN[one.op].format(*arguments, all=", ".join(arguments), **facts)
    return _WRITTEN[one.op](one, arguments, known)


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
    starts, ends, axes, *steps = (part.tolist() for part in known[1:] if part is not None)
    cuts = {
        axis: f"{start}:{end}" + (f":{step}" if step > 1 else "")
        for axis, start, end, step in zip(axes, starts, ends, steps[0] if steps else [1] * len(axes), strict=True)
    }
    return f"{arguments[0]}[{', '.join(cuts.get(axis, ':') for axis in range(max(axes) + 1))}]"


def _depth_to_space(one: Operation, arguments: list[str], known: list[Array | None]) -> str:
    size = one.attributes["blocksize"]
    if one.attributes["mode"] == "CRD":
        return f"F.pixel_shuffle({arguments[0]}, {size})"
    apart = f"{arguments[0]}.unflatten(1, ({size}, {size}, -1)).permute(0, 3, 4, 1, 5, 2)"
    return f"{apart}.flatten(4, 5).flatten(2, 3)"


def _local_response(one: Operation, arguments: list[str], known: list[Array | None]) -> str:
    size, alpha, beta, bias = (one.attributes[name] for name in ("size", "alpha", "beta", "bias"))
    # PyTorch puts the odd channel of an even window in front, ONNX behind.
    before, after = (size - 1) // 2, size // 2
    squares = f"F.pad({arguments[0]}.square(), (0, 0, 0, 0, {before}, {after}))"
    return f"{arguments[0]} / ({bias} + {alpha / size} * {squares}.unfold(1, {size}, 1).sum(-1)) ** {beta}"


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


_WRITTEN: dict[str, _Write] = {
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
    "DepthToSpace": _depth_to_space,
    "LRN": _local_response,
    "ReduceMax": _reduce("amax"),
    "ReduceMean": _reduce("mean"),
    "Max": _fold("torch.maximum"),
    "Min": _fold("torch.minimum"),
    "Mean": _mean,
    "Concat": _concat,
    "ReduceSum": _reduce_sum,
    "Shrink": _shrink,
}
