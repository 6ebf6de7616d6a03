"""The report as JSON: the same bytes for the same report."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from cnnviz.render.report.model import SCHEMA_VERSION, Report

_WIDTH = 160

_plain = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode

# Built while modules are imported: msgspec looks at types when they are first used, and two threads must not do so at
# the same time.
_DECODER = msgspec.json.Decoder(Report)


def decode_report(data: bytes) -> Report:
    """Read a `report.json`.

    Raises:
        ValueError: If it is none; what another version wrote may be one (see `is_of_this_version`).
    """
    try:
        return _DECODER.decode(data)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def is_of_this_version(report: Report) -> bool:
    """Whether a report means what this version means by it."""
    return report.schema_version == SCHEMA_VERSION


def to_json(report: object) -> bytes:
    """Write a report, such as `report.json`: indented by two, short lists of plain values on one line."""
    return (_lay_out(msgspec.to_builtins(report), 0) + "\n").encode()


def _lay_out(value: Any, depth: int) -> str:
    if not value or not isinstance(value, (dict, list, tuple)):
        return _plain(value)
    if not _nested(value):
        flat = _plain(value)
        if len(flat) + 2 * depth <= _WIDTH:
            return flat
    pad = "  " * (depth + 1)
    if isinstance(value, dict):
        items = [f"{json.dumps(key)}: {_lay_out(item, depth + 1)}" for key, item in value.items()]
        marks = "{}"
    else:
        items = [_lay_out(item, depth + 1) for item in value]
        marks = "[]"
    body = ",\n".join(pad + item for item in items)
    return f"{marks[0]}\n{body}\n{pad[2:]}{marks[1]}"


def _nested(value: Any) -> bool:
    """Whether a container holds more than plain values and lists of them."""
    items = value.values() if isinstance(value, dict) else value
    lists = (item for item in items if isinstance(item, (list, tuple)))
    return any(isinstance(item, dict) for item in items) or any(
        isinstance(part, (dict, list, tuple)) for found in lists for part in found
    )
