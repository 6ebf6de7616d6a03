"""The weights that a state dict of PyTorch has for a stack: by name, else by order, brought into Keras's shapes.

PyTorch has a convolution's kernel as `(out, in, height, width)`, a transposed one's as `(in, out, height, width)`, a
dense layer's as `(out, in)`, with the numbers of a flattened map channel by channel.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from cnnviz.errors import WeightsError
from cnnviz.io.files import show_path
from cnnviz.io.skipped import StoredLayer, complaint, passed_over
from cnnviz.io.state_dict.model import StateDict
from cnnviz.layers.base import Array, Shape
from cnnviz.layers.conv2d_transpose import Conv2DTranspose
from cnnviz.layers.depthwise_conv2d import DepthwiseConv2D
from cnnviz.stack.channels_first import Order, channels_first_orders, reorder
from cnnviz.stack.graph import Node
from cnnviz.stack.weights import LoadedWeights
from cnnviz.wording import plural, shape_text

_SHOWN = 10

_NAMES = {
    "kernel": {"weight": "kernel", "bias": "bias"},
    "alpha": {"weight": "alpha"},
    "moving_mean": {
        "weight": "gamma",
        "bias": "beta",
        "running_mean": "moving_mean",
        "running_var": "moving_variance",
    },
}
"""What PyTorch calls the weights of a layer that has one of this name."""
_NORMALIZATION = {"weight": "gamma", "bias": "beta"}
_SEPARABLE = ({"weight": "depthwise_kernel"}, {"weight": "pointwise_kernel", "bias": "bias"})


class _Slot(NamedTuple):
    """A layer, or a half of one, that takes the tensors of one module.

    Attributes:
        node: The layer.
        names: Our names of its weights by those of PyTorch.
    """

    node: Node
    names: Mapping[str, str]


def fit_state_dict(file: StateDict, nodes: Sequence[Node]) -> LoadedWeights:
    """Take the weights that fit the layers.

    Modules whose names, dots as underscores, are those of layers go to these; if none are, all go by their order,
    shapes checked.

    Args:
        file: The file.
        nodes: The layers in order.

    Raises:
        WeightsError: If the modules are others than the layers, or their shapes.
    """
    shown = show_path(file.name)
    modules = file.layers
    slots = [slot for node in nodes if node.weights for slot in _slots(node)]
    pairs, remarks = _by_name(slots, modules, shown)
    if skipped := _passed_over(pairs, file):
        raise WeightsError(f"{shown}: {complaint(_list(skipped))}")
    if not pairs:
        if len(modules) != len(slots):
            wanted = _list(slot.node.layer.name for slot in slots)
            raise WeightsError(
                f"{shown} has weights of {plural(len(modules), 'module')} ({_list(modules)}), the stack "
                f"{plural(len(slots), 'layer')} with weights ({wanted}): none have names in common, so they go by "
                "their order, and must be as many"
            )
        pairs = list(zip(slots, modules, strict=True))
        remarks = [f"{shown}: modules and layers have no names in common, so they go by their order"] if pairs else []
    orders = channels_first_orders(nodes)
    problems = [problem for slot, module in pairs for problem in _problems(slot, module, modules[module], file)]
    if problems:
        raise WeightsError(*(f"{shown}: {problem}" for problem in problems[:_SHOWN]))
    weights: dict[str, dict[str, Array]] = {}
    for slot, module in pairs:
        arrays = file.read(list(modules[module].values()))
        for suffix, full in modules[module].items():
            spec, order = slot.node.weights[slot.names[suffix]].shape, orders.get(slot.node.layer.inputs[0])
            name = slot.names[suffix]
            weights.setdefault(slot.node.layer.name, {})[name] = _turned(arrays[full], slot.node, name, spec, order)
    bad = [
        f"{layer}/{name}"
        for layer, own in weights.items()
        for name, array in own.items()
        if not np.isfinite(array).all()
    ]
    return LoadedWeights(weights, [*remarks, *([f"{shown}: not all values of {_list(bad)} are finite"] if bad else [])])


def _slots(node: Node) -> Iterator[_Slot]:
    if "depthwise_kernel" in node.weights:
        yield from (_Slot(node, _only(names, node)) for names in _SEPARABLE)
        return
    names = next((names for name, names in _NAMES.items() if name in node.weights), _NORMALIZATION)
    yield _Slot(node, _only(names, node))


def _only(names: Mapping[str, str], node: Node) -> dict[str, str]:
    return {theirs: ours for theirs, ours in names.items() if ours in node.weights}


def _by_name(
    slots: Sequence[_Slot], modules: Mapping[str, object], shown: str
) -> tuple[list[tuple[_Slot, str]], list[str]]:
    """Pair layers with the modules that are called so; a prefix of all modules may be missing in the stack."""
    legal = {_legal(module): module for module in modules}
    prefix = _legal(_common_prefix(list(modules)))
    found = {}
    for slot in slots:
        name = slot.node.layer.name.lower()
        module = legal.get(name, legal.get(f"{prefix}{name}"))
        if module is not None:
            found[slot.node.layer.name] = (slot, module)
    if not found:
        return [], []
    left = [module for module in modules if module not in {module for _, module in found.values()}]
    missing = [slot.node.layer.name for slot in slots if slot.node.layer.name not in found]
    remarks = []
    if left:
        remarks.append(f"{shown} has weights for {_list(left)}, which the stack lacks")
    if missing:
        remarks.append(f"{shown} has no weights for {_list(missing)}: they are initialised")
    return list(found.values()), remarks


def _passed_over(pairs: Sequence[tuple[_Slot, str]], file: StateDict) -> list[str]:
    taken = {module: slot.node.output_shape[-1] for slot, module in pairs}

    def describe(module: str, tensors: Mapping[str, str]) -> StoredLayer:
        means = file.tensors[tensors["running_mean"]].shape if "running_mean" in tensors else ()
        channels = taken.get(module, means[0] if means else None)
        return StoredLayer(module, module.rpartition(".")[0], channels, module in taken, bool(means))

    return passed_over(describe(*module) for module in file.layers.items())


def _legal(module: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", module).lower()


def _common_prefix(modules: Sequence[str]) -> str:
    """Return the first part of the names if all share it, such as `module.`; else nothing."""
    first = {module.partition(".")[0] for module in modules if "." in module}
    return f"{first.pop()}." if len(first) == 1 and all("." in module for module in modules) else ""


def _problems(slot: _Slot, module: str, tensors: Mapping[str, str], file: StateDict) -> Iterator[str]:
    subject = (
        f'layer "{slot.node.layer.name}" ({type(slot.node.layer).__name__}) and module {show_path(module) or "(root)"}'
    )
    if tensors.keys() != slot.names.keys():
        yield (
            f"{subject}: the file has {_list(tensors)}, the stack needs {_list(slot.names)}; make the layer's fields, "
            "such as use_bias, those of the module"
        )
        return
    for suffix, full in tensors.items():
        name = slot.names[suffix]
        needed, there = slot.node.weights[name].shape, file.tensors[full].shape
        if not _fits(there, needed, slot.node, name):
            theirs = _theirs(needed, slot.node, name)
            yield (
                f"{subject}: {suffix} is {shape_text(there) or 'a number'}, where {shape_text(theirs)} is needed for "
                f"{name} {shape_text(needed)}"
            )


def _theirs(shape: Shape, node: Node, name: str) -> Shape:
    """Return the shape that PyTorch has for a weight of ours."""
    if len(shape) == 4:
        if isinstance(node.layer, DepthwiseConv2D) or name == "depthwise_kernel":
            return (shape[2] * shape[3], 1, *shape[:2])
        if isinstance(node.layer, Conv2DTranspose):
            groups = node.layer.groups
            return (shape[3] * groups, shape[2] // groups, *shape[:2])
        return (shape[3], shape[2], *shape[:2])
    if name == "kernel":
        return shape[::-1]
    return (shape[2], *shape[:2]) if len(shape) == 3 and 1 not in shape[:2] else shape


def _fits(there: Shape, needed: Shape, node: Node, name: str) -> bool:
    theirs = _theirs(needed, node, name)
    if there == theirs:
        return True
    if name == "kernel" and len(needed) == 2:  # a 1x1 convolution that is a dense layer here
        return there == (*theirs, 1, 1)
    single = tuple(size for size in theirs if size != 1) or (1,)
    return name != "kernel" and len(needed) < 4 and (there == single or (name == "alpha" and there == (1,)))


def _turned(array: Array, node: Node, name: str, shape: Shape, order: Order | None) -> Array:
    """Bring a tensor of PyTorch's into the shape and the order that a weight has here."""
    if len(shape) == 4:
        if isinstance(node.layer, DepthwiseConv2D) or name == "depthwise_kernel":
            array = array.reshape(shape[2], shape[3], *array.shape[2:]).transpose(2, 3, 0, 1)
        elif isinstance(node.layer, Conv2DTranspose):
            # (in, out / groups, ...): each group's filters one after the other, each over its own inputs.
            blocks = array.reshape(node.layer.groups, -1, *array.shape[1:])
            array = blocks.transpose(3, 4, 0, 2, 1).reshape(shape)
        else:
            array = array.transpose(2, 3, 1, 0)
    elif name == "kernel":
        array = reorder(array.reshape(array.shape[:2]).T, order)
    elif len(shape) == 1:
        array = array if name == "bias" else reorder(array, order if len(array) > 1 else None)
    elif array.ndim == 3:
        array = array.transpose(1, 2, 0)
    return np.ascontiguousarray(np.broadcast_to(array, shape), np.float32)


def _list(names: Iterable[str]) -> str:
    found = [show_path(name) or "(root)" for name in names]
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more
