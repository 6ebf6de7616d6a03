"""How NumPy works on tensors: silently, and without copying what it need not.

Nothing is said of what is not finite: a NaN or an infinity in a tensor is data, and is counted and reported.
"""

from __future__ import annotations

from contextvars import ContextVar

import numpy as np

BUFFER = 2048
"""Numbers that a ufunc converts at a time. Where weights are stretched over rows of which two fit, NumPy copies weights
and rows into its buffer before it multiplies them: with its own 8192, that takes as long as the rest."""

_quiet: ContextVar[bool] = ContextVar("quiet", default=False)


class quiet:
    """Switch NumPy's floating-point warnings off inside a `with` block, and make its buffer small.

    Inside another such block it costs nothing: around every step of a small network, `np.errstate` would.
    """

    def __enter__(self) -> None:
        self._outer = not _quiet.get()
        if self._outer:
            _quiet.set(True)
            self._state = np.errstate(all="ignore")
            self._state.__enter__()
            np.setbufsize(BUFFER)  # until that state ends

    def __exit__(self, *error: object) -> None:
        if self._outer:
            self._state.__exit__(None, None, None)
            _quiet.set(False)
