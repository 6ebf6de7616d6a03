"""The frameworks take seconds to import: tests that are not asked for are not looked at."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    asked = config.option.markexpr
    return True if asked and "parity" not in asked.replace("not parity", "") else None
