"""The same works and contenders as in `bench_layers.py`, for pytest-benchmark.

pytest tests/benchmarks/bench_works.py -k l3 --benchmark-group-by param:name
"""

from __future__ import annotations

import pytest

from tests.benchmarks.contenders import Missing, makers
from tests.benchmarks.works import works

pytest.importorskip("pytest_benchmark", reason="needs pytest-benchmark")


@pytest.mark.parametrize("contender", list(makers(works()["l3"]())))
@pytest.mark.parametrize("name", works())
@pytest.mark.filterwarnings("default")
def test_speed(benchmark, name, contender):
    try:
        run = makers(works()[name]())[contender]()
        run()
    except Missing as reason:
        pytest.skip(str(reason))
    benchmark(run)
