"""The layout of `.weights.h5`, since Keras 2.12: layers by class and number, without a list of names.

`layers/conv2d_1/vars/0` is the first weight of the second `Conv2D`; a model in the model has `layers` of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from cnnviz.io.hdf5.layout import read_plain
from cnnviz.io.hdf5.library import h5py

CONTAINERS = ("layers", "_layer_checkpoint_dependencies")


class SavedLayer(NamedTuple):
    """A layer with weights.

    Attributes:
        place: The layer's place in the file, such as `functional/conv2d_1`.
        kind: The layer's class as Keras writes it there, such as `conv2d`.
        path: The names of the models around it and its own, where newer versions note them; else empty.
        variables: Paths of its weights, in order.
        address: What grows in the order of writing.
    """

    place: str
    kind: str
    path: tuple[str, ...]
    variables: tuple[str, ...]
    address: int


def is_keras_3(file: h5py.Group) -> bool:
    """Whether a file has this layout."""
    return any(_has_group(file, name) for name in CONTAINERS)


def entries(file: h5py.Group, follow: Callable[[str], h5py.Group]) -> tuple[list[SavedLayer], bool]:
    """List the layers with weights in the order of the model.

    The classes' numbers give the order of one class in one model. Where there are models in it, the order in which the
    file was written gives the order of all.

    Args:
        file: The root.
        follow: Finds what is at a path, refusing links to elsewhere.

    Returns:
        The layers; and whether they are in order: not if there are models in the model and the order of writing is
        lost.
    """
    found = list(_walk(file, follow, "", (), (), set()))
    written = sorted(found, key=lambda entry: entry.address)
    if _counts_up(written):
        return written, True
    if all("/" not in entry.place for entry in found):
        return sorted(found, key=lambda entry: _number(entry.place)), True
    return found, False


def _walk(
    group: h5py.Group,
    follow: Callable[[str], h5py.Group],
    prefix: str,
    places: tuple[str, ...],
    path: tuple[str, ...],
    seen: set[int],
) -> Iterator[SavedLayer]:
    for container in CONTAINERS:
        if not _has_group(group, container):
            continue
        layers = follow(f"{prefix}{container}")
        for name in layers:
            at = f"{prefix}{container}/{name}"
            layer = follow(at)
            here = h5py.h5o.get_info(layer.id).addr
            if here in seen:
                raise ValueError(f"{at} is in two places")
            seen.add(here)
            deeper: tuple[str, ...] = ()
            numbers: list[str] = []
            if _has_group(layer, "vars"):
                held = follow(f"{at}/vars")
                own = read_plain(held, "name") if "name" in held.attrs else None
                deeper = (*path, own) if isinstance(own, str) and len(path) == len(places) else ()
                numbers = sorted((key for key in held if key.isdecimal()), key=int)
            if numbers:
                address = h5py.h5o.get_info(layer.id, f"vars/{numbers[0]}".encode()).addr
                variables = tuple(f"{at}/vars/{number}" for number in numbers)
                kind = re.sub(r"_\d+$", "", name)
                yield SavedLayer("/".join((*places, name)), kind, deeper, variables, address)
            yield from _walk(layer, follow, f"{at}/", (*places, name), deeper, seen)


def _has_group(group: h5py.Group, name: str) -> bool:
    """Whether a group has another, not as a link to elsewhere."""
    link = group.get(name, getlink=True) if isinstance(group, h5py.Group) else None
    return isinstance(link, h5py.HardLink) and group.get(name, getclass=True) is h5py.Group


def _counts_up(found: list[SavedLayer]) -> bool:
    last: dict[tuple[str, str], int] = {}
    for entry in found:
        parts = entry.place.split("/")
        for depth in range(len(parts)):
            key = ("/".join(parts[:depth]), re.sub(r"_\d+$", "", parts[depth]))
            number = _number(parts[depth])
            if number < last.get(key, -1):
                return False
            last[key] = number
    return True


def _number(name: str) -> int:
    found = re.search(r"_(\d+)$", name)
    return int(found[1]) if found else 0
