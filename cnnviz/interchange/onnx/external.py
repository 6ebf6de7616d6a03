"""Numbers that lie beside the model file: from its own folder only, through no links, in bounded sizes."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from cnnviz.errors import ModelError
from cnnviz.io.files import open_regular, plain_reason, show_path


class External(NamedTuple):
    """A part of a file beside the model.

    Attributes:
        path: The file.
        offset: Where the part begins.
        length: Bytes.
    """

    path: Path
    offset: int
    length: int

    def read(self, what: str) -> bytes:
        """Read the part.

        Args:
            what: Which tensor it is, for messages.

        Raises:
            ModelError: If it cannot be read.
        """
        with open_regular(self.path, ModelError) as descriptor, os.fdopen(descriptor, "rb", closefd=False) as file:
            file.seek(self.offset)
            data = file.read(self.length)
        if len(data) != self.length:
            raise ModelError(f"{what}: {show_path(self.path)} ends too early")
        return data


def find_external(entries: Iterable[Any], folder: str, size: int, what: str) -> External:
    """Find a tensor's data beside the model, and check that they are as long as they should be.

    Args:
        entries: The pairs of `external_data`.
        folder: The model's folder.
        size: Bytes of the tensor.
        what: Which tensor it is, for messages.

    Raises:
        ModelError: If the place lies outside the folder or behind a link, or has not as many bytes.
    """
    said = {_text(entry.key): _text(entry.value) for entry in entries}
    path = _inside(said.get("location", ""), folder, what)
    offset, length = (_number(said.get(key), what, key) for key in ("offset", "length"))
    if length not in (None, size):
        raise ModelError(f"{what} needs {size:,} bytes, its external data have {length:,}")
    try:
        held = path.lstat().st_size
    except OSError as problem:
        raise ModelError(
            f"{what} lies in {show_path(path)}, which cannot be read: {plain_reason(problem)}; keep it beside the model"
        ) from problem
    if (offset or 0) + size > held:
        raise ModelError(f"{what} reaches beyond the end of {show_path(path)}, which has {held:,} bytes")
    return External(path, offset or 0, size)


def _inside(location: str, folder: str, what: str) -> Path:
    """Return the path of a location in the model's folder."""
    parts = re.split(r"[/\\]", location)
    if not location or "\0" in location or ":" in location or any(part in ("", "..") for part in parts):
        raise ModelError(f"{what} has its data in {location!r}: only files in the model's own folder are read")
    path = Path(folder)
    for part in parts:
        path /= part
        try:
            mode = path.lstat().st_mode
        except OSError:
            break  # said later, with the whole path
        if stat.S_ISLNK(mode):
            raise ModelError(f"{what} has its data in {show_path(path)}, which is a link: links are not followed")
    return Path(folder, *parts)


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _number(text: str | None, what: str, key: str) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise ModelError(f"{what} has external data with the {key} {text[:50]!r}, which is no number")
    return int(text)
