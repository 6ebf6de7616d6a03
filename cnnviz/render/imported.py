"""What `cnnviz import` made of a model file: as data and as text."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from cnnviz.render.checking import ModelCheck
from cnnviz.render.kit.text import filled, joined
from cnnviz.render.report.model import Report
from cnnviz.render.report.wording import about
from cnnviz.wording import shape_text

_CLASSES = 10


class ImportedFiles(Struct, frozen=True, kw_only=True):
    """What was written.

    Attributes:
        model: The model file, as it was named.
        stack: The stack.
        weights: Its weights.
        report: Shapes and costs, for the size with which both were checked.
        any_size: Whether the stack takes pictures of other sizes, too.
        classes: What the last layer's units stand for; empty if the model does not say.
        remarks: What a user should know, each a clause.
    """

    model: str
    stack: str
    weights: str
    report: Report
    any_size: bool
    classes: tuple[str, ...]
    remarks: tuple[str, ...]


class ImportOutcome(Struct, frozen=True, kw_only=True):
    """All that came out of the command.

    Attributes:
        files: What was written, if anything was to be.
        check: How the model compares with its own program, if that was asked for.
    """

    files: ImportedFiles | UnsetType = UNSET
    check: ModelCheck | UnsetType = UNSET


def to_text(files: ImportedFiles) -> str:
    """Write what the stack is, where it lies, and what to do next."""
    report, last = files.report, files.report.layers[-1]
    lines = filled(f"{report.name}: {about(report)}")
    if files.any_size:
        lines += filled("takes pictures of any size; the numbers here are for this one")
    lines += filled(
        f"{report.totals.params:,} params, {report.totals.macs:,} MACs; ends in {last.name} ({last.kind_in_words}), "
        f"{shape_text(last.output_shape)}"
    )
    if files.classes:
        more = f" and {len(files.classes) - _CLASSES} more" if len(files.classes) > _CLASSES else ""
        lines += filled(f"classes {', '.join(files.classes[:_CLASSES])}{more}")
    lines += filled(f"read again, both files give what {files.model} gives, bit for bit")
    given = f"--config {files.stack} --weights {files.weights}"
    return joined(lines) + paths(files) + joined(["", f"Next: cnnviz run PICTURE {given}"])


def paths(files: ImportedFiles) -> str:
    """Write where it lies."""
    return joined([files.stack, files.weights])
