"""All benchmarks in one go: `python -m tests.benchmarks`. Whole commands first, then layers, networks and training."""

from __future__ import annotations

from tests.benchmarks import bench_layers, bench_process, bench_training

if __name__ == "__main__":
    bench_process.main()
    bench_layers.main()
    bench_training.main([])
