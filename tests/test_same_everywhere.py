"""The same pictures and reports whatever the processor: in child processes that are told to do without this or that."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from tests.helpers.elsewhere import MACHINES, all_bundled, differences, run
from tests.helpers.pictures import PICTURES
from tests.helpers.strategies import stacks


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    """What a process works with that is told nothing."""
    facts = run([], {})
    if not (facts["core"] and facts["numpy"]):
        pytest.skip("NumPy's libraries do not choose by the processor here")
    return facts


class Place:
    """A folder where commands run as on several machines; what comes out on this one is kept to compare with."""

    def __init__(self, folder: Path, plain: dict[str, Any]) -> None:
        self.folder, self._plain = folder, plain

    def compare(self, name: str, commands: Callable[[Path, int], list[list[str]]]) -> None:
        """Run commands as on another machine.

        Args:
            name: Of `MACHINES`.
            commands: Makes them, from a folder for the output and a number of threads.
        """
        first, other = self.folder / "first", self.folder / "other"
        if not first.exists():
            assert set(run(commands(first, 1), MACHINES["as it is"].environment(self._plain))["statuses"]) <= {0, 3}
        machine = MACHINES[name]
        if missed := machine.misses(run([], machine.environment(self._plain)), self._plain):
            pytest.skip(missed)
        shutil.rmtree(other, ignore_errors=True)
        facts = run(commands(other, machine.threads), machine.environment(self._plain))
        assert set(facts["statuses"]) <= {0, 3}
        assert len(list(other.rglob("report.json"))) >= len(facts["statuses"])
        assert not differences(first, other)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, plain: dict[str, Any]) -> Place:
    """Where the bundled stacks run."""
    return Place(tmp_path_factory.mktemp("bundled"), plain)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory, plain: dict[str, Any]) -> Place:
    """Where a sample of everything runs."""
    folder = tmp_path_factory.mktemp("sample")
    write_formats(folder, every=4)
    write_random_stacks(folder, 3)
    return Place(folder, plain)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory, plain: dict[str, Any]) -> Place:
    """Where stacks that nobody would write run, and pictures of every format."""
    folder = tmp_path_factory.mktemp("odd")
    write_formats(folder)
    write_random_stacks(folder, 200)
    return Place(folder, plain)


def write_formats(folder: Path, every: int = 1) -> None:
    """Write pictures of every format, or each so manieth, and stacks that shrink and stretch them."""
    (folder / "formats").mkdir()
    for index, (name, data) in enumerate(list(PICTURES.items())[::every]):
        (folder / "formats" / f"{index}.{name.split()[0].lower()}").write_bytes(data)
    for name, color, size in (("small", "rgb", [7, 9]), ("large", "gray", [40, 31]), ("wide", "bgr", [9, 40])):
        layers = [{"type": "Conv2D", "filters": 2, "kernel_size": 3, "activation": "tanh"}]
        stack = {"name": name, "input": {"color": color, "size": size}, "layers": layers}
        (folder / f"{name}.yaml").write_text(json.dumps(stack))


def write_random_stacks(folder: Path, count: int) -> None:
    """Write stacks of all kinds of layers, each with pictures of which some are flat or nearly so."""
    drawn: list[Any] = []

    @settings(max_examples=count, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(stacks())
    def draw(one: Any) -> None:
        drawn.append(one)

    draw()
    random = np.random.default_rng(0)
    for index, (stack, shape) in enumerate(drawn):
        own = folder / f"stack{index}"
        own.mkdir()
        (own / "stack.yaml").write_text(json.dumps({"name": f"stack{index}", **stack}))
        flat = np.full(shape, 201.0)
        edge = np.where(np.arange(shape[1])[:, None] < shape[1] // 2, flat, 33)
        pictures = {"random": random.uniform(0, 255, shape), "few": random.integers(0, 3, shape) * 85.0}
        for name, pixels in {**pictures, "flat": flat, "edge": edge}.items():
            np.save(own / f"{name}.npy", pixels)


def odd_ones(folder: Path) -> Callable[[Path, int], list[list[str]]]:
    """Return what makes the commands that draw all that was written to a folder."""

    def commands(output: Path, threads: int) -> list[list[str]]:
        options = ["--workers", "1", "--threads", str(threads), "-qq", "--no-maps", "--no-save-weights"]
        formats = [
            ["run", str(folder / "formats"), "-c", str(folder / f"{name}.yaml"), "-o", str(output / name), *options]
            for name in ("small", "large", "wide")
        ]
        others = [
            ["run", str(own), "-c", str(own / "stack.yaml"), "-o", str(output / own.name), *options]
            for own in sorted(folder.glob("stack*"))
        ]
        return formats + others

    return commands


def a_few(output: Path, threads: int) -> list[list[str]]:
    """Return commands of every day."""
    options = ["--workers", "1", "--threads", str(threads), "-qq"]
    small = ["--max-side", "120"]
    return [
        ["run", picture, "-c", stack, "-o", str(output / stack), *options, *sizes]
        for picture, stack, sizes in (
            ("sample:chelsea", "l3", small),
            ("sample:coffee_q90", "residual", small),
            ("sample:digit", "lenet5", []),
        )
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Nehalem, without anything", "Haswell, without AVX-512"])
def test_a_sample_of_stacks_and_pictures(sample: Place, name: str) -> None:
    sample.compare(name, lambda output, threads: a_few(output, threads) + odd_ones(sample.folder)(output, threads))


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in MACHINES if name != "as it is"])
def test_all_bundled_stacks_and_sample_pictures(place: Place, name: str) -> None:
    place.compare(name, all_bundled)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in MACHINES if name != "as it is"])
def test_odd_stacks_and_pictures_of_every_format(odd: Place, name: str) -> None:
    odd.compare(name, odd_ones(odd.folder))


def test_differences_are_found(tmp_path: Path) -> None:
    from cnnviz.cli import execute

    commands = a_few(tmp_path / "a", 1)[2:3] + a_few(tmp_path / "b", 1)[2:3]
    assert [execute(command) for command in commands] == [0, 0]
    assert differences(tmp_path / "a", tmp_path / "b") == []
    report = tmp_path / "b/lenet5/digit/report.json"
    document = json.loads(report.read_bytes())
    document["layers"][0]["stats"]["mean"] += 1e-9
    report.write_text(json.dumps(document))
    assert differences(tmp_path / "a", tmp_path / "b") == ["lenet5/digit/report.json: conv_1: stats"]
    report.unlink()
    assert differences(tmp_path / "a", tmp_path / "b") == ["lenet5/digit/report.json: only one has it"]
