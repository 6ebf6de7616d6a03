"""What a shell offers when the tab key is pressed: click's answers, asked for as bash asks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.commands import Outcome
from tests.helpers.rows import each

Cli = Callable[..., Outcome]


@pytest.fixture
def offered(cnnviz: Cli, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """Return what is offered for the last word of a line, its words separated as bash separates them."""

    def ask(line: str) -> list[str]:
        words = line.split(" ")
        monkeypatch.setenv("_CNNVIZ_COMPLETE", "bash_complete")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
        done = cnnviz()
        assert (done.status, done.err) == (0, "")
        return done.out.split()

    return ask


FILES = "file,"


@each(
    ("line", "expected"),
    [
        ("cnnviz swe", ["plain,sweep"]),
        ("cnnviz run photo.png --config mnist_t", ["plain,mnist_two_conv", "file,mnist_t"]),
        ("cnnviz run photo.png --config = len", ["plain,lenet5", "file,len"]),
        ("cnnviz run photo.png -c len", ["plain,lenet5", "file,len"]),
        ("cnnviz run photo.png -c stack.y", ["file,stack.y"]),
        ("cnnviz run sample:digit", ["plain,sample:digit", "plain,sample:digits"]),
        ("cnnviz run sample : digit", ["plain,digit", "plain,digits"]),
        ("cnnviz run pho", ["file,pho"]),
        ("cnnviz explain sample : dig", ["plain,digit", "plain,digits"]),
        ("cnnviz explain sample : digit -c lenet5 --layer conv_", ["plain,conv_1", "plain,conv_2", "plain,conv_3"]),
        ("cnnviz run photo.png -c lenet5 --layer dense", ["plain,dense_1", "plain,dense_2"]),
        ("cnnviz run photo.png --layer dense", []),
        ("cnnviz run photo.png -c missing.yaml --layer dense", []),
        ("cnnviz run photo.png -c l3 --until conv_3", ["plain,conv_3"]),
        ("cnnviz run photo.png --weights sample : len", ["plain,lenet5"]),
        ("cnnviz run photo.png --weights sample : mnist_two_conv -c l3", ["plain,l3", "file,l3"]),
        ("cnnviz train --data sam", ["plain,sample:mnist", "file,sam"]),
        ("cnnviz train --watch sample : chel", ["plain,chelsea"]),
        ("cnnviz sweep sample : chel", ["plain,chelsea"]),
        ("cnnviz maximize --from sample : chel", ["plain,chelsea"]),
        ("cnnviz guide wei", ["plain,weights"]),
        ("cnnviz configs walk", ["plain,walkthrough"]),
        ("cnnviz run photo.png --figure pho", ["file,pho"]),
        ("cnnviz compare ou", ["file,ou"]),
        ("cnnviz run --scale-", ["plain,--scale-by"]),
        ("cnnviz nosuch --config l", []),
    ],
)
def test_what_is_offered(offered: Callable[[str], list[str]], line: str, expected: list[str]) -> None:
    assert offered(line) == expected


def test_layers_of_a_stack_of_ones_own_are_offered(offered: Callable[[str], list[str]]) -> None:
    Path("mine.yaml").write_text("layers: [{type: Conv2D, name: eyes, filters: 1, kernel_size: 3}]")
    assert offered("cnnviz run photo.png -c mine.yaml --layer ") == ["plain,eyes"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_script(cnnviz: Cli, monkeypatch: pytest.MonkeyPatch, shell: str) -> None:
    monkeypatch.setenv("_CNNVIZ_COMPLETE", f"{shell}_source")
    done = cnnviz()
    assert done.status == 0
    assert f"_CNNVIZ_COMPLETE={shell}_complete" in done.out


@pytest.mark.slow
@each(
    ("words", "expected"),
    [
        ("run sam", ["sample:astronaut", "sample:camera"]),
        ("run sample : digit", ["digit", "digits"]),
        ("run x -c le", ["lenet5", "lens/"]),
        ("run x -c my", []),  # files alone are left to bash
    ],
)
def test_bash_completes(tmp_path: Path, words: str, expected: list[str]) -> None:
    (tmp_path / "lens").mkdir()
    (tmp_path / "cnnviz").write_text(f'#!/bin/sh\nexec {sys.executable} -m cnnviz "$@"\n')
    (tmp_path / "cnnviz").chmod(0o755)
    script = f"""
        PATH=$PWD:$PATH
        eval "$(_CNNVIZ_COMPLETE=bash_source cnnviz)"
        complete -p cnnviz >/dev/null || exit 1
        compopt() {{ :; }}
        COMP_WORDS=(cnnviz {words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
        _cnnviz_completion cnnviz
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "--norc", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split()[: len(expected) or None] == expected
