"""The calls of a model as layers of a stack: what each becomes, what it is called, what enters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from cnnviz.errors import LayerError, ModelError, UsageError
from cnnviz.interchange.keras.files import ModelFile
from cnnviz.interchange.keras.graph import Call, Graph, Source
from cnnviz.interchange.keras.kinds import KINDS
from cnnviz.interchange.keras.kinds.operations import operate, operation_of
from cnnviz.interchange.keras.step import Step
from cnnviz.interchange.model import SILENT, ImportOptions
from cnnviz.interchange.onnx.building import INPUT, Builder, Draft, Tensor, UnsayableError
from cnnviz.interchange.onnx.layout import Layout, maps, placed
from cnnviz.io.hdf5.dialects import CHANNELS_FIRST
from cnnviz.io.hdf5.names import legal_name, legal_names
from cnnviz.layers import snake_case
from cnnviz.wording import listed

_GUESS = 224
"""Height and width to check with where the file leaves them open."""

_LONGEST = 1 << 16
_SHOWN = 100
_CODE = {"Lambda": "it holds code, and nothing in a model file is executed; write it as layers and save again"}
_UNKNOWN = "there is no layer for this class"
_OWN = "it is a class of one's own, which is code that the file does not hold"


class Network(NamedTuple):
    """A model as drafts of layers.

    Attributes:
        drafts: The layers that the ends need, in order.
        names: The name of each.
        numbers: The number by which others read each.
        picture: Where the axes of what enters the model lie in the picture.
        input: Fields of the document's `input`.
        remarks: What a user should know, each a clause.
    """

    drafts: Sequence[Draft]
    names: Sequence[str]
    numbers: Sequence[int]
    picture: Layout
    input: Mapping[str, Any]
    remarks: Sequence[str]


def make_network(graph: Graph, file: ModelFile, options: ImportOptions) -> Network:
    """Turn the calls of a model into drafts of layers.

    Raises:
        ModelError: With all that no layer says.
        UsageError: If an option does not fit the model.
    """
    sources = _source_names(graph)
    ends = _ends(graph, sources, options.until)
    wanted = _ancestors(graph, ends)
    calls = [(number, call) for number, call in enumerate(graph.calls) if number in wanted]
    lazy = any(call.layer.fields.get("data_format") == CHANNELS_FIRST for _, call in calls)
    picture = _Picture(graph, [call for _, call in calls], options)
    builder = Builder(picture.layout.ours)
    values: dict[Source, Tensor | None] = {Source(-1): builder.input(picture.layout)}
    problems = []
    is_keras_3 = file.keras_version.startswith("3.")
    for number, call in calls:
        found = None
        operation = operation_of(call)
        known = bool(operation) or (operation is None and call.layer.kind in KINDS)
        try:
            if not known:
                raise UnsayableError(_OWN if ">" in call.layer.kind else _CODE.get(call.layer.kind, _UNKNOWN))
            if all(values[source] is not None for source in call.sources):
                operands, arguments = _filled(call.operands, values), _filled(call.options, values)
                step = Step(call, operands, arguments, builder, file.store, is_keras_3, sources[number], lazy)
                found = operate(step, operation) if operation else KINDS[call.layer.kind](step)
        except UnsayableError as problem:
            problems.append(f"{_place(number, call)}: {problem}")
        except LayerError as problem:
            problems.append(f"{_place(number, call)}: {problem}")
        except (ValueError, IndexError, TypeError, KeyError, OverflowError, AttributeError) as problem:
            # Arguments of other types and lengths than the class has.
            text = str(problem)[:200]
            problems.append(f"{_place(number, call)}: its arguments are not those of the class: {text}")
        values[Source(number)] = found
    if problems:
        problems = list(dict.fromkeys(problems))
        more = [f"and {len(problems) - _SHOWN:,} more"] if len(problems) > _SHOWN else []
        raise ModelError(*problems[:_SHOWN], *more)
    return _finished(builder, [values[end] for end in ends], graph, sources, picture)


def _place(number: int, call: Call) -> str:
    return f'layer {number} "{call.layer.title[:200]}" ({call.layer.kind[:100]})'


def _finished(
    builder: Builder, ends: Sequence[Tensor | None], graph: Graph, sources: Sequence[str], picture: _Picture
) -> Network:
    tensors = []
    for number, end in enumerate(ends):
        assert end is not None
        layout = end.layout
        if len(layout.order) == 2 and layout.flat != tuple(range(len(layout.flat))):
            node = builder.drafts[-1].node
            end = builder.as_vector(node, end)
        if end.layer != INPUT:
            tensors.append(end)
        elif number == len(ends) - 1:
            raise ModelError("nothing of it is a layer: what comes out is the picture itself")
    live = set()
    open_ = [end.layer for end in tensors]
    while open_:
        number = open_.pop()
        if number != INPUT and number not in live:
            live.add(number)
            open_ += builder.drafts[number].inputs
    numbers = sorted(live)
    last = tensors[-1].layer
    if numbers[-1] != last and not any(last in builder.drafts[number].inputs for number in numbers):
        numbers.remove(last)
        numbers.append(last)
    drafts = [builder.drafts[number] for number in numbers]
    remarks = [*picture.remarks]
    if len(ends) > 1:
        remarks.append(f"the model has {len(ends)} outputs; the last one ends the stack")
    entry = dict(picture.entry)
    if not any(_takes_bytes(draft) for draft in drafts if INPUT in draft.inputs):
        entry["scale"] = "1/255"
        remarks.append(SILENT)
    drafts = _with_sources(drafts)
    return Network(drafts, _names(drafts, sources), numbers, picture.layout, entry, remarks)


def _with_sources(drafts: Sequence[Draft]) -> list[Draft]:
    """Leave the name of a call's output to the last of the layers that it became."""
    from dataclasses import replace

    last = {draft.source: number for number, draft in enumerate(drafts)}
    return [
        replace(draft, source="") if draft.source and last[draft.source] != number else draft
        for number, draft in enumerate(drafts)
    ]


def _names(drafts: Sequence[Draft], sources: Sequence[str]) -> list[str]:
    """Name the layers: that of a call's layers which has weights, else the last one, as the call."""
    titles = _titles(sources)
    groups: dict[str, list[int]] = {}
    for number, draft in enumerate(drafts):
        groups.setdefault(draft.node.name, []).append(number)
    wanted = [""] * len(drafts)
    for name, numbers in groups.items():
        weighed = [number for number in numbers if drafts[number].weights]
        main = weighed[0] if weighed else next((n for n in numbers if drafts[n].source), numbers[-1])
        for number in numbers:
            title = titles[name]
            wanted[number] = title if number == main else f"{title}/{snake_case(drafts[number].kind)}"
    return list(legal_names(_distinct(wanted)).values())


def _titles(sources: Sequence[str]) -> dict[str, str]:
    """Return what calls are to be called: by the last of their names where that is enough."""
    short = [source.rpartition("/")[2] for source in sources]
    counts: dict[str, int] = {}
    for name in short:
        counts[name.casefold()] = counts.get(name.casefold(), 0) + 1
    return {
        source: name if counts[name.casefold()] == 1 else source for source, name in zip(sources, short, strict=True)
    }


def _distinct(names: Sequence[str]) -> list[str]:
    """Make names unique without regard to case."""
    taken = {name.casefold() for name in names}
    seen: set[str] = set()
    found = []
    for name in names:
        free, number = name, 1
        while free.casefold() in seen or (free != name and free.casefold() in taken):
            number += 1
            free = f"{name}/{number}"
        seen.add(free.casefold())
        found.append(free)
    return found


def _source_names(graph: Graph) -> list[str]:
    """Return the name of each call's output: the layer's, with the number of the call from the second on."""
    return [f"{call.layer.title}:{call.number}" if call.number else call.layer.title for call in graph.calls]


def _ends(graph: Graph, sources: Sequence[str], until: str) -> list[Source]:
    if not until:
        return list(graph.outputs)
    for names in (sources, [source.rpartition("/")[2] for source in sources], [legal_name(s) for s in sources]):
        if until in names:
            return [Source(list(names).index(until))]
    titles = list(_titles(sources).values())
    legal = list(legal_names(_distinct(titles)).values())
    if until in legal:
        return [Source(legal.index(until))]
    for path, outputs in graph.models.items():
        if path and until in (path, path.rpartition("/")[2]):
            return list(outputs)
    import difflib

    near = difflib.get_close_matches(until, sources, 3) or sources[-3:]
    raise UsageError(f"there is no layer {until[:200]!r} to end at; there are {listed([repr(n[:100]) for n in near])}")


def _ancestors(graph: Graph, ends: Sequence[Source]) -> set[int]:
    found: set[int] = set()
    open_ = [end.call for end in ends]
    while open_:
        number = open_.pop()
        if number >= 0 and number not in found:
            found.add(number)
            open_ += [source.call for source in graph.calls[number].sources]
    return found


def _filled(value: Any, values: Mapping[Source, Tensor | None]) -> Any:
    """Put what tensors have become in the place of sources."""
    if isinstance(value, Source):
        return values[value]
    if isinstance(value, tuple):
        return tuple(_filled(item, values) for item in value)
    if isinstance(value, dict):
        return {name: _filled(item, values) for name, item in value.items()}
    return value


class _Picture:
    """What enters the model."""

    def __init__(self, graph: Graph, calls: Sequence[Call], options: ImportOptions) -> None:
        self.remarks: list[str] = []
        self.entry: dict[str, Any] = {}
        shape = self._shape(graph.input_shape)
        given = (options.height, options.width)
        if len(shape) == 3:
            formats = [found for call in calls if (found := call.layer.fields.get("data_format"))]
            first = bool(formats) and formats[0] == CHANNELS_FIRST
            *sides, channels = (*shape[1:], shape[0]) if first else shape
            height, width = self._sides(sides, given)
            channels = 3 if channels is None else channels
            self.layout = maps(height, width, channels) if first else placed((height, width, channels), (1, 2, 3))
        elif len(shape) == 2:
            height, width = self._sides(shape, given)
            channels = 1
            image = placed((height, width, 1), (1, 2, 3))
            self.layout = Layout(image.axes, image.order[:3])
        else:
            units = shape[0]
            if units is None:
                raise ModelError("what enters the model is a vector whose length the file leaves open")
            side = math.isqrt(units)
            height, width = self._sides((side, side) if side * side == units else (1, units), given)
            channels = 1
            image = placed((height, width, 1), (1, 2, 3))
            self.layout = Layout(image.axes, ((), image.flat)).tidy()
            self.remarks.append(f"the model takes {units:,} numbers in a row: a gray picture of {height}x{width}")
        if max(height, width, channels) > _LONGEST or height * width * channels > 1 << 32:
            raise ModelError(f"what enters it, {height} x {width} x {channels}, is too large")
        if channels in (1, 3):
            self.entry["color"] = "gray" if channels == 1 else "rgb"
        else:
            self.remarks.append(
                f"the model takes {channels} channels: give a .npy array of height x width x {channels}"
            )

    def _shape(self, given: Any) -> list[int | None]:
        if not isinstance(given, list) or not all(
            length is None or (isinstance(length, int) and not isinstance(length, bool) and length > 0)
            for length in given
        ):
            raise ModelError("the file does not say the shape of what enters the model")
        if not 2 <= len(given) <= 4:
            raise ModelError(f"what enters the model has {len(given) - 1} axes; a picture has two or three")
        return given[1:]

    def _sides(self, own: Sequence[int | None], given: Sequence[int | None]) -> list[int]:
        found = []
        for what, side, wanted in zip(("height", "width"), own, given, strict=True):
            if side is not None and wanted is not None and side != wanted:
                raise UsageError(f"the model is made for pictures of {what} {side}, not {wanted}")
            found.append(side or wanted or _GUESS)
        if all(side or wanted for side, wanted in zip(own, given, strict=True)):
            self.entry["size"] = found
        return found


def _takes_bytes(draft: Draft) -> bool:
    """Tell whether a layer brings numbers from 0 to 255 to small ones."""
    if draft.kind == "Resizing":
        return False
    if draft.kind != "Rescaling":
        return False
    scale, offset = (
        np.abs(np.asarray(draft.fields.get(name, default))) for name, default in (("scale", 1), ("offset", 0))
    )
    return bool(scale.max() < 1 / 30 or offset.max() > 10)
