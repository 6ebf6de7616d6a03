"""What a training said on the way, as JSON and as curves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from cnnviz.errors import CnnvizError
from cnnviz.io.files import read_regular_file
from cnnviz.io.targets import write_target
from cnnviz.render.curves import Curve, curves_figure
from cnnviz.render.kit.figures import write_figure
from cnnviz.training.progress import EpochRecord, Progress

SCHEMA_VERSION = 1
_LIMIT = 2**28


_KEYS = frozenset({"schema_version", "training", "epochs", "steps", "best_epoch"})


def is_history(path: Path) -> bool:
    """Whether a file is a history that a training wrote."""
    try:
        content = json.loads(read_regular_file(path, _LIMIT, "a history"))
    except (CnnvizError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.keys() >= _KEYS


def write_history(path: Path, about: dict[str, Any], progress: Progress) -> None:
    """Write the history as JSON.

    Args:
        path: The file.
        about: What to say of the training itself.
        progress: How far it has come.

    Raises:
        OutputError: If it cannot be written.
    """
    document = {
        "schema_version": SCHEMA_VERSION,
        **about,
        "epochs": progress.epoch_records,
        "steps": progress.step_records,
        "best_epoch": progress.best.epoch if progress.best else None,
    }
    plain = json.loads(msgspec.json.encode(document))  # what is not finite is null there
    write_target(path, (json.dumps(plain, indent=2, ensure_ascii=False) + "\n").encode())


def draw_history(path: Path, name: str, records: list[EpochRecord]) -> None:
    """Draw accuracy and loss side by side.

    Args:
        path: A picture; its suffix decides the format.
        name: The stack's.
        records: The epochs; at least one.

    Raises:
        OutputError: If it cannot be written.
    """
    accuracy = Curve(
        [record.accuracy for record in records],
        [record.validation_accuracy for record in records if record.validation_accuracy is not None],
    )
    loss = Curve(
        [record.loss for record in records],
        [record.validation_loss for record in records if record.validation_loss is not None],
    )
    write_figure(lambda: curves_figure(name, accuracy, loss), path)
