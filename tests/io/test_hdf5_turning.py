"""Files whose kernels lie otherwise, whose numbers have other types, or whose names say another thing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from cnnviz.errors import WeightsError
from cnnviz.io.hdf5.matching import Match, match_weights
from cnnviz.io.hdf5.reading import read_weights
from tests.helpers.rows import each
from tests.helpers.weights_files import said, save_keras

RNG = np.random.default_rng(0)
SHAPES = {
    "Conv2D": {"kernel": (3, 2, 4, 5)},
    "Conv2DTranspose": {"kernel": (3, 2, 4, 5)},
    "DepthwiseConv2D": {"kernel": (3, 2, 4, 1)},
    "SeparableConv2D": {"depthwise_kernel": (3, 2, 4, 1), "pointwise_kernel": (1, 1, 4, 5)},
    "Dense": {"kernel": (4, 5)},
    "BatchNormalization": dict.fromkeys(("gamma", "beta", "moving_mean", "moving_variance"), (4,)),
}
"""The weights that a layer of each kind has."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "w.h5"


def numbers(shape: tuple[int, ...]) -> np.ndarray:
    return RNG.random(shape).astype(np.float32)


def match(path: Path, kind: str, specs: Mapping[str, Any] | None = None) -> Match:
    return match_weights(read_weights(path), {"c": SHAPES[kind] if specs is None else specs}, {"c": kind})


# Theano


@each("kind", SHAPES)
@each("backend", ["theano", "tensorflow", "cntk", "torch"])
def test_theano_turns_the_kernels_of_two_kinds(path, kind, backend):
    weights = {name: numbers(shape) for name, shape in SHAPES[kind].items()}
    save_keras(path, {"c": {f"c/{name}:0": array for name, array in weights.items()}}, backend=backend)
    found = match(path, kind)
    turned = backend == "theano" and kind in ("Conv2D", "Conv2DTranspose")
    for name, array in weights.items():
        expected = array[::-1, ::-1, :, :] if turned else array
        assert np.array_equal(found.arrays["c"][name], expected)
        assert found.arrays["c"][name].flags.c_contiguous
    remark = "its backend is Theano, which turns kernels: those of c are turned by 180 degrees"
    assert said(path, found) == [remark] * turned


def test_the_backend_of_a_whole_model(path):
    kernel = numbers((3, 2, 4, 5))
    save_keras(path, {"m": {"c/kernel:0": kernel}}, root="model_weights", backend="theano")
    assert np.array_equal(match(path, "Conv2D").arrays["c"]["kernel"], kernel[::-1, ::-1])


# Keras 1


def save_keras_1(path: Path, kernel: np.ndarray, **more: Any) -> None:
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"c"]
        file.attrs.update(more)
        group = file.create_group("c")
        group.attrs["weight_names"] = [b"c_W", b"c_b"]
        group["c_W"] = kernel
        group["c_b"] = np.zeros(5, np.float32)


KERAS_1 = [
    ("Conv2D", (3, 2, 4, 5), (0, 1, 2, 3)),
    ("Conv2D", (5, 4, 3, 2), (2, 3, 1, 0)),
    ("Conv2DTranspose", (3, 2, 5, 4), (0, 1, 3, 2)),
    ("Conv2DTranspose", (4, 5, 3, 2), (2, 3, 0, 1)),
]
"""A kind, the shape that Keras 1 wrote for a kernel of 3x2x4x5, and how its axes go."""


@each(("kind", "shape", "axes"), KERAS_1)
@each("backend", ["", "theano", "tensorflow"])
def test_the_axes_of_keras_1(path, kind, shape, axes, backend):
    kernel = numbers(shape)
    save_keras_1(path, kernel, **{"backend": backend} if backend else {})
    found = match(path, kind, {"kernel": (3, 2, 4, 5), "bias": (5,)})
    expected = kernel.transpose(axes)
    if backend == "theano":
        expected = expected[::-1, ::-1]
    assert np.array_equal(found.arrays["c"]["kernel"], expected)
    remarks = " ".join(said(path, found))
    assert ("the axes of the kernels of c" in remarks) == (axes != (0, 1, 2, 3))
    assert ("without its backend" in remarks) == (not backend)


def test_where_shapes_do_not_tell_the_description_does(path):
    kernel = numbers((3, 3, 3, 3))
    specs = {"kernel": (3, 3, 3, 3)}
    for ordering, axes in (("th", (2, 3, 1, 0)), ("tf", (0, 1, 2, 3))):
        fields = {"name": "c", "dim_ordering": ordering}
        config = {"class_name": "Sequential", "config": [{"class_name": "Convolution2D", "config": fields}]}
        save_keras(path, {"c": {"c_W": kernel}}, config=config, keras_version="1.2.2")
        assert np.array_equal(match(path, "Conv2D", specs).arrays["c"]["kernel"], kernel.transpose(axes))


# Names that contradict the order


def test_weights_go_by_their_order_and_names_that_differ_are_named(path):
    beta, gamma, mean = numbers((4,)), numbers((4,)), numbers((4,))
    written = {"bn/beta:0": beta, "bn/gamma:0": gamma, "bn/moving_mean:0": mean, "bn/moving_variance:0": mean}
    save_keras(path, {"c": written})
    found = match(path, "BatchNormalization")
    assert np.array_equal(found.arrays["c"]["gamma"], beta)
    (remark,) = said(path, found)
    assert "bn/beta:0 into gamma, bn/gamma:0 into beta" in remark


def test_a_scale_is_no_shift(path):
    weights = {f"bn/{name}:0": numbers((4,)) for name in ("gamma", "moving_mean", "moving_variance")}
    save_keras(path, {"c": weights})
    found = match(path, "BatchNormalization", dict.fromkeys(("beta", "moving_mean", "moving_variance"), (4,)))
    assert said(path, found) == [
        'layer "c": weights go by their order, as in Keras, though their names differ: bn/gamma:0 into beta'
    ]


@each("names", [("variable:0", "variable_1:0"), ("param_0", "param_1"), ("c/w", "c/b")])
def test_names_that_say_nothing_contradict_nothing(path, names):
    save_keras(path, {"c": dict(zip(names, (numbers((4, 5)), numbers((5,))), strict=True))})
    assert said(path, match(path, "Dense", {"kernel": (4, 5), "bias": (5,)})) == []


# Types


def test_bfloat16_is_read(path):
    values = np.array([1.0, -2.5, 3.140625, np.inf, 1e38], np.float32)
    bits = (values.view(np.uint32) >> 16).astype("<u2")
    rounded = (bits.astype(np.uint32) << 16).view(np.float32)
    save_keras(path, {"c": {"c/bias": bits.view("V2")}})
    found = match(path, "Dense", {"bias": (5,)})
    assert np.array_equal(found.arrays["c"]["bias"], rounded)


@each(
    ("dtype", "shown"),
    [("int8", "int8"), ("uint8", "uint8"), ("complex64", "complex64"), ("V1", "V1"), ("bool", "bool")],
)
def test_types_that_are_no_weights_are_named(path, dtype, shown):
    save_keras(path, {"c": {"c/kernel": np.zeros((4, 5), dtype)}})
    with pytest.raises(WeightsError, match=shown):
        match(path, "Dense")


def test_what_is_not_finite_is_told(path):
    kernel = numbers((4, 5)).astype(np.float64)
    kernel[0, 0], kernel[1, 1], kernel[2, 2] = np.nan, np.inf, 1e300
    save_keras(path, {"c": {"c/kernel": kernel}})
    found = match(path, "Dense")
    assert said(path, found) == ['layer "c", kernel: 3 of 20 values are NaN or infinite (in float32)']


def test_axes_in_the_opposite_order_are_guessed_at(path):
    save_keras(path, {"c": {"c/kernel": numbers((5, 4))}})
    with pytest.raises(WeightsError, match="its axes are in the opposite order"):
        match(path, "Dense")


def test_weights_of_no_numbers(path):
    save_keras(path, {"c": {"c/kernel": np.zeros((0, 5), np.float32)}})
    with pytest.raises(WeightsError, match="the file has 0x5"):
        match(path, "Dense")
