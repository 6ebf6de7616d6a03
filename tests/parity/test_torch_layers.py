"""Layers and activations that Keras lacks, against PyTorch."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz.ops.gradients.activations import train_activation
from tests.helpers.examples import make

pytestmark = [pytest.mark.parity, pytest.mark.filterwarnings("ignore")]

torch = pytest.importorskip("torch", reason="needs PyTorch")
functional = torch.nn.functional

EDGES = np.array([0.0, -0.0, 1e-30, -1e-30, 0.5, -0.5, 1, -1, 6, 1e4, -1e4, 1e30, -1e30, np.inf, -np.inf, np.nan])

ELEMENTWISE = [
    ("CELU", {"alpha": 0.75}, lambda x: functional.celu(x, 0.75)),
    ("CELU", {"alpha": 3}, lambda x: functional.celu(x, 3.0)),
    ("ThresholdedReLU", {"theta": 0.4}, lambda x: functional.threshold(x, 0.4, 0.0)),
    ("ThresholdedReLU", {"theta": -0.4}, lambda x: functional.threshold(x, -0.4, 0.0)),
    ("HardSigmoid", {"alpha": 0.3, "beta": 0.4}, lambda x: torch.clamp(0.3 * x + 0.4, 0, 1)),
    ("HardSigmoid", {"alpha": -1.5}, lambda x: torch.clamp(-1.5 * x + 0.5, 0, 1)),
    ("GELU", {}, functional.gelu),
    ("GELU", {"approximate": "tanh"}, lambda x: functional.gelu(x, approximate="tanh")),
    ("Clip", {"min": -0.3, "max": 0.8}, lambda x: torch.clamp(x, -0.3, 0.8)),
    ("Clip", {"min": 0.25}, lambda x: torch.clamp(x, min=0.25)),
    ("Swish", {"beta": 1.702}, lambda x: x * torch.sigmoid(1.702 * x)),
    ("Swish", {"beta": -0.5}, lambda x: x * torch.sigmoid(-0.5 * x)),
    *(
        ("Activation", {"activation": name}, function)
        for name, function in {
            "abs": torch.abs,
            "celu": functional.celu,
            "exponential": torch.exp,
            "gelu_tanh": lambda x: functional.gelu(x, approximate="tanh"),
            "hard_shrink": functional.hardshrink,
            "hard_tanh": functional.hardtanh,
            "log": torch.log,
            "log_sigmoid": functional.logsigmoid,
            "neg": torch.neg,
            "reciprocal": torch.reciprocal,
            "soft_shrink": functional.softshrink,
            "sqrt": torch.sqrt,
            "tanh_shrink": functional.tanhshrink,
        }.items()
    ),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("kind", "fields", "function"), ELEMENTWISE)
def test_values_and_slopes_equal_pytorch_s(kind, fields, function, dtype):
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(0, scale, 2000) for scale in (0.1, 1, 5, 40)]).astype(dtype)
    tensor = torch.tensor(x, requires_grad=True)
    expected = function(tensor)
    expected.sum().backward()
    activation = make(kind, fields).activation_function()
    value, back = train_activation(activation)(x)
    tolerance = {"rtol": 1e-4, "atol": 2e-6} if dtype == "float32" else {"rtol": 1e-9, "atol": 1e-13}
    np.testing.assert_allclose(value, expected.detach().numpy(), **tolerance)
    np.testing.assert_allclose(activation.function(x), expected.detach().numpy(), **tolerance)
    np.testing.assert_allclose(back(np.ones_like(x)), tensor.grad.numpy(), **tolerance)


@pytest.mark.parametrize(("kind", "fields", "function"), ELEMENTWISE)
def test_the_ends_of_the_numbers_are_pytorch_s_where_it_has_a_limit(kind, fields, function):
    expected = function(torch.tensor(EDGES)).numpy()
    found = make(kind, fields).activation_function().function(EDGES)
    # x * sigmoid(x) and the like are NaN at infinity there, and have a limit here.
    known = ~np.isnan(expected) | np.isnan(EDGES)
    assert known.sum() > 10 or fields.get("activation") in ("sqrt", "log")
    np.testing.assert_allclose(found[known], expected[known], rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize(
    ("kind", "fields", "shapes", "function"),
    [
        ("Minimum", {}, [(4, 5, 3)] * 3, lambda a, b, c: torch.minimum(torch.minimum(a, b), c)),
        ("Divide", {}, [(4, 5, 3), (4, 1, 3)], torch.div),
        ("Power", {"exponent": 2}, [(4, 5, 3)], lambda x: x**2),
        ("Power", {"exponent": -3}, [(4, 5, 3)], lambda x: x**-3),
        ("ReduceMean", {"axes": 3}, [(4, 5, 3)], lambda x: x.mean(3, keepdim=True)),
        ("ReduceMean", {"axes": [1, 3]}, [(4, 5, 3)], lambda x: x.mean((1, 3), keepdim=True)),
        ("ReduceMean", {"axes": [1, 3], "keepdims": False}, [(4, 5, 3)], lambda x: x.mean((1, 3))),
        ("ReduceMax", {"axes": [2, 3]}, [(4, 5, 3)], lambda x: x.amax((2, 3), keepdim=True)),
        ("ReduceMax", {"axes": -1}, [(7,)], lambda x: x.amax(1, keepdim=True)),
        ("GroupNormalization", {"groups": 2}, [(4, 5, 6)], lambda x: _channels_first(functional.group_norm, x, 2)),
        ("GroupNormalization", {"groups": -1}, [(4, 5, 6)], lambda x: _channels_first(functional.group_norm, x, 6)),
    ],
)
def test_whole_layers_and_their_gradients_equal_pytorch_s(kind, fields, shapes, function):
    if kind == "GroupNormalization":
        fields = {**fields, "epsilon": 1e-5, "center": False, "scale": False}
    rng = np.random.default_rng(0)
    inputs = [rng.normal(0, 1, (2, *shape)) for shape in shapes]
    tensors = [torch.tensor(x, requires_grad=True) for x in inputs]
    expected = function(*tensors)
    step = make(kind, fields).prepare_training(np.dtype("float64"), *shapes)({}, rng, *inputs)
    np.testing.assert_allclose(step.output, expected.detach().numpy(), rtol=1e-10, atol=1e-12)
    gradient = rng.normal(0, 1, step.output.shape)
    expected.backward(torch.tensor(gradient))
    for by, tensor in zip(step.backward(gradient).inputs, tensors, strict=True):
        np.testing.assert_allclose(by, tensor.grad.numpy(), rtol=1e-9, atol=1e-10)


def _channels_first(function, x, *arguments):
    return function(x.permute(0, 3, 1, 2), *arguments).permute(0, 2, 3, 1)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 8])
def test_responses_are_normalised_as_onnx_s_reference_evaluator_does_it(size):
    onnx = pytest.importorskip("onnx", reason="needs ONNX")
    from onnx.reference import ReferenceEvaluator

    options = {"alpha": 0.25 * size, "beta": 0.75, "bias": 1.5}  # attributes, and alpha / size, are single
    value = onnx.helper.make_tensor_value_info
    node = onnx.helper.make_node("LRN", ["x"], ["y"], size=size, **options)
    shape = [6, 6, 4, 5]  # its LRN looks at no more channels than there are pictures
    graph = onnx.helper.make_graph(
        [node], "one", [value("x", onnx.TensorProto.DOUBLE, shape)], [value("y", onnx.TensorProto.DOUBLE, shape)]
    )
    x = np.random.default_rng(size).normal(0, 2, shape)
    (expected,) = ReferenceEvaluator(onnx.helper.make_model(graph)).run(None, {"x": x})
    layer = make("LocalResponseNormalization", {"size": size, **options})
    ours = layer.prepare({}, np.dtype("float64"), (4, 5, 6))(x.transpose(0, 2, 3, 1))
    np.testing.assert_allclose(ours.transpose(0, 3, 1, 2), expected, rtol=1e-10)


@pytest.mark.parametrize("size", [1, 3, 5])
def test_responses_and_gradients_equal_pytorch_s(size):
    rng = np.random.default_rng(0)
    x = rng.normal(0, 2, (2, 4, 5, 6))
    tensor = torch.tensor(x, requires_grad=True)
    norm = torch.nn.LocalResponseNorm(size, alpha=0.7, beta=0.6, k=1.5)
    expected = norm(tensor.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
    fields = {"size": size, "alpha": 0.7, "beta": 0.6, "bias": 1.5}
    train = make("LocalResponseNormalization", fields).prepare_training(np.dtype("float64"), x.shape[1:])
    step = train({}, rng, x)
    np.testing.assert_allclose(step.output, expected.detach().numpy(), rtol=1e-10)
    gradient = rng.normal(0, 1, x.shape)
    expected.backward(torch.tensor(gradient))
    np.testing.assert_allclose(step.backward(gradient).inputs[0], tensor.grad.numpy(), rtol=1e-9, atol=1e-11)
