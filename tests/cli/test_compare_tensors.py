"""`cnnviz compare` on outputs that have `activations.h5`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.helpers.commands import Outcome

Invoke = Callable[..., Outcome]


@pytest.fixture
def now(cnnviz: Invoke, tmp_path: Path) -> Path:
    """Give a baseline `base` with tensors, and outputs `now` that are the same; their tensors are returned."""
    assert cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "base", "--save-activations").status == 0
    shutil.copytree(tmp_path / "base", tmp_path / "now")
    return tmp_path / "now/photo/activations.h5"


def change(path: Path, layer: str, by: float, count: int = 1) -> None:
    """Add something to the last values of a layer, relative to its range."""
    with h5py.File(path, "r+") as file:
        values = file[layer][()]
        values.reshape(-1)[-count:] += by * np.ptp(values)
        file[layer][...] = values


def test_tensors_are_compared_where_both_have_them(cnnviz: Invoke, now: Path) -> None:
    assert cnnviz("compare", "base", "now").status == 0
    change(now, "act", 0.01, 3)
    status, out, _ = cnnviz("compare", "base", "now")
    assert status == 1
    assert "diverges first at layer 2, act: tensor[" in out
    assert "14x16x3: 3 of 672 values differ, this one most, 0.01 of the range" in out


@pytest.mark.parametrize(
    ("arguments", "status"),
    [((), 1), (("--atol", "0.02"), 0), (("--atol", "0.005"), 1), (("--layer", "conv"), 0), (("--layer", "pool"), 1)],
)
def test_values_may_differ_within_the_tolerance(
    arguments: tuple[str, ...], status: int, cnnviz: Invoke, now: Path
) -> None:
    change(now, "pool", 0.01)
    for more in ((), ("--tensors",)):
        assert cnnviz("compare", "base", "now", *arguments, *more).status == status


def test_tensors_judge_in_the_place_of_pictures(cnnviz: Invoke, now: Path) -> None:
    cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "now", "--save-activations", "--dtype", "float32")
    cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "now", "--save-activations", "--colormap", "viridis")
    assert cnnviz("compare", "base", "now").status == 1
    found = cnnviz("compare", "base", "now", "--tensors", "--json")
    assert found.status == 0
    assert json.loads(found.out)["limits"]["tensors"] is True
    change(now, "conv", 1.0)
    first = json.loads(cnnviz("compare", "base", "now", "--tensors", "--json").out)["first_divergence"]
    assert (first["layer"], first["what"].startswith("tensor[13,15,2]")) == ("conv", True)


def test_single_and_double_precision_agree_as_far_as_single_goes(cnnviz: Invoke, now: Path) -> None:
    cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "now", "--save-activations", "--dtype", "float32")
    assert cnnviz("compare", "base", "now", "--tensors", "--atol", "1e-5").status == 0
    assert cnnviz("compare", "base", "now", "--tensors", "--atol", "0", "--rtol", "0").status == 1


def test_values_that_are_not_finite_differ_from_those_that_are(cnnviz: Invoke, now: Path, tmp_path: Path) -> None:
    pairs = ((np.nan, np.nan), (np.inf, np.inf), (np.nan, 1.0), (1.0, np.nan), (np.inf, -np.inf), (-np.inf, 1.0))
    for number, (one, other) in enumerate(pairs):
        for path, value in ((tmp_path / "base/photo/activations.h5", one), (now, other)):
            with h5py.File(path, "r+") as file:
                values = file["pool"][()]
                values[0, 0, 0] = value
                file["pool"][...] = values
        assert cnnviz("compare", "base", "now").status == (number > 1)


def test_what_has_no_tensors_or_damaged_ones_never_passes(cnnviz: Invoke, now: Path) -> None:
    whole = now.read_bytes()
    now.write_bytes(whole[: len(whole) // 2])
    for more in ((), ("--tensors",)):
        found = cnnviz("compare", "base", "now", *more)
        assert (found.status, "activations.h5" in found.out) == (1, True)
    now.write_bytes(whole)
    with h5py.File(now, "r+") as file:
        del file["act"]
    assert "current: activations.h5 has no tensor of act" in cnnviz("compare", "base", "now").out
    now.write_bytes(whole)
    assert cnnviz("accept", "reports", "now", "--reports-only").status == 0
    assert cnnviz("compare", "reports", "now").status == 0
    cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "now")
    assert cnnviz("compare", "base", "now").status == 0
    found = cnnviz("compare", "base", "now", "--tensors")
    assert (found.status, "--save-activations" in found.out) == (1, True)
