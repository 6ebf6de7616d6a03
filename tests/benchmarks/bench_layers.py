"""Time cnnviz and its peers in the same run, on the same work, and print a table of ratios.

    python -m tests.benchmarks.bench_layers [WORK ...] [--rounds N] [--peer NAME]

Everybody runs in turn, several rounds over; the first run of a turn is not counted, so that nobody pays for the cache
or the threads of the one before. A ratio is cnnviz's median over the peer's: below 1, cnnviz is faster.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median

import numpy as np

from tests.benchmarks.contenders import Activation, Contender, Conv, Dense, Missing, Pool, Work, makers


def random(*shape: int) -> np.ndarray:
    """Draw weights that neither explode nor vanish."""
    rng = np.random.default_rng(0)
    return rng.standard_normal(shape) / np.sqrt(np.prod(shape[:-1]))


def picture(*shape: int) -> np.ndarray:
    """Draw pixels from 0 to 255."""
    return np.random.default_rng(1).integers(0, 256, shape).astype("f8")


def one(size: int, kernel: np.ndarray, name: str) -> Work:
    """Make one convolution of the walkthrough's picture."""
    return Work(f"{name} {size}", picture(1, 575, 607, 3), [Conv(kernel)])


def lenet5(count: int) -> Work:
    """Make LeNet-5."""
    tanh = Activation("tanh")
    layers = [Conv(random(5, 5, 1, 6)), tanh, Pool(2, "average"), Conv(random(5, 5, 6, 16)), tanh, Pool(2, "average")]
    layers += [Conv(random(5, 5, 16, 120)), tanh, Dense(random(120, 84)), tanh, Dense(random(84, 10))]
    return Work(f"lenet5 x{count}", picture(count, 32, 32, 1) / 255, [*layers, Activation("softmax")])


def vgg16() -> Work:
    """Make VGG16's convolutions and pools."""
    layers: list[Conv | Pool | Activation | Dense] = []
    channels = 3
    for filters, depth in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(depth):
            layers += [Conv(random(3, 3, channels, filters) * 1.4, same=True), Activation("relu")]
            channels = filters
        layers.append(Pool(2))
    return Work("vgg16", picture(1, 224, 224, 3) / 255, layers)


def works() -> dict[str, Callable[[], Work]]:
    """Name what can be measured; each is made only when asked for."""
    relu = Activation("relu")
    l3 = [Conv(random(3, 3, 1, 2)), relu, Pool(2), Conv(random(5, 5, 2, 3)), relu, Pool(2)]
    l3 += [Conv(random(7, 7, 3, 1)), relu, Pool(2)]
    conv = Conv(random(3, 3, 3, 3))
    walk = [conv, Pool(3), relu, conv, Pool(2), relu, conv, relu, conv, relu, Dense(random(25650, 8)), relu]
    found: dict[str, Callable[[], Work]] = {
        "l3": lambda: Work("l3", picture(1, 300, 451, 1), l3),
        "walkthrough": lambda: Work("walkthrough", picture(1, 575, 607, 3), walk),
    }
    for size in (3, 12, 24, 48):
        found[f"random{size}"] = lambda size=size: one(size, random(size, size, 3, 3), "random")
        found[f"constant{size}"] = lambda size=size: one(size, np.full((size, size, 3, 3), 0.12), "constant")
    found["lenet5"] = lambda: lenet5(1)
    found["lenet5x256"] = lambda: lenet5(256)
    found["vgg16"] = vgg16
    found["photo3"] = lambda: Work("photo 3@3x3", picture(1, 3000, 4000, 3), [conv, Pool(3), relu])
    found["photo16"] = lambda: Work("photo 16@7x7", picture(1, 3000, 4000, 3), [Conv(random(7, 7, 3, 16))])
    return found


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
