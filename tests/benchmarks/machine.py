"""The machine in two lines, so that tables from two machines can be told apart."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path

import numpy as np

COPIED = 1 << 26
"""Bytes of the copy that measures the memory: more than caches hold."""


def describe() -> str:
    """Name the processor, its caches, how fast memory is copied, and what the arithmetic runs on."""
    first = f"{_processor()}, {os.cpu_count()} cores, {_caches()}, copying {_bandwidth():.1f} GB/s"
    return f"{first}\nPython {platform.python_version()}, NumPy {np.__version__}, {_blas()}"


def _processor() -> str:
    lines = _lines(Path("/proc/cpuinfo"))
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
    flags = next((line.split() for line in lines if line.startswith("flags")), [])
    wide = next((name for flag, name in (("avx512f", "AVX-512"), ("avx2", "AVX2")) if flag in flags), "")
    return " ".join(filter(None, [model or platform.processor() or platform.machine(), wide]))


def _caches() -> str:
    found = []
    for folder in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = (" ".join(_lines(folder / name)) for name in ("level", "type", "size"))
        if kind != "Instruction":
            found.append(f"L{level} {size}")
    return " ".join(found) or "caches unknown"


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []


def _bandwidth() -> float:
    """Return bytes copied per nanosecond, the best of ten: neither reads nor writes are counted twice."""
    source = np.ones(COPIED, np.uint8)
    target = np.ones(COPIED, np.uint8)
    best = float("inf")
    for _ in range(10):
        start = time.perf_counter()
        np.copyto(target, source)
        best = min(best, time.perf_counter() - start)
    return COPIED / best / 1e9


def _blas() -> str:
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return f"OPENBLAS_CORETYPE {os.environ.get('OPENBLAS_CORETYPE', 'not set')}"
    found = {f"{pool['internal_api']} {pool['version']} {pool.get('architecture', '')}" for pool in threadpool_info()}
    return ", ".join(sorted(text.strip() for text in found if "openblas" in text))
