"""Layer kinds, one file each, found by their Keras name: `MaxPooling2D` lives in `max_pooling2d.py`.

A kind's module is imported when a stack names it, so a run pays for the kinds it uses.
"""

from __future__ import annotations

import importlib
import os
import re
from functools import cache

from cnnviz.layers.base import Layer


def snake_case(kind: str) -> str:
    """Write a kind as Keras 3 names its layers: `MaxPooling2D` becomes `max_pooling2d`, `ReLU` `re_lu`."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", kind)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def find_kind(kind: str) -> type[Layer] | None:
    """Return the class of a kind, or None if there is no such kind."""
    module = snake_case(kind)
    if module not in _modules():
        return None
    found = getattr(importlib.import_module(f"{__name__}.{module}"), kind, None)
    return found if isinstance(found, type) and issubclass(found, Layer) else None


@cache
def all_kinds() -> dict[str, type[Layer]]:
    """Return every kind by name; imports them all."""
    kinds = {}
    for module in sorted(_modules()):
        for name in vars(importlib.import_module(f"{__name__}.{module}")):
            if snake_case(name) == module and (kind := find_kind(name)):
                kinds[name] = kind
    return kinds


@cache
def _modules() -> frozenset[str]:
    """Return the names of the modules in this folder: those of kinds, and what they share."""
    # importlib.resources costs every run 10 ms
    names = [name for folder in __path__ for name in os.listdir(folder)]  # noqa: PTH208
    modules = frozenset(name.removesuffix(".py") for name in names if name.endswith(".py"))
    return modules - {"training"}  # no kind, and nothing of inference imports it
