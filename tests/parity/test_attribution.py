"""Methods of attribution against Captum's and pytorch-grad-cam's, on the same weights.

Differences of definition: `gradient` keeps its signs, which Captum's `Saliency` drops by default; rectifiers of
`guided_backprop` are all activations that cut off at zero, ReLU6 too, where Captum takes `nn.ReLU` alone; noise of
`smooth_grad` is a part of the picture's range; class activation maps are kept in the size of their layer and not
stretched to 0 to 1, as pytorch-grad-cam does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

import cnnviz
from tests.helpers.networks import with_random_weights
from tests.helpers.rows import each

pytestmark = [pytest.mark.parity, pytest.mark.filterwarnings("ignore")]

torch = pytest.importorskip("torch", reason="needs PyTorch")
captum = pytest.importorskip("captum.attr", reason="needs Captum")

from cnnviz.attribution import class_activation, pixels  # noqa: E402
from cnnviz.attribution.objective import Objective  # noqa: E402
from cnnviz.attribution.occlusion import occlusion  # noqa: E402
from cnnviz.layers.conv2d import Conv2D  # noqa: E402
from cnnviz.stack.graph import infer  # noqa: E402
from cnnviz.stack.network import Network  # noqa: E402
from cnnviz.stack.scores import find_scores  # noqa: E402
from cnnviz.stack.weights import StackWeights  # noqa: E402

Array = NDArray[Any]
ACTIVATIONS = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "linear": torch.nn.Identity, "relu6": torch.nn.ReLU6}


class Convolutions(torch.nn.Module):
    """A stack of convolutions, poolings and dense layers, as bundled stacks and VGG have them, built from a network."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.steps = torch.nn.ModuleDict()
        for node in network.nodes:
            kind, layer, name = type(node.layer).__name__, node.layer, node.layer.name
            weights = network.weights.get(name, {})
            activation = ACTIVATIONS.get(getattr(layer, "activation", None) or "linear")
            if kind == "Conv2D":
                kernel, rows, columns = weights["kernel"], *layer.sliding(*node.input_shapes)
                inner = torch.nn.Conv2d(*kernel.shape[2:], kernel.shape[:2], layer.strides)
                pad = torch.nn.ZeroPad2d((columns.before, columns.after, rows.before, rows.after))
                step = torch.nn.Sequential(pad, filled(inner, kernel.transpose(3, 2, 0, 1), weights["bias"]))
            elif kind == "Dense":
                shape = weights["kernel"].shape
                step = filled(torch.nn.Linear(*shape), weights["kernel"].T, weights["bias"])
                activation = None if node is network.nodes[-1] else activation
            elif kind == "MaxPooling2D":
                step = torch.nn.MaxPool2d(layer.pool_size, layer.strides)
            elif kind == "AveragePooling2D":
                step = torch.nn.AvgPool2d(layer.pool_size, layer.strides)
            elif kind == "Flatten":
                step = ChannelsLast()
            else:
                assert kind in ("Activation", "Dropout"), kind
                step = torch.nn.Identity()
            self.steps[name] = step
            if activation is not None and activation is not torch.nn.Identity:
                self.steps[f"{name}_bent"] = activation()

    def forward(self, x: Any) -> Any:
        for step in self.steps.values():
            x = step(x)
        return x


class ChannelsLast(torch.nn.Module):
    """Flattens pixel by pixel."""

    def forward(self, x: Any) -> Any:
        return x.permute(0, 2, 3, 1).reshape(len(x), -1)


def filled(module: Any, kernel: Array, bias: Array) -> Any:
    module.weight.data = torch.tensor(np.ascontiguousarray(kernel), dtype=torch.float64)
    module.bias.data = torch.tensor(bias, dtype=torch.float64)
    return module


class Case(NamedTuple):
    """One network on both sides."""

    objective: Objective
    picture: Array
    model: Any
    unit: int
    layer: str

    @property
    def tensor(self) -> Any:
        return torch.tensor(self.picture).permute(2, 0, 1)[None].contiguous().requires_grad_()


def case(name: str) -> Case:
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    stack = cnnviz.load_stack(name)
    entering = cnnviz.run("sample:chelsea" if name == "cifar10" else "sample:digit", name).pixels
    built = stack.build(entering.shape, seed=3)
    network = built if name == "lenet5" else with_random_weights(built)  # of larger weights tanh levels off
    plain = find_scores(stack, network.nodes).stack
    given = StackWeights(network.weights, network.origins)
    network = Network(plain, entering.shape, infer(plain, entering.shape), given)
    unit = 1
    layers = [node.layer.name for node in network.nodes if isinstance(node.layer, Conv2D)]
    direction = np.eye(network.nodes[-1].output_shape[0])[unit]
    return Case(
        Objective(network, direction),
        network.entering(entering),
        Convolutions(network).eval(),
        unit,
        layers[1],
    )


STACKS = ["mnist_two_conv", "lenet5", "cifar10"]


def hwc(tensor: Any) -> Array:
    return tensor[0].detach().permute(1, 2, 0).numpy()


def same(mine: Array, theirs: Array) -> None:
    assert mine.shape == theirs.shape
    assert np.abs(mine - theirs).max() <= 1e-5 * max(float(np.ptp(theirs)), 1e-300)
    assert np.ptp(theirs) > 0, "a map that is the same everywhere compares nothing"


@each("name", STACKS)
def test_gradients_are_captums(name: str) -> None:
    it = case(name)
    same(
        pixels.gradient(it.objective, it.picture),
        hwc(captum.Saliency(it.model).attribute(it.tensor, target=it.unit, abs=False)),
    )
    same(
        pixels.input_x_gradient(it.objective, it.picture),
        hwc(captum.InputXGradient(it.model).attribute(it.tensor, target=it.unit)),
    )
    baseline = np.full_like(it.picture, 0.25)
    found = captum.IntegratedGradients(it.model).attribute(
        it.tensor, torch.full_like(it.tensor, 0.25), target=it.unit, n_steps=20
    )
    same(pixels.integrated_gradients(it.objective, it.picture, baseline, 20), hwc(found))
    copies = pixels.noisy(it.picture, range(6), 0.2, 1)
    theirs = [
        captum.Saliency(it.model).attribute(
            torch.tensor(copy).permute(2, 0, 1)[None].requires_grad_(), target=it.unit, abs=False
        )
        for copy in copies
    ]
    same(pixels.smooth_grad(it.objective, it.picture, 6, 0.2, 1), hwc(sum(theirs) / 6))
    if name != "lenet5":  # it bends by tanh
        same(
            pixels.guided_backprop(it.objective, it.picture),
            hwc(captum.GuidedBackprop(it.model).attribute(it.tensor, target=it.unit)),
        )


@each("name", STACKS)
def test_occlusion_is_captums(name: str) -> None:
    it = case(name)
    channels = it.picture.shape[2]
    for window, stride in ((9, 4), (7, 7)):
        theirs = captum.Occlusion(it.model).attribute(
            it.tensor, (channels, window, window), (channels, stride, stride), target=it.unit, baselines=0.25
        )
        found = occlusion(it.objective, it.picture, np.full_like(it.picture, 0.25), window, stride)
        same(found, hwc(theirs)[..., 0])


@each("name", STACKS)
def test_class_activation_maps_are_those_of_pytorch_grad_cam(name: str) -> None:
    it = case(name)
    layer = it.model.steps[f"{it.layer}_bent"] if f"{it.layer}_bent" in it.model.steps else it.model.steps[it.layer]
    theirs = captum.LayerGradCam(it.model, layer).attribute(it.tensor, target=it.unit, relu_attributions=True)
    same(class_activation.grad_cam(it.objective, it.picture, it.layer), theirs[0, 0].detach().numpy())
    cams = pytest.importorskip("pytorch_grad_cam", reason="needs pytorch-grad-cam")
    for theirs, mine in (
        (cams.GradCAM, class_activation.grad_cam),
        (cams.GradCAMPlusPlus, class_activation.grad_cam_plus_plus),
        (cams.HiResCAM, class_activation.hires_cam),
        (cams.LayerCAM, class_activation.layer_cam),
    ):
        found = mine(it.objective, it.picture, it.layer)
        with theirs(model=it.model, target_layers=[layer]) as cam:
            cam.get_target_width_height = lambda tensor, shape=found.shape: shape[::-1]  # as large as the layer
            target = cams.utils.model_targets.ClassifierOutputTarget(it.unit)
            wanted = cam(input_tensor=it.tensor.detach(), targets=[target])[0]
        assert found.max() > 0
        same((found - found.min()) / np.ptp(found), wanted.astype(np.float64))


@each("name", ["MobileNetV2", "DenseNet121"])
def test_imported_architectures(name: str, tmp_path: Path) -> None:
    keras = pytest.importorskip("keras", reason="needs Keras")
    torch.set_default_dtype(torch.float32)
    make = getattr(keras.applications, name)
    model = make(weights=None, input_shape=(64, 64, 3), classes=5, classifier_activation=None)
    rng = np.random.default_rng(0)
    spread = {"gamma": (0.5, 1.5), "moving_variance": (0.5, 1.5), "beta": (-0.1, 0.1), "moving_mean": (-0.1, 0.1)}
    for weight in model.weights:
        if weight.name in spread:
            weight.assign(rng.uniform(*spread[weight.name], weight.shape))
    model.save(tmp_path / "model.keras")
    network = cnnviz.load_stack(tmp_path / "model.keras").build((64, 64, 3))
    objective, picture = Objective(network, np.eye(5)[2]), rng.uniform(-1, 1, (64, 64, 3))
    double = keras.models.clone_model(model, clone_function=as_double)
    double.set_weights(model.get_weights())

    def forward(x: Any) -> Any:
        return double(x.permute(0, 2, 3, 1), training=False)

    torch.set_default_dtype(torch.float64)  # of what Captum weighs the places with, too
    tensor = torch.tensor(picture).permute(2, 0, 1)[None].requires_grad_()
    same(
        pixels.gradient(objective, picture),
        hwc(captum.Saliency(forward).attribute(tensor, target=2, abs=False)),
    )
    parts = captum.IntegratedGradients(forward).attribute(tensor, target=2, n_steps=8)
    same(pixels.integrated_gradients(objective, picture, np.zeros_like(picture), 8), hwc(parts))


def as_double(layer: Any) -> Any:
    """Return a layer of Keras that computes in double precision."""
    return layer.__class__.from_config({**layer.get_config(), "dtype": "float64"})
