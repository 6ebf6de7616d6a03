"""YAML text to plain data: scalars, places, and everything that is refused."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.errors import ConfigError
from cnnviz.io import yaml as module
from cnnviz.io.scalars import parse_scalar
from cnnviz.io.yaml import Document, Mark, listed, parse_yaml
from tests.helpers.rows import each

ROOT = Path(__file__).parents[2]
LOADERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if hasattr(yaml, "CSafeLoader") else [])]


@pytest.fixture(params=LOADERS, ids=lambda loader: loader.__name__)
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> type:
    monkeypatch.setattr(module, "_LOADER", request.param)
    return request.param


def refused(text: str | bytes) -> list[str]:
    """Return the mistakes of a text, one a line."""
    try:
        return [str(mistake) for mistake in listed(parse_yaml(text, "f"))]
    except ConfigError as error:
        return str(error).split("\n")


@each(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("nULL", "nULL"),
        ("true", True),
        ("False", False),
        ("tRUE", "tRUE"),
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("no", "no"),
        ("y", "y"),
        ("010", 10),
        ("-7", -7),
        ("+7", 7),
        ("0o17", 15),
        ("0x1F", 31),
        ("-0x1F", "-0x1F"),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("190:20:30", "190:20:30"),
        ("2001-12-14", "2001-12-14"),
        ("1e-3", 1e-3),
        ("1E3", 1e3),
        (".5", 0.5),
        ("5.", 5.0),
        ("-.5", -0.5),
        ("1.5.", "1.5."),
        (".", "."),
        ("1/255", "1/255"),
        ("<<", "<<"),
        ("=", "="),
        ("9223372036854775807", 2**63 - 1),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text: str, value: Any) -> None:
    for got in (parse_scalar(text), parse_yaml(f"[{text}]").value[0] if text else parse_yaml("a:").value["a"]):
        assert got == value
        assert type(got) is type(value)


def test_quotes_make_strings() -> None:
    assert parse_yaml("['1', \"true\", '']").value == ["1", "true", ""]
    assert parse_yaml("a: |\n  010\nb: >-\n  null\n").value == {"a": "010\n", "b": "null"}


@each("text", [".inf", "-.inf", "+.INF", ".Inf", ".nan", ".NaN", ".NAN", "1e999", "-1e400", str(2**63), "9" * 5000])
def test_numbers_must_be_finite_and_of_a_size(text: str) -> None:
    with pytest.raises(ValueError, match=r"finite|too large"):
        parse_scalar(text)


def test_every_key_and_value_has_its_place(loader: type) -> None:
    document = parse_yaml("a: 1\nlayers:\n  - {type: Conv2D, size: [3, 5]}\n  - Flatten\n", "f")
    assert document.value == {"a": 1, "layers": [{"type": "Conv2D", "size": [3, 5]}, "Flatten"]}
    assert document.marks == {
        (): Mark(1, 1),
        ("a",): Mark(1, 4),
        ("layers",): Mark(3, 3),
        ("layers", 0): Mark(3, 5),
        ("layers", 0, "type"): Mark(3, 12),
        ("layers", 0, "size"): Mark(3, 26),
        ("layers", 0, "size", 0): Mark(3, 27),
        ("layers", 0, "size", 1): Mark(3, 30),
        ("layers", 1): Mark(4, 5),
    }
    assert document.keys == {
        ("a",): Mark(1, 1),
        ("layers",): Mark(2, 1),
        ("layers", 0, "type"): Mark(3, 6),
        ("layers", 0, "size"): Mark(3, 20),
    }


@each("line_end", ["\n", "\r\n", "\r"])
def test_bom_and_line_ends(loader: type, line_end: str) -> None:
    data = line_end.join(["\ufeffa: 1", "b: é", "c: 3"]).encode()
    document = parse_yaml(data, "f")
    assert document.value == {"a": 1, "b": "é", "c": 3}
    assert document.keys["a",] == Mark(1, 1)
    assert document.keys["c",] == Mark(3, 1)


@each(
    ("text", "messages"),
    [
        (
            "a: &x 1\nb: *x\n",
            [
                "f:1:4: a: anchors (`&x`) are not allowed; leave it out",
                "f:2:4: b: aliases (`*x`) are not allowed; write the value out",
            ],
        ),
        ("&x a: 1", ["f:1:1: anchors (`&x`) are not allowed; leave it out"]),
        ("a: !!int 3", ["f:1:4: a: tags (`!!int`) are not allowed; leave it out"]),
        ("a: ! 3", ["f:1:4: a: tags (`!`) are not allowed; leave it out"]),
        (
            "a: !!python/object/apply:os.system [ls]",
            ["f:1:4: a: tags (`!!python/object/apply:os.system`) are not allowed; leave it out"],
        ),
        ("b: 1\na: 2\nb: {c: 3}\n", ["f:3:1: b: is given twice, first on line 1"]),
        (
            "- {a: 1, a: 1, a: 1}",
            ["f:1:10: [0].a: is given twice, first on line 1", "f:1:16: [0].a: is given twice, first on line 1"],
        ),
        ("1: a\n~: b\n", ["f:1:1: a key must be a name, got `1`", "f:2:1: a key must be a name, got something else"]),
        ("true: c", ["f:1:1: a key must be a name, got `true`"]),
        ("? [a]\n: {b: 1}\nc: 2", ["f:1:3: a key must be a name, got something else"]),
        (
            "a: .nan\nb: [1e999]\n",
            [
                "f:1:4: a: .nan is not allowed; numbers must be finite",
                "f:2:5: b[0]: 1e999 is too large for a floating-point number",
            ],
        ),
        ("a: 1\n---\nb: 2\n---\nc: 3", ["f:2:1: a second document begins here; a file holds one stack"]),
        ("--- {a: 1}\n...\n", []),
        ("%YAML 1.1\n---\na: on\n", []),
        ("# nothing\n", []),
    ],
)
def test_what_hides_meaning_is_refused(loader: type, text: str, messages: list[str]) -> None:
    assert refused(text) == messages


@each(
    ("text", "message"),
    [
        # What a parser says of these is its own affair; the place is not.
        ("a: b: c", "f:1:5: not valid YAML: "),
        ("a:\n  - b\n c: 1\n", "f:3:2: not valid YAML: "),
        ("a: 1\n  b: 2", "f:2:4: not valid YAML: "),
        ("- a\nb: 2", "f:2:1: not valid YAML: "),
        ("a: [1, 2\nb: 3", "f:2:2: not valid YAML: "),
        ("a: 'x\n\n", "f:3:1: not valid YAML: "),
        ("a: - b", "f:1:4: not valid YAML: "),
        ('a: "\\d"', "f:1:6: not valid YAML: "),
        ('a: "\\UFFFFFFFF"', "f: not valid YAML: "),
        ("x:\n\t- a", "f:2:1: not valid YAML: a tab; indent with spaces"),
        ("a: @x", "f:1:4: not valid YAML: `@` cannot begin a value; use quotes"),
        ("a\x00", "f:1:2: the character U+0000 is not allowed in YAML; is this a text file?"),
        ("a: 1\nb: \x1b", "f:2:4: the character U+001B is not allowed in YAML; is this a text file?"),
        (b"a: 1\nb: \xff", "f:2:4: not UTF-8 text (byte 0xff); save the file as UTF-8"),
        ("a: 1".encode("utf-16"), "f:1:1: not UTF-8 text (byte 0xff); save the file as UTF-8"),
    ],
)
def test_syntax(loader: type, text: str | bytes, message: str) -> None:
    (line,) = refused(text)
    assert line.startswith(message)


def test_mistakes_before_a_syntax_error_are_told_too() -> None:
    assert len(refused("a: &x 1\nb: [")) == 2


def test_nothing_is_said_twice_of_a_second_document() -> None:
    assert parse_yaml("a: 1\n---\nb: 2").value == {"a": 1}


def test_the_first_of_a_key_stays() -> None:
    document = parse_yaml("a: {b: 1}\na: {c: 2}\nd: 3")
    assert document.value == {"a": {"b": 1}, "d": 3}
    assert document.marks["a",] == Mark(1, 4)


@each("levels", [33, 1_001, 100_000])
@each("opening", ["[", "{a: ", "- ", "? ", "[?", "[a: ", "{? "])
def test_depth_is_limited(loader: type, opening: str, levels: int) -> None:
    # libyaml looks ahead, has a limit of its own in newer versions, and takes minutes in older ones.
    (line,) = refused(opening * levels)
    assert line.endswith(": nested more than 32 levels deep")


@each("levels", [33, 1_400])
def test_depth_of_indentation_is_limited(loader: type, levels: int) -> None:
    (line,) = refused("".join(f"{' ' * level}a:\n" for level in range(levels)))
    assert line == "f:33:33: nested more than 32 levels deep"


def test_what_is_nested_as_deep_as_allowed_is_read(loader: type) -> None:
    assert parse_yaml("[" * 32 + "]" * 32).value
    assert parse_yaml("".join(f"{' ' * level}a:\n" for level in range(32))).value


def test_size_is_limited() -> None:
    assert refused("#" * (2**20 + 1)) == ["f: is larger than 1,048,576 bytes, too large for a layer stack"]
    assert parse_yaml("#" * 2**20).value is None


@pytest.mark.skipif(len(LOADERS) < 2, reason="PyYAML without libyaml")
@each("file", [*(ROOT / "configs").glob("*.yaml"), ROOT / "cnnviz/config/starter.yaml"], ids=str)
def test_both_parsers_agree(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(with_loader: type) -> Document:
        monkeypatch.setattr(module, "_LOADER", with_loader)
        return parse_yaml(file.read_bytes())

    first, second = map(read, LOADERS)
    assert first == second


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63) + 1, 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=8),
)
data = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcd", min_size=1), inner, max_size=4)
)


@given(data)
def test_what_a_yaml_writer_writes_is_read_back(value: Any) -> None:
    assert same(parse_yaml(json.dumps(value, ensure_ascii=False)).value, value)


def same(a: Any, b: Any) -> bool:
    """Compare with types: YAML writes 1.0 and 1 apart, Python calls them equal."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and (a == b or (isinstance(a, float) and math.isclose(a, b)))


@given(st.text() | st.text("[]{}:,-?&*!|>'\"%@` \n\tab#1.~", max_size=60) | st.binary(max_size=60))
def test_any_text_is_read_or_refused(text: str | bytes) -> None:
    if isinstance(text, str):
        text = text.encode("utf-8", "surrogatepass")
    try:
        document = parse_yaml(text, "f")
    except ConfigError as error:
        assert error.mistakes
    else:
        assert set(document.keys) <= set(document.marks)
