"""Colours for grey levels: matplotlib's colormaps as tables of 256 entries."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import UsageError

Table = NDArray[np.uint8]


def colormap(name: str) -> Table | None:
    """Look up a colormap; matplotlib is imported only for those that are not gray.

    Args:
        name: Any matplotlib colormap.

    Returns:
        `(256, 3)` in RGB, or None for `gray`: levels are drawn as they are.

    Raises:
        UsageError: If there is no such colormap.
    """
    if name == "gray":
        return None
    from cnnviz.io.matplotlib import colour_maps, colours_of

    names = colour_maps()
    if name not in names:
        from difflib import get_close_matches

        near = get_close_matches(name.lower(), {known.lower(): known for known in names}, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "try gray, viridis, magma or coolwarm"
        raise UsageError(f"no colormap is called {name!r}; {hint}")
    colors: Any = colours_of(name)(np.linspace(0, 1, 256))
    table: Table = np.floor(255 * colors[:, :3] + 0.5).astype(np.uint8)
    return table


def colour(levels: NDArray[np.uint8], table: Table | None) -> NDArray[np.uint8]:
    """Return levels as RGB, with a last axis of three; as they are for gray."""
    return levels if table is None else np.take(table, levels, axis=0)


def as_rgb(levels: NDArray[Any]) -> NDArray[Any]:
    """Return a picture as `(H, W, 3)`: gray becomes three equal channels."""
    return levels if levels.ndim == 3 else np.repeat(levels[..., None], 3, axis=2)
