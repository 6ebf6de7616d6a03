from __future__ import annotations

import hashlib
import math
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.errors import LayerError, UsageError
from cnnviz.initializers import (
    INITIALIZERS,
    Constant,
    Filters,
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    Identity,
    Initializer,
    InitializerBase,
    LecunNormal,
    LecunUniform,
    Ones,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    Zeros,
    parse_initializer,
)
from cnnviz.initializers.random import fans
from cnnviz.layers.base import WeightSpec
from tests.helpers.rows import each

KEY = (7, "conv_1", "kernel")
CONV = (3, 3, 4, 8)
DENSE = (144, 8)
BIAS = (8,)

# The first values as float32 bits, and the beginning of the SHA-256 of all, for a kernel of 3x3x4x8.
GOLDEN = {
    "glorot_uniform": "3da1fb0d bda3d2dd 3e679531 f39ae7488aecfff4",
    "glorot_normal": "3d82cf33 bd846309 3e88cbdf 09e182765ae8e26e",
    "he_uniform": "3e0c4785 be0de01f 3ec88e7b a79bbe3c39e0127b",
    "he_normal": "3de29188 bde54cff 3eecf032 f14b85d1f4825de3",
    "lecun_uniform": "3dc6628f bdc8a468 3e8dd09e eba559ec819def94",
    "lecun_normal": "3da03546 bda223e0 3ea78a68 74948b4bfdadcd0a",
    "random_uniform": "3c8971f6 bc8b024e 3d448127 27e866dbf496d971",
    "random_normal": "3cb1ae3d bcb3d621 3dd1c5b7 167bb0b10781a316",
    "truncated_normal": "3ca91b98 bcab25ab 3db0d901 f7aa6e5ef46ebc83",
    "orthogonal": "3d9d0832 bd9bb210 3eb08156 81ccf141def43c94",
}


def spec(shape: tuple[int, ...], initializer: InitializerBase | None = None, **axes: int) -> WeightSpec:
    return WeightSpec(shape, initializer or Zeros(), **axes)


def fill(initializer: InitializerBase, shape: tuple[int, ...], key: tuple[int, str, str] = KEY, **axes: int) -> Any:
    weight = spec(shape, initializer, **axes)
    initializer.check(weight)
    values = initializer.fill(weight, key)
    assert values.shape == shape
    assert values.dtype == np.float32
    assert values.flags.c_contiguous
    return values


def fails(initializer: InitializerBase, shape: tuple[int, ...], **axes: int) -> str:
    with pytest.raises(LayerError) as caught:
        initializer.check(spec(shape, initializer, **axes))
    return str(caught.value)


def convert(data: Any) -> Any:
    return msgspec.convert(data, Initializer)


@each("name", sorted(name for name, kind in INITIALIZERS.items() if kind.random))
def test_random_bits_are_those_of_every_machine(name):
    values = fill(INITIALIZERS[name](), CONV).astype("<f4")
    first = " ".join(f"{bits:08x}" for bits in values.ravel()[:3].view("<u4"))
    assert f"{first} {hashlib.sha256(values.tobytes()).hexdigest()[:16]}" == GOLDEN[name]


@each("name", sorted(set(INITIALIZERS) - {"filters", "identity"}))
def test_a_name_alone_fills_kernel_and_matrix(name):
    initializer = convert({"type": name})
    assert type(initializer) is INITIALIZERS[name]
    for shape in (CONV, DENSE):
        values = fill(initializer, shape)
        assert np.array_equal(values, fill(initializer, shape))
        assert initializer.random == (not np.array_equal(values, fill(initializer, shape, (8, "conv_1", "kernel"))))


@each("name", sorted(set(INITIALIZERS) - {"filters", "identity", "orthogonal"}))
def test_a_name_alone_fills_a_bias(name):
    fill(convert({"type": name}), BIAS)


@each(
    ("initializer", "variance"),
    [
        (GlorotUniform(), 2 / (36 + 72)),
        (GlorotNormal(), 2 / (36 + 72)),
        (HeUniform(), 2 / 36),
        (HeNormal(), 2 / 36),
        (LecunUniform(), 1 / 36),
        (LecunNormal(), 1 / 36),
    ],
)
@each("name", ["one", "two"])
def test_variance_scaling(initializer, variance, name):
    values = np.stack([fill(initializer, CONV, (seed, name, "kernel")) for seed in range(100)])
    assert values.mean() == pytest.approx(0, abs=4 * math.sqrt(variance / values.size))
    assert values.var() == pytest.approx(variance, rel=0.03)
    uniform = type(initializer).__name__.endswith("Uniform")
    end = math.sqrt(3 * variance) if uniform else 2 * math.sqrt(variance) / 0.87962566103423978
    assert 0.99 * end < np.abs(values).max() <= end * (1 + 1e-6)


@each(
    ("shape", "expected"),
    [((8,), (8, 8)), ((5, 7), (5, 7)), ((3, 3, 4, 8), (36, 72)), ((1, 2, 3, 4), (6, 8))],
)
def test_fans_as_keras_counts_them(shape, expected):
    assert fans(shape) == expected


def test_a_scale_per_fan_of_less_than_one_counts_as_one():
    assert np.abs(fill(GlorotUniform(), (1, 1, 1, 1))).max() <= math.sqrt(3)


def test_bounds_and_moments():
    values = fill(RandomUniform(minval=2, maxval=3), DENSE)
    assert 2 <= values.min() < 2.1 < 2.9 < values.max() <= 3
    values = fill(RandomNormal(mean=5, stddev=0.1), DENSE)
    assert values.mean() == pytest.approx(5, abs=0.02)
    assert values.std() == pytest.approx(0.1, rel=0.1)
    values = fill(TruncatedNormal(mean=5, stddev=0.1), DENSE)
    assert np.abs(values - 5).max() < 0.2001


def test_numbers():
    assert np.all(fill(Zeros(), CONV) == 0)
    assert np.all(fill(Ones(), CONV) == 1)
    assert np.all(fill(Constant(value=0.12), CONV) == np.float32(0.12))
    assert fill(convert({"type": "constant", "value": [1, 2.5, 3]}), (3,)).tolist() == [1, 2.5, 3]
    assert np.array_equal(fill(Identity(gain=2), (2, 3)), [[2, 0, 0], [0, 2, 0]])


def test_orthogonal_kernel():
    matrix = fill(Orthogonal(gain=2), CONV).reshape(36, 8).astype(np.float64)
    assert np.allclose(matrix.T @ matrix, 4 * np.eye(8), atol=1e-6)


@each(
    ("initializer", "shape", "message"),
    [
        (RandomUniform(minval=1, maxval=0.5), CONV, "`maxval` (=0.5) must not be below `minval` (=1)"),
        (RandomUniform(minval=math.nan), CONV, "`minval` (=nan) must be a number from -1e+37 to 1e+37"),
        (RandomNormal(stddev=-1), CONV, "`stddev` (=-1) must not be negative"),
        (TruncatedNormal(stddev=-0.1), CONV, "`stddev` (=-0.1) must not be negative"),
        (TruncatedNormal(mean=math.inf), CONV, "`mean` (=inf) must be a number from -1e+37 to 1e+37"),
        (Constant(value=-1e38), CONV, "`value` (=-1e+38) must be a number from -1e+37 to 1e+37"),
        (Constant(value=(0, math.nan)), (2,), "`value[1]` (=nan) must be a number from -1e+37 to 1e+37"),
        (
            Constant(value=(1, 2)),
            (3,),
            "the length of `value` (=2) must be that of the weight (=3); give one number for each",
        ),
        (
            Constant(value=(1, 2)),
            CONV,
            "a list of values fills a bias, this weight is 3x3x4x8; give one number, or whole kernels with "
            "`{type: filters, values: [...]}`",
        ),
        (Orthogonal(gain=math.inf), CONV, "`gain` (=inf) must be a number from -1e+37 to 1e+37"),
        (
            Orthogonal(),
            BIAS,
            "`orthogonal` fills weights of two axes and more, this one is 8; take `zeros` or `random_normal`",
        ),
        (
            Identity(),
            CONV,
            "`identity` fills the matrix of a Dense layer, this weight is 3x3x4x8; for a convolution take "
            "`{type: filters, names: [identity]}`",
        ),
        (Identity(gain=math.nan), DENSE, "`gain` (=nan) must be a number from -1e+37 to 1e+37"),
        (Filters(), (3, 3, 1, 2), "`filters` takes either `values` or `names`, got neither"),
        (
            Filters(values=(), names=()),
            (3, 3, 1, 2),
            "`filters` takes either `values` or `names`, got both",
        ),
        (
            Filters(names=("box",)),
            DENSE,
            "`filters` fills the kernel of a convolution, this weight is 144x8; take `constant` or a random "
            "initializer",
        ),
        (
            Filters(names=("box",)),
            (3, 3, 1, 2),
            "the number of `names` (=1) must be that of the kernel's filters (=2, it is 3x3x1x2); list one for each",
        ),
        (
            Filters(values=()),
            (3, 3, 1, 2),
            "the number of `values` (=0) must be that of the kernel's filters (=2, it is 3x3x1x2); list one for each",
        ),
        (
            Filters(names=("sobel_x",)),
            (5, 5, 1, 1),
            "`sobel_x` is 3x3, the kernel is 5x5; set `kernel_size: 3`, or take gaussian, box or identity, which "
            "come in every odd size",
        ),
        (
            Filters(names=("gaussian",)),
            (3, 4, 1, 1),
            "`gaussian` comes in odd sizes, the kernel is 3x4; make `kernel_size` odd",
        ),
        (
            Filters(values=(((1, 2, 3), (4, 5, 6)),)),
            (3, 3, 1, 1),
            "`values[0]` is 2x3, the kernel is 3x3; write 3 rows of 3",
        ),
        (
            Filters(values=(((1, 2), (4,)),)),
            (2, 2, 1, 1),
            "`values[0]` is ragged, the kernel is 2x2; write 2 rows of 2",
        ),
        (
            Filters(values=((),)),
            (2, 2, 1, 1),
            "`values[0]` is ragged, the kernel is 2x2; write 2 rows of 2",
        ),
        (
            Filters(values=(((1, (2, 3)),),)),
            (1, 2, 3, 1),
            "`values[0][0][1]` lists 2 numbers, the kernel has 3 input channels; list one for each, or one number "
            "for all",
        ),
        (
            Filters(values=(((1, math.inf),),)),
            (1, 2, 3, 1),
            "`values[0][0][1]` (=inf) must be a number from -1e+37 to 1e+37",
        ),
        (
            Filters(values=(((1, (0, 0, math.nan)),),)),
            (1, 2, 3, 1),
            "`values[0][0][1][2]` (=nan) must be a number from -1e+37 to 1e+37",
        ),
    ],
)
def test_what_does_not_fit_is_refused(initializer, shape, message):
    assert fails(initializer, shape) == message


def test_literal_kernels():
    data = {"type": "filters", "values": [[[1, 2], [3, 4]], [[5, [6, 7]], [8, 9]]]}
    kernel = fill(convert(data), (2, 2, 2, 2))
    assert kernel[..., 0, 0].tolist() == [[1, 2], [3, 4]]
    assert kernel[..., 1, 0].tolist() == [[1, 2], [3, 4]]
    assert kernel[..., 0, 1].tolist() == [[5, 6], [8, 9]]
    assert kernel[..., 1, 1].tolist() == [[5, 7], [8, 9]]


def test_literal_kernels_of_a_transposed_convolution():
    # (kernel height, kernel width, out, in)
    kernel = fill(Filters(values=(((1, (2, 3, 4)),), ((5, 6),))), (1, 2, 2, 3), filters_axis=-2, channels_axis=-1)
    assert kernel[0, :, 0, :].tolist() == [[1, 1, 1], [2, 3, 4]]
    assert kernel[0, :, 1, :].tolist() == [[5, 5, 5], [6, 6, 6]]


def test_classic_kernels():
    kernel = fill(Filters(names=("sobel_x", "sobel_y", "laplacian")), (3, 3, 1, 3))[:, :, 0]
    assert kernel[..., 0].tolist() == [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    assert kernel[..., 1].tolist() == [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]
    assert kernel[..., 2].tolist() == [[0, 1, 0], [1, -4, 1], [0, 1, 0]]
    kernel = fill(Filters(names=("gaussian", "sharpen", "emboss")), (3, 3, 1, 3))[:, :, 0]
    assert (16 * kernel[..., 0]).tolist() == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
    assert kernel[..., 1].sum() == 1
    assert kernel[..., 2].sum() == 1


ODD = st.integers(0, 12).map(lambda half: 2 * half + 1)


@given(rows=ODD, columns=ODD)
def test_smoothing_kernels_keep_the_brightness(rows, columns):
    kernel = fill(Filters(names=("gaussian", "box", "identity")), (rows, columns, 2, 3)).astype(np.float64)
    assert np.allclose(kernel.sum(axis=(0, 1)), 1, atol=1e-6)
    assert np.all(kernel >= 0)
    assert kernel[rows // 2, columns // 2, 0, 2] == 1
    assert np.array_equal(kernel, kernel[::-1, ::-1])


@given(st.data())
def test_flipping_turns_by_half(data):
    rows, columns, filters = (data.draw(st.integers(1, 4)) for _ in range(3))
    numbers = st.floats(-1e3, 1e3, width=32)
    row = st.lists(numbers, min_size=columns, max_size=columns).map(tuple)
    one = st.lists(row, min_size=rows, max_size=rows).map(tuple)
    values = data.draw(st.lists(one, min_size=filters, max_size=filters).map(tuple))
    shape = (rows, columns, 2, filters)
    plain, flipped = fill(Filters(values=values), shape), fill(Filters(values=values, flip=True), shape)
    assert np.array_equal(flipped, np.rot90(plain, 2))


@each(
    ("text", "data"),
    [
        ("glorot_uniform", {"type": "glorot_uniform"}),
        ("constant:0.12", {"type": "constant", "value": 0.12}),
        ("orthogonal:2", {"type": "orthogonal", "gain": 2}),
        ("random_uniform:-1", {"type": "random_uniform", "minval": -1}),
        ("filters:sobel_x,box", {"type": "filters", "names": ["sobel_x", "box"]}),
    ],
)
def test_initializers_of_the_command_line(text, data):
    assert parse_initializer(text) == data
    assert isinstance(convert(data), InitializerBase)


@each(
    ("text", "message"),
    [
        ("glorot_unifrom", "there is no initializer `glorot_unifrom`; did you mean `glorot_uniform`?"),
        ("zeros:1", "initializer `zeros` takes no value, got `1`; write `zeros` alone"),
        ("constant:", "initializer `constant` takes a number, got ``; write `constant:0.1`"),
        ("constant:x", "initializer `constant` takes a number, got `x`; write `constant:0.1`"),
    ],
)
def test_mistakes_on_the_command_line(text, message):
    with pytest.raises(UsageError) as caught:
        parse_initializer(text)
    assert str(caught.value) == message


def test_a_name_like_no_other_gets_the_list():
    with pytest.raises(UsageError, match="there is no initializer `qqq`; known are glorot_uniform, glorot_normal"):
        parse_initializer("qqq")


def test_every_initializer_says_what_it_does():
    assert all(kind.__doc__ for kind in INITIALIZERS.values())


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@each("name", sorted(name for name, kind in INITIALIZERS.items() if kind.random and name != "orthogonal"))
def test_distributions_are_those_of_keras(name):
    keras = pytest.importorskip("keras")
    shape = (3, 3, 60, 90)
    keras.utils.set_random_seed(0)
    theirs = keras.ops.convert_to_numpy(keras.initializers.get(name)(shape))
    ours = fill(INITIALIZERS[name](), shape)
    assert ours.std() == pytest.approx(theirs.std(), rel=0.02)
    assert ours.mean() == pytest.approx(theirs.mean(), abs=0.03 * float(theirs.std()))
    # Not the largest: Keras on PyTorch lets a few values per million through the truncation.
    parts = [0.1, 0.5, 0.9, 0.99, 0.999]
    np.testing.assert_allclose(np.quantile(np.abs(ours), parts), np.quantile(np.abs(theirs), parts), rtol=0.05)
