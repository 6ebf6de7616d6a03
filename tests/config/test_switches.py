"""The command line's changes: what they change, what they leave, and where their mistakes are placed."""

from __future__ import annotations

from typing import Any

import pytest

from cnnviz.config.load import Loaded, load
from cnnviz.config.switches import Switches
from cnnviz.errors import ConfigError, UsageError
from cnnviz.layers.base import Layer
from cnnviz.stack.graph import infer
from tests.helpers.rows import each

STACK: dict[str, Any] = {
    "layers": [
        {
            "type": "Conv2D",
            "name": "literal",
            "filters": 1,
            "kernel_size": 3,
            "kernel_initializer": {"type": "filters", "names": ["sobel_x"]},
        },
        {"type": "Activation", "activation": "relu"},
        {"type": "ReLU"},
        {"type": "Conv2D", "filters": 2, "kernel_size": 3, "activation": "linear", "padding": "same"},
        {"type": "SeparableConv2D", "name": "separable", "filters": 2, "kernel_size": 3, "activation": "swish"},
        {"type": "DepthwiseConv2D", "kernel_size": [3, 5]},
        "Flatten",
        {"type": "Dense", "name": "output", "units": 3, "activation": "softmax"},
    ]
}


def change(stack: Any = STACK, /, **switches: tuple[str, ...]) -> Loaded:
    return load(stack, Switches(**switches))


def layer(loaded: Loaded, name: str) -> Any:
    return loaded.stack[name]


def values(loaded: Loaded, field: str) -> dict[str, Any]:
    return {each.name: getattr(each, field) for each in loaded.stack.layers if hasattr(each, field)}


def changed(first: Loaded, second: Loaded) -> list[str]:
    pairs = zip(first.stack.layers, second.stack.layers, strict=True)
    return [a.name for a, b in pairs if a != b]


def refused(stack: Any = STACK, /, **switches: tuple[str, ...]) -> str:
    with pytest.raises(UsageError) as info:
        change(stack, **switches)
    return str(info.value)


def test_activation_of_all_but_softmax_and_linear() -> None:
    loaded = change(activations=("tanh",))
    assert values(loaded, "activation") == {
        "literal": None,
        "activation": "tanh",
        "conv2d": "linear",
        "separable": "tanh",
        "depthwise_conv2d": None,
        "output": "softmax",
    }


def test_activation_of_one_layer_wins_over_that_of_all() -> None:
    loaded = change(activations=("output=sigmoid", "conv2d=swish", "tanh", "literal=gelu"))
    assert values(loaded, "activation") == {
        "literal": "gelu",
        "activation": "tanh",
        "conv2d": "silu",
        "separable": "tanh",
        "depthwise_conv2d": None,
        "output": "sigmoid",
    }


@each(("text", "size"), [("5", 5), ("2x7", (2, 7))])
def test_kernel_size_of_all_but_literal_ones(text: str, size: object) -> None:
    loaded = change(kernel_sizes=(text,))
    assert values(loaded, "kernel_size") == {
        "literal": 3,
        "conv2d": size,
        "separable": size,
        "depthwise_conv2d": size,
    }
    assert loaded.remarks == (f'--kernel-size {text}: Conv2D "literal" keeps its size, its kernels are written out',)


def test_kernel_size_of_one_layer() -> None:
    loaded = change(kernel_sizes=("conv2d=4",))
    assert changed(change(), loaded) == ["conv2d"]
    assert layer(loaded, "conv2d").kernel_size == 4
    assert loaded.remarks == ()


def test_initializer_of_every_kernel() -> None:
    loaded = change(initializers=("constant:0.12",))
    for field in ("kernel_initializer", "depthwise_initializer", "pointwise_initializer"):
        found = values(loaded, field)
        assert found
        assert {each.value for each in found.values()} == {0.12}
    assert values(loaded, "bias_initializer") == values(change(), "bias_initializer")


def test_initializer_of_one_layer_wins_over_that_of_all() -> None:
    loaded = change(initializers=("literal=he_normal", "ones"))
    assert type(layer(loaded, "literal").kernel_initializer).__name__ == "HeNormal"
    assert type(layer(loaded, "separable").pointwise_initializer).__name__ == "Ones"


def test_a_replaced_literal_kernel_can_change_its_size() -> None:
    loaded = change(kernel_sizes=("5",), initializers=("ones",))
    assert layer(loaded, "literal").kernel_size == 5
    assert loaded.remarks == ()


def test_set_wins_over_the_rest_and_the_last_wins() -> None:
    loaded = change(
        settings=("conv2d.kernel_size=[1, 2]", "conv2d.kernel_size=7", "literal.activation=elu"),
        kernel_sizes=("conv2d=5",),
        activations=("tanh",),
    )
    assert layer(loaded, "conv2d").kernel_size == 7
    assert layer(loaded, "literal").activation == "elu"


def test_set_reads_yaml() -> None:
    loaded = change(
        settings=(
            "conv2d.padding=[1, 0, 2, 0]",
            "conv2d.use_bias=false",
            "conv2d.kernel_initializer={type: constant, value: 1/9}",
            "literal.kernel_initializer.flip=true",
            "input.color=gray",
            "input.mean=[1/2]",
            "output.scale_by=fixed:0:1",
            "seed=3",
            "name=other",
            "classes=[a, b, c]",
            "separable.activation=",
        )
    )
    stack = loaded.stack
    conv = layer(loaded, "conv2d")
    assert (conv.padding, conv.use_bias, conv.kernel_initializer.value) == ((1, 0, 2, 0), False, 1 / 9)
    assert layer(loaded, "literal").kernel_initializer.flip is True
    assert (stack.input.color, stack.input.mean, stack.output.scale_by) == ("gray", (0.5,), "fixed:0:1")
    assert (stack.seed, stack.name, stack.classes) == (3, "other", ("a", "b", "c"))
    assert layer(loaded, "separable").activation is None


def test_set_type_name_and_inputs() -> None:
    settings = ("re_lu.type=ELU", "elu.alpha=2", "elu.name=bend", "conv2d.inputs=[literal]", "bend.inputs=[input]")
    loaded = change(settings=settings)
    assert layer(loaded, "bend").alpha == 2
    assert layer(loaded, "bend").inputs == ("input",)
    assert layer(loaded, "conv2d").inputs == ("literal",)


def test_set_a_part_of_an_initializer_given_by_name() -> None:
    stack = {"layers": [{"type": "Dense", "units": 1, "kernel_initializer": "constant"}]}
    loaded = change(stack, settings=("dense.kernel_initializer.value=2",))
    assert layer(loaded, "dense").kernel_initializer.value == 2


def test_a_layer_called_output_can_be_set() -> None:
    assert layer(change(settings=("output.units=7",)), "output").units == 7


@each(
    ("switches", "message"),
    [
        ({"activations": ("rellu",)}, "--activation rellu: there is no activation 'rellu'; did you mean `relu`"),
        (
            {"activations": ("conv2=relu",)},
            "--activation conv2=relu: there is no layer 'conv2'; did you mean",
        ),
        ({"activations": ("re_lu=relu",)}, '--activation re_lu=relu: ReLU "re_lu" has no `activation`'),
        ({"kernel_sizes": ("3x",)}, "--kernel-size 3x: expected N or HxW, such as 5 or 3x5, got '3x'"),
        ({"kernel_sizes": ("0",)}, "--kernel-size 0: expected N or HxW"),
        ({"kernel_sizes": ("flatten=3",)}, '--kernel-size flatten=3: Flatten "flatten" has no `kernel_size`'),
        (
            {"kernel_sizes": ("literal=5",)},
            '--kernel-size literal=5: Conv2D "literal" has its kernels written out, so their size is given; '
            "replace them as well, with --initializer literal=glorot_uniform",
        ),
        ({"initializers": ("glorot",)}, "--initializer glorot: there is no initializer `glorot`"),
        ({"initializers": ("flatten=ones",)}, '--initializer flatten=ones: Flatten "flatten" has no kernels'),
        ({"initializers": ("=ones",)}, "--initializer =ones: name the layer before `=`"),
        ({"settings": ("conv2d.filters",)}, "--set conv2d.filters: expected LAYER.FIELD=VALUE, such as conv_1.kernel"),
        ({"settings": ("conv2d=3",)}, "--set conv2d=3: name a field as well, such as conv2d.FIELD=VALUE"),
        ({"settings": ("input=gray",)}, "--set input=gray: name a field as well, such as input.color=VALUE"),
        ({"settings": (".x=3",)}, "--set .x=3: expected LAYER.FIELD=VALUE"),
        ({"settings": ("conv2d.=3",)}, "--set conv2d.=3: expected LAYER.FIELD=VALUE"),
        (
            {"settings": ("conv3d.filters=3",)},
            "--set conv3d.filters=3: there is no layer 'conv3d'; did you",
        ),
        ({"settings": ("conv2d.filters=[1,",)}, "--set conv2d.filters=[1,: not valid YAML: "),
        ({"settings": ("conv2d.filters=.nan",)}, "--set conv2d.filters=.nan: .nan is not allowed"),
        (
            {"settings": ("conv2d.kernel_initializer.value=3",)},
            "--set conv2d.kernel_initializer.value=3: `kernel_initializer` is no mapping in this stack; set it whole",
        ),
    ],
)
def test_a_switch_that_cannot_be_or_changes_nothing(switches: dict[str, tuple[str, ...]], message: str) -> None:
    assert refused(**switches).startswith(message)


@each(
    ("switches", "message"),
    [
        ({"activations": ("relu",)}, "--activation relu: changes nothing: no layer has an `activation` other than"),
        ({"kernel_sizes": ("3",)}, "--kernel-size 3: changes nothing: the layers of this stack have no `kernel_size`"),
        ({"initializers": ("ones",)}, "--initializer ones: changes nothing: the layers of this stack have no kernels"),
    ],
)
def test_a_stack_without_anything_to_change(switches: dict[str, tuple[str, ...]], message: str) -> None:
    stack = {"layers": ["ReLU", {"type": "Activation", "activation": "softmax"}]}
    assert refused(stack, **switches).startswith(message)


def test_only_literal_kernels() -> None:
    stack = {"layers": STACK["layers"][:1]}
    assert refused(stack, kernel_sizes=("5",)).startswith(
        "--kernel-size 5: every convolution has its kernels written out"
    )


def test_mistakes_name_the_switch_as_their_place() -> None:
    with pytest.raises(ConfigError) as info:
        change("l3", settings=("conv_1.kernel_size=0", "conv_2.kernal=3", "input.color=grey", "conv_3.type=Cov2D"))
    assert str(info.value).split("\n") == [
        "--set input.color=grey: input.color: expected `rgb`, `bgr`, or `gray`, got 'grey'",
        '--set conv_1.kernel_size=0: layers[0].kernel_size (Conv2D "conv_1"): must be at least 1, got 0',
        '--set conv_2.kernal=3: layers[3].kernal (Conv2D "conv_2"): unknown field; did you mean `kernel_size`?',
        "--set conv_3.type=Cov2D: layers[6].type: there is no layer kind 'Cov2D'; did you mean `Conv2D`?",
    ]


def test_shapes_name_the_switch_as_their_place() -> None:
    loaded = change("walkthrough", kernel_sizes=("conv_1=600",))
    place = r"^--kernel-size conv_1=600: layers\[0\]\.kernel_size"
    with pytest.raises(ConfigError, match=place) as info, loaded.places():
        infer(loaded.stack, (575, 607, 3))
    assert len(info.value.mistakes) == 1


def test_a_switch_mends_a_mistake_of_the_file() -> None:
    stack = {"layers": [{"type": "Dense", "units": 0}]}
    assert layer(change(stack, settings=("dense.units=3",)), "dense").units == 3


def test_a_malformed_stack_is_told_before_its_switches() -> None:
    with pytest.raises(ConfigError, match="expected a list of layers"):
        change({"layers": 3}, settings=("conv.filters=3",))


def test_the_source_is_left_alone() -> None:
    before = repr(STACK)
    change(activations=("tanh",), settings=("input.color=gray", "literal.kernel_initializer.flip=true"))
    assert repr(STACK) == before


def test_a_stack_can_be_changed_again() -> None:
    first = change().stack
    second = load(first, Switches(activations=("tanh",))).stack
    assert isinstance(second.layers[1], Layer)
    assert values(change(activations=("tanh",)), "activation") == {
        each.name: each.activation for each in second.layers if hasattr(each, "activation")
    }


def test_a_normalisation_by_name_leaves_the_rest_of_the_input() -> None:
    stack = {"input": {"size": [8, 9], "crop": "center", "std": [2], "mean": [3]}, "layers": ["Flatten"]}
    spec = load(stack, Switches(settings=("input=tf",))).stack.input
    assert (spec.size, spec.crop, spec.scale, spec.mean, spec.std) == ((8, 9), "center", 1 / 127.5, (1, 1, 1), None)
    later = load({**stack, "input": "imagenet"}, Switches(settings=("input.scale=1", "input.size=[4,4]"))).stack.input
    assert (later.size, later.scale, later.mean) == ((4, 4), 1, (0.485, 0.456, 0.406))
    with pytest.raises(UsageError, match="name a field as well"):
        load(stack, Switches(settings=("input=caffe",)))


def test_names_of_kernels_may_stand_in_brackets_as_in_a_sweep() -> None:
    plain = change(initializers=("output=constant:1", "conv2d=filters:sobel_x,box"))
    for written in ("filters:[sobel_x,box]", "filters:[sobel_x, box]"):
        assert not changed(change(initializers=("output=constant:1", f"conv2d={written}")), plain)
