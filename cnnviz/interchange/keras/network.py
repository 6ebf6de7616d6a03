"""The calls of a model as layers of a stack: what each becomes, what it is called, what enters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cnnviz.errors import LayerError, ModelError, UsageError
from cnnviz.interchange.drafting.building import INPUT, Builder, Draft, Tensor, UnsayableError
from cnnviz.interchange.drafting.layout import Layout
from cnnviz.interchange.keras.files import ModelFile
from cnnviz.interchange.keras.graph import Graph
from cnnviz.interchange.keras.kinds import KINDS
from cnnviz.interchange.keras.kinds.functions import operation_of
from cnnviz.interchange.keras.kinds.operations import operate
from cnnviz.interchange.keras.layers import Call, Source
from cnnviz.interchange.keras.naming import distinct, layer_names, titles_of, with_sources
from cnnviz.interchange.keras.picture import Picture
from cnnviz.interchange.keras.step import Step
from cnnviz.interchange.model import SILENT, ImportOptions
from cnnviz.io.hdf5.dialects import CHANNELS_FIRST
from cnnviz.io.hdf5.names import legal_name, legal_names
from cnnviz.wording import listed

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
    picture = Picture(graph, [call for _, call in calls], options)
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
    builder: Builder, ends: Sequence[Tensor | None], graph: Graph, sources: Sequence[str], picture: Picture
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
    if not any(draft.takes_bytes for draft in drafts if INPUT in draft.inputs):
        entry["scale"] = "1/255"
        remarks.append(SILENT)
    drafts = with_sources(drafts)
    return Network(drafts, layer_names(drafts, sources), numbers, picture.layout, entry, remarks)


def _source_names(graph: Graph) -> list[str]:
    """Return the name of each call's output: the layer's, with the number of the call from the second on."""
    return [f"{call.layer.title}:{call.number}" if call.number else call.layer.title for call in graph.calls]


def _ends(graph: Graph, sources: Sequence[str], until: str) -> list[Source]:
    if not until:
        return list(graph.outputs)
    for names in (sources, [source.rpartition("/")[2] for source in sources], [legal_name(s) for s in sources]):
        if until in names:
            return [Source(list(names).index(until))]
    titles = list(titles_of(sources).values())
    legal = list(legal_names(distinct(titles)).values())
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
