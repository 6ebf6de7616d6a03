"""A commented stack to start from."""

from __future__ import annotations

from pathlib import Path

from cnnviz.config.bundled import starter
from cnnviz.errors import OutputError
from cnnviz.io.files import show_path, write_bytes
from cnnviz.io.targets import place_of


def init(path: Path, force: bool = False) -> None:
    """Write the starter file.

    Args:
        path: Where to.
        force: Overwrite what is there.

    Raises:
        OutputError: If the file exists, or cannot be written.
    """
    place = place_of(path)
    if place.exists() and not force:
        raise OutputError(f"{show_path(path)} exists already; choose another name, or --force to overwrite it")
    write_bytes(place, starter().encode())
