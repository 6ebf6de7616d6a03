"""Signals wait until a block is through, and then do what they always do."""

from __future__ import annotations

import signal
import threading

import pytest

from cnnviz.io.signals import held_signals


def test_ctrl_c_arrives_when_the_block_ends() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), held_signals():
        signal.raise_signal(signal.SIGINT)
        done.append("the rest of the block")
    assert done
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_sigterm_finds_its_handler_again() -> None:
    seen: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: seen.append(number))
    try:
        with held_signals():
            signal.raise_signal(signal.SIGTERM)
            assert not seen
        assert seen == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_an_error_of_the_block_comes_out_and_the_handlers_are_back() -> None:
    with pytest.raises(ValueError, match="mine"), held_signals():
        raise ValueError("mine")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_other_threads_may_use_it_too() -> None:
    done = []

    def work() -> None:
        with held_signals():
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done
