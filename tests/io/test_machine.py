"""What this process may use of the machine, by the files in which the system says so."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cnnviz.io.machine import free_memory
from tests.helpers.rows import each

MEMORY = "MemTotal:       64 kB\nMemFree:        1 kB\nMemAvailable:   9000 kB\nHugePages_Total:       0\n"
NEW = ("memory.max", "memory.current", "memory.stat", "inactive_file")
OLD = ("memory.limit_in_bytes", "memory.usage_in_bytes", "memory.stat", "total_inactive_file")


def lay(root: Path, group: str, limit: object, used: object, cached: int, names: tuple[str, ...] = NEW) -> None:
    folder = root / "sys/fs/cgroup" / group
    folder.mkdir(parents=True, exist_ok=True)
    limits, uses, stat, cache = names
    (folder / limits).write_text(f"{limit}\n")
    (folder / uses).write_text(f"{used}\n")
    (folder / stat).write_text(f"anon 5\ninactive_file 3\n{cache} {cached}\nactive_file 7\n")


def belong(root: Path, groups: str, memory: str = MEMORY) -> None:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/meminfo").write_text(memory)
    (root / "proc/self/cgroup").write_text(groups)


def test_without_containers_what_is_available_is_free(tmp_path: Path) -> None:
    belong(tmp_path, "0::/user.slice\n")
    assert free_memory(tmp_path) == 9000 * 1024


def test_a_container_that_sees_its_group_as_the_outermost(tmp_path: Path) -> None:
    belong(tmp_path, "0::/\n")
    lay(tmp_path, ".", 1_000_000, 600_000, 100_000)
    assert free_memory(tmp_path) == 500_000


def test_a_group_that_is_known_by_another_name_outside(tmp_path: Path) -> None:
    belong(tmp_path, "12:cpu,cpuacct:/docker/abc\n9:hugetlb,memory:/docker/abc\n0::/docker/abc\n")
    lay(tmp_path, "memory", 1_000_000, 600_000, 100_000, OLD)
    lay(tmp_path, "cpu,cpuacct/docker/abc", 10, 10, 0, OLD)
    assert free_memory(tmp_path) == 500_000


@each("names", [NEW, OLD])
@each("tightest", ["", "a", "a/b:c", "a/b:c/job.scope"])
def test_the_tightest_of_a_group_and_those_around_it_counts(
    tmp_path: Path, names: tuple[str, ...], tightest: str
) -> None:
    group = "a/b:c/job.scope"
    first, folder = ("0:", "") if names is NEW else ("4:memory", "memory")
    belong(tmp_path, f"{first}:/{group}\n")
    for around in ("", "a", "a/b:c", group, "a/other"):
        limit = 10 if around == "a/other" else 900_000 if around == tightest else 8_000_000
        lay(tmp_path, f"{folder}/{around}".strip("/"), limit, 300_000, 200_000, names)
    assert free_memory(tmp_path) == 800_000


@each(
    ("limit", "used", "cached", "free"),
    [
        ("max", 600, 0, 9000 * 1024),
        (9_223_372_036_854_771_712, 600, 0, 9000 * 1024),
        (1000, 2000, 500, 0),
        (1000, 100, 500, 1000),
        ("", 100, 0, 9000 * 1024),
    ],
)
def test_limits_that_are_none_or_passed(tmp_path: Path, limit: object, used: int, cached: int, free: int) -> None:
    belong(tmp_path, "0::/x\n")
    lay(tmp_path, "x", limit, used, cached)
    assert free_memory(tmp_path) == free


def test_a_process_that_was_moved_out_of_its_container(tmp_path: Path) -> None:
    belong(tmp_path, "0::/../../other\n")
    lay(tmp_path, ".", 5000, 1000, 0)
    assert free_memory(tmp_path) == 4000


def test_a_group_without_statistics_counts_all_that_is_used(tmp_path: Path) -> None:
    belong(tmp_path, "0::/x\n")
    lay(tmp_path, "x", 5000, 1000, 900)
    (tmp_path / "sys/fs/cgroup/x/memory.stat").unlink()
    assert free_memory(tmp_path) == 4000


@each("damage", ["", "MemAvailable: x kB\n", "MemAvailable:\n"])
def test_what_cannot_be_read_is_passed_over(tmp_path: Path, damage: str) -> None:
    belong(tmp_path, "nonsense\n0::/x\n", damage)
    lay(tmp_path, "x", 5000, 1000, 0)
    assert free_memory(tmp_path) == 4000


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's files")
def test_something_is_free_here() -> None:
    assert (free_memory() or 0) > 1 << 20
