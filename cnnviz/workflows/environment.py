"""What a run was made with: for people to read, never compared."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version

import numpy as np

from cnnviz import __version__
from cnnviz.io.opencv import cv2


def environment() -> bytes:
    """Return `environment.json`: the versions of everything that pixels could depend on."""
    versions = {
        "schema_version": 1,
        "cnnviz": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "opencv": cv2().__version__,
        "h5py": version("h5py"),
        "system": platform.system(),
        "machine": platform.machine(),
    }
    return (json.dumps(versions, indent=2) + "\n").encode()
