"""A model file of another program in the place of a layer stack."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cnnviz.config.opened import OpenedModel
from cnnviz.config.switches import Switches
from cnnviz.errors import ConfigError, UsageError
from cnnviz.interchange import import_model
from cnnviz.interchange.model import ImportOptions
from cnnviz.io.files import AnyPath, read_regular_file, show_path
from cnnviz.io.yaml import parse_yaml
from cnnviz.layers.base import Array
from cnnviz.stack.trained import TrainedWeights

_SIZE = re.compile(r"input\.size=\s*\[\s*([1-9][0-9]{0,8})\s*,\s*([1-9][0-9]{0,8})\s*\]\s*")

_LIMIT = 2**30
"""Bytes of the largest array that an input is set to."""


def open_model(path: AnyPath, switches: Switches | None = None, name: str = "") -> OpenedModel:
    """Read a model file.

    Args:
        path: The file.
        switches: The command line's changes, of which those count that say something of the file itself.
        name: The stack's name; empty for one made of the file's name.

    Raises:
        ModelError: If the file is no model, is damaged, or needs what cnnviz lacks.
        UsageError: If there is no such file, a package is missing, or a switch cannot be read.
    """
    switches = switches or Switches()
    sizes = [found for setting in switches.settings if (found := _SIZE.fullmatch(setting))]
    height, width = (int(sizes[-1][1]), int(sizes[-1][2])) if sizes else switches.input_size or (None, None)
    options = ImportOptions(height, width, switches.until, _inputs(switches.set_inputs), name)
    model = import_model(path, options)
    return OpenedModel(Path(path), options, model, TrainedWeights(show_path(path), model.weights, model.channels))


def _inputs(texts: Sequence[str]) -> dict[str, Array | float]:
    inputs: dict[str, Array | float] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not equals or not value:
            raise _error(text, "expected NAME=VALUE or NAME=FILE.npy, such as style=[0, 1, 0]")
        if name in inputs:
            raise _error(text, f"{name} is set twice")
        inputs[name] = _array(text, value) if value.lower().endswith(".npy") else _number(text, value)
    return inputs


def _array(text: str, path: str) -> Array:
    data = read_regular_file(path, _LIMIT, "an array", UsageError)
    try:
        array: Array = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, OSError, EOFError, SyntaxError) as error:
        raise _error(text, f"{show_path(path)} is no .npy array: {error}") from error
    if array.dtype.kind not in "biuf":
        raise _error(text, f"{show_path(path)} holds {array.dtype}, not numbers")
    return array


def _number(text: str, written: str) -> Array | float:
    try:
        value = parse_yaml(written).value
        array = np.array(value, np.float64)
    except (ConfigError, ValueError, TypeError) as error:
        raise _error(text, "expected a number, a list of numbers, or a file that ends in .npy") from error
    return array if array.ndim else float(array)


def _error(text: str, message: str) -> UsageError:
    return UsageError(f"--set-input {show_path(text)}: {message}")
