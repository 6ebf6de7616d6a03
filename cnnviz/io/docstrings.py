"""Docstrings as words for users: also under `python -OO`, which drops them."""

from __future__ import annotations

import inspect
import sys
from typing import Any


def docstring(thing: Any) -> str:
    """Return the docstring of a class or function of a module's top level, without its indentation."""
    if sys.flags.optimize < 2:
        return inspect.cleandoc(thing.__doc__ or "")
    import ast

    try:
        tree = ast.parse(inspect.getsource(sys.modules[thing.__module__]))
    except (OSError, TypeError):
        return ""  # there is no source
    for node in tree.body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and node.name == thing.__name__:
            return ast.get_docstring(node) or ""
    return ""
