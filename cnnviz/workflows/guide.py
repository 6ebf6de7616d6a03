"""The guide: the reference as Markdown pages inside the package, one per topic."""

from __future__ import annotations

import re
from pathlib import Path

from cnnviz.errors import UsageError

FOLDER = Path(__file__).parent.parent / "guide"

_COMMENT = re.compile(r"^<!--.*?-->\n+", re.MULTILINE)
_COMMAND = re.compile(r"^<!-- generated: command (\w+) -->$", re.MULTILINE)
_PICTURE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?!https?:)[^)]*\)")


def topics() -> dict[str, Path]:
    """Return the page of every topic by its name, such as `layers`."""
    return {file.stem: file for file in sorted(FOLDER.glob("*.md"))}


def summary(page: Path) -> str:
    """Return what a page is about: its first paragraph, on one line."""
    return " ".join(page.read_text(encoding="utf-8").split("\n\n", 2)[1].split())


def read_topic(name: str) -> str:
    """Return the page of a topic, or the one that describes a command, as text for a terminal.

    Comments are left out, of pictures the description is left, and of links to other pages the words.

    Raises:
        UsageError: If there is no such page.
    """
    texts = {topic: page.read_text(encoding="utf-8") for topic, page in topics().items()}
    described = {command: text for text in texts.values() for command in _COMMAND.findall(text)}
    text = texts.get(name) or described.get(name)
    if text is None:
        from cnnviz.config.wording import suggest

        known = sorted(texts.keys() | described)
        raise UsageError(f"the guide has no page {name!r}; {suggest(name, known, 'its pages are')}")
    return _LINK.sub(r"\1", _PICTURE.sub(r"[picture: \1]", _COMMENT.sub("", text)))
