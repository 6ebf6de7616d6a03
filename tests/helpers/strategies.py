"""Hypothesis strategies: layers of every kind with inputs that they take, and whole stacks."""

from __future__ import annotations

from hypothesis import assume
from hypothesis import strategies as st

from cnnviz.errors import LayerError
from cnnviz.layers import all_kinds, find_kind
from cnnviz.ops.activations import ACTIVATIONS
from tests.helpers.examples import make
from tests.helpers.kinds import arguments_of, inputs_of, is_steep

lengths = st.integers(1, 9)
images = st.tuples(lengths, lengths, st.integers(1, 4))
vectors = st.tuples(st.integers(1, 12))
shapes = st.one_of(images, images, vectors)
flags = st.booleans()


def maybe_pair(numbers):
    """Draw one number, or two for height and width."""
    return st.one_of(numbers, st.lists(numbers, min_size=2, max_size=2))


small = maybe_pair(st.integers(1, 3))
PARTIAL = {name for name, one in ACTIVATIONS.items() if one.undefined}
"""Activations that are not defined for all numbers."""
activation_names = st.sampled_from(sorted(set(ACTIVATIONS) - PARTIAL - {"exponential"}))
activations = st.one_of(st.none(), activation_names)
paddings = st.one_of(
    st.sampled_from(["valid", "same"]), st.integers(0, 3), st.lists(st.integers(0, 3), min_size=4, max_size=4)
)
borders = st.one_of(st.integers(0, 2), st.lists(maybe_pair(st.integers(0, 2)), min_size=2, max_size=2))
slopes = st.sampled_from([0, 0.1, 0.5, 1, 1.5])
image_axes = st.one_of(
    st.sampled_from([1, 2, 3, -1, -2, -3]), st.lists(st.sampled_from([1, 2, 3]), min_size=1, max_size=3, unique=True)
)

convolution_arguments = {
    "kernel_size": maybe_pair(st.integers(1, 4)),
    "strides": small,
    "padding": paddings,
    "dilation_rate": small,
    "activation": activations,
    "use_bias": flags,
}
pooling_arguments = {
    "pool_size": maybe_pair(st.integers(1, 4)),
    "strides": st.one_of(st.none(), small),
    "padding": paddings,
    "ceil_mode": flags,
    "dilation_rate": st.one_of(st.just(1), small),
}
normalization_arguments = {"epsilon": st.sampled_from([1e-5, 1e-3, 0.1]), "center": flags, "scale": flags}


def merged(least, most):
    """Draw the shapes of several inputs that can be stretched to the first."""

    def others(shape):
        lengths = st.tuples(*(st.sampled_from([1, length]) for length in shape))
        return st.lists(lengths, min_size=least - 1, max_size=most - 1).map(lambda others: [shape, *others])

    return shapes.flatmap(others)


def inputs_for(kind):
    """Draw the shapes of inputs for a kind."""
    inputs = inputs_of(kind)
    if inputs is not None:
        return inputs
    return merged(2, 3) if find_kind(kind).merges else shapes.map(lambda shape: [shape])


@st.composite
def layer_of(draw, kind):
    """Draw a layer of a kind and shapes that it takes."""
    arguments, inputs = draw(st.fixed_dictionaries(arguments_of(kind))), draw(inputs_for(kind))
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
        kind = draw(st.sampled_from(sorted(kinds or (kind for kind in all_kinds() if not is_steep(kind)))))
        arguments = draw(st.fixed_dictionaries(arguments_of(kind)))
        count = draw(st.integers(2, 3)) if find_kind(kind).merges else 1
        names = draw(st.lists(st.sampled_from(list(known)), min_size=count, max_size=count))
        layer = accepted(kind, arguments, [known[name] for name in names])
        if layer is None and count == 3:  # a merge of two
            names = names[:2]
            layer = accepted(kind, arguments, [known[name] for name in names])
        if layer is None:
            continue
        name = f"layer_{index}"
        known[name] = layer.output_shape(*(known[other] for other in names))
        layers.append({"type": kind, "name": name, "inputs": names, **arguments})
    assume(layers)
    return {"input": {"color": "gray" if shape[2] == 1 else "rgb", "scale": "1/255"}, "layers": layers}, shape
