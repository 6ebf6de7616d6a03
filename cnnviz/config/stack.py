"""The parts of a stack beside its layers, from plain data to records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from cnnviz.config.convert import REFUSED, Converter, fields_of
from cnnviz.config.layers import read_layers
from cnnviz.config.names import stack_name_problem
from cnnviz.config.places import Mistakes
from cnnviz.config.wording import show, suggest
from cnnviz.errors import UsageError
from cnnviz.io.ranges import parse_range
from cnnviz.layers.base import Layer
from cnnviz.layers.fields import NonNegative
from cnnviz.stack.scale_by import ScaleBy
from cnnviz.stack.spec import NAMED_INPUTS, InputSpec, OutputSpec, Stack, TrainingSpec

LIMIT = 2000
"""The largest number of layers."""

_ELSEWHERE = {
    "seed": "one seed draws the weights, the order of the examples and what is dropped: the stack's own `seed`",
    **dict.fromkeys(
        ("data", "validation_data", "test_data", "weights", "output", "history", "curves", "threads", "resume"),
        "is for the command line alone; leave it out",
    ),
}
"""What `cnnviz train` takes, but a stack's `training` does not."""


def read_stack(data: Mapping[str, Any], name: str, mistakes: Mistakes) -> Stack | None:
    """Read a stack.

    Args:
        data: The stack as written.
        name: Its name if it gives none.
        mistakes: Takes what is wrong.

    Returns:
        The stack, or None if anything is wrong.
    """
    convert = Converter(mistakes)
    known = fields_of(Stack)
    for key in data:
        if key not in known:
            convert.refuse((key,), f"unknown key; {suggest(key, known)}", key=True)
    parts = {
        "name": _name(data, name, convert),
        "input": _input(data, convert),
        "seed": convert.value(data.get("seed", 0), NonNegative, ("seed",)),
        "classes": _classes(data, convert),
        "output": _output(data, convert),
        "training": _training(data, convert),
        "layers": _layers(data, convert),
    }
    return None if mistakes else Stack(**parts)


def _name(data: Mapping[str, Any], default: str, convert: Converter) -> Any:
    name = convert.value(data.get("name", default), str, ("name",))
    if name is not REFUSED and (problem := stack_name_problem(name)):
        convert.refuse(("name",), problem)
    return name


def _section(
    data: Mapping[str, Any],
    key: str,
    kind: type[msgspec.Struct],
    convert: Converter,
    explain: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    section = data.get(key)
    if section is None:
        return {}
    if not isinstance(section, Mapping):
        convert.refuse((key,), f"expected a mapping of {', '.join(fields_of(kind))}, got {show(section)}")
        return {}
    return convert.record(kind, section, (key,), explain=explain)


def _input(data: Mapping[str, Any], convert: Converter) -> InputSpec:
    section = data.get("input")
    if isinstance(section, str):  # one that has a meaning was replaced by it before
        names = ", ".join(NAMED_INPUTS)
        convert.refuse(
            ("input",), f"expected {names} or a mapping of {', '.join(fields_of(InputSpec))}, got {section!r}"
        )
        return InputSpec()
    fields = _section(data, "input", InputSpec, convert)
    mean, std = fields.get("mean"), fields.get("std")
    for name, numbers in (("mean", mean), ("std", std)):
        if numbers == ():
            convert.refuse(("input", name), "is empty; give one number a channel")
    if mean and std and len(mean) != len(std):
        convert.refuse(("input", "std"), f"lists {len(std)} numbers, `mean` lists {len(mean)}; give one a channel")
    for i, number in enumerate(std or ()):
        if number == 0:
            convert.refuse(("input", "std", i), "pixels cannot be divided by 0")
    return InputSpec(**fields)


def _classes(data: Mapping[str, Any], convert: Converter) -> Any:
    given = data.get("classes", [])
    if isinstance(given, list):  # numbers are names, too
        given = [str(name) if type(name) is int else name for name in given]
    classes = convert.value(given, tuple[str, ...], ("classes",))
    for i, name in enumerate(() if classes is REFUSED else classes):
        if not name.isprintable() or not name.strip():
            convert.refuse(("classes", i), f"{show(name)} cannot be shown; use printable characters")
    return classes


def _output(data: Mapping[str, Any], convert: Converter) -> OutputSpec:
    fields = _section(data, "output", OutputSpec, convert)
    _check(ScaleBy.parse, fields, ("output", "scale_by"), convert)
    return OutputSpec(**fields)


def _training(data: Mapping[str, Any], convert: Converter) -> TrainingSpec:
    fields = _section(data, "training", TrainingSpec, convert, _ELSEWHERE)
    if fields.get("learning_rate") == 0:
        convert.refuse(("training", "learning_rate"), "must be greater than 0, else nothing is learned")
    optimizer = fields.get("optimizer", TrainingSpec().optimizer)
    if fields.get("momentum") is not None and optimizer != "momentum":
        convert.refuse(("training", "momentum"), f"belongs to the optimizer `momentum`, this is {optimizer}")
    for name in ("momentum", "validation_split"):
        if (fields.get(name) or 0) >= 1:
            convert.refuse(("training", name), f"must be less than 1, got {fields[name]:g}")
    for name in ("range", "test_range"):
        _check(parse_range, fields, ("training", name), convert)
    return TrainingSpec(**fields)


def _check(
    parse: Callable[[str], object], fields: Mapping[str, Any], path: tuple[str, str], convert: Converter
) -> None:
    """Refuse a text, if one is given, that cannot be read."""
    try:
        if (text := fields.get(path[1])) is not None:
            parse(text)
    except UsageError as error:
        convert.refuse(path, str(error))


def _layers(data: Mapping[str, Any], convert: Converter) -> tuple[Layer, ...]:
    layers = data.get("layers")
    if layers is None:
        convert.refuse(("layers",), "is missing; list at least one layer")
    elif not isinstance(layers, list):
        convert.refuse(("layers",), f"expected a list of layers, got {show(layers)}")
    elif not layers:
        convert.refuse(("layers",), "is empty; list at least one layer")
    elif len(layers) > LIMIT:
        convert.refuse(("layers",), f"lists {len(layers):,} layers, more than {LIMIT:,}")
    else:
        return read_layers(layers, convert.mistakes)
    return ()
