"""Pages: their templates, the style and scripts that they hold, and how they say that cnnviz wrote them.

The files of a page lie in the folder `templates` beside the module that writes it. Jinja is imported where a page is
written, for most commands write none.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from cnnviz.wording import plural, sentence_case, shape_text

if TYPE_CHECKING:
    from jinja2 import Environment, Template

HEAD_BYTES = 4096
"""In so many bytes from its start, a page says what wrote it."""


def page_mark(command: str = "") -> bytes:
    """Return what stands near the start of every page that cnnviz writes.

    Args:
        command: The command that writes the page, such as `sweep`; empty for any.
    """
    return b'<meta name="generator" content="cnnviz' + (f' {command}">'.encode() if command else b"")


def is_page(data: bytes, command: str = "") -> bool:
    """Whether a file is a page that cnnviz wrote, of whatever version.

    Args:
        data: The first `HEAD_BYTES` bytes of the file, or more.
        command: The command that writes such pages, such as `sweep`; empty for any.
    """
    return page_mark(command) in data[:HEAD_BYTES]


def template(package: str, name: str = "page.html.j2") -> Template:
    """Return a template, in which every value is escaped, and none may be missing.

    Args:
        package: The package of the module that writes the page.
        name: The name of the file.
    """
    return _environment(package).get_template(name)


@cache
def inlined(package: str, scripts: Sequence[str] = ()) -> dict[str, Any]:
    """Return what a template needs to hold the style and the scripts of a page.

    Args:
        package: The package of the module that writes the page.
        scripts: The names of the files, in order.

    Returns:
        `style` and `script`, and as `style_hash` and `script_hash` what the page's content security policy says of
        them, by which no other one is obeyed.
    """
    from markupsafe import Markup

    style = _read(package, "page.css")
    script = "\n".join(_read(package, name) for name in scripts)
    return {
        "style": Markup(style),
        "style_hash": _hash(style),
        "script": Markup(script),
        "script_hash": _hash(script),
    }


@cache
def _environment(package: str) -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(package, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"plural": plural, "sentence_case": sentence_case, "shape": shape_text}
    return environment


def _read(package: str, name: str) -> str:
    # Jinja is loaded for the page anyway, importlib.resources would be one more for every run.
    from jinja2 import PackageLoader

    return PackageLoader(package, "templates").get_source(_environment(package), name)[0]


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
