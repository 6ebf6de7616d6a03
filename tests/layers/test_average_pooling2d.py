"""AveragePooling2D."""

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from cnnviz.errors import LayerError
from cnnviz.layers.fields import pair
from cnnviz.layers.sliding import explicit_sides
from tests.helpers.examples import IMAGE, make, run
from tests.helpers.reference import average_pooling, max_pooling
from tests.helpers.strategies import flags, layer_of, pooling_arguments

EXAMPLES = [
    ({"pool_size": 2}, [IMAGE]),
    ({"pool_size": [3, 2], "strides": [1, 3]}, [IMAGE]),
    ({"pool_size": 4, "strides": 3, "padding": "same"}, [IMAGE]),
    ({"pool_size": 3, "strides": 2, "padding": [1, 0, 2, 1], "dilation_rate": [2, 1]}, [IMAGE]),
    ({"pool_size": 3, "strides": 3, "padding": 1, "ceil_mode": True, "count_include_pad": True}, [IMAGE]),
]
ARGUMENTS = {"count_include_pad": flags, **pooling_arguments}


def test_the_mean_of_each_window_is_taken():
    image = [[[1], [2], [3]], [[4], [5], [6]]]
    assert run("AveragePooling2D", {"pool_size": 2, "strides": 1}, image).tolist() == [[[3], [4]]]


def test_padding_is_not_counted():
    image = [[[2], [4], [6]]]
    assert run("AveragePooling2D", {"pool_size": [1, 2], "padding": "same"}, image).tolist() == [[[3], [6]]]


def test_the_size_must_be_given_as_in_keras():
    with pytest.raises(msgspec.ValidationError, match="pool_size"):
        make("AveragePooling2D", {})


@pytest.mark.parametrize("kind", ["AveragePooling2D", "MaxPooling2D"])
def test_padding_dilation_and_rounding_up_equal_the_loops(kind):
    @settings(max_examples=25, suppress_health_check=[HealthCheck.filter_too_much])
    @given(drawn=layer_of(kind))
    def check(drawn):
        layer, (shape,) = drawn
        x = np.random.default_rng(0).normal(0, 1, shape)
        sliding = layer.sliding(shape)
        sides = (
            (sliding.rows.before, sliding.rows.after, sliding.columns.before, sliding.columns.after)
            if layer.padding == "same"
            else explicit_sides(layer.padding)
        )
        options = {"padding": sides, "dilation": pair(layer.dilation_rate)}
        options["ceil"] = layer.ceil_mode and layer.padding != "same"
        loops = max_pooling if kind == "MaxPooling2D" else average_pooling
        if kind == "AveragePooling2D":
            options["counted"] = layer.count_include_pad
        expected = loops(x, sliding.size, sliding.strides, **options)
        np.testing.assert_allclose(layer.prepare({}, x.dtype, shape)(x[None])[0], expected, atol=1e-12)

    check()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, [1.5, 3, 4.5]),
        ({"count_include_pad": True}, [1, 3, 3]),
        ({"strides": [1, 3], "ceil_mode": True}, [1.5, 4]),
        ({"strides": [1, 3], "ceil_mode": True, "padding": [0, 0, 0, 0]}, [2, 4.5]),
        ({"strides": [1, 3], "ceil_mode": True, "padding": [0, 0, 0, 0], "count_include_pad": True}, [2, 4.5]),
        ({"strides": [1, 3], "ceil_mode": True, "padding": [0, 0, 1, 2], "count_include_pad": True}, [1, 4]),
    ],
)
def test_padding_is_counted_and_steps_beyond_it_never(arguments, expected):
    image = [[[1], [2], [3], [4], [5]]]
    given = {"pool_size": [1, 3], "strides": [1, 2], "padding": [0, 0, 1, 1], **arguments}
    np.testing.assert_allclose(run("AveragePooling2D", given, image)[0, :, 0], expected)


def test_lengths_that_are_rounded_up_say_so():
    given = {"pool_size": 2, "strides": 3, "padding": 1, "ceil_mode": True}
    assert make("AveragePooling2D", given).formula((6, 4, 1)) == (
        "ceil((6 + 2 - 2) / 3) + 1 = 3",
        "ceil((4 + 2 - 2) / 3) + 1 - 1 = 2",
    )


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"pool_size": 2, "padding": 2}, "padding"),
        ({"pool_size": 2, "padding": [0, 2, 0, 0], "strides": 1}, "padding"),
        ({"pool_size": 2, "padding": "same", "strides": 1, "dilation_rate": 7}, "dilation_rate"),
        ({"pool_size": 10**9, "padding": "same", "strides": 1, "dilation_rate": 10**9}, "dilation_rate"),
    ],
)
def test_a_window_of_padding_alone_is_refused(arguments, field):
    with pytest.raises(LayerError, match="padding alone") as error:
        make("AveragePooling2D", arguments).output_shape((3, 4, 1))
    assert error.value.field == field
