"""Environment variables as a library is to find them, which are a user's for other programs."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_alone = threading.RLock()


@contextmanager
def environment(variables: Mapping[str, str | None]) -> Iterator[None]:
    """Change variables for a while, one thread at a time.

    Args:
        variables: By name; None for one that is not to be there.
    """
    with _alone:
        given = {name: os.environ.get(name) for name in variables}
        _set(variables)
        try:
            yield
        finally:
            _set(given)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
