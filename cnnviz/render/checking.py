"""What came out when a model was held against its own program: as data and as text."""

from __future__ import annotations

from msgspec import Struct

from cnnviz.render.kit.text import GAP, aligned, joined
from cnnviz.wording import plural, shape_text


class CheckedTensor(Struct, frozen=True, kw_only=True):
    """A tensor that cnnviz and the other program have.

    Attributes:
        index: Number of the layer.
        name: Name of the layer.
        source: Name of the tensor in the model file.
        shape: Its shape here.
        difference: The largest difference; None if shapes differ, or one has finite values where the other has none.
        range: Width of the range of the other program's values.
        agrees: Whether that counts as none.
    """

    index: int
    name: str
    source: str
    shape: tuple[int, ...]
    difference: float | None
    range: float
    agrees: bool

    @property
    def share(self) -> float | None:
        """The largest difference as a share of the range."""
        if self.difference is None:
            return None
        return self.difference / self.range if self.range else self.difference


class ModelCheck(Struct, frozen=True, kw_only=True):
    """All of them.

    Attributes:
        model: The model file.
        image: The picture, as it was named.
        rtol: The largest difference that counts as none, relative to a tensor's range.
        tensors: In the order of the stack.
        not_compared: Layers whose output the other program does not have.
        remarks: What a user should know, each a clause.
    """

    model: str
    image: str
    rtol: float
    tensors: tuple[CheckedTensor, ...]
    not_compared: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def diverges(self) -> CheckedTensor | None:
        """The first tensor that differs."""
        return next((tensor for tensor in self.tensors if not tensor.agrees), None)


def to_text(check: ModelCheck) -> str:
    """Write a table of all tensors and what it comes to."""
    head = ("#", "layer", "output", "difference", "of the range", "tensor of the file")
    rows = [
        (
            str(tensor.index),
            tensor.name,
            shape_text(tensor.shape),
            _number(tensor.difference),
            _number(tensor.share),
            tensor.source,
        )
        for tensor in check.tensors
    ]
    table = aligned([head, *rows], right=(0, 2, 3, 4))
    marks = ["", *("" if tensor.agrees else f"{GAP}<- differs" for tensor in check.tensors)]
    return joined([*(line + mark for line, mark in zip(table, marks, strict=True)), ""]) + summary(check)


def summary(check: ModelCheck) -> str:
    """Write what it comes to."""
    told = []
    if not check.tensors:
        told.append("no tensor of the model file can be compared")
    elif (first := check.diverges) is not None:
        count = sum(not tensor.agrees for tensor in check.tensors)
        told.append(
            f'diverges first at layer "{first.name}" ({first.source}); {count} of {len(check.tensors)} tensors differ '
            f"by more than {check.rtol:g} of their range"
        )
    else:
        worst = max(check.tensors, key=lambda tensor: tensor.share or 0.0)
        told.append(
            f"all {len(check.tensors)} tensors agree within {check.rtol:g} of their range; the largest difference is "
            f'{_number(worst.share)} of it, at layer "{worst.name}"'
        )
    if check.not_compared:
        told.append(f"{plural(len(check.not_compared), 'layer')} without a tensor there to compare with")
    return joined(told)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2g}"
