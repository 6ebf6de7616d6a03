"""Threads over bands."""

from __future__ import annotations

import subprocess
import sys
from threading import get_ident

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from cnnviz.ops import parallel
from cnnviz.ops.parallel import run_bands, threads


def blas_threads():
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_every_band_is_done_once(count):
    done = []
    with threads(count):
        run_bands(done.append, range(100))
    assert sorted(done) == list(range(100))


def test_bands_share_the_threads():
    from threading import Barrier

    # Both must be inside at the same time to get through.
    barrier = Barrier(2, timeout=10)
    with threads(2):
        run_bands(lambda _: barrier.wait(), range(2))


@pytest.mark.parametrize("worthwhile", [True, False])
def test_without_leave_everything_stays_in_the_calling_thread(worthwhile):
    seen = set()
    run_bands(lambda _: seen.add(get_ident()), range(10))
    with threads(1):
        run_bands(lambda _: seen.add(get_ident()), range(10), worthwhile=worthwhile)
    with threads(3):
        run_bands(lambda _: seen.add(get_ident()), range(10), worthwhile=False)
    assert seen == {get_ident()}


@pytest.mark.parametrize("count", [1, 3])
def test_an_error_comes_out_and_the_threads_live_on(count):
    def fail(band):
        if band == 3:
            raise ZeroDivisionError(band)

    with threads(count):
        with pytest.raises(ZeroDivisionError):
            run_bands(fail, range(20))
        run_bands(lambda _: None, range(20))


def test_a_band_may_have_bands_of_its_own():
    done = []
    with threads(2):
        run_bands(lambda band: run_bands(done.append, [band, band]), range(4))
    assert sorted(done) == [0, 0, 1, 1, 2, 2, 3, 3]


def test_blas_is_held_to_one_thread_and_given_back(monkeypatch):
    if not blas_threads():
        pytest.skip("a BLAS that tells nothing of its threads")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(parallel, "_blas", parallel._Blas())  # which has not seen how many it may have
    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        assert max(before) == 2  # of several, one may have been built for a single thread
        with threads(2):
            assert set(blas_threads()) == {1}
            with threads(1):
                assert set(blas_threads()) == {1}
            assert set(blas_threads()) == {1}
        assert blas_threads() == before


@pytest.mark.parametrize("count", [1, 2])
def test_values_that_are_not_finite_do_not_warn(count):
    with threads(count):
        run_bands(lambda _: np.array([np.inf, np.nan, 1e308]) * 1e308 - np.inf, range(4))


def test_one_thread_imports_nothing_for_threads():
    code = (
        "import os, sys; os.environ['OPENBLAS_NUM_THREADS'] = '1'\n"
        "from cnnviz.ops.parallel import run_bands, threads\n"
        "with threads(1): run_bands(print, range(2))\n"
        "assert not {'concurrent.futures', 'threadpoolctl'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="needs fork")
def test_a_forked_child_has_helpers_of_its_own():
    code = (
        "import os, warnings\n"
        "warnings.simplefilter('ignore')\n"
        "from threading import Barrier\n"
        "from cnnviz.ops.parallel import run_bands, threads\n"
        "def meet():\n"
        "    barrier = Barrier(2, timeout=10)\n"
        "    with threads(2): run_bands(lambda _: barrier.wait(), range(2))\n"
        "meet()\n"
        "child = os.fork()\n"
        "meet()\n"
        "if child: assert os.waitpid(child, 0)[1] == 0\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)
