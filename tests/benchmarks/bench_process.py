"""Time whole commands side by side: start-up, arithmetic, pictures and all.

    python -m tests.benchmarks.bench_process [--rounds N]

Every command runs in turn, several rounds over, as a process of its own; the first round is not counted. A ratio is
cnnviz's median over the peer's: below 1, cnnviz is faster or smaller. Peers that are missing are skipped, and said.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.benchmarks.machine import describe

PEERS = Path(__file__).parent / "peers"
PYCACHE = Path(tempfile.gettempdir()) / "cnnviz-benchmark-bytecode"
PICTURE = Path(__file__).parents[2] / "sample_images" / "astronaut.png"


class Cost(NamedTuple):
    """What a process took: seconds of wall time and of CPU, and MiB at the peak."""

    wall: float
    cpu: float
    peak: float


def measure(command: list[str]) -> Cost:
    """Run a command and return what it took, by the system's own account."""
    # Everybody's bytecode is kept, as after an installation, also where the environment says to write none.
    env = os.environ | {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(PYCACHE)}
    start = time.perf_counter()
    with Path(os.devnull).open("w") as nowhere:
        process = subprocess.Popen(command, stdout=nowhere, stderr=subprocess.PIPE, env=env)
        assert process.stderr is not None
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if status:
        raise SystemExit(f"{' '.join(command)} failed: {said.decode()}")
    process.returncode = 0
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit)


def commands(folder: Path) -> dict[str, list[str]]:
    """Return what to run, cnnviz's own first in each group."""
    python = sys.executable
    run = [python, "-m", "cnnviz", "run", str(PICTURE), "--config", "walkthrough", "--force", "--no-html", "-qq"]
    found = {
        "cnnviz --help": [python, "-m", "cnnviz", "--help"],
        "import click": [python, "-c", "import click"],
        "cnnviz run": [*run, "-o", str(folder / "cnnviz")],
        "cnnviz run, float32": [*run, "-o", str(folder / "cnnviz32"), "--dtype", "float32"],
        "its imports": [python, "-c", "import numpy, cv2, click, yaml, h5py"],
    }
    if importlib.util.find_spec("torch"):
        found["PyTorch"] = [python, str(PEERS / "walkthrough_torch.py"), str(PICTURE), str(folder / "torch")]
    if importlib.util.find_spec("keras"):
        found["Keras"] = [python, str(PEERS / "walkthrough_keras.py"), str(PICTURE), str(folder / "keras")]
    if importlib.util.find_spec("onnxruntime") and importlib.util.find_spec("onnx"):
        script, model = str(PEERS / "walkthrough_onnxruntime.py"), str(folder / "walkthrough.onnx")
        subprocess.run([python, script, "--make", model], check=True)
        found["ONNX Runtime"] = [python, script, model, str(PICTURE), str(folder / "onnx")]
    return found


def _print_markdown(medians: dict[str, Cost]) -> None:
    """Print the README's table of whole commands."""
    print("| command | wall | peak of memory | wall, cnnviz's over its | memory, cnnviz's over its |")
    print("|---|---|---|---|---|")
    run, run_help = medians["cnnviz run"], medians["cnnviz --help"]
    names = {"cnnviz --help": "`cnnviz --help`", "import click": "importing click", "cnnviz run": "`cnnviz run`"}
    names["its imports"] = "importing numpy, cv2, click, yaml, h5py"
    for name, cost in medians.items():
        mine = run_help if name in ("cnnviz --help", "import click") else run
        ratios = "| | |" if cost is mine else f"| {mine.wall / cost.wall:.2f} | {mine.peak / cost.peak:.2f} |"
        if name != "cnnviz run, float32":
            print(f"| {names.get(name, name)} | {cost.wall:.3f} s | {cost.peak:.0f} MiB {ratios}")


def main() -> None:
    """Run everything in turn and print the medians and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--markdown", action="store_true", help="the ratios alone, for the README")
    options = parser.parse_known_args()[0]
    print(f"{describe()}\n")
    rounds = options.rounds
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as folder:
        todo = commands(Path(folder))
        costs: dict[str, list[Cost]] = {name: [] for name in todo}
        for turn in range(rounds + 1):
            for name, command in todo.items():
                cost = measure(command)
                if turn:
                    costs[name].append(cost)
    medians = {name: Cost(*(median(column) for column in zip(*all_, strict=True))) for name, all_ in costs.items()}
    if options.markdown:
        _print_markdown(medians)
        return
    print(f"{'':24}{'wall s':>9}{'cpu s':>9}{'peak MiB':>10}")
    for name, cost in medians.items():
        print(f"{name:24}{cost.wall:9.3f}{cost.cpu:9.3f}{cost.peak:10.0f}")
    print(f"\n{'ratio':44}{'wall':>9}{'cpu':>9}{'peak':>9}")
    pairs = [("cnnviz --help", "import click")]
    pairs += [(mine, peer) for peer in list(medians)[4:] for mine in ("cnnviz run", "cnnviz run, float32")]
    for mine, peer in pairs:
        ratios = (a / b for a, b in zip(medians[mine], medians[peer], strict=True))
        print(f"{mine + ' / ' + peer:44}" + "".join(f"{ratio:9.2f}" for ratio in ratios))
    for peer in ("torch", "keras", "onnxruntime"):
        if importlib.util.find_spec(peer) is None:
            print(f"skipped: {peer} is not installed")


if __name__ == "__main__":
    main()
