"""Measure how time and memory grow with the size of the work, and print the exponents.

    python -m tests.benchmarks.bench_growth [WHAT ...] [--dtype float32]

Every size runs in a process of its own, on one thread: the processor's time of a pass, the least of several, and the
most memory that the network and its tensors held at once. The exponent is the slope of a straight line through the
logarithms: 1 is in proportion.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.machine import describe

REPEATS, LEAST_SECONDS = 3, 0.5


def _convolutions(count: int, filters: int, size: int = 3) -> list[dict[str, Any]]:
    layer = {"type": "Conv2D", "filters": filters, "kernel_size": size, "padding": "same", "activation": "relu"}
    return [layer] * count


Made = tuple[list[dict[str, Any]], tuple[int, int, int], int]
"""Layers, the shape of a picture, and how many pictures go through one after the other."""

GROWING: dict[str, tuple[tuple[int, ...], Callable[[int], Made]]] = {
    "side of the picture": ((256, 512, 1024, 2048), lambda n: (_convolutions(3, 8), (n, n, 3), 1)),
    "side of the kernel": ((3, 6, 12, 24, 48), lambda n: (_convolutions(1, 3, n), (575, 607, 3), 1)),
    "channels": ((16, 32, 64, 128, 256), lambda n: (_convolutions(2, n), (56, 56, n), 1)),
    "depth": ((4, 8, 16, 32, 64), lambda n: (_convolutions(n, 16), (128, 128, 16), 1)),
    "pictures": ((4, 8, 16, 32, 64), lambda n: (_convolutions(3, 8), (256, 256, 3), n)),
}


def measure(what: str, size: int, dtype: str) -> dict[str, float]:
    """Give the milliseconds of a pass, and the most MiB that were held."""
    from cnnviz.config.load import load_stack

    layers, shape, pictures = GROWING[what][1](size)
    pixels = np.random.default_rng(0).uniform(0, 255, shape)
    tracemalloc.start()
    network = load_stack({"layers": layers}).build(shape, dtype=dtype, threads=1)  # type: ignore[arg-type]

    def run() -> None:
        for _ in range(pictures):
            for _ in network.iterate(pixels):
                pass

    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    seconds: list[float] = []
    while len(seconds) < REPEATS or sum(seconds) < LEAST_SECONDS:
        start = time.process_time()
        run()
        seconds.append(time.process_time() - start)
    return {"ms": 1e3 * min(seconds), "MiB": peak / 2**20}


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="*", default=list(GROWING), help=", ".join(GROWING))
    parser.add_argument("--dtype", default="float64", choices=["float64", "float32"])
    parser.add_argument("--size", type=int, help="this size alone, as JSON")
    options = parser.parse_args()
    if options.size:
        print(json.dumps(measure(options.what[0], options.size, options.dtype)))
        return
    print(f"{describe()}, {options.dtype}\n")
    print("| grows | from, to | time | exponent | memory |")
    print("|---|---|---|---|---|")
    for what in options.what:
        sizes, found = GROWING[what][0], []
        for size in sizes:
            command = [sys.executable, "-m", __spec__.name, what, "--dtype", options.dtype, "--size", str(size)]
            found.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
        slope = np.polyfit(np.log(sizes), np.log([one["ms"] for one in found]), 1)[0]
        times, memory = (" ".join(f"{one[unit]:.3g}" for one in found) for unit in ("ms", "MiB"))
        print(f"| {what} | {sizes[0]}, {sizes[-1]} | {times} ms | {slope:.2f} | {memory} MiB |")


if __name__ == "__main__":
    main()
