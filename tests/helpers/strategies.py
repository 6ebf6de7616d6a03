"""Hypothesis strategies: layers of every kind with inputs that they take, and whole stacks."""

from __future__ import annotations

from hypothesis import assume
from hypothesis import strategies as st

from cnnviz.errors import LayerError
from cnnviz.ops.activations import ACTIVATIONS
from tests.helpers.examples import make

MERGES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Concatenate")

lengths = st.integers(1, 9)
images = st.tuples(lengths, lengths, st.integers(1, 4))
vectors = st.tuples(st.integers(1, 12))
shapes = st.one_of(images, images, vectors)
flags = st.booleans()


def maybe_pair(numbers):
    """Draw one number, or two for height and width."""
    return st.one_of(numbers, st.lists(numbers, min_size=2, max_size=2))


small = maybe_pair(st.integers(1, 3))
activations = st.one_of(st.none(), st.sampled_from(sorted(set(ACTIVATIONS) - {"exponential"})))
paddings = st.one_of(
    st.sampled_from(["valid", "same"]), st.integers(0, 3), st.lists(st.integers(0, 3), min_size=4, max_size=4)
)
borders = st.one_of(st.integers(0, 2), st.lists(maybe_pair(st.integers(0, 2)), min_size=2, max_size=2))
slopes = st.sampled_from([0, 0.1, 0.5, 1, 1.5])
image_axes = st.one_of(
    st.sampled_from([1, 2, 3, -1, -2, -3]), st.lists(st.sampled_from([1, 2, 3]), min_size=1, max_size=3, unique=True)
)

_convolution = {
    "kernel_size": maybe_pair(st.integers(1, 4)),
    "strides": small,
    "padding": paddings,
    "dilation_rate": small,
    "activation": activations,
    "use_bias": flags,
}
_pooling = {
    "pool_size": maybe_pair(st.integers(1, 4)),
    "strides": st.one_of(st.none(), small),
    "padding": paddings,
    "ceil_mode": flags,
    "dilation_rate": st.one_of(st.just(1), small),
}
_normalization = {"epsilon": st.sampled_from([1e-5, 1e-3, 0.1]), "center": flags, "scale": flags}

ARGUMENTS = {
    "Activation": {"activation": st.sampled_from(sorted(set(ACTIVATIONS) - {"exponential"}))},
    "Add": {},
    "Average": {},
    "AveragePooling2D": {"count_include_pad": flags, **_pooling},
    "BatchNormalization": {"axis": st.sampled_from([-1, -1, 1, 2, 3, -2]), **_normalization},
    "Concatenate": {"axis": st.sampled_from([-1, -1, 1, 2])},
    "Conv2D": {"filters": st.integers(1, 4), "groups": st.sampled_from([1, 1, 2, 3]), **_convolution},
    "Conv2DTranspose": {
        **_convolution,
        "filters": st.integers(1, 3),
        "padding": st.sampled_from(["valid", "same"]),
        "output_padding": st.one_of(st.none(), maybe_pair(st.integers(0, 2))),
    },
    "Cropping2D": {"cropping": borders},
    "Dense": {"units": st.integers(1, 5), "activation": activations, "use_bias": flags},
    "DepthwiseConv2D": {"depth_multiplier": st.integers(1, 3), **_convolution},
    "Dropout": {"rate": st.sampled_from([0, 0.5, 1])},
    "ELU": {"alpha": st.sampled_from([0.3, 1, 2])},
    "Flatten": {},
    "GlobalAveragePooling2D": {"keepdims": flags},
    "GlobalMaxPooling2D": {"keepdims": flags},
    "LayerNormalization": {"axis": image_axes, **_normalization},
    "LeakyReLU": {"negative_slope": slopes},
    "MaxPooling2D": _pooling,
    "Maximum": {},
    "Multiply": {},
    "PReLU": {"shared_axes": st.one_of(st.none(), st.lists(st.sampled_from([1, 2, 3]), unique=True))},
    "Permute": {"dims": st.permutations([1, 2, 3])},
    "ReLU": {
        "max_value": st.sampled_from([None, 0.5, 6]),
        "negative_slope": slopes,
        "threshold": st.sampled_from([0, 0, 0.3]),
    },
    "Reshape": {"target_shape": st.sampled_from([[-1], [1, -1, 1], [-1, 1, 1], [1, 1, -1], [2, -1, 1], [-1, 3, 2]])},
    "SeparableConv2D": {"filters": st.integers(1, 4), "depth_multiplier": st.integers(1, 2), **_convolution},
    "Softmax": {"axis": image_axes},
    "Subtract": {},
    "UpSampling2D": {"size": small, "interpolation": st.sampled_from(["nearest", "bilinear"])},
    "ZeroPadding2D": {"padding": borders},
}


@st.composite
def inputs_of(draw, kind):
    """Draw the shapes of inputs for a kind."""
    if kind not in MERGES:
        return [draw(shapes)]
    shape = draw(shapes)
    if kind == "Concatenate":
        return [shape] * draw(st.integers(2, 3))
    others = [shape]
    for _ in range(1 if kind == "Subtract" else draw(st.integers(1, 2))):
        others.append(tuple(draw(st.sampled_from([1, length])) for length in shape))
    return others


@st.composite
def layer_of(draw, kind):
    """Draw a layer of a kind and shapes that it takes."""
    arguments, inputs = draw(st.fixed_dictionaries(ARGUMENTS[kind])), draw(inputs_of(kind))
    layer = accepted(kind, arguments, inputs)
    assume(layer is not None)
    return layer, inputs


def accepted(kind, arguments, inputs, most=4000):
    """Return the layer, or None if it does not take such inputs or makes too much of them."""
    try:
        layer = make(kind, arguments)
        height = layer.output_shape(*inputs)
    except LayerError:
        return None
    size = 1
    for length in height:
        size *= length
    return layer if size <= most else None


@st.composite
def stacks(draw, most=5, kinds=None):
    """Draw a stack as YAML has it, `{input: ..., layers: [...]}`, and the shape of its input."""
    shape = draw(st.tuples(lengths, lengths, st.sampled_from([1, 3])))
    known = {"input": shape}
    layers = []
    for index in range(draw(st.integers(1, most))):
        kind = draw(st.sampled_from(sorted(kinds or ARGUMENTS)))
        arguments = draw(st.fixed_dictionaries(ARGUMENTS[kind]))
        count = 1 if kind not in MERGES else 2 if kind == "Subtract" else draw(st.integers(2, 3))
        names = draw(st.lists(st.sampled_from(list(known)), min_size=count, max_size=count))
        layer = accepted(kind, arguments, [known[name] for name in names])
        if layer is None:
            continue
        name = f"layer_{index}"
        known[name] = layer.output_shape(*(known[other] for other in names))
        layers.append({"type": kind, "name": name, "inputs": names, **arguments})
    assume(layers)
    return {"input": {"color": "gray" if shape[2] == 1 else "rgb", "scale": "1/255"}, "layers": layers}, shape
