"""The stacks that come with cnnviz."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from cnnviz.errors import UsageError
from cnnviz.io.files import show_path
from cnnviz.io.samples import bundled_folder

YAML_SUFFIXES = (".yaml", ".yml")


def bundled_stacks() -> dict[str, Path]:
    """Return the file of every bundled stack by its name, such as `l3`."""
    return {file.stem: file for file in sorted(bundled_folder("configs").glob("*.yaml"))}


def find_bundled(name: str) -> Path | None:
    """Return the file of a bundled stack, named with or without `.yaml`; None if there is none."""
    return bundled_stacks().get(name.removesuffix(".yaml"))


def bundled_stack(name: str) -> Path:
    """Return the file of a bundled stack, named with or without `.yaml`.

    Raises:
        UsageError: If there is none of that name.
    """
    found = find_bundled(name)
    if found is None:
        raise unknown_stack(name, f'there is no bundled stack "{name}"')
    return found


def unknown_stack(name: str, message: str, folder: Path | None = None) -> UsageError:
    """Return an error that lists the bundled stacks; first what was probably meant.

    Args:
        name: What was asked for.
        message: What is wrong.
        folder: Where a stack of that name would lie; None if no file is meant.
    """
    from cnnviz.config.wording import nearest

    names = bundled_stacks()
    stem, suffix = os.path.splitext(name)  # noqa: PTH122
    files = {}
    with suppress(OSError):
        listed = [] if folder is None else sorted(folder.iterdir())
        files = {file.stem: file for file in listed if file.suffix.lower() in YAML_SUFFIXES}
    wanted = stem if suffix.lower() in YAML_SUFFIXES else name
    near = nearest(wanted, [*files, *names])
    shown = show_path(files[near]) if near in files else near
    hint = f"did you mean `{shown}`? " if near else ""
    return UsageError(f"{message}; {hint}bundled stacks are {', '.join(names)}")


def summary(file: Path) -> str:
    """Return what a stack's file says of itself first: its comment's first line."""
    return file.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")


def starter() -> str:
    """Return a commented stack that shows every part of the form."""
    return Path(__file__).with_name("starter.yaml").read_text(encoding="utf-8")
