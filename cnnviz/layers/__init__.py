"""Layer kinds, one file each, found by their Keras name: `MaxPooling2D` lives in `max_pooling2d.py`.

A kind's module is imported when a stack names it, so a run pays for the kinds it uses.
"""

from __future__ import annotations

import importlib
import os
import re
from functools import cache

from cnnviz.layers.base import Layer

_HELPERS = {
    "__init__",
    "activating",
    "axes",
    "base",
    "borders",
    "convolving",
    "elementwise",
    "fields",
    "merging",
    "pooling",
    "rules",
    "sliding",
    "training",
}


def snake_case(kind: str) -> str:
    """Write a kind as Keras 3 names its layers: `MaxPooling2D` becomes `max_pooling2d`, `ReLU` `re_lu`."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", kind)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


@cache
def modules() -> frozenset[str]:
    """Return the names of the modules that hold a kind."""
    # importlib.resources costs every run 10 ms
    names = [name for folder in __path__ for name in os.listdir(folder)]  # noqa: PTH208
    return frozenset(name.removesuffix(".py") for name in names if name.endswith(".py")) - _HELPERS


def find_kind(kind: str) -> type[Layer] | None:
    """Return the class of a kind, or None if there is no such kind."""
    module = snake_case(kind)
    if module not in modules():
        return None
    found = getattr(importlib.import_module(f"{__name__}.{module}"), kind, None)
    return found if isinstance(found, type) and issubclass(found, Layer) else None


@cache
def all_kinds() -> dict[str, type[Layer]]:
    """Return every kind by name; imports them all."""
    kinds: dict[str, type[Layer]] = {}
    for module in sorted(modules()):
        for value in vars(importlib.import_module(f"{__name__}.{module}")).values():
            if isinstance(value, type) and issubclass(value, Layer) and value.__module__ == f"{__name__}.{module}":
                kinds[value.__name__] = value
    return kinds
