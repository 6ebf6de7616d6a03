"""What the layers of Keras become, by their class: a table in each file."""

from __future__ import annotations

from cnnviz.interchange.keras.kinds import activations, merging, moving, normalizing, passing, weighing
from cnnviz.interchange.keras.step import Kind

KINDS: dict[str, Kind] = {
    **activations.KINDS,
    **merging.KINDS,
    **moving.KINDS,
    **normalizing.KINDS,
    **passing.KINDS,
    **weighing.KINDS,
}
"""From class to function."""
