"""The kinds of rules that layers declare and those that the page's script works out are the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args, get_type_hints

import cnnviz.render.page
from cnnviz.layers.rules import Rule

KINDS = set(get_args(get_type_hints(Rule)["kind"]))
SCRIPTS = "\n".join(path.read_text() for path in Path(cnnviz.render.page.__file__).parent.rglob("*.js"))


def test_the_script_explains_every_kind_but_other() -> None:
    (table,) = re.findall(r"const make = \{(.*?)\}\[kind\]", SCRIPTS, re.DOTALL)
    assert set(re.findall(r"(\w+):", table)) == KINDS - {"other"}, "rules.py and explain.js name the kinds of rules"


def test_the_script_asks_for_no_kind_that_there_is_not() -> None:
    asked = re.findall(r'rule\??\.kind [!=]== "(\w+)"', SCRIPTS)
    for listed in re.findall(r"\[([^\]]*)\]\.includes\(\w+\.rule\.kind\)", SCRIPTS):
        asked += re.findall(r'"(\w+)"', listed)
    assert asked
    assert set(asked) <= KINDS
