"""All benchmarks in one go: `python tests/benchmarks`. Whole commands first, then layers, networks and training."""

from __future__ import annotations

import bench_layers
import bench_process
import bench_training

if __name__ == "__main__":
    bench_process.main()
    bench_layers.main()
    bench_training.main([])
