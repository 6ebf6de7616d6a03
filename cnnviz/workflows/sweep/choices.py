"""What `cnnviz sweep` varies: options with several values, and every combination of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod
from pathlib import Path

import msgspec
from msgspec.structs import replace

from cnnviz.config.switches import Switches
from cnnviz.errors import UsageError
from cnnviz.io.files import show_path

MOST = 100
"""Combinations of a sweep: more of them nobody can look at."""

_OPENING, _CLOSING, _QUOTES = "[{(", "]})", "\"'"
IMAGE = "IMAGE"
"""The pictures of a sweep, as an option among the others."""

WEIGHTS = "--weights"

NONE = "none"
"""Stands among files of weights for the weights that the initialisers make."""

_NAMES = {
    IMAGE: "picture",
    WEIGHTS: "weights",
    "--initializer": "initializer",
    "--activation": "activation",
    "--kernel-size": "kernel size",
    "--set": "",
    "--seed": "seed",
}


class Choice(msgspec.Struct, frozen=True):
    """An option of the command line with its values, one of which each combination has.

    Attributes:
        option: Such as `--activation`, or `IMAGE`.
        target: The layer, or the field of `--set`; empty for all layers.
        values: As they were written.
    """

    option: str
    target: str
    values: tuple[str, ...]

    @property
    def varies(self) -> bool:
        """Whether the choice has several values."""
        return len(self.values) > 1

    @property
    def name(self) -> str:
        """What is varied, as people would say it: `activation of conv_1`."""
        kind = _NAMES[self.option]
        return show_path(" of ".join(part for part in (kind, self.target) if part))

    def argument(self, value: str) -> str:
        """Write one value as `cnnviz run` takes it."""
        plain = _without_brackets(value) if self.option == "--initializer" else value
        return f"{self.target}={plain}" if self.target else plain


class Combination(msgspec.Struct, frozen=True):
    """One value of each choice.

    Attributes:
        choices: All choices, those with a single value included.
        values: The value of each.
    """

    choices: tuple[Choice, ...]
    values: tuple[str, ...]

    @property
    def arguments(self) -> tuple[str, ...]:
        """The options with which `cnnviz run` does the same."""
        pairs = list(zip(self.choices, self.values, strict=True))
        pictures = [value for choice, value in pairs if choice.option == IMAGE and choice.varies]
        initial = {choice for choice, value in pairs if (choice.option, value) == (WEIGHTS, NONE)}
        others = [pair for pair in pairs if pair[0].option != IMAGE and pair[0] not in initial]
        return (*pictures, *(part for choice, value in others for part in (choice.option, choice.argument(value))))

    @property
    def varied_values(self) -> tuple[str, ...]:
        """The values of the choices that have several."""
        return tuple(value for choice, value in zip(self.choices, self.values, strict=True) if choice.varies)

    @property
    def seed(self) -> int | None:
        """The seed that was asked for."""
        texts = self._of("--seed")
        return int(texts[-1]) if texts else None

    @property
    def picture(self) -> str:
        """The picture, as it was named."""
        return self._of(IMAGE)[0]

    @property
    def weights(self) -> str | None:
        """The file of weights; None for the weights that the initialisers make."""
        (name,) = self._of(WEIGHTS) or (NONE,)
        return None if name == NONE else name

    def switches(self, others: Switches) -> Switches:
        """Return the changes to the stack.

        Args:
            others: The changes that all combinations have alike.
        """
        return replace(
            others,
            initializers=self._of("--initializer"),
            activations=self._of("--activation"),
            kernel_sizes=self._of("--kernel-size"),
            settings=self._of("--set") + others.settings,
        )

    def _of(self, option: str) -> tuple[str, ...]:
        pairs = zip(self.choices, self.values, strict=True)
        return tuple(choice.argument(value) for choice, value in pairs if choice.option == option)


def parse_choices(options: Sequence[tuple[str, Sequence[str]]]) -> tuple[Choice, ...]:
    """Read the options that may have several values.

    Args:
        options: Each option's name, and its texts: `[LAYER=]A,B,C`, or `LAYER.FIELD=A,B,C` for `--set`.

    Raises:
        UsageError: If a text cannot be read, a value stands there twice, or drawing itself would vary.
    """
    choices = tuple(_choice(option, text) for option, texts in options for text in texts)
    targets = [(choice.option, choice.target) for choice in choices]
    for choice in choices:
        if choice.varies and targets.count((choice.option, choice.target)) > 1:
            raise UsageError(f"{choice.option} varies {choice.name} twice; list all values once, separated by commas")
    return choices


def pictures_choice(files: Sequence[str]) -> Choice:
    """Make a choice of the pictures.

    Args:
        files: The pictures, by names that differ.
    """
    return Choice(IMAGE, "", tuple(files))


def weights_choice(text: str) -> Choice:
    """Make a choice of the files of weights.

    Args:
        text: The files, separated by commas; a file that has commas in its name stands alone.

    Raises:
        UsageError: If a name is missing, or stands there twice.
    """
    values = [text] if Path(text).is_file() else split_values(text)
    for value in values:
        _check(WEIGHTS, value, values, f"{WEIGHTS} {show_path(text)}")
    return Choice(WEIGHTS, "", tuple(values))


def combinations(choices: Sequence[Choice]) -> list[Combination]:
    """List every combination, the values of the last choice varying fastest.

    Raises:
        UsageError: If there is only one, or there are too many.
    """
    count = prod(len(choice.values) for choice in choices)
    if count == 1:
        raise UsageError(
            "there is nothing to compare: give an option several values, such as --activation relu,sigmoid,tanh"
        )
    if count > MOST:
        counts = " x ".join(str(len(choice.values)) for choice in choices if choice.varies)
        raise UsageError(f"{counts} = {count:,} combinations are more than {MOST}; give fewer values")
    return [Combination(tuple(choices), values) for values in product(*(choice.values for choice in choices))]


def split_values(text: str) -> list[str]:
    """Split at commas, but not at those inside brackets or quotes.

    Raises:
        UsageError: If a bracket or a quote is left open.
    """
    values, start, quote, closing = [], 0, "", [""]
    for at, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in _QUOTES and not text[start:at].strip(" [{(,"):
            quote = char  # an apostrophe inside a word is none
        elif char in _OPENING:
            closing.append(_CLOSING[_OPENING.index(char)])
        elif char == closing[-1]:
            closing.pop()
        elif char == "," and len(closing) == 1:
            values.append(text[start:at].strip())
            start = at + 1
    if quote or len(closing) > 1:
        raise UsageError(f"{show_path(text)!r} has a {quote or closing[-1]} missing")
    return [*values, text[start:].strip()]


def _choice(option: str, text: str) -> Choice:
    shown = f"{option} {show_path(text)}"
    target, equals, rest = text.partition("=")
    if not equals:
        if option == "--set":
            raise UsageError(f"{shown}: expected LAYER.FIELD=A,B, such as pool.type=MaxPooling2D,AveragePooling2D")
        target, rest = "", text
    elif not target.strip():
        raise UsageError(f"{shown}: name the layer before `=`, or leave the `=` out")
    try:
        values = split_values(rest)
    except UsageError as error:
        raise UsageError(f"{shown}: {error}") from None
    for value in values:
        _check(option, value, values, shown)
    if len(values) > 1 and target.partition(".")[0] == "output":
        raise UsageError(f"{shown}: all tiles are drawn alike, so that they can be compared; choose one value")
    return Choice(option, target.strip(), tuple(values))


def _check(option: str, value: str, values: list[str], shown: str) -> None:
    if not value:
        raise UsageError(f"{shown}: a value is missing between the commas")
    if values.count(value) > 1:
        raise UsageError(f"{shown}: {show_path(value)} stands there twice")
    if option == "--seed" and not (value.isascii() and value.isdecimal()):
        raise UsageError(f"{shown}: {show_path(value)!r} is not a whole number of at least 0")
    if option not in ("--set", WEIGHTS) and "=" in value:
        raise UsageError(f"{shown}: give each layer an option of its own, {option} LAYER=A,B {option} OTHER=C,D")


def _without_brackets(text: str) -> str:
    """Take the brackets away that keep the names of one initialiser together: `filters:[sobel_x,sobel_y]`."""
    head, colon, value = text.partition(":")
    return f"{head}:{value[1:-1]}" if colon and value[:1] + value[-1:] == "[]" else text
