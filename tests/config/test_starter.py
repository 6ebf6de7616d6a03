"""The starter file works, with and without its options."""

from __future__ import annotations

import re

from cnnviz.config.bundled import starter
from cnnviz.config.load import load_stack
from cnnviz.io.yaml import parse_yaml
from cnnviz.stack.graph import infer
from tests.helpers.rows import each

OPTIONS = re.findall(r"^ *#\? .*", starter(), re.MULTILINE)


def taken(*options: str) -> str:
    text = starter()
    for option in options:
        text = text.replace(option, option.replace("#? ", ""))
    return text


def test_it_works_as_it_is() -> None:
    infer(load_stack(parse_yaml(starter()).value), (300, 451, 3))


@each("option", [option for option in OPTIONS if not option.startswith("#?  ")])
def test_every_option_alone(option: str) -> None:
    options = OPTIONS[OPTIONS.index(option) :][:3] if "output" in option else [option]
    if "type: Add" in option:
        options = OPTIONS[OPTIONS.index(option) - 1 :][:2]
    text = taken(*options)
    assert text != starter()
    infer(load_stack(parse_yaml(text).value), (300, 451, 3))


def test_all_options_but_a_stride_in_one_branch() -> None:
    text = taken(*(option for option in OPTIONS if "strides" not in option))
    stack = load_stack(parse_yaml(text).value)
    assert stack.name == "my-stack"
    infer(stack, (224, 224, 3))


def test_lines_fit() -> None:
    assert max(map(len, starter().splitlines())) <= 120
