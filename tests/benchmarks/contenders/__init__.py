"""cnnviz and its peers, each made ready to run the same layers with the same weights.

A contender is a function without arguments that runs all layers on its input and gives every layer's output. What does
not depend on the pixels is prepared beforehand, for everybody.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from tests.benchmarks.contenders.network import Work

Contender = Callable[[], list[Any]]


class Missing(Exception):
    """Why a peer takes no part."""


def makers(work: Work) -> dict[str, Callable[[], Contender]]:
    """Give everybody's name, and how to make them ready, which raises `Missing` where they cannot be had."""
    found: dict[str, Callable[[], Contender]] = {}
    for dtype in ("float32", "float64"):
        for n in (1, 2):
            found[f"cnnviz {dtype} {n}t"] = partial(_made, "with_cnnviz", [], work, dtype, n)
    for n in (1, 2):
        found[f"torch {n}t"] = partial(_made, "with_torch", ["torch"], work, n, channels_last=False)
        found[f"torch channels_last {n}t"] = partial(_made, "with_torch", ["torch"], work, n, channels_last=True)
        found[f"onnxruntime {n}t"] = partial(_made, "with_onnx", ["onnx", "onnxruntime"], work, n)
    found["keras 2t"] = partial(_made, "with_keras", ["keras", "torch"], work, 2)
    found["cv2.dnn 2t"] = partial(_opencv, work, 2)
    found["plain loops"] = partial(_loops, work)
    return found


def _made(module: str, needed: list[str], *args: Any, **options: Any) -> Contender:
    for name in needed:
        if importlib.util.find_spec(name) is None:
            raise Missing(f"{name} is not installed")
    made: Contender = import_module(f"{__name__}.{module}").make(*args, **options)
    return made


def _opencv(work: Work, count: int) -> Contender:
    if importlib.util.find_spec("onnx") is None:
        raise Missing("onnx is not installed")
    import cv2

    from tests.benchmarks.contenders.with_onnx import make_opencv

    try:
        return make_opencv(work, count)
    except (cv2.error, AttributeError) as error:
        raise Missing(f"OpenCV cannot run this: {str(error).splitlines()[0]}") from error


def _loops(work: Work) -> Contender:
    from tests.benchmarks.contenders.with_loops import is_possible, make

    if not is_possible(work):
        raise Missing("loops over pixels have not all layers, or would take minutes")
    return make(work)
