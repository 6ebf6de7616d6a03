"""What tests of snapshots share: changing what a run has written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np


def change(path: Path, amount: int = 5, count: int = 1) -> None:
    """Change the first levels of a picture."""
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    flat = pixels.reshape(-1)
    flat[:count] = np.where(flat[:count] < 128, flat[:count] + amount, flat[:count] - amount)
    assert cv2.imwrite(str(path), pixels)


def edit_report(folder: Path, edit: Callable[[Any], None]) -> None:
    """Change the report of an image."""
    document = json.loads((folder / "report.json").read_text())
    edit(document)
    (folder / "report.json").write_text(json.dumps(document))
