"""How the command line says that something is wrong."""

from __future__ import annotations

import os

import click


def say_error(message: str) -> None:
    """Print an error on stderr, in red where there is colour."""
    color = False if os.environ.get("NO_COLOR") else None
    click.echo(f"{click.style('cnnviz: error:', fg='red')} {message}", err=True, color=color)
