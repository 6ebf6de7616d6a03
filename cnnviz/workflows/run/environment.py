"""What a run was made with: for people to read, never compared."""

from __future__ import annotations

import json
import os
import sys

import numpy as np

from cnnviz import __version__
from cnnviz.io.opencv import cv2


def environment_json() -> bytes:
    """Return `environment.json`: the versions of everything that pixels could depend on."""
    versions = {
        "schema_version": 1,
        "cnnviz": __version__,
        "python": sys.version.partition(" ")[0],
        "numpy": np.__version__,
        "opencv": cv2().__version__,
        # Only where a file was written with it: it would be imported for its number alone.
        **({"h5py": sys.modules["h5py"].__version__} if "h5py" in sys.modules else {}),
        "system": sys.platform,
        "machine": os.uname().machine if hasattr(os, "uname") else os.environ.get("PROCESSOR_ARCHITECTURE", ""),
    }
    return (json.dumps(versions, indent=2) + "\n").encode()
