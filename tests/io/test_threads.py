from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from cnnviz.io.threads import Threads, map_in_order


@pytest.mark.parametrize("count", [1, 2, 5])
def test_results_come_in_the_order_of_the_items(count: int) -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(20):
            taken.append(item)
            yield item

    results = map_in_order(lambda item: item * item, items(), count, 3)
    assert next(results) == 0
    assert len(taken) <= 5
    assert [0, *results] == [item * item for item in range(20)]


@pytest.mark.parametrize("count", [1, 2])
def test_an_error_comes_out_and_what_waits_is_left(count: int) -> None:
    done: list[int] = []

    def work(item: int) -> None:
        if item == 3:
            raise ValueError("three")
        done.append(item)

    with pytest.raises(ValueError, match="three"):
        list(map_in_order(work, range(1000), count, 4))
    assert set(done) <= set(range(10)) - {3}


def test_no_more_waits_than_is_allowed() -> None:
    gate, done = threading.Event(), []
    with Threads(2, 10) as threads:
        for size in (5, 6):
            threads.submit(size, lambda: done.append(gate.wait()))
        threading.Timer(0.05, gate.set).start()
        threads.submit(1, lambda: None)
        assert done


def test_the_caller_works_where_no_thread_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    workers = {*map_in_order(lambda _: threading.get_ident(), range(5), 3, 2)}
    assert workers == {threading.get_ident()}
