"""From a YAML file, a bundled name or a mapping, and the command line's switches, to a checked stack."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path as FilePath
from typing import Any

import msgspec

from cnnviz.config.bundled import YAML_SUFFIXES, find_bundled, unknown_stack
from cnnviz.config.names import layer_names, stack_name
from cnnviz.config.opened import OpenedModel
from cnnviz.config.places import EnoughError, Mistakes, Places
from cnnviz.config.plain import plain
from cnnviz.config.stack import read_stack
from cnnviz.config.switches import Switches, apply
from cnnviz.config.wording import show, suggest
from cnnviz.errors import ConfigError, Mistake, UsageError
from cnnviz.io.files import read_regular_file, show_path
from cnnviz.io.yaml import LIMIT, Document, Path, parse_yaml
from cnnviz.stack.graph import named
from cnnviz.stack.spec import NAMED_INPUTS, Stack

Source = str | os.PathLike[str] | Mapping[str, Any] | Stack | OpenedModel


class Loaded(msgspec.Struct, frozen=True):
    """A checked stack, and where its values came from.

    Attributes:
        stack: The stack, switches applied.
        remarks: What a user should know of it, to be said on stderr.
    """

    stack: Stack
    remarks: tuple[str, ...]
    _places: Places

    def overruled(self, given: Collection[str], file: str | None) -> dict[str, str]:
        """Say which switches change nothing, for they bring initialisers to layers alone whose weights are given.

        Args:
            given: Names of the layers whose weights are given.
            file: Who gives them; None for the model file that the stack is.

        Returns:
            What to say of each, by the switch.
        """
        found: dict[str, list[str]] = {}
        for path, switch in self._places.switches():
            brings = path[0] == "layers" and str(path[-1]).endswith("_initializer")
            at = int(path[1]) if brings else 0
            names = [layer.name for layer in self.stack.layers[at : at + 1]] if brings else [""]
            found.setdefault(switch, []).extend(names)
        whose = "the model file" if file is None else show_path(file)
        return {
            switch: f"{switch}: changes nothing: {whose} has the weights of {names[0]}"
            f"{' and others' if len({*names}) > 1 else ''}; leave one of the two out"
            for switch, names in found.items()
            if names and {*names} <= {*given}
        }

    @contextmanager
    def places(self) -> Iterator[None]:
        """Give the mistakes that come out of the block their places.

        Raises:
            ConfigError: In place of the one that was raised.
        """
        try:
            yield
        except ConfigError as error:
            places = [mistake.place or self._places.find(mistake.path)[1] for mistake in error.mistakes]
            located = zip(error.mistakes, places, strict=True)
            raise ConfigError([mistake._replace(place=place) for mistake, place in located]) from None


def load_stack(source: Source) -> Stack:
    """Load a layer stack and check all that can be checked without a picture.

    Args:
        source: A YAML file, the name of a bundled stack such as `l3`, a mapping of the same form, or a stack; or a
            model file of another program, such as `resnet18.onnx`, whose weights the stack then has.

    Raises:
        ConfigError: With all mistakes of syntax, fields, names and inputs.
        ModelError: If a model file cannot be read.
        UsageError: If there is no such file or bundled stack.
    """
    return load(source).stack


def load(source: Source | Loaded, switches: Switches | None = None) -> Loaded:
    """Load a layer stack with the command line's changes.

    Args:
        source: As for `load_stack`; what is loaded already stays as it is.
        switches: The changes, made before anything is checked.

    Raises:
        ConfigError: With all mistakes, those that a switch brought under the switch's name.
        ModelError: If a model file cannot be read.
        UsageError: If there is no such file or bundled stack, or a switch changes nothing.
    """
    if isinstance(source, Loaded):
        return source
    switches = switches or Switches()
    source = open_source(source, switches)
    assert not isinstance(source, Loaded)
    document, name, remarks = _read(source)
    places = Places(document)
    mistakes = Mistakes(places)
    stack = None
    try:
        for mark, path, message in document.mistakes:
            mistakes.note(mark, path, message, _layer(document.value, path))
        data = document.value
        if isinstance(data, Mapping):
            data = _with_types(data)
            remarks += apply(switches, data, places)
            stack = read_stack(data, name, mistakes)
        else:
            found = "an empty file" if data is None else show(data)
            mistakes.add((), f"expected a mapping with `layers`, got {found}")
    except EnoughError:
        raise ConfigError([*mistakes.error().mistakes, Mistake((), "and perhaps more; mend these first")]) from None
    if stack is None:
        raise mistakes.error()
    if switches.until and not isinstance(source, OpenedModel):
        stack = _until(stack, switches.until)
    return Loaded(_with_weights(stack, source), tuple(remarks), places)


def open_source(source: Source | Loaded, switches: Switches) -> Source | Loaded:
    """Read the source if it is a model file, so that it is read once for all that is then loaded from it.

    Args:
        source: As for `load`.
        switches: The command line's changes.

    Returns:
        The source; in place of a model file's path what the file says.

    Raises:
        ModelError: If a model file cannot be read.
        UsageError: If a switch is for model files alone and this is none.
    """
    if isinstance(source, (str, os.PathLike)) and _may_be_model(os.fspath(source)):
        from cnnviz.interchange import is_model_file

        if is_model_file(source):
            from cnnviz.config.model import open_model

            return open_model(source, switches)
    if switches.set_inputs and not isinstance(source, OpenedModel):
        shown = show_path(switches.set_inputs[0])
        raise UsageError(f"--set-input {shown}: the stack takes nothing but the picture; it is for model files")
    return source


def _may_be_model(path: str) -> bool:
    """Whether it is worth looking closer: what is named as YAML, or is no file but a bundled stack's name, is not."""
    return not path.lower().endswith(YAML_SUFFIXES) and os.path.lexists(path)


def _with_weights(stack: Stack, source: Source) -> Stack:
    """Return a stack with the weights that its source came with, if any."""
    trained = getattr(source, "trained", None)
    if trained is None:
        return stack
    from cnnviz.stack.trained import TrainedStack

    return TrainedStack(**{name: getattr(stack, name) for name in Stack.__struct_fields__}, trained=trained)


def _until(stack: Stack, name: str) -> Stack:
    """Leave out what comes after a layer."""
    last = named(stack.layers, name)
    if last is None:
        names = [layer.name for layer in stack.layers]
        raise UsageError(f"--until {show_path(name)}: there is no such layer; {suggest(name, names, 'layers are')}")
    if last is stack.layers[-1]:
        return stack
    return msgspec.structs.replace(stack, layers=stack.layers[: stack.layers.index(last) + 1], classes=())


def _read(source: Source) -> tuple[Document, str, list[str]]:
    """Return the document, the stack's name if it gives none, and remarks."""
    if isinstance(source, OpenedModel):
        document = msgspec.structs.replace(plain(source.document), source=show_path(source.path))
        return document, stack_name(source.path.stem), source.remarks()
    if isinstance(source, Stack):
        source = source.normalised()
    if isinstance(source, Mapping):
        return plain(source), "stack", []
    path = FilePath(source)
    # `Path.is_file` raises where a folder on the way is closed to us.
    bundled = None if os.path.isfile(path) else find_bundled(os.fspath(source))  # noqa: PTH113
    if bundled is not None:
        document = parse_yaml(read_regular_file(bundled, LIMIT, "a layer stack"), bundled.name)
        return document, bundled.stem, [f"using the bundled stack {bundled.stem}"]
    shown = show_path(path)
    if not os.path.lexists(path):
        raise unknown_stack(path.name, f"there is no file and no bundled stack {shown!r}", path.parent)
    return parse_yaml(read_regular_file(path, LIMIT, "a layer stack", UsageError), shown), stack_name(path.stem), []


def _layer(data: Any, path: Path) -> str:
    """Return the kind and name of the layer that a path leads into, if it does."""
    layers = data.get("layers") if isinstance(data, Mapping) else None
    if not isinstance(layers, list) or len(path) < 2 or path[0] != "layers":
        return ""
    position = int(path[1])
    layer = layers[position]
    kind = layer.get("type") if isinstance(layer, Mapping) else None
    return f'{kind:.100} "{layer_names(layers)[position]:.100}"' if isinstance(kind, str) else ""


def _with_types(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the stack with every bare kind written as a mapping with its `type`, and a named input as what it is."""
    layers, name = data.get("layers"), data.get("input")
    if isinstance(name, str) and name in NAMED_INPUTS:
        data = {**data, "input": dict(NAMED_INPUTS[name])}
    if not isinstance(layers, list):
        return dict(data)
    return {**data, "layers": [{"type": layer} if isinstance(layer, str) else layer for layer in layers]}
