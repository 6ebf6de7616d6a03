"""Resizing."""

import numpy as np
import pytest
from hypothesis import strategies as st

from cnnviz.config.load import load_stack
from cnnviz.errors import LayerError
from tests.helpers.examples import IMAGE, make, random_inputs, run
from tests.helpers.strategies import flags, images

COORDINATES = ["half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel", "half_pixel_symmetric"]
NEAREST_MODES = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"]
EXAMPLES = [
    ({"height": 3, "width": 9}, [IMAGE]),
    ({"scale": [0.5, 1.7], "interpolation": "nearest"}, [IMAGE]),
    ({"scale": 2, "interpolation": "bicubic", "cubic_coeff_a": -0.75}, [IMAGE]),
    ({"height": 10, "width": 4, "interpolation": "bicubic", "exclude_outside": True}, [IMAGE]),
    ({"height": 9, "width": 11, "coordinates": "align_corners"}, [IMAGE]),
    ({"height": 3, "width": 2, "antialias": True}, [IMAGE]),
    ({"scale": [0.4, 2], "interpolation": "bicubic", "antialias": True, "exclude_outside": True}, [IMAGE]),
    ({"scale": 1.5, "coordinates": "asymmetric", "interpolation": "nearest", "nearest_mode": "floor"}, [IMAGE]),
]
ARGUMENTS = {
    "height": st.one_of(st.none(), st.integers(1, 14)),
    "width": st.one_of(st.none(), st.integers(1, 14)),
    "scale": st.sampled_from([1, 1, 0.4, 1.7, 2, [3, 0.5], [1.1, 2.5]]),
    "interpolation": st.sampled_from(["nearest", "bilinear", "bicubic"]),
    "coordinates": st.sampled_from(COORDINATES),
    "nearest_mode": st.sampled_from(NEAREST_MODES),
    "cubic_coeff_a": st.sampled_from([-0.5, -0.75]),
    "exclude_outside": flags,
    "antialias": flags,
}
INPUTS = images.map(lambda shape: [shape])


def of_line(values, **arguments):
    """Bring a line of values to another size."""
    return run("Resizing", arguments, np.array(values, float).reshape(1, -1, 1))[0, :, 0]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        # By hand: where a new pixel's centre lies among the old ones.
        ({}, [1, 1.75, 3.25, 4.75, 6.25, 7]),
        ({"coordinates": "align_corners"}, [1, 2.2, 3.4, 4.6, 5.8, 7]),
        ({"coordinates": "asymmetric"}, [1, 2.5, 4, 5.5, 7, 7]),
        ({"interpolation": "nearest"}, [1, 1, 4, 4, 7, 7]),
        ({"interpolation": "nearest", "coordinates": "asymmetric"}, [1, 4, 4, 7, 7, 7]),
        (
            {"interpolation": "nearest", "coordinates": "asymmetric", "nearest_mode": "round_prefer_floor"},
            [1, 1, 4, 4, 7, 7],
        ),
        ({"interpolation": "nearest", "nearest_mode": "ceil"}, [1, 4, 4, 7, 7, 7]),
        ({"interpolation": "nearest", "nearest_mode": "floor"}, [1, 1, 1, 4, 4, 7]),
    ],
)
def test_new_pixels_lie_between_the_old_ones(arguments, expected):
    for size in ({"height": 1, "width": 6}, {"scale": [1, 2]}):
        np.testing.assert_allclose(of_line([1, 4, 7], **size, **arguments), expected, atol=1e-15)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        # PyTorch's interpolate([0, 1, 0, 2], scale_factor=(1, 2), mode="bicubic")
        (
            {"cubic_coeff_a": -0.75},
            [-0.10546875, 0.26171875, 0.87890625, 0.80859375, 0.05078125, 0.34765625, 1.51171875, 2.2109375],
        ),
    ],
)
def test_cubics_are_pytorch_s(arguments, expected):
    found = of_line([0, 1, 0, 2], scale=[1, 2], interpolation="bicubic", **arguments)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_what_lies_outside_may_be_left_out_of_a_cubic():
    shares = np.array([0.8671875, 0.2265625, -0.0234375])  # of a = -0.5 at a quarter, the first of four left out
    found = of_line([0, 1, 0, 2], scale=[1, 2], interpolation="bicubic", exclude_outside=True)
    assert found[1] == pytest.approx(shares[1] / shares.sum(), rel=1e-12)
    assert of_line([5, 5, 5], scale=[1, 2], interpolation="bicubic", exclude_outside=True).tolist() == [5] * 6


@pytest.mark.parametrize("size", [{"scale": [1, 0.5]}, {"height": 1, "width": 3}])
def test_what_is_made_smaller_is_smoothed(size):
    # By hand: tents of twice the width around the places 0.5, 2.5 and 4.5, each pixel 1/8 or 3/8 of it.
    line = [0, 2, 4, 0, 8, 6]
    edge = [3 * 0 + 3 * 2 + 1 * 4 + 1 * 0, 1 * 2 + 3 * 4 + 3 * 0 + 1 * 8, 1 * 0 + 3 * 8 + 3 * 6 + 1 * 6]
    np.testing.assert_allclose(of_line(line, antialias=True, **size), np.array(edge) / 8, atol=1e-15)
    inside = [10 / 7, 22 / 8, 42 / 7]
    np.testing.assert_allclose(of_line(line, antialias=True, exclude_outside=True, **size), inside, atol=1e-15)


def test_what_is_made_larger_is_not_smoothed():
    for kind in ("bilinear", "bicubic"):
        found = [of_line([1, 4, 7], scale=[1, 2.5], interpolation=kind, antialias=smooth) for smooth in (False, True)]
        np.testing.assert_array_equal(*found)


def test_a_scale_in_single_precision_is_the_number_that_it_stands_for():
    for scale in (1.1, 1.7, 0.6, 2.7):
        layers = [
            make("Resizing", {"scale": one, "interpolation": "nearest"}) for one in (scale, float(np.float32(scale)))
        ]
        assert layers[0].output_shape((10, 30, 1)) == layers[1].output_shape((10, 30, 1))
        (x,) = random_inputs([(10, 30, 1)])
        first, second = (layer.prepare({}, x.dtype, (10, 30, 1))(x) for layer in layers)
        np.testing.assert_array_equal(first, second)


def test_infinities_stay_where_they_are():
    found = of_line([1, np.inf, -2, 3], scale=[1, 2])
    assert found[[0, 6, 7]].tolist() == [1, 1.75, 3]
    assert np.isposinf(found[1:5]).all()
    largest = np.finfo(np.float64).max
    assert of_line([largest, -largest], scale=[1, 2]).tolist() == pytest.approx(
        [largest, largest / 2, -largest / 2, -largest], rel=1e-15
    )


def test_the_nearest_pixel_smooths_nothing():
    with pytest.raises(LayerError, match="bilinear or bicubic"):
        make("Resizing", {"interpolation": "nearest", "antialias": True})


@pytest.mark.parametrize(
    "arguments", [{"height": 3}, {"width": 3}, {"height": 2, "width": 2, "scale": 2}, {"scale": [0, 1]}]
)
def test_a_size_is_given_once(arguments):
    with pytest.raises(LayerError, match=r"together|not both|more than 0"):
        make("Resizing", arguments)


def test_a_scale_that_leaves_nothing_is_refused():
    with pytest.raises(LayerError, match="leaves nothing of an input of 2x9x1"):
        make("Resizing", {"scale": 0.4}).output_shape((2, 9, 1))


@pytest.mark.parametrize("kind", ["nearest", "bilinear"])
@pytest.mark.parametrize("size", [2, 3])
def test_whole_scales_are_those_of_up_sampling(kind, size):
    (x,) = random_inputs([(4, 5, 2)])
    found = [
        make(name, {field: size, "interpolation": kind}).prepare({}, x.dtype, (4, 5, 2))(x)
        for name, field in (("Resizing", "scale"), ("UpSampling2D", "size"))
    ]
    np.testing.assert_allclose(*found, atol=1e-15)


def test_the_receptive_field_is_that_of_up_sampling():
    fields = []
    for entry in (
        {"type": "Resizing", "scale": 2},
        {"type": "UpSampling2D", "interpolation": "bilinear"},
    ):
        convolution = {"type": "Conv2D", "filters": 1, "kernel_size": 3}
        stack = load_stack({"input": {"color": "gray"}, "layers": [convolution, entry, {**convolution, "strides": 2}]})
        fields.append(stack.build((9, 10, 1)).nodes[-1].receptive_field)
    assert fields[0].size == fields[1].size
    assert fields[0].stride == fields[1].stride
    assert fields[0].start == fields[1].start
