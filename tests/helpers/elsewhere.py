"""The command line as another machine would run it, in a child process: other instructions, other threads.

Also a program: `python -m tests.helpers.elsewhere FOLDER PYTHON...` runs all bundled stacks over all sample images as
each of `MACHINES` by each interpreter, and prints how many pictures and reports differ from those of the first.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
STACKS = sorted(path.stem for path in (ROOT / "configs").glob("*.yaml"))
SAMPLES = [
    f"sample:{path.name}"
    for path in sorted((ROOT / "sample_images").iterdir())
    if path.suffix in (".png", ".jpg", ".npy")
]
OPENCV = ("AVX512-SKX", "AVX2", "FP16", "AVX", "SSE4.2", "SSE4.1")
"""The instruction sets that OpenCV chooses among, as its variable calls them."""


class Machine(NamedTuple):
    """What a child process is to believe of its machine.

    Attributes:
        core: OpenBLAS's type of core; empty for what it finds.
        threads: Of BLAS.
        numpy: Which of NumPy's instruction sets to switch off: none, `avx512` or `all`.
        opencv: Which of OpenCV's; if any, its own IPP too.
    """

    core: str = ""
    threads: int = 1
    numpy: str = ""
    opencv: str = ""

    def environment(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """Return the variables that make a process believe it.

        Args:
            facts: Of a process that was told nothing; what its processor lacks cannot be switched off.
        """
        variables = {"OPENBLAS_NUM_THREADS": str(self.threads)}
        if self.core:
            variables["OPENBLAS_CORETYPE"] = self.core
        if self.numpy:
            variables["NPY_DISABLE_CPU_FEATURES"] = " ".join(self.chosen(facts["numpy"], self.numpy))
        if self.opencv:
            variables["OPENCV_CPU_DISABLE"] = ",".join(self.chosen(facts["opencv"], self.opencv))
            variables["OPENCV_IPP"] = "disabled"
        return variables

    def misses(self, facts: Mapping[str, Any], plain: Mapping[str, Any]) -> str:
        """Say which of the variables had no effect; empty if all did."""
        if self.core and facts["core"] != self.core:
            return f"OpenBLAS works as on {facts['core']}"
        if self.core == "SkylakeX" and not self.chosen(plain["numpy"], "avx512"):
            return "the processor lacks AVX-512"  # which OpenBLAS does not ask
        if facts["threads"] != self.threads:
            return f"BLAS has {facts['threads']} threads"
        if self.numpy and (not plain["numpy"] or set(self.chosen(plain["numpy"], self.numpy)) & set(facts["numpy"])):
            return f"NumPy uses {facts['numpy']}"
        if self.opencv and (
            not plain["opencv"] or set(self.chosen(plain["opencv"], self.opencv)) & set(facts["opencv"])
        ):
            return f"OpenCV uses {facts['opencv']}"
        return ""

    @staticmethod
    def chosen(sets: Sequence[str], which: str) -> list[str]:
        """Choose among the instruction sets of a processor."""
        wide = ("AVX512", "X86_V4")
        return [name for name in sets if which == "all" or name.startswith(wide)]


MACHINES = {
    "as it is": Machine(),
    "2 threads": Machine(threads=2),
    "Nehalem": Machine("Nehalem"),
    "Nehalem, 2 threads": Machine("Nehalem", threads=2),
    "Sandybridge": Machine("Sandybridge"),
    "Haswell": Machine("Haswell"),
    "Zen": Machine("Zen"),
    "SkylakeX": Machine("SkylakeX"),
    "SkylakeX, 2 threads": Machine("SkylakeX", threads=2),
    "NumPy without AVX-512": Machine(numpy="avx512"),
    "NumPy without anything": Machine(numpy="all"),
    "OpenCV without AVX-512 and IPP": Machine(opencv="avx512"),
    "OpenCV without anything": Machine(opencv="all"),
    "Nehalem, without anything": Machine("Nehalem", 2, "all", "all"),
    "Haswell, without AVX-512": Machine("Haswell", 2, "avx512", "avx512"),
    "SkylakeX, NumPy without anything": Machine("SkylakeX", 1, "all"),
}


def look() -> dict[str, Any]:
    """Tell what this process works with."""
    import cv2
    import numpy
    from numpy._core import _multiarray_umath as compiled
    from threadpoolctl import threadpool_info

    # OpenCV may have brought another, for itself.
    libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
    blas = next((library for library in libraries if "numpy" in library["filepath"]), {})
    words = cv2.getCPUFeaturesLine().split()
    return {
        "versions": f"NumPy {numpy.__version__}, OpenCV {cv2.__version__}, Python {sys.version.split()[0]}",
        "core": blas.get("architecture", ""),
        "threads": blas.get("num_threads"),
        "numpy": [name for name in compiled.__cpu_dispatch__ if compiled.__cpu_features__[name]],
        # What OpenCV may choose has a star, what it may and the processor lacks a question mark too.
        "opencv": [word[1:] for word in words if word[0] == "*" and word[-1] != "?"],
        "ipp": cv2.ipp.useIPP(),
    }


def run(
    commands: Sequence[Sequence[str]], variables: Mapping[str, str], python: str = sys.executable
) -> dict[str, Any]:
    """Run commands one after the other in one child process.

    Returns:
        What it worked with, and `statuses`.
    """
    told = ("OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS", "NPY_DISABLE_CPU_FEATURES", "OPENCV_CPU_DISABLE", "OPENCV_IPP")
    clean = {name: value for name, value in os.environ.items() if name not in told}
    clean |= {"OPENCV_LOG_LEVEL": "ERROR", "PYTHONPATH": str(ROOT), **variables}
    child = subprocess.run(
        [python, __file__, "--child", json.dumps(commands)], env=clean, capture_output=True, text=True, check=False
    )
    assert child.returncode == 0, f"{child.returncode}: {child.stderr}"
    answer: dict[str, Any] = json.loads(child.stdout)
    return answer


def differences(first: Path, second: Path) -> list[str]:
    """Compare two output folders: reports and weights as they are, pictures by the hashes in the reports."""
    names = {
        path.relative_to(folder).as_posix()
        for folder in (first, second)
        for path in folder.rglob("*")
        if path.suffix in (".json", ".jsonl", ".h5") and path.name != "environment.json"
    }
    return [line for name in sorted(names) for line in _difference(first / name, second / name, name)]


def _difference(first: Path, second: Path, name: str) -> list[str]:
    if not (first.exists() and second.exists()):
        return [f"{name}: only one has it"]
    if first.read_bytes() == second.read_bytes():
        return []
    if first.name != "report.json":
        return [f"{name}: differs"]
    old, new = (json.loads(path.read_bytes()) for path in (first, second))
    lines = [f"{name}: {key}" for key in old if key != "layers" and old[key] != new[key]]
    for before, after in zip(old["layers"], new["layers"], strict=True):
        for key in before:
            if before[key] != after[key]:
                lines.append(f"{name}: {before['name']}: {key}{_pixels(first, second, before, key)}")
    return lines


def _pixels(first: Path, second: Path, layer: Mapping[str, Any], key: str) -> str:
    import cv2
    import numpy as np

    if key != "sheet":
        return ""
    one, two = (cv2.imread(str(path.parent / layer["sheet"]["path"]), -1).astype(int) for path in (first, second))
    return f": {np.count_nonzero(one != two)} of {one.size} levels, by up to {abs(one - two).max()}"


def all_bundled(folder: Path, threads: int) -> list[list[str]]:
    """Return the commands that draw every layer's sheet of every bundled stack over every sample image."""
    options = ["--no-maps", "--workers", "1", "--threads", str(threads), "-qq"]
    return [
        ["run", *SAMPLES, "-c", stack, "-o", str(folder / stack), "--name-by", "file", *options]
        + (["--no-save-weights"] if stack == "vgg16" else [])
        for stack in STACKS
    ]


def _child(commands: Sequence[Sequence[str]]) -> None:
    from cnnviz.cli import execute

    facts = look()
    with contextlib.redirect_stdout(sys.stderr):
        facts["statuses"] = [execute(list(command)) for command in commands]
    print(json.dumps(facts))


def _table(folder: Path, pythons: Sequence[str]) -> None:
    import shutil

    first = None
    for python in pythons:
        plain = run([], {}, python)
        print(f"\n{plain['versions']}")
        for name, machine in MACHINES.items():
            own = folder / ("first" if first is None else "other")
            shutil.rmtree(own, ignore_errors=True)
            facts = run([], machine.environment(plain), python)
            if missed := machine.misses(facts, plain):
                print(f"  {name:34} left out: {missed}", flush=True)
                continue
            statuses = run(all_bundled(own, machine.threads), machine.environment(plain), python)["statuses"]
            first = first or own
            reports = len(list(own.rglob("report.json")))
            pictures = sum(len(_hashes(path)) for path in own.rglob("report.json"))
            found = differences(first, own)
            print(
                f"  {name:34} {reports} reports, {pictures} pictures, {len(found)} differences {set(statuses)}",
                flush=True,
            )
            for line in found[:20]:
                print(f"      {line}", flush=True)


def _hashes(report: Path) -> list[str]:
    layers = json.loads(report.read_bytes())["layers"]
    return [layer["sheet"]["sha256"] for layer in layers if layer["sheet"]]


if __name__ == "__main__":
    if sys.argv[1] == "--child":
        _child(json.loads(sys.argv[2]))
    else:
        _table(Path(sys.argv[1]), sys.argv[2:])
