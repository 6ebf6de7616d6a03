"""Whose class is whose: the labels of a data set numbered as a stack numbers its units."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from cnnviz.errors import DataError
from cnnviz.io.datasets.examples import Examples, check_labels

_SHOWN = 10
"""Names of classes that a message lists."""


class Naming(NamedTuple):
    """Names of classes in the order of a stack's units.

    Attributes:
        names: The names.
        whose: Who gives them, for messages.
        binding: Whether data of other names are of other classes; if not, as many others may stand for the same.
    """

    names: tuple[str, ...]
    whose: str
    binding: bool


def match_classes(
    examples: Examples, namings: Sequence[Naming], units: int, remarks: list[str], defines: bool = False
) -> Examples:
    """Number the labels as a stack numbers its units: by the classes' names wherever both sides have them.

    Args:
        examples: The pictures with their labels.
        namings: What the units are called; the first that has all names of the data decides.
        units: How many classes the stack tells apart.
        remarks: Takes what a user should know.
        defines: Whether the data themselves decide what a unit is to stand for, if nobody has named it yet.

    Returns:
        The same, labels numbered anew; its `classes`, if it has any, in the order of the units.

    Raises:
        DataError: If a label has no unit, or a class none of the names.
    """
    theirs, source = examples.classes, examples.source
    check_labels(examples.labels, len(examples), None if theirs is not None else units, _with_units(source, units))
    if theirs is None:
        for naming in namings:
            if naming.binding:
                remarks.append(f"{source} names no classes: its labels are taken for {_numbered(naming.names)}")
                break
        return examples
    for naming in namings:
        numbers = _find(theirs, naming.names)
        if numbers is not None:
            return replace(examples, labels=numbers[examples.labels], classes=naming.names)
    for naming in sorted(namings, key=lambda naming: not naming.binding):
        _check_order(theirs, naming, source)
        remarks.append(
            f"{source} has the classes {_list(theirs)}, {naming.whose} {_list(naming.names)}: matched by their order"
        )
        return examples
    if len(theirs) > units:
        raise DataError(f"{_with_units(source, units)} has {len(theirs)} classes: {_list(theirs)}")
    digits = tuple(map(str, range(units)))
    if len(theirs) < units and (numbers := _find(theirs, digits)) is not None:
        remarks.append(
            f"{source} has {len(theirs)} classes, the stack ends in {units} scores: matched by their numbers"
        )
        return replace(examples, labels=numbers[examples.labels], classes=digits)
    few = f"; the stack ends in {units} scores" if len(theirs) < units else ""
    if not defines:
        remarks.append(
            f"nothing says which score is whose: the classes of {source} are numbered in the order of their names, "
            f"{_numbered(theirs)}{few}; if a class is missing there, every later one is taken for another: name them "
            f"all in the stack, `classes: [...]`"
        )
    elif few:
        what = "class" if len(theirs) == 1 else "classes"
        remarks.append(f"{source} has {len(theirs)} {what}, numbered in the order of their names{few}")
    return examples


def covers(names: Sequence[str], theirs: Sequence[str] | None) -> bool:
    """Tell whether all classes of a data set are among names."""
    return theirs is not None and _find(theirs, names) is not None


def say_classes(numbers: Sequence[int], names: Sequence[str] | None) -> str:
    """List classes by their names, or by their numbers if they have none."""
    return _list([names[number] if names else str(number) for number in numbers])


def _find(theirs: Sequence[str], names: Sequence[str]) -> NDArray[np.int64] | None:
    """Find every name's place among others; None if one is missing or stands for several."""
    for key in (str, _plain):
        mine, places = list(map(key, theirs)), Counter(map(key, names))
        if len(set(mine)) == len(mine) and all(places[name] == 1 for name in mine):
            numbers = {key(name): number for number, name in enumerate(names)}
            return np.array([numbers[name] for name in mine], np.int64)
    return None


def _plain(name: str) -> str:
    """Return what is the same for names that differ in case, or in how accents are written, alone."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _check_order(theirs: Sequence[str], naming: Naming, source: str) -> None:
    """Refuse to go by the order, unless all names are others and none of them is elsewhere."""
    mine, others = (list(map(_plain, names)) for names in (theirs, naming.names))
    same = [plain == other for plain, other in zip(mine, others, strict=False)]
    if (
        not naming.binding
        and len(mine) == len(others)
        and all(here or plain not in others for here, plain in zip(same, mine, strict=True))
    ):
        return
    extra = [name for name, plain in zip(theirs, mine, strict=True) if plain not in others]
    which = f"{_list(extra)}, which {naming.whose} lacks" if extra else f"{_list(theirs)}, not each a name of its own"
    what = "class" if len(extra) == 1 else "classes"
    raise DataError(
        f"{source} has the {what} {which} ({_list(naming.names)}); give the classes the names that are meant, or leave "
        f"them out"
    )


def _with_units(source: str, units: int) -> str:
    return f"{source} (the stack ends in {units} scores)"


def _numbered(names: Sequence[str]) -> str:
    return _list([f"{number} {name}" for number, name in enumerate(names)])


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
