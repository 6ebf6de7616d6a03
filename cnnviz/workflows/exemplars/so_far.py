"""What was found before a run was stopped, kept in the output folder, so that the same command goes on from there."""

from __future__ import annotations

import io
import json

import numpy as np

from cnnviz.attribution.strongest import Strongest
from cnnviz.errors import OutputError
from cnnviz.io.targets import foreign_file_error
from cnnviz.outputs.failures import FailedImage
from cnnviz.outputs.folders import Folder
from cnnviz.outputs.names import EXEMPLARS_SO_FAR

MOST_FAILURES = 1000
"""Failures that are named; all are counted."""

_MARK = "cnnviz exemplars"


class SoFar:
    """How far a run has come.

    Attributes:
        key: What the run hangs on: the stack, the weights, the pictures. Another run's findings are of no use.
        done: Pictures that have been looked at, from the first on.
        strongest: The strongest answers in them; None before the first.
        channels: The channels that answered.
        count: How many channels the layer has.
        failures: Pictures that could not be looked at, the first `MOST_FAILURES`.
        failed: How many there were.
    """

    def __init__(self, key: str) -> None:
        """Begin."""
        self.key = key
        self.done = 0
        self.strongest: Strongest | None = None
        self.channels: tuple[int, ...] = ()
        self.count = 0
        self.failures: list[FailedImage] = []
        self.failed = 0

    def fail(self, failure: FailedImage) -> None:
        """Note a picture that could not be looked at."""
        self.failed += 1
        if len(self.failures) < MOST_FAILURES:
            self.failures.append(failure)

    def save(self, folder: Folder) -> None:
        """Keep it.

        Raises:
            OutputError: If it cannot be written.
        """
        if self.strongest is None:
            return
        about = {
            "mark": _MARK,
            "key": self.key,
            "done": self.done,
            "channels": self.channels,
            "count": self.count,
            "failed": self.failed,
            "failures": self.failures,
        }
        stream = io.BytesIO()
        strongest = self.strongest
        np.savez(
            stream,
            about=np.array(json.dumps(about)),
            values=strongest.values,
            pictures=strongest.pictures,
            places=strongest.places,
        )
        folder.make_folders([EXEMPLARS_SO_FAR])
        folder.write(EXEMPLARS_SO_FAR, stream.getvalue())


def load(folder: Folder, key: str, top: int) -> SoFar:
    """Return how far a run came that was stopped; nothing, if it was another.

    Args:
        folder: The output folder.
        key: What the run hangs on.
        top: How many pictures are kept of each channel.

    Raises:
        OutputError: If there is a file of that name that cnnviz did not write.
    """
    found = SoFar(key)
    if not folder.holds(EXEMPLARS_SO_FAR):
        return found
    try:
        with np.load(io.BytesIO(folder.read(EXEMPLARS_SO_FAR)), allow_pickle=False) as arrays:
            about = json.loads(str(arrays["about"]))
            strongest = Strongest(len(about["channels"]), top)
            kept = {name: arrays[name] for name in ("values", "pictures", "places")}
        if about["mark"] != _MARK:
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError, EOFError, OutputError) as error:
        raise foreign_file_error(str(folder / EXEMPLARS_SO_FAR), ", or choose another --output") from error
    if about["key"] != key or any(getattr(strongest, name).shape != array.shape for name, array in kept.items()):
        return found
    strongest.values, strongest.pictures, strongest.places = kept["values"], kept["pictures"], kept["places"]
    found.done, found.failed, found.strongest = about["done"], about["failed"], strongest
    found.channels, found.count = tuple(about["channels"]), about["count"]
    found.failures = [FailedImage(*failure) for failure in about["failures"]]
    return found
