"""What of the guide follows from the code; `pytest --update-golden tests/test_guide.py` writes it anew.

A page keeps them between `<!-- generated: NAME -->` and `<!-- end -->`.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from cnnviz.cli._commands import cli, every_command
from cnnviz.cli._declaring import SECTIONS, Command
from cnnviz.cli._statuses import MEANINGS
from cnnviz.config import bundled, reference
from cnnviz.io.samples import Kind, sample_names
from cnnviz.workflows.guide import summary, topics

WIDTH = 80
"""Columns of a terminal, which a page's prose keeps to."""

ROOT = Path(__file__).parent.parent.parent
README = ROOT / "README.md"

_PART = re.compile(r"(<!-- generated: ([^\n]*) -->\n).*?(<!-- end -->)", re.DOTALL)


def pages() -> dict[str, str]:
    """Return the text of every page by its topic."""
    return {topic: page.read_text(encoding="utf-8") for topic, page in topics().items()}


def documents() -> dict[str, str]:
    """Return the text of the README and of every page."""
    return {"README": README.read_text(encoding="utf-8"), **pages()}


def blocks(document: str, language: str) -> list[str]:
    """Return the fenced blocks of a document that are written in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", documents()[document], re.DOTALL | re.MULTILINE)


def page_of(command: str) -> str:
    """Return the topic whose page has the options of a command."""
    mark = f"<!-- generated: command {command} -->"
    found = [topic for topic, text in pages().items() if f"{mark}\n" in text]
    assert len(found) == 1, (
        f"{len(found)} pages of cnnviz/guide/ have a place for `cnnviz {command}`: write {mark} and <!-- end --> "
        "into one, each on a line of its own, then run pytest --update-golden tests/test_guide.py"
    )
    return found[0]


def _filled(text: str, first: str = "", indent: str = "") -> str:
    code = re.sub(r"`[^`]*`", lambda found: found[0].replace(" ", "\0"), text)
    filled = textwrap.fill(
        code, WIDTH, initial_indent=first, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )
    return filled.replace("\0", " ")


def _items(lines: Iterable[str]) -> str:
    return "".join(_filled(line, "- ", "  ") + "\n" for line in lines)


def _help(command: Command) -> tuple[list[str], str]:
    """Return the paragraphs of a command's help, and its examples."""
    text, _, examples = inspect.cleandoc(command.help or "").partition("\b\nExamples:\n")
    return [" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n")], inspect.cleandoc(examples)


def first_example(name: str) -> str:
    """Return what stands after `cnnviz` in the first example of a command's help."""
    return _help(every_command()[name])[1].splitlines()[0].partition(" >")[0].removeprefix("cnnviz ")


def command(name: str) -> str:
    """Write how a command is called, what it does, its options, and examples."""
    return "\n".join(_command(name))


def _command(name: str) -> Iterator[str]:
    found = every_command()[name]
    context = click.Context(found, info_name=name, parent=click.Context(cli, info_name="cnnviz"))
    yield f"`{' '.join(['cnnviz', name, *found.collect_usage_pieces(context)])}`\n"
    paragraphs, examples = _help(found)
    for paragraph in paragraphs:
        yield _filled(paragraph) + "\n"
    records = [option.get_help_record(context) for option in found.params if isinstance(option, click.Option)]
    if records:
        yield _items(f"`{names}`: {meaning.replace('  [', ' [')}" for names, meaning in filter(None, records))
    yield f"```sh\n{examples}\n```\n"


def commands() -> str:
    """Write what each command does, and which page says more."""
    parts = []
    for section in SECTIONS:
        found = {name: command for name, command in every_command().items() if command.section == section}
        lines = [f"[`cnnviz {name}`]({page_of(name)}.md): {command.summary()}" for name, command in found.items()]
        parts.append(f"**{section}**\n\n{_items(lines)}")
    return "\n".join(parts)


def index() -> str:
    """List all pages, as the README links them."""
    return _items(f"[`{topic}`](cnnviz/guide/{topic}.md): {summary(page)}" for topic, page in topics().items())


def _rows(rows: Iterable[reference.ReferenceRow]) -> str:
    return _items(f"`{row.name}`: {row.sentence}{_fields(row)}" for row in rows)


def _fields(row: reference.ReferenceRow) -> str:
    fields = [f"`{name}`" if default is None else f"`{name}` ({default})" for name, default in row.fields]
    return f" Fields: {', '.join(fields)}." if fields else ""


def kinds() -> str:
    """Write what each kind of layer does, and its fields."""
    return _rows(reference.kinds())


def activations() -> str:
    """Write each activation's formula."""
    return _rows(reference.activations())


def initializers() -> str:
    """Write what each initialiser fills weights with, and its fields."""
    return _rows(reference.initializers())


def stacks() -> str:
    """Write what each bundled stack shows."""
    return _items(f"`{name}`: {bundled.summary(file)}" for name, file in bundled.bundled_stacks().items())


def samples() -> str:
    """Name the samples of each kind."""
    kinds: dict[str, Kind] = {"INPUT": "picture", "`--weights`": "weights", "`--data`": "data set"}
    return _items(
        f"for {where}: {', '.join(f'`sample:{name}`' for name in sample_names(kind))}" for where, kind in kinds.items()
    )


def statuses() -> str:
    """Write what each exit status means."""
    return _items(f"`{status}`: {meaning}" for status, meaning in MEANINGS.items())


_PARTS = {
    part.__name__: part for part in (commands, index, kinds, activations, initializers, stacks, samples, statuses)
}


def renewed(text: str) -> str:
    """Return a page with its generated parts as they are now."""

    def part(name: str) -> str:
        return command(name.removeprefix("command ")) if name.startswith("command ") else _PARTS[name]()

    return _PART.sub(lambda found: f"{found[1]}\n{part(found[2])}\n{found[3]}", text)


def renew(page: Path) -> None:
    """Write a page anew, if it is not up to date."""
    text = page.read_text(encoding="utf-8")
    if renewed(text) != text:
        page.write_text(renewed(text), encoding="utf-8")
