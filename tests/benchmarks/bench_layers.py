"""Time cnnviz and its peers in the same run, on the same work, and print a table of ratios.

    python -m tests.benchmarks.bench_layers [WORK ...] [--rounds N] [--peer NAME]

Everybody runs in turn, several rounds over; the first run of a turn is not counted, so that nobody pays for the cache
or the threads of the one before. A ratio is cnnviz's median over the peer's: below 1, cnnviz is faster.
"""

from __future__ import annotations

import argparse
import time
from statistics import median

from tests.benchmarks.contenders import Contender, Missing, makers
from tests.benchmarks.machine import describe
from tests.benchmarks.works import works


def measure(entrants: dict[str, Contender], rounds: int) -> dict[str, float]:
    """Time everybody in turn; give medians in milliseconds. Who takes seconds runs only once."""
    seconds: dict[str, list[float]] = {name: [] for name in entrants}
    slow = set()
    for name, run in entrants.items():
        start = time.perf_counter()
        run()
        if time.perf_counter() - start > 3:
            slow.add(name)
            seconds[name].append(time.perf_counter() - start)
    for _ in range(rounds):
        for name, run in entrants.items():
            if name in slow:
                continue
            run()
            begin = end = time.perf_counter()
            while end - begin < 0.03:
                start = time.perf_counter()
                run()
                end = time.perf_counter()
                seconds[name].append(end - start)
    return {name: 1e3 * median(times) for name, times in seconds.items()}


def _line(name: str, medians: dict[str, float]) -> str:
    """Write a work's line of the README's table."""
    single, double = medians["cnnviz float32 2t"], medians["cnnviz float64 2t"]
    peers = {key: value for key, value in medians.items() if not key.startswith(("cnnviz", "plain"))}
    peer = min(peers, key=peers.__getitem__)
    torch = min(value for key, value in peers.items() if key.startswith("torch"))
    label = {"onnxruntime": "ONNX Runtime", "torch": "PyTorch", "keras": "Keras", "cv2.dnn": "OpenCV"}[peer.split()[0]]
    cells = [name, f"{single:.3g} ms", f"{double:.3g} ms", f"{peers[peer]:.3g} ms, {label}", f"{torch:.3g} ms"]
    return f"| {' | '.join([*cells, f'{single / peers[peer]:.2f}', f'{double / torch:.2f}'])} |"


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    found = works()
    parser.add_argument("work", nargs="*", default=list(found), help=", ".join(found))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--peer", default="", help="only peers whose name holds this")
    parser.add_argument("--markdown", action="store_true", help="one line a work, two threads each, for the README")
    options = parser.parse_args()
    print(f"{describe()}\n")
    if options.markdown:
        print("| work | float32 | float64 | best peer | PyTorch's best | float32 / best | float64 / PyTorch |")
        print("|---|---|---|---|---|---|---|")
    for name in options.work:
        work = found[name]()
        entrants, reasons = {}, {}
        for contender, make in makers(work).items():
            if options.peer in contender or contender.startswith("cnnviz"):
                try:
                    entrants[contender] = make()
                except Missing as reason:
                    reasons[contender] = reason
        medians = measure(entrants, options.rounds)
        ours = {key: value for key, value in medians.items() if key.startswith("cnnviz")}
        peers = {key: value for key, value in medians.items() if key not in ours}
        best = min(peers.values(), default=float("nan"))
        torch = min((value for key, value in peers.items() if key.startswith("torch")), default=float("nan"))
        if options.markdown:
            print(_line(work.name, medians))
            continue
        print(f"{work.name}: best peer {best:.3f} ms, PyTorch's best {torch:.3f} ms")
        for key, value in sorted(medians.items(), key=lambda item: item[1]):
            print(f"    {key:22} {value:10.3f} ms   {value / best:6.2f} of best   {value / torch:6.2f} of PyTorch")
        for key, reason in reasons.items():
            print(f"    {key:22} skipped: {reason}")


if __name__ == "__main__":
    main()
