"""Time cnnviz and its peers on one thread, each in a process of its own, and print a table of ratios.

    python -m tests.benchmarks.bench_alone [WORK ...] [--rounds N]

Processes take turns; the number is the processor's time of a pass, the least of all, with every layer's output kept.
What else the machine does then counts for little, and threads that a peer leaves waiting for nobody.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time

from tests.benchmarks.contenders import Contender, Missing, makers
from tests.benchmarks.machine import describe
from tests.benchmarks.works import works

CONTENDERS = ("cnnviz float32 1t", "cnnviz float64 1t", "onnxruntime 1t", "torch 1t", "torch channels_last 1t")
WORKS = ("mobilenet_v2", "resnet18", "resnext", "unet", "vgg16", "lenet5", "lenet5x256", "l3", "walkthrough")
LEAST_SECONDS = 0.7


def measure(run: Contender) -> float:
    """Give the least milliseconds of the processor's time that a pass takes."""
    run()
    run()
    least, end = float("inf"), time.perf_counter() + LEAST_SECONDS
    while time.perf_counter() < end:
        start = time.process_time()
        run()
        least = min(least, time.process_time() - start)
    return 1e3 * least


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", nargs="*", default=list(WORKS), help=", ".join(works()))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--contender", help="measure this one here, and print its milliseconds as JSON")
    options = parser.parse_args()
    if options.contender:
        try:
            print(json.dumps(measure(makers(works()[options.work[0]]())[options.contender]())))
        except Missing:
            print("null")
        return
    print(f"{describe()}\n")
    print("| work | float32 | float64 | ONNX Runtime | PyTorch's best | float32 / best | float64 / PyTorch |")
    print("|---|---|---|---|---|---|---|")
    for name in options.work:
        least = dict.fromkeys(CONTENDERS, float("inf"))
        for _ in range(options.rounds):
            for contender in CONTENDERS:
                command = [sys.executable, "-m", __spec__.name, name, "--contender", contender]
                found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                if found is not None:
                    least[contender] = min(found, least[contender])
        single, double, runtime, *torch = least.values()
        cells = [single, double, runtime, min(torch)]
        ratios = [single / min(runtime, *torch), double / min(torch)]
        print(f"| {name} | {' | '.join(f'{ms:.3g} ms' for ms in cells)} | {' | '.join(f'{r:.2f}' for r in ratios)} |")


if __name__ == "__main__":
    main()
