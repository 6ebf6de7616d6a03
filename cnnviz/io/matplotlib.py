"""The one door to matplotlib: what comes out depends neither on the user's settings nor on the time."""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cnnviz.errors import CnnvizError
from cnnviz.io.boxes import note_boxes
from cnnviz.io.environment import environment_variables

# Of these, matplotlib reads the first two while it is imported, and the last when it writes a PDF or an SVG.
_ENVIRONMENT = {"MPLBACKEND": "agg", "MATPLOTLIBRC": os.devnull, "SOURCE_DATE_EPOCH": None}

_MISSING = re.compile(r"Glyph (\d+) .*missing from")
"""What matplotlib says of a letter that the font lacks."""

# Names of files, layers and classes may hold what would be read as a formula. A list of fonts would be searched for a
# letter that the first one lacks, and other machines have others.
_STYLE = {"font.family": "DejaVu Sans", "text.parse_math": False}


def colours_of(name: str) -> Any:
    """Return a colour map of 256 entries.

    Args:
        name: Any of matplotlib's; see `colour_maps`.
    """
    with _undisturbed():
        import matplotlib

        return matplotlib.colormaps[name].resampled(256)


def colour_maps() -> list[str]:
    """Return the names of all colour maps."""
    with _undisturbed():
        import matplotlib

        return list(matplotlib.colormaps)


def default_setting(name: str) -> Any:
    """Return what a setting is if nobody changes it; None for one that this version of matplotlib does without."""
    with _undisturbed():
        import matplotlib

        defaults: Any = matplotlib.rcParamsDefault
        return defaults.get(name)


@contextmanager
def drawing(style: Mapping[str, Any]) -> Iterator[None]:
    """Make and write figures here, and nowhere else: with matplotlib's own defaults.

    Args:
        style: What differs from the defaults, as in matplotlib's `rcParams`.

    Raises:
        CnnvizError: If matplotlib cannot be loaded.
    """
    with _undisturbed():
        try:
            import matplotlib
            import matplotlib.figure  # with the fonts, for which it wants a folder
        except (ImportError, OSError, RuntimeError, ValueError) as error:
            raise CnnvizError(
                f"matplotlib cannot be loaded: {error}", "set MPLCONFIGDIR to a folder that it may write into"
            ) from error
        with warnings.catch_warnings(record=True) as warned, matplotlib.rc_context():
            # The names of classes may hold what the font does not; a layout may find no room.
            warnings.simplefilter("always", UserWarning)
            # Not rcdefaults(): it leaves some as they are, and reads the styles of the user.
            settings: Any = {**matplotlib.rcParamsDefault, **_STYLE, **style}
            del settings["backend"]
            matplotlib.rcParams.update(settings)
            yield
        note_boxes(chr(int(found[1])) for one in warned if (found := _MISSING.match(str(one.message))))


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep the user's settings out, and what is said of them and of the folder for fonts."""
    logger = logging.getLogger("matplotlib")
    level = logger.level
    with environment_variables(_ENVIRONMENT), _no_file_here():
        logger.setLevel(logging.CRITICAL + 1)
        try:
            yield
        finally:
            logger.setLevel(level)


@contextmanager
def _no_file_here() -> Iterator[None]:
    """Hide the current folder's `matplotlibrc`, which goes before the environment's and may be anything."""
    exists = os.path.exists
    os.path.exists = lambda path: path != "matplotlibrc" and exists(path)
    try:
        yield
    finally:
        os.path.exists = exists
