"""Each kind of layer as operations: one file per family, each with a table from kind to function."""

from __future__ import annotations

from cnnviz.interchange.writing.kinds import moving, normalizing, values, weighing, windows
from cnnviz.interchange.writing.kinds.emitting import Emit

KINDS: dict[str, Emit] = {**moving.KINDS, **normalizing.KINDS, **values.KINDS, **weighing.KINDS, **windows.KINDS}
"""How to write each kind; another cannot be said."""
