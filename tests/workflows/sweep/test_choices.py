"""Values separated by commas, and their combinations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.config.switches import Switches
from cnnviz.errors import UsageError
from cnnviz.workflows.sweep.choices import MOST, combinations, parse_choices, split_values
from tests.helpers.rows import each

SPLIT = {
    "relu": ["relu"],
    "relu, tanh ,sigmoid": ["relu", "tanh", "sigmoid"],
    "[1,2],[3,4]": ["[1,2]", "[3,4]"],
    "{type: constant, value: 0.1},zeros": ["{type: constant, value: 0.1}", "zeros"],
    "{type: filters, values: [[[1, 2], [3, 4]]]},ones": ["{type: filters, values: [[[1, 2], [3, 4]]]}", "ones"],
    "filters:[sobel_x,sobel_y],zeros": ["filters:[sobel_x,sobel_y]", "zeros"],
    "'a,b',\"c,d\"": ["'a,b'", '"c,d"'],
    "['a]',1],2": ["['a]',1]", "2"],
    "cat's,dog": ["cat's", "dog"],
    "a],b": ["a]", "b"],
    "1,,2": ["1", "", "2"],
    "": [""],
}


@each("text", SPLIT)
def test_commas_split_unless_they_are_inside_of_something(text: str) -> None:
    assert split_values(text) == SPLIT[text]


values = st.recursive(
    st.text("abc019._:x ", min_size=1).map(str.strip).filter(bool),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(inner, min_size=1).map(lambda items: f"{{a: {', b: '.join(items)}}}"),
    ),
    max_leaves=6,
)


@given(st.lists(values, min_size=1))
def test_what_is_joined_is_split_again(items: list[str]) -> None:
    assert split_values(",".join(items)) == items


@each("text", ["[1,2", "{a: 1", "'a,b", "[1,2}", '"'])
def test_a_bracket_or_quote_left_open_is_said(text: str) -> None:
    with pytest.raises(UsageError, match="missing"):
        split_values(text)


WRONG = {
    ("--activation", "relu,"): "a value is missing between the commas",
    ("--activation", "relu,relu"): "relu stands there twice",
    ("--activation", "conv=relu,other=tanh"): "give each layer an option of its own",
    ("--activation", "=relu,tanh"): "name the layer before `=`",
    ("--seed", "1,two"): "'two' is not a whole number",
    ("--seed", "1,-2"): "'-2' is not a whole number",
    ("--set", "relu,tanh"): "expected LAYER.FIELD=A,B",
    ("--set", "conv.filters=[1,2"): "has a ] missing",
    ("--set", "output.colormap=gray,magma"): "all tiles are drawn alike",
}


@each(("option", "text"), WRONG)
def test_what_is_wrong_names_the_option(option: str, text: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_choices([(option, [text])])
    assert str(error.value).startswith(f"{option} {text}: ")
    assert WRONG[option, text] in str(error.value)


def test_combinations_are_the_options_of_run() -> None:
    choices = parse_choices(
        [
            ("--initializer", ["filters:[sobel_x,sobel_y],zeros"]),
            ("--activation", ["relu,tanh", "conv=linear"]),
            ("--set", ["conv.padding=same"]),
            ("--seed", ["3,4"]),
        ]
    )
    found = combinations(choices)
    assert len(found) == 8
    assert found[1].arguments == (
        *("--initializer", "filters:sobel_x,sobel_y", "--activation", "relu", "--activation", "conv=linear"),
        *("--set", "conv.padding=same", "--seed", "4"),
    )
    assert found[1].seed == 4
    assert found[7].switches(Switches(settings=("input.max_side=9",))) == Switches(
        initializers=("zeros",),
        activations=("tanh", "conv=linear"),
        settings=("conv.padding=same", "input.max_side=9"),
    )
    assert [choice.name for choice in choices] == [
        "initializer",
        "activation",
        "activation of conv",
        "conv.padding",
        "seed",
    ]


@each("texts", [["relu,tanh", "elu,gelu"], ["conv=relu,tanh", "conv=elu"]])
def test_what_varies_twice_is_refused(texts: list[str]) -> None:
    with pytest.raises(UsageError, match=r"--activation varies activation.* twice"):
        parse_choices([("--activation", texts)])
    parse_choices([("--activation", ["relu", "elu"])])  # as for `cnnviz run`, the later wins


def test_one_combination_is_none_and_too_many_are_too_many() -> None:
    with pytest.raises(UsageError, match="nothing to compare"):
        combinations(parse_choices([("--activation", ["relu"])]))
    with pytest.raises(UsageError, match=f"3 x 50 = 150 combinations are more than {MOST}"):
        combinations(parse_choices([("--activation", ["relu,tanh,elu"]), ("--seed", [",".join(map(str, range(50)))])]))
