"""What a user installs: the wheel has all that a checkout has, and nothing that git ignores."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def bundled() -> set[str]:
    samples = ROOT / "sample_images"
    folders = (ROOT / "configs", samples, samples / "digits", samples / "mnist")
    files = [path for folder in folders for path in folder.iterdir() if path.is_file()]
    return {path.relative_to(ROOT).as_posix() for path in [*files, *(samples / "trained").glob("*.h5")]}


def test_the_wheel_lists_every_bundled_file_by_name() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    listed = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert set(listed) == bundled()
    assert all(inside == f"cnnviz/bundled/{file}" for file, inside in listed.items())


@pytest.mark.slow
def test_an_installed_wheel_runs_without_the_checkout(tmp_path: Path) -> None:
    stray = ROOT / "configs" / "stray.tmp"
    stray.write_text("ignored")
    try:
        subprocess.run([sys.executable, "-m", "build", "--wheel", "-o", tmp_path, ROOT], check=True)
    finally:
        stray.unlink()
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"cnnviz/bundled/{name}" for name in bundled()} <= names
    assert {"cnnviz/py.typed", "cnnviz/guide/layers.md"} <= names
    assert not any("stray" in name or "tests/" in name for name in names)
    python = tmp_path / "env" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", wheel], check=True)
    command = [python.parent / "cnnviz", "run", "sample:chelsea", "--config", "l3"]
    subprocess.run(command, check=True, cwd=tmp_path)
    assert (tmp_path / "cnnviz-out/l3/chelsea/report.json").is_file()
