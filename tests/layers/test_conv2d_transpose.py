"""Conv2DTranspose."""

import numpy as np
import pytest
from hypothesis import strategies as st

from cnnviz.errors import LayerError
from tests.helpers.examples import IMAGE, make, random_inputs, random_weights, run
from tests.helpers.reference import transposed_convolution
from tests.helpers.strategies import convolution_arguments, maybe_pair

EXAMPLES = [
    ({"filters": 2, "kernel_size": 3}, [IMAGE]),
    ({"filters": 2, "kernel_size": [3, 4], "strides": 2, "padding": "same"}, [IMAGE]),
    ({"filters": 2, "kernel_size": 2, "strides": [3, 2]}, [IMAGE]),
    ({"filters": 2, "kernel_size": 5, "strides": 3, "padding": "same", "output_padding": [0, 2]}, [IMAGE]),
    ({"filters": 2, "kernel_size": 3, "strides": 2, "output_padding": 1, "activation": "relu"}, [IMAGE]),
    ({"filters": 2, "kernel_size": 3, "dilation_rate": 2, "use_bias": False}, [IMAGE]),
    ({"filters": 2, "kernel_size": 3, "strides": [2, 3], "dilation_rate": [3, 2]}, [IMAGE]),
    ({"filters": 6, "kernel_size": 3, "strides": 2, "padding": 1, "groups": 3, "output_padding": [1, 0]}, [IMAGE]),
    ({"filters": 4, "kernel_size": [4, 2], "padding": [1, 0, 0, 2], "groups": 2, "activation": "tanh"}, [(5, 4, 4)]),
]
ARGUMENTS = {
    **convolution_arguments,
    "filters": st.integers(1, 4),
    "groups": st.sampled_from([1, 1, 2, 3]),
    "output_padding": st.one_of(st.none(), maybe_pair(st.integers(0, 2))),
}


def test_each_pixel_stamps_the_kernel():
    out = run(
        "Conv2DTranspose", {"filters": 1, "kernel_size": [1, 2], "strides": 2}, [[[1], [3]]], kernel=[1, 2], bias=0
    )
    assert out.tolist() == [[[1], [2], [3], [6]], [[0], [0], [0], [0]]]


@pytest.mark.parametrize(
    ("arguments", "crop", "formula"),
    [
        ({"kernel_size": 3, "strides": 2}, 0, "(4 - 1) * 2 + max(3, 2) = 9"),
        ({"kernel_size": 3, "strides": 2, "padding": "same"}, 0, "4 * 2 = 8"),
        ({"kernel_size": 5, "strides": 2, "padding": "same"}, 1, "4 * 2 = 8"),
        ({"kernel_size": 2, "strides": 3, "padding": "same"}, 0, "4 * 3 = 12"),
        ({"kernel_size": 2, "strides": 3}, 0, "(4 - 1) * 3 + max(2, 3) = 12"),
        ({"kernel_size": 3, "strides": 2, "output_padding": 1}, 0, "(4 - 1) * 2 + 3 + 1 = 10"),
        ({"kernel_size": 3, "strides": 2, "padding": "same", "output_padding": 1}, 0, "(4 - 1) * 2 + 3 % 2 + 1 = 8"),
        ({"kernel_size": 3, "strides": 2, "padding": "same", "output_padding": 0}, 1, "(4 - 1) * 2 + 3 % 2 + 0 = 7"),
        ({"kernel_size": 4, "strides": 2, "padding": "same", "output_padding": 0}, 2, "(4 - 1) * 2 + 4 % 2 + 0 = 6"),
    ],
)
def test_sizes_and_cuts_are_keras_s(arguments, crop, formula):
    layer = make("Conv2DTranspose", {"filters": 2, **arguments})
    shape = (4, 4, 3)
    assert layer.formula(shape) == (formula, formula)
    weights = random_weights(layer, [shape])
    (x,) = random_inputs([shape], items=1)
    out = layer.prepare(weights, np.dtype("float64"), shape)(x)[0]
    size, stride = arguments["kernel_size"], arguments["strides"]
    after = 3 * stride + size - crop - len(out)
    expected = transposed_convolution(
        x[0],
        weights["kernel"],
        weights["bias"],
        strides=(stride, stride),
        padding=(crop, max(after, 0), crop, max(after, 0)),
        output_padding=(max(-after, 0), max(-after, 0)),
    )
    np.testing.assert_allclose(out, expected, atol=1e-12)


def test_a_dilated_kernel_shows_its_extent_in_the_formula():
    layer = make("Conv2DTranspose", {"filters": 1, "kernel_size": 3, "dilation_rate": 2})
    assert layer.formula((4, 5, 1)) == (
        "(4 - 1) * 1 + max((2 * (3 - 1) + 1), 1) = 8",
        "(5 - 1) * 1 + max((2 * (3 - 1) + 1), 1) = 9",
    )


def test_the_kernel_has_its_filters_before_the_channels():
    spec = make("Conv2DTranspose", {"filters": 2, "kernel_size": [3, 4]}).weight_specs((5, 6, 7))["kernel"]
    assert spec.shape == (3, 4, 2, 7)
    assert (spec.filters_axis, spec.channels_axis) == (-2, -1)


def test_each_input_pixel_costs_a_kernel():
    layer = make("Conv2DTranspose", {"filters": 2, "kernel_size": 3, "strides": 2})
    assert layer.macs((5, 6, 7)) == 5 * 6 * 7 * 3 * 3 * 2


def test_output_padding_must_stay_below_the_stride():
    with pytest.raises(LayerError, match=r"`output_padding` \(=2\) must be smaller than `strides` \(=2\)") as error:
        make("Conv2DTranspose", {"filters": 1, "kernel_size": 3, "strides": [3, 2], "output_padding": 2})
    assert error.value.field == "output_padding"


def test_a_cut_that_leaves_nothing_is_refused():
    layer = make("Conv2DTranspose", {"filters": 1, "kernel_size": 2, "padding": "same", "output_padding": 0})
    with pytest.raises(LayerError, match="leaves nothing of an input of 1x1x1"):
        layer.output_shape((1, 1, 1))


@pytest.mark.parametrize(
    ("arguments", "formula"),
    [
        ({"kernel_size": 3, "strides": 2, "padding": 1}, "(4 - 1) * 2 + 3 - 2 = 7"),
        ({"kernel_size": 3, "strides": 2, "padding": 1, "output_padding": 1}, "(4 - 1) * 2 + 3 + 1 - 2 = 8"),
        (
            {"kernel_size": 2, "dilation_rate": 3, "output_padding": 2, "padding": 0},
            "(4 - 1) * 1 + (3 * (2 - 1) + 1) + 2 - 0 = 9",
        ),
    ],
)
def test_padding_in_numbers_is_cut_off_as_in_pytorch(arguments, formula):
    layer, shape = make("Conv2DTranspose", {"filters": 1, **arguments}), (4, 4, 1)
    assert layer.formula(shape)[0] == formula


def test_groups_stamp_their_own_channels():
    kernel = np.arange(1.0, 5.0).reshape(1, 1, 4, 1)  # four filters, each of one channel
    out = run(
        "Conv2DTranspose", {"filters": 4, "kernel_size": 1, "groups": 2}, [[[1, 10]]], kernel=kernel, bias=[0] * 4
    )
    assert out.tolist() == [[[1, 2, 30, 40]]]


@pytest.mark.parametrize(
    ("arguments", "field", "message"),
    [
        ({"filters": 3, "groups": 2}, "groups", "divisible by `groups`"),
        ({"filters": 2, "groups": 2}, "groups", "the input's channels"),
        ({"filters": 1, "padding": 4}, "padding", "leaves nothing of an input of 1x1x3; cut less"),
        ({"filters": 1, "padding": 0, "output_padding": 1}, "output_padding", "or `dilation_rate`"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, field, message):
    with pytest.raises(LayerError, match=message) as error:
        make("Conv2DTranspose", {"kernel_size": 3, **arguments}).output_shape((1, 1, 3))
    assert error.value.field == field
