from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cnnviz.errors import ImageError
from cnnviz.io.images import read_image
from tests.helpers.pictures import npy
from tests.helpers.rows import each

DTYPES = st.one_of(
    hnp.boolean_dtypes(),
    hnp.integer_dtypes(endianness="?"),
    hnp.unsigned_integer_dtypes(endianness="?"),
    hnp.floating_dtypes(endianness="?"),
)


@given(hnp.arrays(DTYPES, hnp.array_shapes(min_dims=2, max_dims=3, max_side=5)), st.sampled_from("CF"))
def test_reads_what_numpy_writes(array, order):
    found = read_image(npy(np.asarray(array, order=order))).pixels
    np.testing.assert_array_equal(found, array)
    assert found.dtype == array.dtype.newbyteorder("=")
    assert found.dtype.isnative


@each("version", [(1, 0), (2, 0), (3, 0)])
def test_all_versions_of_the_header(version):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.eye(3), version=version)
    np.testing.assert_array_equal(read_image(stream.getvalue()).pixels, np.eye(3))


@each(
    ("array", "message"),
    [
        (np.zeros((2, 2), complex), "holds numbers of kind '<c16'; only real numbers can be drawn"),
        (np.zeros((2, 2), "S3"), "only real numbers"),
        (np.zeros((2, 2), "M8[s]"), "only real numbers"),
        (np.zeros((2, 2), [("a", "f4"), ("b", "i2")]), "only real numbers"),
        (np.array([[None]]), "only real numbers"),
        (np.zeros(3), r"shape \(3,\), not \(height, width\) or \(height, width, channels\)"),
        (np.zeros(()), r"shape \(\)"),
        (np.zeros((1, 2, 3, 4)), r"shape \(1, 2, 3, 4\)"),
        (np.zeros((3, 0)), "an axis is empty"),
    ],
)
def test_refuses_what_is_no_picture(array, message):
    with pytest.raises(ImageError, match=message):
        read_image(npy(array))


@each(
    "header",
    [
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, -2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (True, 2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': [2, 2]}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 4}",
        "{'descr': '<f4', 'shape': (2, 2)}",
        "[1, 2]",
        "__import__('os').abort()",
        "(" * 5000,
        "{'descr': '<f4'",
        "",
    ],
)
def test_headers_that_are_none(header):
    data = b"\x93NUMPY\x01\0" + len(header).to_bytes(2, "little") + header.encode() + bytes(64)
    with pytest.raises(ImageError, match="its header cannot be read"):
        read_image(data)


def test_a_size_beyond_memory_is_only_a_number():
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 2)}" % 10**300
    with pytest.raises(ImageError, match="is cut short"):
        read_image(b"\x93NUMPY\x01\0" + len(header).to_bytes(2, "little") + header, max_pixels=10**301)


def test_missing_numbers_are_counted():
    with pytest.raises(ImageError, match=r"is cut short: 5 bytes are missing"):
        read_image(npy(np.eye(3))[:-5])
