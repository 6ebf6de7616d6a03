"""The font of letters that Pillow draws: the one that comes with matplotlib."""

from __future__ import annotations

import os
from functools import cache
from importlib.util import find_spec
from typing import Any


@cache
def font(size: int, bold: bool = False) -> Any:
    """Load a font; matplotlib itself need not be imported for it."""
    from PIL import ImageFont

    spec = find_spec("matplotlib")
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    for folder in spec.submodule_search_locations if spec and spec.submodule_search_locations else ():
        path = os.path.join(folder, "mpl-data", "fonts", "ttf", name)  # noqa: PTH118
        if os.path.isfile(path):  # noqa: PTH113
            # The other engine is not in every build of Pillow, and places letters otherwise.
            return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
    return ImageFont.load_default(size)  # where a system's matplotlib keeps its fonts elsewhere
