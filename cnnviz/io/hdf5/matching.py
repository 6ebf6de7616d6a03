"""Which weights of a file belong to which layer of a stack."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import WeightsError
from cnnviz.io.files import show_path
from cnnviz.io.hdf5.names import weight_of
from cnnviz.io.hdf5.opening import AS_H5
from cnnviz.io.hdf5.reading import FLOATS, FileWeights, Shape, StoredWeight
from cnnviz.io.hdf5.turning import CONVOLUTIONS, Turn, kernel_turns
from cnnviz.io.hdf5.units import Claims, FileLayer, claim, names_in, units_of
from cnnviz.io.skipped import StoredLayer, complaint, passed_over
from cnnviz.wording import shape_text

_NAMES = {
    *("kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance", "alpha"),
    *("depthwise_kernel", "pointwise_kernel"),
}
"""Names of weights that say what a weight is."""

_SHOWN = 10

Specs = Mapping[str, Mapping[str, Shape]]


class Match(NamedTuple):
    """What a file has for a stack.

    Attributes:
        arrays: The weights of the layers that the file has, float32, by layer and weight name.
        remarks: What a user should know: what the file has and the stack lacks, the other way round, and what was not
            taken just as it lies there. Each a clause that names the file.
        paths: Where each of these layers is in the file: the names of the models around it, and its own.
    """

    arrays: dict[str, dict[str, NDArray[Any]]]
    remarks: list[str]
    paths: dict[str, tuple[str, ...]]


def match_weights(file: FileWeights, specs: Specs, kinds: Mapping[str, str] | None = None) -> Match:
    """Match the weights of a file with those of a stack: by layer name, then by their order in the layer.

    Models in the model are flattened: their layers go by their own names, or with the models' in front. Names that
    are not legal here go by the nearest legal ones. A `.weights.h5` goes by the order of each kind, unless it notes
    names and they are the stack's.

    Args:
        file: The file.
        specs: `specs["conv_1"]["kernel"]`: the shapes that the stack declares, in Keras's order.
        kinds: The kind of each of these layers, such as `Conv2D`; without them nothing is turned.

    Raises:
        WeightsError: If a layer's weights do not fit, or no layer of the file is one of the stack.
    """
    shown = show_path(file.name)
    kinds = kinds or {}
    claims = _claims(file, specs, kinds)
    if claims.ambiguous:
        raise WeightsError(*(f"{shown}: {_ambiguity(*item)}" for item in claims.ambiguous.items()))
    if not claims.units and (claims.left or specs):
        raise WeightsError(
            f"{shown} has weights for {_list(unit.title for unit in claims.left)}, the stack for {_list(specs)}: none "
            f"in common; weights are matched by layer name, so name the layers alike"
        )
    if skipped := _passed_over(claims, file, specs):
        raise WeightsError(f"{shown}: {complaint(_list(skipped))}")
    kernels = [
        (kinds[layer], unit.weights[0], specs[layer]["kernel"])
        for layer, unit in claims.units.items()
        if kinds.get(layer) in CONVOLUTIONS and unit.weights
    ]
    turns, doubt = kernel_turns(file, kernels)
    turn = {layer: turns.get(kinds.get(layer, ""), Turn()) for layer in claims.units}
    problems = [
        problem for layer, unit in claims.units.items() for problem in _problems(layer, unit, specs[layer], turn[layer])
    ]
    if problems:
        raise WeightsError(*(f"{shown}: {problem}" for problem in problems))
    wanted = {layer: dict(zip(specs[layer], unit.weights, strict=True)) for layer, unit in claims.units.items()}
    arrays = {
        layer: {name: turn[layer].apply(array) if name == "kernel" else array for name, array in weights.items()}
        for layer, weights in file.read(wanted).items()
    }
    remarks = [*_unmatched(claims, specs), *_renamed(claims), *_turned(turn), *_misnamed(wanted)]
    remarks += [doubt] if doubt else []
    remarks += _nonfinite(arrays)
    paths = {layer: unit.path for layer, unit in claims.units.items()}
    return Match(arrays, [*file.remarks, *(f"{shown}: {remark}" for remark in remarks)], paths)


def _claims(file: FileWeights, specs: Specs, kinds: Mapping[str, str]) -> Claims:
    if file.entries is None:
        return claim(specs, units_of(file))
    units = [
        FileLayer(entry.path or (place,), place, file.layers[place], names_in(entry.path), False)
        for place, entry in file.entries.items()
    ]
    named = claim(specs, units)
    if all(unit.names for unit in units) and len(named.units) in (len(specs), len(units)) and not named.ambiguous:
        return named
    if not file.ordered:
        raise WeightsError(
            f"{show_path(file.name)} holds models in a model, in no order and without the stack's names; {AS_H5}"
        )
    return _in_order(file, units, specs, kinds)


def _in_order(file: FileWeights, units: Sequence[FileLayer], specs: Specs, kinds: Mapping[str, str]) -> Claims:
    """Give the first `Conv2D` of the stack the file's first, and so on."""
    assert file.entries is not None
    stored: dict[str, list[FileLayer]] = defaultdict(list)
    for unit in units:
        stored[file.entries[unit.group].kind.replace("_", "")].append(unit)
    found: dict[str, FileLayer] = {}
    for kind in dict.fromkeys(kinds[layer] for layer in specs):
        layers = [layer for layer in specs if kinds[layer] == kind]
        there = stored.get(kind.lower(), [])
        if there and len(there) != len(layers):
            raise WeightsError(
                f"{show_path(file.name)} has {len(there)} layers of {kind} with weights, the stack {len(layers)}: they "
                f"have no names in common, so they are matched by their order, and must be as many; {AS_H5}"
            )
        found.update(zip(layers, there, strict=bool(there)))
    taken = {unit.group for unit in found.values()}
    return Claims(
        {layer: found[layer] for layer in specs if layer in found},
        {},
        [unit for unit in units if unit.group not in taken],
    )


def _passed_over(claims: Claims, file: FileWeights, specs: Specs) -> list[str]:
    if file.entries is not None:  # it goes by the order of each kind
        return []
    groups = {group: at for at, group in enumerate(file.layers)}
    taken = [(layer, unit) for layer, unit in claims.units.items() if unit.weights]
    found = [(None, unit) for unit in claims.left if any(weight_of(it.name) == "moving_mean" for it in unit.weights)]
    units = sorted(
        [*taken, *found], key=lambda it: (groups[it[1].group], file.layers[it[1].group].index(it[1].weights[0]))
    )
    return passed_over(
        StoredLayer(
            unit.title,
            unit.path[:-1],
            (unit.weights[0].shape or (None,))[-1] if layer is None else [*specs[layer].values()][-1][-1],
            layer is not None,
            layer is None,
        )
        for layer, unit in units
    )


def _problems(layer: str, unit: FileLayer, spec: Mapping[str, Shape], turn: Turn) -> Iterator[str]:
    if len(unit.weights) != len(spec):
        yield (
            f'layer "{layer}" has {_list(weight.name for weight in unit.weights)} in the file, but {_list(spec)} in '
            f"the stack; make the layer's fields, such as use_bias, those of the saved one"
        )
        return
    for weight, (name, shape) in zip(unit.weights, spec.items(), strict=True):
        subject = f'layer "{layer}", {name}'
        if (turn.shape(weight.shape) if name == "kernel" else weight.shape) != shape:
            hint = ""
            if weight.shape is not None and len(shape) > 1 and weight.shape[::-1] == shape:
                hint = "; its axes are in the opposite order, as other programs have them"
            yield (
                f"{subject}: the file has {_show(weight.shape)} ({show_path(weight.name)}), the stack needs "
                f"{_show(shape)}{hint}"
            )
        elif weight.dtype not in FLOATS:
            yield f"{subject}: the file has values of {weight.dtype}, not floating-point numbers"
        elif not weight.size and 0 not in shape:
            yield f"{subject}: the file has room for the values, but they were never written"


def _ambiguity(layer: str, meant: Sequence[FileLayer]) -> str:
    names = " or ".join(dict.fromkeys(unit.names[0] for unit in meant))
    return f'layer "{layer}" of the stack could be {_list(unit.title for unit in meant)} of the file; call it {names}'


def _unmatched(claims: Claims, specs: Specs) -> Iterator[str]:
    if claims.left:
        yield f"the stack has no layer {_list(unit.title for unit in claims.left)}; left out"
    if missing := [layer for layer in specs if layer not in claims.units]:
        yield f"the file has no layer {_list(missing)}; left as initialised"


def _renamed(claims: Claims) -> Iterator[str]:
    pairs = [f"{layer} is {show_path(unit.title)}" for layer, unit in claims.units.items() if unit.title != layer]
    if pairs:
        yield f"layers go by other names in the file: {_list(pairs)}"


def _turned(turns: Mapping[str, Turn]) -> Iterator[str]:
    flipped = [layer for layer, turn in turns.items() if turn.flip]
    moved = [layer for layer, turn in turns.items() if turn.axes]
    if moved:
        yield f"Keras 1 wrote it: the axes of the kernels of {_list(moved)} are brought into today's order"
    if flipped:
        yield f"its backend is Theano, which turns kernels: those of {_list(flipped)} are turned by 180 degrees"


def _misnamed(wanted: Mapping[str, Mapping[str, StoredWeight]]) -> Iterator[str]:
    """Say where a weight goes by its place, but its name says that it is another."""
    for layer, weights in wanted.items():
        pairs = [
            f"{show_path(stored.name)} into {name}"
            for name, stored in weights.items()
            if weight_of(stored.name) in _NAMES - {name}
        ]
        if pairs:
            yield f'layer "{layer}": weights go by their order, as in Keras, though their names differ: {_list(pairs)}'


def _nonfinite(arrays: Mapping[str, Mapping[str, NDArray[Any]]]) -> Iterator[str]:
    for layer, weights in arrays.items():
        for name, array in weights.items():
            if count := array.size - int(np.count_nonzero(np.isfinite(array))):
                yield f'layer "{layer}", {name}: {count:,} of {array.size:,} values are NaN or infinite (in float32)'


def _show(shape: Shape | None) -> str:
    return shape_text(shape) if shape else "a single number" if shape == () else "nothing"


def _list(names: Iterable[str]) -> str:
    """Write names as `a, b, c`, no more than ten."""
    listed = list(names)
    text = ", ".join(map(show_path, islice(listed, _SHOWN)))
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return text + more or "no layer"
