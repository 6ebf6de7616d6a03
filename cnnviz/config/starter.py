"""The commented file to start from."""

from __future__ import annotations

from importlib import resources


def starter() -> str:
    """Return a commented stack that shows every part of the form."""
    return resources.files("cnnviz.config").joinpath("starter.yaml").read_text(encoding="utf-8")
