"""The layers of a file, out of the models that they lie in, and which of them a stack's layer names mean."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from cnnviz.io.hdf5.model_config import ConfigLayer
from cnnviz.io.hdf5.names import legal_name, legal_names, owner_of
from cnnviz.io.hdf5.reading import FileWeights, StoredWeight


class FileLayer(NamedTuple):
    """A layer of a file.

    Attributes:
        path: The names of the models around it, outermost first, and its own.
        group: The entry of the file's list that it belongs to.
        weights: The layer's weights in order.
        names: What it can be called here, the most telling first.
        whole: Whether it is all that the entry holds, taken as one layer.
    """

    path: tuple[str, ...]
    group: str
    weights: tuple[StoredWeight, ...]
    names: tuple[str, ...]
    whole: bool

    @property
    def title(self) -> str:
        """The layer's name in the file, with those of the models around it."""
        return "/".join(self.path)


class Claims(NamedTuple):
    """Which layers of a file those of a stack take.

    Attributes:
        units: The layers of the file by the names of those of the stack.
        ambiguous: Names in the stack that could mean several layers of the file.
        left: Layers of the file that nobody wants.
    """

    units: dict[str, FileLayer]
    ambiguous: dict[str, list[FileLayer]]
    left: list[FileLayer]


def units_of(file: FileWeights) -> list[FileLayer]:
    """List the layers of a file that have weights: an entry as one layer, and as a model's layers if it may be one.

    A name of an inner layer is its own, or that with those of the models around it: `conv`, `inner_conv`.
    """
    top = {layer.path[0]: layer for layer in file.config if len(layer.path) == 1}
    legal = legal_names(file.layers)
    units = []
    for group, weights in file.layers.items():
        if not weights:
            continue
        is_model = group in top and top[group].is_model
        if not is_model:
            units.append(FileLayer((group,), group, weights, (legal[group],), True))
        if group not in top or is_model:
            units += _inner(group, weights, file.config)
    return units


def names_in(path: Sequence[str]) -> tuple[str, ...]:
    """Return what a layer in models can be called here: with all their names in front, with fewer, with none."""
    return tuple(legal_name("/".join(path[first:])) for first in range(len(path)))


def claim(names: Iterable[str], units: Sequence[FileLayer]) -> Claims:
    """Find the layers of the file that names in the stack mean.

    A whole entry goes before a layer in it, and a name with the models' before one without.
    """
    names = list(names)
    wholes = {unit.names[0]: unit for unit in units if unit.whole}
    found = {name: wholes[name] for name in names if name in wholes}
    taken = {unit.group for unit in found.values()}
    by_name: dict[str, list[FileLayer]] = defaultdict(list)
    for unit in units:
        if not unit.whole and unit.group not in taken:
            for name in dict.fromkeys(unit.names):
                by_name[name].append(unit)
    owned: set[tuple[str, ...]] = set()
    ambiguous = {}
    for name in sorted(set(names) - set(found), key=lambda name: (-len(name), name)):
        meant = [unit for unit in by_name.get(name, ()) if unit.path not in owned]
        if len(meant) == 1:
            found[name] = meant[0]
            owned.add(meant[0].path)
        elif meant:
            ambiguous[name] = meant
    left = [unit for group in dict.fromkeys(unit.group for unit in units) for unit in _left(group, units, found)]
    return Claims({name: found[name] for name in names if name in found}, ambiguous, left)


def _left(group: str, units: Sequence[FileLayer], found: Mapping[str, FileLayer]) -> list[FileLayer]:
    """Return what nobody wants of an entry: all of it, or some of the layers in it."""
    own = [unit for unit in units if unit.group == group]
    parts = [unit for unit in own if not unit.whole]
    claimed = [unit for unit in found.values() if unit.group == group]
    if claimed and claimed[0].whole:
        return []
    if claimed or len(parts) > 1 or len(parts) == len(own):
        return [unit for unit in parts if unit not in claimed]
    return own[:1]


def _inner(group: str, weights: Sequence[StoredWeight], config: Sequence[ConfigLayer]) -> Iterator[FileLayer]:
    """Split an entry by the layers that its weights' names name."""
    parts: dict[str, list[StoredWeight]] = defaultdict(list)
    for weight in weights:
        parts[owner_of(weight.name)].append(weight)
    for owner, own in parts.items():
        if owner == group or owner.endswith(f"/{group}") or not owner:
            continue
        path = _described(group, owner, config)
        if path is None:
            steps = owner.split("/")
            path = tuple(steps[steps.index(group) :] if group in steps else (group, *steps))
        yield FileLayer(path, group, tuple(own), names_in(path), False)


def _described(group: str, owner: str, config: Sequence[ConfigLayer]) -> tuple[str, ...] | None:
    """Find the layer in a model's description that an owner's name means, numbers added by TensorFlow left out."""
    inside = [layer.path for layer in config if len(layer.path) > 1 and layer.path[0] == group]
    for name in (owner, re.sub(r"_\d+$", "", owner)):
        longer = [path for path in inside if f"/{'/'.join(path)}".endswith(f"/{name}")]
        shorter = [path for path in inside if f"/{name}".endswith(f"/{path[-1]}")]
        for paths in (longer, shorter):
            if len(paths) == 1:
                return paths[0]
    return None
