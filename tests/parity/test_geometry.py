"""Layers that move windows and places against PyTorch and ONNX's reference evaluator, over random shapes and arguments.

Run it with `pytest -m parity tests/parity`.
"""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cnnviz.layers.fields import four_sides, pair
from cnnviz.layers.sliding import explicit_sides
from tests.helpers.examples import make
from tests.helpers.strategies import images, layer_of

pytestmark = [pytest.mark.parity, pytest.mark.filterwarnings("ignore")]

torch = pytest.importorskip("torch", reason="needs PyTorch")
onnx = pytest.importorskip("onnx", reason="needs ONNX")

from onnx import helper  # noqa: E402
from onnx.reference import ReferenceEvaluator  # noqa: E402
from torch.nn import functional  # noqa: E402

patient = settings(
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large],
    max_examples=int(os.environ.get("PARITY_EXAMPLES", "100")),
    deadline=None,
)

DOUBLE = np.dtype("float64")


def values(*shape, seed=0):
    return np.random.default_rng(seed).normal(0, 1, shape)


def onnx_runs(kind, x, *others, opset=22, **attributes):
    """Run one operator of ONNX on `(H, W, C)`."""
    names = ["x", *(f"other_{i}" for i in range(len(others)))]
    given = [name if other is not None else "" for name, other in zip(names, (x, *others), strict=True)]
    node = helper.make_node(kind, given, ["y"], **attributes)
    feeds = dict(zip(names, (x.transpose(2, 0, 1)[None], *others), strict=True))
    feeds = {name: array for name, array in feeds.items() if array is not None}
    made = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(a.dtype), None) for n, a in feeds.items()]
    out = [helper.make_tensor_value_info("y", onnx.TensorProto.DOUBLE, None)]
    model = helper.make_model(
        helper.make_graph([node], "one", made, out), opset_imports=[helper.make_opsetid("", opset)]
    )
    return ReferenceEvaluator(model).run(None, feeds)[0][0].transpose(1, 2, 0)


def pytorch_runs(function, x, *arguments, **options):
    """Run a function of PyTorch on `(H, W, C)`; returns the output and a function from gradient to gradient."""
    tensor = torch.tensor(x.transpose(2, 0, 1)[None].copy(), requires_grad=True)
    out = function(tensor, *arguments, **options)

    def back(gradient):
        out.backward(torch.tensor(gradient.transpose(2, 0, 1)[None].copy()))
        return tensor.grad[0].numpy().transpose(1, 2, 0)

    return out.detach()[0].numpy().transpose(1, 2, 0), back


def ours(layer, x, weights=None):
    return layer.prepare(weights or {}, DOUBLE, x.shape)(x[None])[0]


def check_gradient(layer, x, back, weights=None):
    step = layer.prepare_training(DOUBLE, x.shape)(weights or {}, np.random.default_rng(0), x[None])
    gradient = values(*step.output.shape[1:], seed=1)
    np.testing.assert_allclose(step.backward(gradient[None]).inputs[0][0], back(gradient), atol=1e-12)


@pytest.mark.parametrize("kind", ["MaxPooling2D", "AveragePooling2D"])
@patient
@given(data=st.data())
def test_poolings_are_onnx_s(kind, data):
    layer, (shape,) = data.draw(layer_of(kind))
    assume(len(shape) == 3 and layer.padding != "same")
    x, sliding = values(*shape), layer.sliding(shape)
    top, bottom, left, right = explicit_sides(layer.padding)
    # Of uneven or more padding, or of a window that is too large, the evaluator itself makes NaN or nothing.
    assume(top == bottom < sliding.size[0] and left == right < sliding.size[1])
    assume(not layer.ceil_mode)  # where it drops or moves windows; PyTorch decides, in `keras_twin`
    assume(sliding.extent[0] <= shape[0] + top + bottom and sliding.extent[1] <= shape[1] + left + right)
    options = {
        "kernel_shape": sliding.size,
        "strides": sliding.strides,
        "pads": (top, left, bottom, right),
        "dilations": sliding.dilation,
        "ceil_mode": int(layer.ceil_mode),
    }
    if kind == "AveragePooling2D":
        options["count_include_pad"] = int(layer.count_include_pad)
    expected = onnx_runs(kind.removesuffix("ing2D"), x, **options)
    np.testing.assert_allclose(ours(layer, x), expected, atol=1e-12)


@patient
@given(data=st.data())
def test_frames_are_onnx_s_and_pytorch_s(data):
    layer, (shape,) = data.draw(layer_of("Pad"))
    assume(len(shape) == 3)
    x = values(*shape)
    top, bottom, left, right = four_sides(layer.padding)
    if layer.mode != "symmetric":
        pads = np.array([0, 0, top, left, 0, 0, bottom, right])
        expected = onnx_runs("Pad", x, pads, np.array(layer.value, DOUBLE), mode=layer.mode)
        np.testing.assert_array_equal(ours(layer, x), expected)
    mode = {"constant": "constant", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}.get(layer.mode)
    most = {"reflect": min(shape[:2]) - 1, "wrap": min(shape[:2])}.get(layer.mode, 99)
    if mode and max(top, bottom, left, right) <= most:
        more = {"value": layer.value} if mode == "constant" else {}
        expected, back = pytorch_runs(functional.pad, x, (left, right, top, bottom), mode, **more)
        np.testing.assert_array_equal(ours(layer, x), expected)
        check_gradient(layer, x, back)


@patient
@given(data=st.data())
def test_sizes_are_onnx_s(data):
    layer, (shape,) = data.draw(layer_of("Resizing"))
    assume(len(shape) == 3)
    x, new = values(*shape), layer.output_shape(shape)
    # For a single new pixel the evaluator has -0.5, the standard 0.
    assume(layer.coordinates != "pytorch_half_pixel" or 1 not in new[:2])
    # It rounds places that are whole, and takes the wrong neighbour there.
    assume(layer.coordinates != "half_pixel_symmetric" or layer.interpolation != "nearest")
    sizes = None if layer.height is None else np.array([1, shape[2], *new[:2]])
    scales = None if sizes is not None else np.array([1, 1, *pair(layer.scale)], DOUBLE)
    expected = onnx_runs(
        "Resize",
        x,
        None,
        scales,
        *([] if sizes is None else [sizes]),
        opset=19,
        mode={"bilinear": "linear", "bicubic": "cubic"}.get(layer.interpolation, layer.interpolation),
        coordinate_transformation_mode=layer.coordinates,
        nearest_mode=layer.nearest_mode,
        cubic_coeff_a=layer.cubic_coeff_a,
        exclude_outside=int(layer.exclude_outside and (layer.interpolation == "bicubic" or layer.antialias)),
        antialias=int(layer.antialias),
    )
    # The evaluator has its cubics in single precision.
    exactness = 1e-5 if layer.interpolation == "bicubic" else 1e-12
    if layer.interpolation == "bicubic" or layer.antialias or not layer.exclude_outside:
        np.testing.assert_allclose(ours(layer, x), expected, rtol=0, atol=exactness)


@pytest.mark.parametrize(
    ("fields", "options"),
    [
        ({"interpolation": "nearest", "coordinates": "asymmetric", "nearest_mode": "floor"}, {"mode": "nearest"}),
        ({"interpolation": "nearest"}, {"mode": "nearest-exact"}),
        ({}, {"mode": "bilinear"}),
        ({"coordinates": "align_corners"}, {"mode": "bilinear", "align_corners": True}),
        ({"interpolation": "bicubic", "cubic_coeff_a": -0.75}, {"mode": "bicubic"}),
        (
            {"interpolation": "bicubic", "cubic_coeff_a": -0.75, "coordinates": "align_corners"},
            {"mode": "bicubic", "align_corners": True},
        ),
        ({"antialias": True, "exclude_outside": True}, {"mode": "bilinear", "antialias": True}),
        (
            {"interpolation": "bicubic", "antialias": True, "exclude_outside": True},
            {"mode": "bicubic", "antialias": True},
        ),
    ],
)
@patient
@given(shape=images, size=st.tuples(st.integers(1, 20), st.integers(1, 20)))
def test_sizes_and_their_gradients_are_pytorch_s(fields, options, shape, size):
    assume(not options.get("antialias") or size[1] > 1)  # a single column is the first row's value throughout there
    layer, x = make("Resizing", {"height": size[0], "width": size[1], **fields}), values(*shape)
    expected, back = pytorch_runs(functional.interpolate, x, size, **options)
    np.testing.assert_allclose(ours(layer, x), expected, atol=1e-12)
    check_gradient(layer, x, back)


@pytest.mark.parametrize("mode", ["DCR", "CRD"])
@patient
@given(shape=images, size=st.integers(1, 3))
def test_blocks_are_onnx_s_and_pytorch_s(mode, shape, size):
    x = values(*shape[:2], shape[2] * size**2)
    layer = make("DepthToSpace", {"block_size": size, "mode": mode})
    np.testing.assert_array_equal(ours(layer, x), onnx_runs("DepthToSpace", x, blocksize=size, mode=mode))
    wide = values(shape[0] * size, shape[1] * size, shape[2])
    back = make("SpaceToDepth", {"block_size": size, "mode": mode})
    if mode == "DCR":
        np.testing.assert_array_equal(ours(back, wide), onnx_runs("SpaceToDepth", wide, blocksize=size))
        return
    for one, given_, function in ((layer, x, functional.pixel_shuffle), (back, wide, functional.pixel_unshuffle)):
        expected, way_back = pytorch_runs(function, given_, size)
        np.testing.assert_array_equal(ours(one, given_), expected)
        check_gradient(one, given_, way_back)


@patient
@given(shape=images, groups=st.integers(1, 4))
def test_shuffles_are_pytorch_s(shape, groups):
    x = values(*shape[:2], shape[2] * groups)
    expected, _ = pytorch_runs(torch.nn.ChannelShuffle(groups), x)
    np.testing.assert_array_equal(ours(make("ChannelShuffle", {"groups": groups}), x), expected)


@patient
@given(data=st.data())
def test_parts_are_onnx_s(data):
    layer, (shape,) = data.draw(layer_of("Slice"))
    assume(len(shape) == 3)
    x = values(*shape)
    lists = [[value] if isinstance(value, int) else list(value) for value in (layer.starts, layer.ends, layer.steps)]
    axes = [1] if layer.axes is None else [layer.axes] if isinstance(layer.axes, int) else list(layer.axes)
    theirs = [{1: 2, 2: 3, 3: 1}[axis % 4] for axis in axes]
    starts, ends, steps = map(np.array, lists)
    np.testing.assert_array_equal(ours(layer, x), onnx_runs("Slice", x, starts, ends, np.array(theirs), steps))
