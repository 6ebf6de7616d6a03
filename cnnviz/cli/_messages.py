"""How the command line says that something is wrong."""

from __future__ import annotations

import os

import click


def say_error(message: str) -> None:
    """Print an error on stderr, in red where there is colour."""
    color = False if os.environ.get("NO_COLOR") else None
    click.echo(f"{click.style('cnnviz: error:', fg='red')} {message}", err=True, color=color)


def say_warning(message: str) -> None:
    """Print a warning on stderr, in yellow where there is colour."""
    color = False if os.environ.get("NO_COLOR") else None
    click.echo(f"{click.style('cnnviz: warning:', fg='yellow')} {message}", err=True, color=color)


def say(message: str) -> None:
    """Print a remark on stderr."""
    click.echo(f"cnnviz: {message}", err=True)
