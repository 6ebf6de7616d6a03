"""Random changes of layers, as somebody makes them on a page, and what a run makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import cnnviz
from cnnviz.errors import CnnvizError
from cnnviz.io.yaml import parse_yaml

PRESETS = ("identity", "Sobel x", "Sobel y", "blur", "sharpen", "Laplacian", "random")
MINUS, CUT = "\N{MINUS SIGN}", "\N{HORIZONTAL ELLIPSIS}"

Stack = Mapping[str, Any]


class Case(NamedTuple):
    """A stack over an image, whose page is changed.

    Attributes:
        name: What it is called.
        stack: The stack, as plain data.
        image: A sample, or an array.
        dtype: The arithmetic.
    """

    name: str
    stack: Stack
    image: str | NDArray[Any]
    dtype: str = "float64"


def bundled(name: str, image: str, side: int | None = None) -> Case:
    """Return a bundled stack over a sample, which is shrunk to a side."""
    stack = cnnviz.load_stack(name).normalised()
    if side:
        stack["input"] = {**stack["input"], "size": None, "max_side": side}
    return Case(name, stack, image)


def noise(*shape: int) -> NDArray[np.float64]:
    return np.random.default_rng(len(shape)).standard_normal(shape)


def _with_gaps(*shape: int) -> NDArray[np.float64]:
    array = noise(*shape)
    array[2, 3], array[7, 1], array[7, 5] = np.nan, np.inf, -np.inf
    return array


def stack_of(*layers: dict[str, Any]) -> Stack:
    """Return a stack of layers, each with a name."""
    named = [{"name": f"layer_{number}", **layer} for number, layer in enumerate(layers)]
    return {"name": "small", "seed": 3, "layers": named}


CASES = (
    bundled("l3", "sample:chelsea", 90),
    bundled("lenet5", "sample:digit"),
    bundled("mnist_two_conv", "sample:digit"),
    bundled("mnist_nine_by_nine", "sample:digit"),
    bundled("walkthrough", "sample:coffee", 60),
    bundled("residual", "sample:coffee", 40),
    bundled("conv_arithmetic", "sample:conv_arithmetic"),
    Case(
        "each channel by itself",
        stack_of(
            {"type": "DepthwiseConv2D", "kernel_size": [3, 2], "depth_multiplier": 2, "padding": "same"},
            {"type": "Conv2D", "filters": 6, "kernel_size": 3, "groups": 3, "activation": "gelu"},
            {"type": "AveragePooling2D", "pool_size": [2, 3], "padding": [1, 0, 1, 1], "count_include_pad": True},
            {"type": "MaxPooling2D", "pool_size": 3, "strides": 2, "ceil_mode": True},
        ),
        noise(19, 23, 3),
    ),
    Case(
        "in two steps",
        stack_of(
            {"type": "SeparableConv2D", "filters": 3, "kernel_size": [2, 3], "depth_multiplier": 2, "padding": "same"},
            {"type": "SeparableConv2D", "filters": 2, "kernel_size": 3, "strides": 2, "activation": "tanh"},
        ),
        noise(19, 23, 3),
    ),
    Case(
        "stamped",
        stack_of(
            {"type": "Conv2DTranspose", "filters": 2, "kernel_size": [4, 3], "strides": 2, "padding": "same"},
            {"type": "Conv2DTranspose", "filters": 4, "kernel_size": 3, "padding": [1, 0, 0, 2], "groups": 2},
            {"type": "Conv2DTranspose", "filters": 1, "kernel_size": 2, "strides": 3, "output_padding": 1},
            {"type": "Conv2D", "filters": 3, "kernel_size": 2, "activation": "softmax"},
        ),
        noise(7, 6, 2),
    ),
    Case(
        "kept to five digits",
        stack_of(
            {"type": "Conv2D", "filters": 5, "kernel_size": 3},
            {"type": "Activation", "activation": "tanh"},
            {"type": "Conv2D", "filters": 4, "kernel_size": 5, "activation": "relu", "padding": "same"},
            {"type": "AveragePooling2D", "pool_size": 3},
        ),
        noise(70, 80, 1),
    ),
    Case(
        "not all finite",
        stack_of(
            {"type": "MaxPooling2D", "pool_size": 2, "strides": 1},
            {"type": "Conv2D", "filters": 2, "kernel_size": [2, 3], "bias_initializer": "ones"},
        ),
        _with_gaps(11, 9, 2),
    ),
    Case(
        "in single precision",
        stack_of({"type": "Conv2D", "filters": 3, "kernel_size": 3}, {"type": "MaxPooling2D", "pool_size": 2}),
        np.random.default_rng(5).integers(0, 256, (24, 20, 2)).astype(np.float64),
        "float32",
    ),
)


def write(case: Case, folder: Path, weights: Path | None = None) -> Path:
    """Run a case, with weights of a file if there is one, and return its page."""
    from cnnviz.cli import execute

    source = case.image
    if not isinstance(source, str):
        np.save(folder / "in.npy", source)
        source = str(folder / "in.npy")
    (folder / "stack.yaml").write_text(json.dumps(case.stack))
    command = ["run", source, "-c", str(folder / "stack.yaml"), "-o", str(folder / "out"), "-qq", "--dtype", case.dtype]
    assert execute([*command, *(["--weights", str(weights)] if weights else [])]) == 0
    return next((folder / "out").glob("*/index.html"))


def draw(case: Case, count: int, seed: int) -> list[dict[str, Any]]:
    """Draw changes of a case's layers."""
    rng = np.random.default_rng(seed)
    layers = [layer for layer in case.stack["layers"] if _is_changeable(layer)]
    return [_edit(layers[int(rng.integers(len(layers)))], rng) for _ in range(count)]


def _is_changeable(layer: Mapping[str, Any]) -> bool:
    return "Conv2D" in layer["type"] or layer["type"] in ("MaxPooling2D", "AveragePooling2D")


def _edit(layer: Mapping[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    edit: dict[str, Any] = {"layer": layer["name"], "map": 0, "cells": [], "preset": None, "bias": None, "kind": None}
    fields: dict[str, Any] = {}
    edit["fields"] = fields

    def some(part: float) -> bool:
        return bool(rng.random() < part)

    def two(most: int) -> list[int]:
        return [int(number) for number in rng.integers(1, most + 1, 2)]

    if "Pooling" in layer["type"]:
        if some(0.5):
            edit["kind"] = "max" if layer["type"].startswith("Average") else "mean"
        if some(0.7):
            fields["pool_size"] = two(4)
    else:
        edit["map"] = int(rng.integers(min(layer.get("filters") or 6, 64)))  # so many maps are drawn
        if some(0.5):
            edit["preset"] = PRESETS[int(rng.integers(len(PRESETS)))]
        else:
            size = np.broadcast_to(layer["kernel_size"], 2)
            for _ in range(int(rng.integers(1, 4))):
                number = rng.normal() * 10.0 ** rng.integers(-3, 3)
                text = f"{number:.{int(rng.integers(1, 6))}g}" if some(0.8) else "-1/9"
                edit["cells"].append([int(rng.integers(size[0])), int(rng.integers(size[1])), None, text])
        if some(0.4):
            edit["bias"] = f"{rng.normal():.3g}"
        if some(0.4):
            fields["activation"] = str(rng.choice([*_bending()]))
    if some(0.4):
        fields["strides"] = two(3)
    if some(0.5):
        fields["padding"] = ["valid", "same", [int(number) for number in rng.integers(0, 3, 4)]][int(rng.integers(3))]
    if some(0.3):
        fields["dilation_rate"] = two(3)
    return edit


def _bending() -> Iterator[str]:
    from cnnviz.ops.activations import ACTIVATIONS, ALIASES

    yield from sorted(ACTIVATIONS.keys() - ALIASES.keys())


def run_edited(case: Case, edit: Mapping[str, Any], text: str, weights: Path | None = None) -> NDArray[np.float64]:
    """Run a stack whose layer stands as YAML has it, with weights of a file if there is one; returns the map.

    Raises:
        CnnvizError: If that stack is refused.
    """
    (layer,) = parse_yaml(text).value
    assert layer["name"] == edit["layer"] + "_changed" * (weights is not None)
    names = [old["name"] for old in case.stack["layers"]]
    before = [*case.stack["layers"][: names.index(edit["layer"])], layer]
    stack = {**case.stack, "layers": before, "classes": []}
    trace = cnnviz.run(case.image, stack, dtype=case.dtype, weights=weights)  # type: ignore[arg-type]
    tensor = trace[layer["name"]].array
    found: NDArray[np.float64] = np.asarray(tensor[..., edit["map"]], np.float64)
    return found


def assert_shown(case: Case, edit: Mapping[str, Any], found: Mapping[str, Any], weights: Path | None = None) -> None:
    """Check that what a page shows is the map of a run: its numbers, and the digits that are written of them."""
    expected = run_edited(case, edit, found["yaml"], weights)
    assert list(expected.shape) == found["shape"], edit
    expected = expected.ravel()
    known = np.isfinite(expected)
    values = np.array([float(text.replace("Infinity", "inf")) for text in found["values"]])
    np.testing.assert_array_equal(values[~known], expected[~known])
    room = 1.0001 * found["slack"] + 1e-11 * abs(values[known])
    loudest = abs(expected[known]).max(initial=0)
    off = abs(values[known] - expected[known])
    assert (off <= room + 1e-13 * loudest).all(), (edit, off.max(), found["slack"])
    shown = [text.replace(MINUS, "-") for text, is_known in zip(found["shown"], known, strict=True) if is_known]
    # Half of the last place; all of it where digits are cut, or the page's values of the input are rounded, too.
    whole = [bool(found["slack"]) or text.endswith(CUT) for text in shown]
    read = np.array([float(text.removesuffix(CUT)) for text in shown])
    room = np.array([_last_place(text.removesuffix(CUT)) for text in shown]) * np.where(whole, 1, 0.501)
    off = abs(read - expected[known])
    assert (off <= room + 1e-13 * loudest).all(), (edit, off.max(), found["slack"])


def _last_place(text: str) -> float:
    mantissa, _, power = text.partition("e")
    return float(10.0 ** (int(power or 0) - len(mantissa.partition(".")[2])))


def assert_refused(case: Case, edit: Mapping[str, Any]) -> None:
    """Check that a run refuses a change, too."""
    (old,) = [layer for layer in case.stack["layers"] if layer["name"] == edit["layer"]]
    layer = {**old, **edit["fields"]}
    if edit["kind"]:
        layer["type"] = {"max": "MaxPooling2D", "mean": "AveragePooling2D"}[edit["kind"]]
        layer.pop("count_include_pad", None)
    names = [each["name"] for each in case.stack["layers"]]
    stack = {**case.stack, "layers": [*case.stack["layers"][: names.index(edit["layer"])], layer], "classes": []}
    try:
        cnnviz.run(case.image, stack)
    except CnnvizError:
        return
    raise AssertionError(f"a run takes {edit}")
