"""The stack of each combination over the picture: its shapes, its weights, or why it does not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from cnnviz.config.load import Loaded, load
from cnnviz.errors import CnnvizError, ConfigError, UsageError, WeightsError
from cnnviz.io.images import Picture
from cnnviz.layers.base import Shape, Weights
from cnnviz.stack.graph import Node, infer
from cnnviz.stack.network import normaliser
from cnnviz.stack.spec import Stack
from cnnviz.stack.weights import signature
from cnnviz.workflows.input_image import InputImage
from cnnviz.workflows.sweep.choices import Combination, combinations
from cnnviz.workflows.sweep.plan import Variant
from cnnviz.workflows.sweep.request import SweepRequest

if TYPE_CHECKING:
    from cnnviz.io.hdf5.reading import FileWeights


class Failure(msgspec.Struct, frozen=True):
    """Why a combination does not fit.

    Attributes:
        message: In full, with its place.
        reason: The local fact alone.
    """

    message: str
    reason: str

    @classmethod
    def of(cls, error: CnnvizError) -> Failure:
        """Take it from an error."""
        if not isinstance(error, ConfigError):
            return cls(str(error), str(error))
        first = error.mistakes[0]
        # A layer that does not fit names its field; a field that is wrong says only how.
        field = ".".join(part for part in first.path if isinstance(part, str) and part != "layers")
        return cls(str(error), first.message if field in first.message else f"{field} {first.message}")


class Candidate(msgspec.Struct, frozen=True):
    """A combination over the picture.

    Attributes:
        combination: It.
        stack: Its stack; None if that could not be read.
        variant: What of it can be computed; None if there is nothing.
        failure: Why not all of it; None if all fits.
    """

    combination: Combination
    stack: Stack | None
    variant: Variant | None
    failure: Failure | None


class Candidates:
    """All combinations of a request, read and checked.

    Attributes:
        all: In order.
        remarks: What a user should know of the stack and the weights file.
    """

    def __init__(self, request: SweepRequest, picture: Picture) -> None:
        """Read the stack with each combination's changes.

        Raises:
            CnnvizError: If an option is wrong, there is no stack or weights file, or no combination fits.
        """
        self._request = request
        self._picture = picture
        self.remarks: list[str] = []
        self._file: FileWeights | None = None
        self._read: dict[object, Mapping[str, Weights]] = {}
        if request.weights is not None:
            from cnnviz.io.hdf5.reading import read_weights

            self._file = read_weights(request.weights)
        self.all = tuple(map(self._candidate, combinations(request.choices)))
        failures = [candidate.failure for candidate in self.all if candidate.failure is not None]
        if len(failures) == len(self.all):
            messages = dict.fromkeys(failure.message for failure in failures)
            intro = [f"none of the {len(self.all)} combinations fits:"] if len(messages) > 1 else []
            raise UsageError(*intro, *"\n".join(messages).split("\n"))

    def _candidate(self, combination: Combination) -> Candidate:
        shrink = () if self._request.max_side is None else (f"input.max_side={self._request.max_side}",)
        try:
            loaded = load(self._request.config, combination.switches(shrink))
        except ConfigError as error:
            return Candidate(combination, None, None, Failure.of(error))
        self._remark(loaded.remarks)
        stack = loaded.stack
        spec = stack.input
        shape = InputImage(self._picture, spec).shape
        try:
            with loaded.places():
                normaliser(spec, shape, self._request.numpy_dtype)
        except ConfigError as error:
            return Candidate(combination, stack, None, Failure.of(error))
        nodes, failure = _nodes(loaded, shape)
        try:
            given = self._given(nodes, whole=failure is None)
        except WeightsError as error:
            nodes, given, failure = (), {}, failure or Failure.of(error)
        seed = stack.seed if combination.seed is None else combination.seed
        return Candidate(combination, stack, Variant(spec, shape, nodes, seed, given), failure)

    def _given(self, nodes: Sequence[Node], whole: bool) -> Mapping[str, Weights]:
        """Read the weights that the file has for a stack; for stacks with the same weights, once."""
        if self._file is None:
            return {}
        key = signature(nodes)
        if key not in self._read:
            from cnnviz.stack.loading import load_weights

            given = load_weights(self._file, nodes)
            self._read[key] = given.weights
            if whole:
                self._remark(given.remarks)
        return self._read[key]

    def _remark(self, remarks: Sequence[str]) -> None:
        self.remarks.extend(remark for remark in remarks if remark not in self.remarks)


def _nodes(loaded: Loaded, shape: Shape) -> tuple[tuple[Node, ...], Failure | None]:
    """Infer the shapes; where a layer does not fit, those before it."""
    try:
        with loaded.places():
            return tuple(infer(loaded.stack, shape)), None
    except ConfigError as error:
        first = min(int(mistake.path[1]) for mistake in error.mistakes)
        before = replace(loaded.stack, layers=loaded.stack.layers[:first])
        return tuple(infer(before, shape)), Failure.of(error)
