"""Signals that end the process: raised where that is heard, held back where they would leave something half done."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

_ALARM = getattr(signal, "SIGALRM", None)

ENDING: tuple[int, ...] = (signal.SIGINT, signal.SIGTERM, *(() if _ALARM is None else (_ALARM,)))
"""Ctrl-C and SIGTERM, and the alarm with which they come again."""

_SOON = 0.01
"""Seconds until a signal that came at a bad moment is looked at again."""

_TWICE = 1.0
"""Seconds in which a second signal is the first one once more: `timeout` and terminals send some twice."""

_Raising = Callable[[int], None]


class Terminated(BaseException):
    """SIGTERM arrived."""


class _Arrived:
    """What arrived, and what is to be done about it."""

    number: int | None = None
    time = 0.0
    raising: _Raising


_arrived = _Arrived()


def _raise(number: int) -> None:
    raise KeyboardInterrupt if number == signal.SIGINT else Terminated


def end_on_signals(numbers: tuple[int, ...] = (signal.SIGINT, signal.SIGTERM), raising: _Raising = _raise) -> None:
    """Let signals end this process from now on, each by an exception in the main thread.

    No exception is raised while modules are imported, where it could come out as another one (Python 3.11 wraps what is
    raised inside a class body), but a moment later. One that is swallowed, as in finalizers, is raised again. What is
    ignored, as by `nohup`, stays ignored.

    Args:
        numbers: The signals.
        raising: Raises the exception; by default `KeyboardInterrupt` and `Terminated`.
    """
    _arrived.number, _arrived.raising = None, raising
    for number in numbers:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _arrive)
    if _ALARM is not None:
        signal.signal(_ALARM, _come_again)
        sys.unraisablehook = _unraisable


def arrived_signal() -> int | None:
    """Return the number of the signal that is to end this process; None if none arrived."""
    return _arrived.number


def is_interruption(error: BaseException | None) -> bool:
    """Tell whether a signal ended what was going on, whatever libraries made of its exception on the way."""
    return error is not None and (not isinstance(error, Exception) or arrived_signal() is not None)


def ignore_signals() -> None:
    """Let no signal disturb the end."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)


def _arrive(number: int, frame: FrameType | None) -> None:
    now = time.monotonic()
    if _arrived.number is not None and now - _arrived.time < _TWICE:
        return
    _arrived.number, _arrived.time = _arrived.number or number, now
    _end()


def _come_again(number: int, frame: FrameType | None) -> None:
    if _arrived.number is not None:
        _end()


def _end() -> None:
    assert _arrived.number is not None
    if _ALARM is not None and _is_untimely(sys._getframe()):
        signal.setitimer(signal.ITIMER_REAL, _SOON)
    else:
        _arrived.raising(_arrived.number)


def _is_untimely(frame: FrameType | None) -> bool:
    """Whether a module is being imported, or what was swallowed is being looked at."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib") or frame.f_code is _unraisable.__code__:
            return True
        frame = frame.f_back
    return False


def _unraisable(found: sys.UnraisableHookArgs) -> None:
    if _arrived.number is not None and not issubclass(found.exc_type, Exception):
        signal.setitimer(signal.ITIMER_REAL, _SOON)
    else:
        sys.__unraisablehook__(found)


@contextlib.contextmanager
def held_signals() -> Iterator[None]:
    """Hold back Ctrl-C and SIGTERM while a block runs; what arrived takes effect when it ends.

    Only the main thread gets signals: in others this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    arrived: list[tuple[int, FrameType | None]] = []

    def note(number: int, frame: FrameType | None) -> None:
        arrived.append((number, frame))

    before: dict[int, Any] = {}
    try:
        for number in ENDING:
            before[number] = signal.getsignal(number)
            signal.signal(number, note)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number, frame in arrived[:1]:
            if callable(before[number]):
                before[number](number, frame)
            else:
                signal.raise_signal(number)
