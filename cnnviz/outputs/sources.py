# Paths are strings here, for there may be millions of them.
# ruff: noqa: PTH100, PTH109, PTH118
"""One input of a run, and its folder in the output, which no other has."""

from __future__ import annotations

import hashlib
import os
import sys
import unicodedata
from collections.abc import Iterator
from typing import Literal

import msgspec

from cnnviz.errors import ImageError, UsageError
from cnnviz.io.files import show_path
from cnnviz.io.images import largest_file
from cnnviz.io.samples import SAMPLE, bundled_folder
from cnnviz.io.urls import UrlFiles, is_url, split_place
from cnnviz.outputs.names import SHARED

NameBy = Literal["stem", "file", "path"]

_SHOWN = 5


class Source(msgspec.Struct, frozen=True):
    """One input: little more than its path, for there may be millions.

    Attributes:
        path: Where to read it.
        start: Where in the path its own part begins, which names it in the output.
        name_by: Whether its folder keeps the suffix; `path` does, and begins at the start of the path as written.
    """

    path: str
    start: int
    name_by: NameBy = "stem"

    @property
    def file(self) -> str:
        """The name to report: never absolute, always printable."""
        return show_path(self._own)

    @property
    def label(self) -> str:
        """The folder of the input in the output, relative, with `/`."""
        head, slash, name = self._own.rpartition("/")
        if self.name_by == "stem":
            stem = name.rpartition(".")[0]
            # A folder's name that ends in a dot or a space is not the same on every system.
            if stem and stem[-1] not in ". ":
                name = stem
        if not name.strip("."):
            name = "_" * max(1, len(name))  # a list may name `.`: no picture, but its folder must not lead out
        return head + slash + name

    @property
    def spelled(self) -> str:
        """The name by which a user finds it: `sample:NAME` for a sample, else the path."""
        return self._sample() or show_path(self.path)

    def content(self, max_pixels: int) -> str | bytes:
        """Return what `read_image` takes: the path, or what is there if a path will not do.

        Args:
            max_pixels: The largest picture to read.

        Raises:
            ImageError: If it cannot be read.
        """
        return self.path

    def place(self, output: str) -> str:
        """Say where it lies, to tell a picture that has changed from another of the same name.

        Nothing depends on where input and output lie together: it is the path below the deepest folder that they share,
        and a digest if they share none.

        Args:
            output: The output folder, absolute, or its URL.
        """
        path, folder = _steps(self.path), _steps(output)
        shared = next((i for i, (a, b) in enumerate(zip(path[:-1], folder, strict=False)) if a != b), None)
        shared = min(len(path) - 1, len(folder)) if shared is None else shared
        if sample := self._sample():
            return sample
        if not shared:
            return hashlib.sha256("/".join(path).encode(errors="surrogateescape")).hexdigest()[:16]
        return show_path("/".join(path[shared:]))

    def from_anywhere(self) -> Source:
        """Return it by a path that does not depend on the working folder; its name and label stay."""
        path = os.path.join(os.getcwd(), self.path)
        return msgspec.structs.replace(self, path=path, start=self.start + len(path) - len(self.path))

    def _sample(self) -> str:
        """Return the name as a sample; empty if it is none."""
        samples = os.path.join(bundled_folder("sample_images"), "")
        if not self.path.startswith(samples):
            return ""
        return SAMPLE + self.path.removeprefix(samples).replace(os.sep, "/")

    @property
    def _own(self) -> str:
        return self.path[self.start :].replace(os.sep, "/")


class UrlSource(Source, frozen=True):
    """An input behind a URL."""

    def content(self, max_pixels: int) -> bytes:
        return UrlFiles().read(self.path, largest_file(max_pixels), "a picture", ImageError, self.file)

    def from_anywhere(self) -> Source:
        return self


def each_its_folder(sources: list[Source]) -> list[Source]:
    """Make sure that no two inputs share a folder, that none lies in another's, and that none is reserved.

    Raises:
        UsageError: With the inputs that do.
    """
    reserved = [source for source in sources if _fold(source.label.partition("/")[0]) in SHARED]
    if reserved:
        raise UsageError(
            f"{show_path(reserved[0].path)}: its folder in the output would be {reserved[0].label!r}, a name that "
            "cnnviz needs itself; use --name-by file, or rename it"
        )
    # Hashes first: of a million names, which seldom collide, little else need be kept.
    taken = {hash(_fold(source.label)) for source in sources}
    parents = {hash(parent) for source in sources for parent in _parents(_fold(source.label))}
    if len(taken) == len(sources) and not taken & parents:
        return sources
    owners: dict[str, Source] = {}
    shared: dict[str, list[Source]] = {}
    for source in sources:
        folder = _fold(source.label)
        owner = owners.setdefault(folder, source)
        if os.path.abspath(owner.path) != os.path.abspath(source.path):
            shared.setdefault(folder, [owner]).append(source)
    for folder, source in owners.items():
        for parent in _parents(folder):
            if parent in owners:
                shared.setdefault(parent, [owners[parent]]).append(source)
    if not shared:
        return list(owners.values())
    lines = [
        f"  {show_path(folder)}: {', '.join(show_path(source.path) for source in group[:_SHOWN])}"
        for folder, group in list(shared.items())[:_SHOWN]
    ]
    more = ["  ..."] if len(shared) > _SHOWN else []
    advice = "keep their suffixes with --name-by file, or " if sources[0].name_by == "stem" else ""
    raise UsageError(
        "these inputs would share a folder in the output:",
        *lines,
        *more,
        f"{advice}name the folder above them instead",
    )


def each_once(sources: list[Source]) -> list[Source]:
    """Leave out what is named again, by whatever path."""
    if len({hash(_absolute(source.path)) for source in sources}) == len(sources):
        return sources
    kept: dict[str, Source] = {}
    for source in sources:
        kept.setdefault(_absolute(source.path), source)
    return list(kept.values())


def _absolute(path: str) -> str:
    return path if is_url(path) else os.path.abspath(path)


def _steps(place: str) -> list[str]:
    """Split a path or a URL; the scheme of a URL is a step, unless it names this machine's disks."""
    scheme, rest = split_place(place)
    return [scheme, *rest.split("/")] if scheme else os.path.abspath(rest).replace(os.sep, "/").lstrip("/").split("/")


def _parents(folder: str) -> Iterator[str]:
    at = folder.find("/")
    while at >= 0:
        yield folder[:at]
        at = folder.find("/", at + 1)


def _fold(folder: str) -> str:
    """Reduce a name to what the file system tells apart."""
    if sys.platform in ("darwin", "win32"):
        return unicodedata.normalize("NFC", folder).casefold()
    return folder
