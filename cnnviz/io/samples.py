"""What comes with cnnviz and has a name in every folder, `sample:NAME`: pictures, weights, labelled digits."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from cnnviz.errors import UsageError
from cnnviz.io.files import AnyPath, show_path

SAMPLE = "sample:"

Kind = Literal["picture", "weights", "data set"]

_PACKAGE = Path(__file__).parent.parent
_FOLDERS = ("digits",)
"""Folders of pictures."""

_DATA = ("mnist",)
_WHERE: dict[Kind, str] = {
    "picture": "is a picture or a folder of pictures, to run through a stack",
    "weights": "names weights, for --weights",
    "data set": "is a data set, for --data",
}
_WHAT: dict[Kind, str] = {"picture": "a picture", "weights": "weights", "data set": "a data set"}


def bundled_folder(name: str) -> Path:
    """Find a folder of bundled files, such as `configs`: in a wheel inside the package, in a checkout beside it."""
    inside = _PACKAGE / "bundled" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def is_sample(path: AnyPath) -> bool:
    """Whether a path is the name of a sample."""
    return os.fspath(path).startswith(SAMPLE)


def sample_names(kind: Kind) -> list[str]:
    """List the samples of a kind, each as it is written after `sample:`."""
    return sorted(name for name in _samples(kind) if not {".", "/"} & set(name))


def find_sample(path: AnyPath, kind: Kind) -> Path:
    """Find the file or folder of a sample.

    Args:
        path: `sample:NAME`; the name may have the file's suffix, and lead to a picture of a folder, `digits/3`.
        kind: What is asked for.

    Raises:
        UsageError: If there is none of that name and kind.
    """
    name = os.fspath(path).removeprefix(SAMPLE)
    found = _samples(kind).get(name.rstrip("/"))
    if found is None:
        raise UsageError(_unknown(name, kind))
    return found


def located(path: AnyPath, kind: Kind) -> AnyPath:
    """Return where to read what a path names: a sample's file, or the path itself.

    Raises:
        UsageError: As `find_sample`.
    """
    return find_sample(path, kind) if is_sample(path) else path


def _samples(kind: Kind) -> dict[str, Path]:
    """Return all that samples of a kind can be called, and what they are."""
    folder = bundled_folder("sample_images")
    if kind == "weights":
        files = sorted((folder / "trained").glob("*.h5"))
        return {name: file for file in files for name in (file.stem, file.name)}
    if kind == "data set":
        return {name: folder / name for name in _DATA}
    from cnnviz.io.images import SUFFIXES

    inner = {name: folder / name for name in _FOLDERS}
    pictures = [file for place in (folder, *inner.values()) for file in place.iterdir() if file.suffix in SUFFIXES]
    # Without a suffix, the first of `SUFFIXES` is meant.
    pictures.sort(key=lambda file: SUFFIXES.index(file.suffix), reverse=True)
    whole = {file.relative_to(folder).as_posix(): file for file in pictures}
    return {**{os.path.splitext(name)[0]: file for name, file in whole.items()}, **whole, **inner}  # noqa: PTH122


def _unknown(name: str, kind: Kind) -> str:
    from difflib import get_close_matches

    names = sample_names(kind)
    for other, where in _WHERE.items():
        if other != kind and name in _samples(other):
            return f"{SAMPLE}{name} {where}, not {_WHAT[kind]}; these are: {', '.join(map(SAMPLE.__add__, names))}"
    near = get_close_matches(name, names, 1)
    advice = f"did you mean {SAMPLE}{near[0]}? There are" if near else "there are"
    what = "are" if kind == "weights" else "is"
    return f"there {what} no bundled {kind} {show_path(name)!r}; {advice}: {', '.join(names)}"
