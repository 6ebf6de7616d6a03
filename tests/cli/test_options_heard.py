"""No option is read and then ignored: one that says nothing in the company of others is refused, and both are named."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np

from cnnviz.cli._commands import cli
from cnnviz.cli._declaring import Option
from tests.helpers.commands import Outcome
from tests.helpers.models import write_keras
from tests.helpers.rows import each

Invoke = Callable[..., Outcome]

TRAINED = ("sample:digit", "-c", "lenet5", "--weights", "sample:lenet5", "-o", "out")


def commands() -> dict[str, click.Command]:
    """Return all commands by their names."""
    with click.Context(cli) as context:
        found = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}


def dependent() -> list[tuple[str, Option, Option]]:
    """Return the options that are for another one, with that one."""
    found = []
    for name, command in commands().items():
        options = {option.longest: option for option in command.params if isinstance(option, Option)}
        found += [(name, it, options[it.only_with]) for it in options.values() if it.only_with]
    return found


def test_an_option_that_is_for_another_is_refused_without_it(cnnviz: Invoke, tmp_path: Path) -> None:
    assert len(dependent()) >= 8
    for name, option, other in dependent():
        command = commands()[name]
        needed = [it for it in command.params if it.required and isinstance(it, Option)]
        arguments = ["x"] * sum(isinstance(it, click.Argument) and it.required for it in command.params)
        given = [part for it in needed if it is not other for part in (it.longest, value(it))]
        typed = [option.longest] if option.is_flag else [option.longest, value(option)]
        outcome = cnnviz(name, *arguments, *given, *typed)
        assert outcome.status == 2, (name, option.longest, outcome.err)
        assert f"{option.longest} is for {other.longest}" in outcome.err
        help_text = " ".join(cnnviz(name, "--help").out.split())
        assert f"with {other.longest}" in help_text, "help says so, too"


def value(option: Option) -> str:
    """Return what may be given for an option."""
    if isinstance(option.type, click.Choice):
        return str(option.type.choices[0])
    number = isinstance(option.type, click.IntRange | click.FloatRange)
    return "1" if number else "16:9" if option.longest == "--aspect" else "x"


def test_what_the_environment_sets_once_for_all_is_no_mistake(cnnviz: Invoke, monkeypatch) -> None:
    monkeypatch.setenv("CNNVIZ_EXPLAIN_ASPECT", "16:9")
    assert cnnviz("explain", "photo.png", "-c", "stack.yaml", "--layer", "conv").status == 0


@each(
    ("command", "said"),
    [
        (
            ("run", "photo.png", "-c", "fixed.yaml", "--max-side", 5),
            "--max-side 5: changes nothing",
        ),
        (
            ("run", "photo.png", "-c", "stack.yaml", "--max-side", 5, "--input-size", "9x9"),
            "--max-side 5: changes nothing",
        ),
        (
            ("sweep", "photo.png", "-c", "fixed.yaml", "--seed", "1,2", "--max-side", 5),
            "--max-side 5: changes nothing",
        ),
        (("run", *TRAINED, "--initializer", "zeros"), "sample:lenet5 has the weights of conv_1 and others"),
        (("run", *TRAINED, "--initializer", "conv_2=zeros"), "sample:lenet5 has the weights of conv_2;"),
        (("run", *TRAINED, "--set", "conv_2.bias_initializer=ones"), "the weights of conv_2;"),
        (("run", "photo.png", "-c", "model.h5", "--initializer", "zeros"), "the model file has the weights of conv"),
        (("sweep", *TRAINED, "--initializer", "zeros", "--activation", "tanh,relu"), "--initializer zeros: changes"),
        (("exemplars", "data.npz", "-c", "stack.yaml", "--layer", "conv", "-0"), "-0 is for lists"),
        (("exemplars", "data.npz", "-c", "stack.yaml", "--layer", "conv", "--engine", "dask"), "--engine dask is for"),
        (("exemplars", "data.npz", "-c", "stack.yaml", "--layer", "conv", "--max-pixels", 9), "--max-pixels allows 9"),
    ],
)
def test_what_changes_nothing_is_refused(tmp_path: Path, monkeypatch, capsys, command: tuple, said: str) -> None:
    from cnnviz.cli import execute
    from tests.helpers.commands import picture

    monkeypatch.chdir(tmp_path)
    picture(tmp_path / "photo.png")
    (tmp_path / "stack.yaml").write_text("layers: [{type: Conv2D, name: conv, filters: 2, kernel_size: 3}]")
    (tmp_path / "fixed.yaml").write_text(
        "{input: {size: [9, 9]}, layers: [{type: Conv2D, name: conv, filters: 2, kernel_size: 3}]}"
    )
    write_keras(tmp_path / "model.h5")
    np.savez(tmp_path / "data.npz", x=np.zeros((3, 6, 6), np.uint8), y=np.zeros(3, int))
    assert execute([*map(str, command)]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "cnnviz-out").exists()


def test_weights_that_a_choice_leaves_open_may_be_initialised(cnnviz: Invoke) -> None:
    more = ("--weights", "none,sample:lenet5", "-o", "out", "--layer", "dense_2", "-q")
    assert cnnviz("sweep", "sample:digit", "-c", "lenet5", "--initializer", "zeros,ones", *more).status == 0


def test_whoever_says_more_than_a_result_can_be_told_to_be_quiet() -> None:
    without = {name for name, command in commands().items() if not any(it.name == "quiet" for it in command.params)}
    assert without == {"configs", "guide", "init", "schema", "shapes"}, "what these print is what they are asked for"


EXPLAIN = ("explain", "photo.png", "-c", "stack.yaml", "--layer", "conv")


@each(
    ("command", "once", "said"),
    [
        (EXPLAIN, r"value \S+; the forward pass gives \S+: the same\n", "explaining the largest value"),
        (("export", "-c", "lenet5", "--to", "torch", "-o", "it.py"), r"it.py\nit.npz\n", "bundled"),
        (("import", "model.h5", "-o", "it"), r"it.stack.yaml\nit.weights.h5\n", ""),
        (("index", "out"), r"out.index.html\n", "1 complete, 0 failed, 0 incomplete"),
    ],
)
def test_quiet_is_the_result_alone_and_twice_nothing(cnnviz: Invoke, command: tuple, once: str, said: str) -> None:
    write_keras(Path("model.h5"))
    if command[0] == "index":
        assert cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "out", "-qq").status == 0
    force = ["--force"] * (command[0] == "import")
    loud, quiet, silent = (cnnviz(*command, *force, *more) for more in ((), ("-q",), ("-qq",)))
    assert said in loud.err and (said or len(loud.out) > len(quiet.out))
    assert re.fullmatch(once, quiet.out), quiet.out
    assert quiet == Outcome(0, quiet.out, "")
    assert silent == Outcome(0, "", "")


def test_a_document_is_printed_however_quiet(cnnviz: Invoke) -> None:
    write_keras(Path("model.h5"))
    for command in (EXPLAIN, ("import", "model.h5", "-o", "it", "--force")):
        plain, silent = (cnnviz(*command, "--json", *more) for more in ((), ("-qq",)))
        assert (silent.out, silent.err) == (plain.out, "") != ("", "")


def test_workers_of_no_use_are_said(cnnviz: Invoke, tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", x=np.zeros((3, 6, 6), np.uint8), y=np.zeros(3, int))
    outcome = cnnviz("exemplars", "data.npz", "-c", "stack.yaml", "--layer", "conv", "--workers", 2, "-o", "out")
    assert outcome.status == 0
    assert "--workers 2 changes nothing" in outcome.err


def test_a_limit_that_holds_already_is_no_mistake(cnnviz: Invoke, tmp_path: Path) -> None:
    (tmp_path / "fixed.yaml").write_text("{input: {size: [9, 9]}, layers: [Flatten]}")
    assert cnnviz("run", "photo.png", "-c", "fixed.yaml", "--max-side", 9, "-o", "out").status == 0


@each(
    ("options", "said"),
    [
        (("--weights", "sample:lenet5", "--seed", "1,2"), "--seed 1,2 changes nothing here"),
        (("--weights", "sample:lenet5", "--set", "training.epochs=1,2"), "training.epochs=1,2 changes nothing here"),
    ],
)
def test_choices_that_come_to_the_same_are_seen_and_said(cnnviz: Invoke, options: tuple, said: str) -> None:
    done = cnnviz("sweep", "sample:digit", "-c", "lenet5", "--layer", "conv_1", "-o", "out", *options)
    assert done.status == 0
    assert said in done.err
    assert "changes nothing" not in cnnviz("sweep", "sample:digit", "-c", "lenet5", "-o", "out", "--seed", "1,2").err
