"""Everything that can go wrong and that a user can mend.

    CnnvizError                 2   the root: a message, never a traceback
    |-- UsageError              2   a wrong option or argument, an input that does not exist
    |-- LayerError              2   a layer's fields or input shapes do not fit: the local fact alone
    |-- ConfigError             2   mistakes in a stack, each with its place
    |-- ModelError              2   a model file of another program that cannot be read as a stack
    |-- WeightsError            2   a weights file that cannot be used
    |-- ImageError              2   an input picture that cannot be used
    |-- DataError               2   a data set that cannot be used
    |-- TrainingError           2   a training that failed; what was good until then is kept
    `-- OutputError             4   an output that could not be written

The number is the exit status of the command line. Whatever is not a `CnnvizError` is a bug in cnnviz.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class CnnvizError(Exception):
    """The root of every error that a user can cause and mend.

    Args:
        lines: The message, line by line. Names of files and values of options may hold anything: what is not printable,
            ends of lines included, is escaped.
    """

    exit_code = 2

    def __init__(self, *lines: str) -> None:
        super().__init__(*lines)

    def __str__(self) -> str:
        return "\n".join(printable(str(line)) for line in self.args)


class UsageError(CnnvizError):
    """An option or an argument is wrong."""


class LayerError(CnnvizError):
    """A layer's own fields, or the shapes that reach it, do not fit.

    Args:
        message: What is wrong and what to do, in terms of the layer alone.
        field: The field to blame, if one is.
    """

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Mistake(NamedTuple):
    """One mistake in a stack.

    Attributes:
        path: Where in the stack, such as `("layers", 2, "kernel_size")`.
        message: What is wrong; what to do.
        layer: The layer's kind and name, such as `Conv2D "conv_2"`, if a layer is to blame.
        place: `FILE:LINE:COLUMN`, or the switch that brought the value; empty if unknown.
    """

    path: tuple[str | int, ...]
    message: str
    layer: str = ""
    place: str = ""

    def __str__(self) -> str:
        """Write the mistake as `FILE:LINE:COLUMN: layers[2].kernel_size (Conv2D "conv_2"): message`."""
        where = "".join(f"[{part}]" if isinstance(part, int) else f".{part:.100}" for part in self.path).lstrip(".")
        subject = " ".join(part for part in (where, self.layer and f"({self.layer})") if part)
        text = ": ".join(part for part in (self.place, subject, self.message) if part)
        return printable(text)


class ConfigError(CnnvizError):
    """One or more mistakes in a stack."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__(*(str(mistake) for mistake in mistakes))
        self.mistakes = tuple(mistakes)


class ModelError(CnnvizError):
    """A model file of another program that cannot be read as a stack."""


class WeightsError(CnnvizError):
    """A weights file that cannot be used with this stack."""


class ImageError(CnnvizError):
    """An input picture that cannot be used."""


class DataError(CnnvizError):
    """A data set that cannot be used."""


class TrainingError(CnnvizError):
    """A training that failed; what was good until then is kept."""


class OutputError(CnnvizError):
    """An output that could not be written."""

    exit_code = 4


def printable(text: str) -> str:
    """Escape what is not printable, ends of lines included."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
