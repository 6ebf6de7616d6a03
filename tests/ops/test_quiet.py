"""Floating-point warnings, switched off for a while, and a small buffer meanwhile."""

import numpy as np
import pytest

from cnnviz.ops.quiet import BUFFER, quiet


def test_nothing_is_said_inside_and_all_is_as_before_outside():
    buffer = np.getbufsize()
    with np.errstate(all="raise"):
        with quiet():
            with quiet():
                np.float64(1e308) * np.float64(10)
            assert np.getbufsize() == BUFFER
            np.float64(1e308) * np.float64(10)
        with pytest.raises(FloatingPointError):
            np.float64(1e308) * np.float64(10)
    assert np.getbufsize() == buffer


def test_an_error_inside_leaves_nothing_behind():
    with np.errstate(all="raise"):
        with pytest.raises(ZeroDivisionError), quiet():
            raise ZeroDivisionError
        with pytest.raises(FloatingPointError):
            np.float64(1e308) * np.float64(10)
