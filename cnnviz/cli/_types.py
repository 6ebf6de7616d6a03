"""Types of options' values: what is typed becomes a value, or an error that says what to write."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any, ClassVar

import click

from cnnviz.cli._completing import files

if TYPE_CHECKING:
    from pathlib import Path

    from click.shell_completion import CompletionItem


class PathType(click.ParamType[Any]):
    """A path, as `pathlib` has it; that is imported with the first one, not for `cnnviz --help`.

    A URL is no path: it would be a folder of that name.

    Args:
        as_text: Whether the value is the text that was typed, which may also be a URL or another name.
    """

    name = "PATH"

    def __init__(self, as_text: bool = False) -> None:
        self.as_text = as_text

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        return files(incomplete)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path | str:
        if not str(value):
            self.fail("the path is empty; name a file or a folder", param, ctx)
        if self.as_text:
            return str(value)
        from pathlib import Path

        if "://" in str(value):
            from cnnviz.io.urls import is_url

            if is_url(str(value)):
                self.fail(
                    f"{value!r} is a URL, and only pictures and output folders may be one; copy it to a disk and name "
                    "the file",
                    param,
                    ctx,
                )
        return Path(value)


class SizeType(click.ParamType[Any]):
    """An amount of memory such as `512M` or `2GiB`, in bytes."""

    name = "SIZE"
    _UNITS: ClassVar = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        text = str(value).strip().lower().removesuffix("b").removesuffix("i")
        unit = text[-1:] if text[-1:].isalpha() else ""
        try:
            size = int(float(text.removesuffix(unit)) * self._UNITS[unit])
        except (ValueError, KeyError, OverflowError):
            size = 0
        if size < 1:
            self.fail(f"{value!r} is not a size; write 512M, 2G or a number of bytes", param, ctx)
        return size


class RangeType(click.ParamType[Any]):
    """`A:B`, `A:` or `:B`, as a slice."""

    name = "A:B"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> slice:
        from cnnviz.errors import UsageError
        from cnnviz.io.ranges import parse_range

        try:
            return parse_range(str(value))
        except UsageError as error:
            self.fail(str(error), param, ctx)


class FiniteRange(click.FloatRange):
    """A range that leaves out NaN, which `FloatRange` lets through, and infinity."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        return number if isfinite(number) else self.fail(f"{value} is not a finite number", param, ctx)


class AspectType(click.ParamType[Any]):
    """The shape of a picture, such as `16:9` or `1.5`, as width over height."""

    name = "W:H"
    _FLATTEST = 4.0

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        width, sign, height = str(value).partition(":")
        try:
            aspect = float(width) / (float(height) if sign else 1)
        except (ValueError, ZeroDivisionError):
            aspect = 0.0
        if not 1 / self._FLATTEST <= aspect <= self._FLATTEST:
            self.fail(f"{value!r} is not a shape from 1:4 to 4:1; write 16:9, 4:3 or 1:1", param, ctx)
        return aspect


class DimensionsType(click.ParamType[Any]):
    """`HxW` or `HxWxC`, as a tuple of numbers.

    Args:
        channels: Whether the number of channels may be given, too.
    """

    name = "HxW[xC]"

    def __init__(self, channels: bool = True) -> None:
        self.channels = channels

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        parts = str(value).lower().split("x")
        counts = (2, 3) if self.channels else (2,)
        if len(parts) not in counts or not all(part.isdecimal() and int(part) > 0 for part in parts):
            example = "300x451 or 300x451x3" if self.channels else "300x451"
            self.fail(f"{value!r} is not a size; write height x width, such as {example}", param, ctx)
        return tuple(int(part) for part in parts)


class PlaceType(click.ParamType[Any]):
    """`Y,X`, or one number for a vector."""

    name = "Y,X"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        parts = str(value).split(",")
        if len(parts) > 2 or not all(part.strip().isdecimal() for part in parts):
            self.fail(f"{value!r} is no place; write a row and a column counted from 0, such as 40,62", param, ctx)
        return tuple(int(part) for part in parts)
