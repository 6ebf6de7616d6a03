"""YAML text to plain data, with the place of every key and value.

A small YAML on purpose: the scalars of YAML 1.2's core schema (`on` is a string, `010` is ten, `1e-3` is a number),
one document, and none of what makes a file mean more than it shows: no aliases, anchors, tags or duplicate keys.
No library does this: PyYAML's resolver is that of YAML 1.1, and its composer recurses and stops at the first mistake.
So the data is built from its events.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

import msgspec
import yaml

from cnnviz.errors import ConfigError, Mistake
from cnnviz.io.scalars import parse_scalar

LIMIT = 2**20
"""The largest text, in bytes."""

DEPTH = 32
"""How deep mappings and lists may nest."""

MANY = 100
"""So many mistakes are gathered before the rest is left for the next time."""

Path = tuple[str | int, ...]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml, where PyYAML has it: twenty times faster."""

_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_RESERVED = ("@", "`", "%")

# What PyYAML's own parser says, in words for somebody who never read its source; new words of its pass as they are.
_PROBLEMS = {
    "mapping values are not allowed": "a `:` that does not belong here; put text that has one in quotes",
    "unexpected end of stream": "a quote that is never closed",
    "',' or ']'": "a `,` or the closing `]` is missing",
    "',' or '}'": "a `,` or the closing `}` is missing",
    "could not find expected ':'": "a `:` is missing, or the indentation is off",
    "node content": "a value is missing",
    "did not find expected key": "the indentation does not fit the lines above",
    "<block end>": "the indentation does not fit the lines above",
    "'-' indicator": "the indentation does not fit the lines above",
    "sequence entries are not allowed": "a `-` that does not belong here; begin the list on a line of its own",
    "escape": "an unknown escape such as `\\d` in double quotes; use single quotes",
}


class Mark(NamedTuple):
    """A place in a text, counted from 1."""

    line: int
    column: int


class Document(msgspec.Struct, frozen=True):
    """What a YAML text says, and where.

    Attributes:
        value: Mappings, lists, strings, numbers, booleans and None.
        source: The file's name, for messages.
        marks: Where each value begins.
        keys: Where the key of each value in a mapping begins.
        mistakes: What is not allowed, but did not keep the rest from being read; None stands in its place.
    """

    value: Any
    source: str = ""
    marks: dict[Path, Mark] = msgspec.field(default_factory=dict)
    keys: dict[Path, Mark] = msgspec.field(default_factory=dict)
    mistakes: list[tuple[Mark, Path, str]] = msgspec.field(default_factory=list)


def parse_yaml(data: bytes | str, source: str = "") -> Document:
    """Read a YAML text.

    Args:
        data: The text, UTF-8 if bytes.
        source: The file's name, for messages.

    Raises:
        ConfigError: If it is no YAML at all, or too large; lesser mistakes are the document's.
    """
    if len(data) > LIMIT:
        raise ConfigError([Mistake((), f"is larger than {LIMIT:,} bytes, too large for a layer stack", place=source)])
    text = data if isinstance(data, str) else _decode(data, source)
    text = text.removeprefix("\ufeff")
    if control := _CONTROL.search(text):
        message = f"the character U+{ord(control[0]):04X} is not allowed in YAML; is this a text file?"
        raise _fatal(source, _mark_at(text, control.start()), message)
    if _LOADER is not yaml.SafeLoader:
        try:
            return _build(text, source, _LOADER)
        except (yaml.YAMLError, ValueError, OverflowError):
            pass  # its limits and words differ from version to version: PyYAML's own parser decides
    return _build(text, source, yaml.SafeLoader)


def listed(document: Document) -> list[Mistake]:
    """Return the document's own mistakes, with their places."""
    return [Mistake(path, message, "", place(document.source, mark)) for mark, path, message in document.mistakes]


def place(source: str, mark: Mark) -> str:
    """Write a place as `FILE:LINE:COLUMN`."""
    return f"{source}:{mark.line}:{mark.column}"


def _build(text: str, source: str, loader: Any) -> Document:
    """Build the document from a parser's events.

    Raises:
        ConfigError: If the text is nested too deep.
        YAMLError: If it is no YAML, from a parser other than PyYAML's own; a ConfigError from that.
    """
    builder = _Builder(Document(None, source))
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.take(event)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        if loader is not yaml.SafeLoader:
            raise
        raise ConfigError([*listed(builder.document), *_syntax_error(error, text, source).mistakes]) from None
    return msgspec.structs.replace(builder.document, value=builder.value)


class _Container:
    """A mapping or list under construction."""

    __slots__ = ("first", "key", "path", "target")

    def __init__(self, target: dict[str, Any] | list[Any], path: Path) -> None:
        self.target = target
        self.path = path
        self.key: str | None = None
        self.first = True
        """Whether a mapping waits for a key rather than a value."""


class _Builder:
    """Builds a document from the parser's events."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.value: Any = None
        self._containers: list[_Container] = []
        self._documents = 0

    def take(self, event: Any) -> None:
        """Take the parser's next event."""
        mark = Mark(event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents == 2:
                self._refuse(mark, (), "a second document begins here; a file holds one stack")
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            self._containers.pop()
        elif isinstance(event, yaml.AliasEvent):
            where = self._place(mark)
            self._refuse(mark, where, f"aliases (`*{event.anchor:.40}`) are not allowed; write the value out")
            self._put(None, mark, where)
        elif isinstance(event, yaml.NodeEvent):
            self._node(event, mark)

    def _node(self, event: Any, mark: Mark) -> None:
        where = self._place(mark)
        if event.anchor is not None:
            self._refuse(mark, where, f"anchors (`&{event.anchor:.40}`) are not allowed; leave it out")
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._refuse(mark, where, f"tags (`{tag:.40}`) are not allowed; leave it out")
        if isinstance(event, yaml.ScalarEvent):
            self._put(self._scalar(event, mark, where), mark, where)
            return
        target: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._put(target, mark, where)
        if len(self._containers) == DEPTH:
            raise _fatal(self.document.source, mark, f"nested more than {DEPTH} levels deep")
        self._containers.append(_Container(target, where))

    def _scalar(self, event: Any, mark: Mark, where: Path) -> Any:
        try:
            event.value.encode()  # PyYAML's own parser lets halves of surrogate pairs through
            return event.value if event.style or event.tag is not None else parse_scalar(event.value)
        except UnicodeEncodeError:
            self._refuse(mark, where, "half a character (a lone surrogate) is not allowed")
            return None
        except ValueError as error:
            self._refuse(mark, where, str(error))
            return None

    def _place(self, mark: Mark) -> Path:
        """Return the path of the value that begins now; a key has its mapping's."""
        if not self._containers:
            return ()
        container = self._containers[-1]
        if isinstance(container.target, list):
            return (*container.path, len(container.target))
        return container.path if container.first or container.key is None else (*container.path, container.key)

    def _put(self, value: Any, mark: Mark, where: Path) -> None:
        if not self._containers:
            if self._documents == 1:
                self.value = value
                self.document.marks[()] = mark
            return
        container = self._containers[-1]
        if isinstance(container.target, list):
            container.target.append(value)
            self.document.marks.setdefault(where, mark)
        elif container.first:
            container.first = False
            container.key = self._key(value, mark, container)
        else:
            container.first = True
            if container.key is not None and container.key not in container.target:
                container.target[container.key] = value
                self.document.marks.setdefault(where, mark)

    def _key(self, value: Any, mark: Mark, container: _Container) -> str | None:
        if not isinstance(value, str):
            shown = f"`{json.dumps(value)}`" if isinstance(value, (int, float)) else "something else"
            self._refuse(mark, container.path, f"a key must be a name, got {shown}")
            return None
        where = (*container.path, value)
        if value in container.target:
            line = self.document.keys[where].line
            self._refuse(mark, where, f"is given twice, first on line {line}")
        self.document.keys.setdefault(where, mark)
        return value

    def _refuse(self, mark: Mark, path: Path, message: str) -> None:
        if len(self.document.mistakes) < MANY:
            self.document.mistakes.append((mark, path, message))


def _decode(data: bytes, source: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        message = f"not UTF-8 text (byte 0x{data[error.start]:02x}); save the file as UTF-8"
        raise _fatal(source, _mark_at(before, len(before)), message) from None


def _mark_at(text: str, position: int) -> Mark:
    """Count lines as YAML does."""
    lines = re.split("\r\n|[\r\n\x85\u2028\u2029]", text[:position])
    return Mark(len(lines), len(lines[-1]) + 1)


def _fatal(source: str, mark: Mark, message: str) -> ConfigError:
    return ConfigError([Mistake((), message, place=place(source, mark))])


def _syntax_error(error: Exception, text: str, source: str) -> ConfigError:
    since = getattr(error, "context_mark", None)
    at = getattr(error, "problem_mark", None) or since
    if at is None:
        return ConfigError([Mistake((), f"not valid YAML: {error}", place=source)])
    character, problem = text[at.index : at.index + 1], str(getattr(error, "problem", error))
    if character == "\t":
        wrong = "a tab; indent with spaces"
    elif character in _RESERVED:
        wrong = f"`{character}` cannot begin a value; use quotes"
    else:
        wrong = next((plain for part, plain in _PROBLEMS.items() if part in problem), problem)
    if since is not None and since.line < at.line:
        wrong += f" (in what begins on line {since.line + 1})"
    return _fatal(source, Mark(at.line + 1, at.column + 1), f"not valid YAML: {wrong}")
