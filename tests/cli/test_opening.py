"""`--open`, and the paths of what was written."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.helpers.commands import STACK, Outcome, picture
from tests.helpers.rows import each

Cli = Callable[..., Outcome]

RUN = ("run", "photo.png", "-c", "stack.yaml", "-o", "out")
SWEEP = ("sweep", "photo.png", "-c", "stack.yaml", "--seed", "1,2", "-o", "swept")
WHY = ("attribute", "photo.png", "-c", "stack.yaml", "--target", "conv:0", "--method", "gradient", "-o", "why")
WANTED = ("maximize", "-c", "stack.yaml", "--layer", "conv", "--input-size", "9x9", "--steps", 1, "-o", "wanted")
FOUND = ("exemplars", "photo.png", "-c", "stack.yaml", "--layer", "conv", "-o", "found")


@pytest.fixture
def browsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what the browser is told to open."""
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.append(unquote(url)) or True)
    return opened


def test_pages_are_opened(cnnviz: Cli, browsed: list[str], tmp_path: Path) -> None:
    picture(tmp_path / "höhe.png", 1)
    commands = {
        "out/photo/index.html": (*RUN, "--open"),
        "swept/index.html": (*SWEEP, "--open", "-qq"),
        "both/index.html": ("run", "photo.png", "höhe.png", "-c", "stack.yaml", "-o", "both", "--workers", 1, "--open"),
        "why/attribute.png": (*WHY, "--open", "-q"),
        "wanted/maximize.png": (*WANTED, "--open"),
        "found/index.html": (*FOUND, "--open"),
        "höhe.html": ("compare", "out", "out", "--report", "höhe.html", "--open"),
    }
    for page, command in commands.items():
        assert cnnviz(*command).status == 0
        assert browsed == [f"file://{tmp_path}/{page}"]
        assert (tmp_path / page).is_file()
        browsed.clear()
    assert cnnviz(*RUN, "--open", "-q").out == "out/photo/index.html\n"  # up to date, and opened
    cnnviz("index", "out", "--open")
    assert browsed == [f"file://{tmp_path}/out/{page}" for page in ("photo/index.html", "index.html")]


def test_what_differs_is_opened_too(cnnviz: Cli, browsed: list[str]) -> None:
    cnnviz(*RUN)
    cnnviz(*RUN[:-1], "other", "--seed", 5)
    assert cnnviz("compare", "out", "other", "--report", "page.html", "--open").status == 1
    assert len(browsed) == 1


def test_nothing_is_opened_that_is_not_there(cnnviz: Cli, browsed: list[str]) -> None:
    Path("broken.png").write_bytes(b"\x89PNG")
    assert cnnviz("run", "broken.png", "-c", "stack.yaml", "--open").status == 2
    for command, message in (
        ((*RUN, "--no-html", "--open"), "--no-html writes none"),
        (("compare", "out", "out", "--open"), "--open is for --report"),
    ):
        done = cnnviz(*command)
        assert done.status == 2
        assert message in done.err
    assert not browsed


@each("failing", [lambda _: False, lambda _: (_ for _ in ()).throw(webbrowser.Error("no browser"))])
def test_without_a_browser_that_is_said(
    cnnviz: Cli, monkeypatch: pytest.MonkeyPatch, failing: Callable[[str], bool]
) -> None:
    monkeypatch.setattr(webbrowser, "open", failing)
    done = cnnviz(*RUN, "--open", "--force", "-q")
    assert (done.status, done.out) == (0, "out/photo/index.html\n")
    assert "no browser was found here to open out/photo/index.html" in done.err


@pytest.mark.slow
def test_the_paths_of_figures_and_reports_are_printed(cnnviz: Cli) -> None:
    commands = {
        ("all.png",): (*RUN, "--figure", "all.png"),
        ("swept.png",): (*SWEEP, "--figure", "swept.png"),
        ("why.png",): ("explain", "photo.png", "-c", "stack.yaml", "--layer", "conv", "--figure", "why.png"),
        ("d.html", "d.xml"): ("compare", "out", "out", "--report", "d.html", "--junit", "d.xml"),
    }
    for files, command in commands.items():
        done = cnnviz(*command)
        assert done.status == 0
        assert tuple(done.out.splitlines()[-len(files) :]) == files
        assert all(Path(file).is_file() for file in files)


@pytest.mark.slow
def test_a_document_stays_alone_on_stdout(cnnviz: Cli) -> None:
    for command in ((*RUN, "--figure", "all.png"), (*SWEEP, "--figure", "s.png")):
        assert ".png\n" not in cnnviz(*command, "--json").out.rpartition("}")[2]
        assert cnnviz(*command, "-qq").out == ""


@pytest.mark.slow
def test_the_paths_of_curves_and_matrices_are_printed(cnnviz: Cli) -> None:
    stack = ("-c", "mnist_two_conv", "--data", "sample:mnist")
    files = ("--history", "h.json", "--curves", "c.png")
    trained = cnnviz("train", *stack, "--range", ":50", "--epochs", 1, "-o", "w.h5", *files)
    assert trained.out.splitlines()[-3:] == ["w.h5", "h.json", "c.png"]
    drawn = ("--confusion", "m.png", "--show", "e.png", "--range", ":20")
    evaluated = cnnviz("evaluate", *stack, "--weights", "w.h5", *drawn)
    assert evaluated.out.splitlines()[-2:] == ["m.png", "e.png"]


@each("command", [SWEEP, WHY, WANTED, FOUND])
def test_commands_that_write_a_folder_end_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: tuple
) -> None:
    from cnnviz.cli import execute

    monkeypatch.chdir(tmp_path)
    (tmp_path / "stack.yaml").write_text(STACK)
    picture(tmp_path / "photo.png")
    name, folder = command[0], command[-1]

    def printed(*more: str) -> list[str]:
        assert execute([*map(str, command), *more]) == 0
        return capsys.readouterr().out.splitlines()

    look_at = printed("-q")
    assert len(look_at) == 1
    assert look_at[0].startswith(f"{folder}/")
    text = printed()
    assert text[-1:] == look_at
    assert "\n".join(text[:-1]).strip() == (tmp_path / folder / f"{name}.txt").read_text().strip()
    assert printed("-qq") == []
    assert printed("--json", "-qq") == (tmp_path / folder / f"{name}.json").read_text().splitlines()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with a stack and a photograph."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stack.yaml").write_text(STACK)
    picture(tmp_path / "photo.png")
    return tmp_path


@each("command", [WHY, WANTED, FOUND])
def test_how_far_they_are_is_shown_on_a_terminal(here: Path, monkeypatch: pytest.MonkeyPatch, command: tuple) -> None:
    from cnnviz.cli import _messages, execute

    seen: list[tuple[int, str]] = []

    class Bar:
        def __init__(self, total: int, unit: str, leave: bool) -> None:
            self.n = 0
            seen.append((total, unit))

        def update(self, more: int) -> None:
            self.n += more

        def close(self) -> None:
            seen.append((self.n, "done"))

    monkeypatch.setattr(_messages, "progress_bar", Bar)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert execute([*map(str, command)]) == 0
    assert [unit for _, unit in seen] == [{"attribute": "part", "maximize": "step"}.get(command[0], "picture"), "done"]
    assert 0 <= seen[0][0] - seen[1][0] <= 1, "the last part of an attribution is under way when it is told"
    assert execute([*map(str, command), "-q"]) == 0
    assert len(seen) == 2


@each("command", [WHY, WANTED, FOUND])
def test_a_folder_that_cannot_be_written_is_said_before_the_work(
    here: Path, monkeypatch: pytest.MonkeyPatch, command: tuple
) -> None:
    from cnnviz.cli import execute
    from cnnviz.stack.network import Network

    (here / command[-1]).write_text("in the way")
    monkeypatch.setattr(Network, "forward", lambda *_, **__: pytest.fail("worked in vain"))
    assert execute([*map(str, command)]) == 4
