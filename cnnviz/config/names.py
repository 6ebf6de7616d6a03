"""Names of layers and stacks: they become names of files, of HDF5 groups and of Keras's layers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from cnnviz.layers import snake_case
from cnnviz.stack.graph import INPUT

LONGEST = 100
"""Characters of a name."""

LAYER_NAME = "[A-Za-z0-9_][A-Za-z0-9_-]*"
STACK_NAME = r"\w([\w .-]*[\w-])?"


def name_problem(name: str) -> str | None:
    """Say what is wrong with a layer's name, or None."""
    if name.casefold() == INPUT:
        return f"`{INPUT}` is reserved for the picture itself; choose another name"
    return _problem(name, LAYER_NAME, "is no name for a layer; use letters A-Z, digits, `_` and, after the first, `-`")


def stack_name_problem(name: str) -> str | None:
    """Say what is wrong with a stack's name, which is also a folder's, or None."""
    return _problem(
        name, STACK_NAME, "cannot name a folder; use letters, digits, `_`, `-` and, between them, spaces and dots"
    )


def _problem(name: str, pattern: str, message: str) -> str | None:
    if len(name) > LONGEST:
        return f"a name has at most {LONGEST} characters, this one has {len(name)}"
    return None if re.fullmatch(pattern, name) else f"{name!r} {message}"


def stack_name(stem: str) -> str:
    """Make a stack's name of a file's name without suffix."""
    name = re.sub(r"[^\w .-]", "_", stem)[:LONGEST].strip(" .").lstrip("-")
    return name or "stack"


def layer_names(layers: Sequence[Any]) -> list[str]:
    """Return every layer's name: its own, or the one that Keras 3 would give it.

    Keras counts the unnamed layers of each kind: `conv2d`, `conv2d_1`. A name that is taken is passed over.

    Args:
        layers: The layers as written, each a mapping if it is right.
    """
    given = [_own_name(layer) for layer in layers]
    taken = {name.casefold() for name in given if name}
    counts: Counter[str] = Counter()
    names = []
    for layer, name in zip(layers, given, strict=True):
        if not name:
            kind = layer.get("type") if isinstance(layer, dict) else None
            base = snake_case(kind) if isinstance(kind, str) and len(kind) <= LONGEST else "layer"
            while True:
                name = f"{base}_{counts[base]}" if counts[base] else base
                counts[base] += 1
                if name not in taken:
                    break
        names.append(name)
    return names


def _own_name(layer: Any) -> str:
    name = layer.get("name") if isinstance(layer, dict) else None
    return name if isinstance(name, str) else ""
