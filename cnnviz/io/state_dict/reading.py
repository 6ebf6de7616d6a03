"""Telling and reading files of state dicts."""

from __future__ import annotations

import os

from cnnviz.errors import WeightsError
from cnnviz.io.files import AnyPath, file_state, open_regular, show_path
from cnnviz.io.state_dict.model import StateDict

_ZIP, _PICKLE = b"PK\x03\x04", b"\x80"


def is_state_dict(path: AnyPath) -> bool:
    """Tell by its first bytes whether a file is one of `torch.save` or of safetensors.

    Raises:
        WeightsError: If it cannot be read.
    """
    with open_regular(path, WeightsError) as descriptor:
        start = os.read(descriptor, 9)
    return start.startswith((_ZIP, _PICKLE)) or (start[8:9] == b"{" and start[4:8] == bytes(4))


def read_state_dict(path: AnyPath, called: str | None = None) -> StateDict:
    """Read what a file of `torch.save` or of safetensors holds; nothing in it is run.

    Args:
        path: The `.pt`, `.pth`, `.bin` or `.safetensors` file.
        called: The file's name in messages; None for its path.

    Raises:
        UsageError: If a library is missing.
        WeightsError: If it cannot be read, holds more than weights, or is no such file.
    """
    path = os.fspath(path)
    name = called or path
    shown, state = show_path(name), file_state(path, WeightsError)
    with open_regular(path, WeightsError) as descriptor, open(descriptor, "rb", closefd=False) as file:
        start = file.read(4)
        file.seek(0)
        if start.startswith(_ZIP):
            from cnnviz.io.state_dict.torch import read_zip

            tensors = read_zip(file, shown)
        elif start.startswith(_PICKLE):
            from cnnviz.io.state_dict.torch import read_legacy

            tensors = read_legacy(file, shown)
        else:
            from cnnviz.io.state_dict.safetensors import read_safetensors

            tensors = read_safetensors(path, shown)
    return StateDict(path, name, tensors, state)
