"""The stacks that come with cnnviz."""

from __future__ import annotations

from pathlib import Path

from cnnviz.errors import UsageError
from cnnviz.io.samples import bundled_folder


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


def unknown_stack(name: str, message: str) -> UsageError:
    """Return an error that lists the bundled stacks, the nearest name first."""
    from cnnviz.config.wording import nearest

    names = bundled_stacks()
    near = nearest(name.removesuffix(".yaml"), names)
    hint = f"did you mean `{near}`? " if near else ""
    return UsageError(f"{message}; {hint}bundled stacks are {', '.join(names)}")


def summary(file: Path) -> str:
    """Return what a stack's file says of itself first: its comment's first line."""
    return file.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")


def starter() -> str:
    """Return a commented stack that shows every part of the form."""
    return Path(__file__).with_name("starter.yaml").read_text(encoding="utf-8")
