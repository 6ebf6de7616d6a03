"""Settings that all tests share."""

from __future__ import annotations

import gc
import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.helpers import rows

# A shell starts what runs in its background with SIGINT ignored, and so do all processes below: the tests send it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# BLAS has one thread, as in the command: threads that wait for work in turns take time from each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Hundreds of tests start the package in a process of its own, each of which would compile it anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Tests end processes, not machines: nothing has to be on the disk. A descriptor that is not open is still an error.
os.fsync = os.fstat

settings.register_profile(
    "default", max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Let the garbage collector look at thousands of tests that stay for good less often."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        # Not frozen: Hypothesis looks for what refers to its generators of random numbers.
        gc.set_threshold(50_000, 20, 20)


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="write tests/golden/ anew from what comes out now")
    parser.addoption("--rows", default="", help="run what has this text in its name: tests, rows of tests over tables")


def pytest_configure(config):
    rows.only = config.getoption("--rows").lower()


def pytest_collection_modifyitems(config, items):
    if rows.only:
        config.hook.pytest_deselected(items=[item for item in items if not rows.chosen(item)])
        items[:] = filter(rows.chosen, items)


@pytest.fixture
def golden(request):
    """Compare a text with a file of tests/golden/, or write that file."""

    def compare(name: str, text: str) -> None:
        path = Path(__file__).parent / "golden" / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(text.encode())
        assert path.exists(), f"no such golden file: pytest --update-golden writes {name}"
        assert text == path.read_bytes().decode(), f"if this is right, pytest --update-golden takes it for {name}"

    return compare
