"""Which weights of a file belong to which layer of a stack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from numpy.typing import NDArray

from cnnviz.errors import WeightsError
from cnnviz.io.files import show_path
from cnnviz.io.hdf5.reading import FileWeights, Shape, StoredWeight

_FLOATS = ("float16", "float32", "float64")
_SHOWN = 10


def match_weights(
    file: FileWeights, specs: Mapping[str, Mapping[str, Shape]]
) -> tuple[dict[str, dict[str, NDArray[Any]]], list[str]]:
    """Match the weights of a file with those of a stack: by layer name, then by their order in the layer.

    Args:
        file: The file.
        specs: `specs["conv_1"]["kernel"]`: the shapes that the stack declares, in Keras's order.

    Returns:
        The weights of the layers that the file has, float32, by layer and weight name; and the names of the layers with
        weights in the file that the stack lacks.

    Raises:
        WeightsError: If a layer's weights do not fit, or no layer of the file is one of the stack.
    """
    shown = show_path(file.name)
    filled = {layer: stored for layer, stored in file.layers.items() if stored}
    common = [layer for layer in specs if layer in filled]
    unknown = [layer for layer in filled if layer not in specs]
    if not common and (filled or specs):
        raise WeightsError(
            f"{shown} has weights for {_list(unknown)}, the stack for {_list(specs)}: none in common; "
            f"weights are matched by layer name, so name the layers alike"
        )
    problems = [problem for layer in common for problem in _problems(layer, filled[layer], specs[layer])]
    if problems:
        raise WeightsError("\n".join(f"{shown}: {problem}" for problem in problems))
    wanted = {layer: dict(zip(specs[layer], filled[layer], strict=True)) for layer in common}
    return file.read(wanted), unknown


def _problems(layer: str, stored: tuple[StoredWeight, ...], spec: Mapping[str, Shape]) -> Iterator[str]:
    if len(stored) != len(spec):
        yield (
            f'layer "{layer}" has {_list(weight.name for weight in stored)} in the file, but {_list(spec)} in the '
            f"stack; make the layer's fields, such as use_bias, those of the saved one"
        )
        return
    for weight, (name, shape) in zip(stored, spec.items(), strict=True):
        subject = f'layer "{layer}", {name}'
        if weight.shape != shape:
            yield f"{subject}: the file has {_show(weight.shape)} ({weight.name}), the stack needs {_show(shape)}"
        elif weight.dtype not in _FLOATS:
            yield f"{subject}: the file has values of {weight.dtype}, not floating-point numbers"
        elif not weight.size:
            yield f"{subject}: the file has room for the values, but they were never written"


def _show(shape: Shape | None) -> str:
    return "x".join(map(str, shape)) if shape else "a single number" if shape == () else "nothing"


def _list(names: Iterable[str]) -> str:
    """Write names as `a, b, c`, no more than ten."""
    listed = list(names)
    text = ", ".join(map(show_path, islice(listed, _SHOWN)))
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return text + more or "no layer"
