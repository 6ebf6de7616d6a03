"""What two output folders were made with: a difference explains much, and fails nothing."""

from __future__ import annotations

import json
import os
from typing import Any

from cnnviz.errors import CnnvizError
from cnnviz.io.files import read_regular_file, show_path
from cnnviz.outputs.ownership import ENVIRONMENT
from cnnviz.workflows.snapshots.folders import Snapshot

_LIMIT = 2**20
_UP = 3
"""How far above the folder of one image its output folder may be, counting `a/b/photo` folders."""


def environment_warning(baseline: Snapshot, current: Snapshot) -> str | None:
    """Say in what the environments differ that made two folders; None if in nothing, or that is not known."""
    before, after = _read(baseline), _read(current)
    if not before or not after:
        return None
    differences = [
        f"{name} {before.get(name, 'none')} -> {after.get(name, 'none')}"
        for name in dict.fromkeys([*before, *after])
        if name != "schema_version" and before.get(name) != after.get(name)
    ]
    return f"the two were made in different environments: {show_path(', '.join(differences))}" if differences else None


def _read(snapshot: Snapshot) -> dict[str, Any]:
    folder = os.path.abspath(snapshot.path)  # noqa: PTH100
    for _ in range(_UP if snapshot.single else 1):
        try:
            data = read_regular_file(os.path.join(folder, ENVIRONMENT), _LIMIT, "an environment")  # noqa: PTH118
            content = json.loads(data)
        except (CnnvizError, ValueError, RecursionError):
            content = None
        if isinstance(content, dict) and "schema_version" in content:
            return content
        folder = os.path.dirname(folder)  # noqa: PTH120
    return {}
