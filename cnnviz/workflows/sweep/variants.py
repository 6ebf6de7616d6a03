"""The stack of each combination over the picture: its shapes, its weights, or why it does not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from cnnviz.config.load import Loaded, load, open_source
from cnnviz.config.switches import Switches
from cnnviz.errors import CnnvizError, ConfigError, UsageError, WeightsError
from cnnviz.io.images import DecodedImage
from cnnviz.layers.base import Shape, Weights
from cnnviz.stack.graph import Node, infer
from cnnviz.stack.prepared import normaliser
from cnnviz.stack.spec import Stack
from cnnviz.stack.weights import signature
from cnnviz.workflows.prepare.input_image import InputImage
from cnnviz.workflows.prepare.request import StackRequest
from cnnviz.workflows.sweep.choices import Combination
from cnnviz.workflows.sweep.plan import Failure, Variant

if TYPE_CHECKING:
    from cnnviz.io.hdf5.reading import FileWeights
    from cnnviz.io.state_dict.model import StateDict


class Variants:
    """The stacks of all combinations, read and checked.

    Attributes:
        all: In the order of the combinations.
        remarks: What a user should know of the stack and the weights file.
    """

    def __init__(
        self, request: StackRequest, found: Sequence[Combination], pictures: Mapping[str, DecodedImage]
    ) -> None:
        """Read the stack with each combination's changes.

        Args:
            request: The stack.
            found: The combinations.
            pictures: What enters, by the name of the picture.

        Raises:
            CnnvizError: If an option is wrong, there is no stack or weights file, or no combination fits.
        """
        self._request = request
        self._config = open_source(request.config, request.switches or Switches())
        self._pictures = pictures
        self.remarks: list[str] = []
        self._files: dict[str | None, FileWeights | StateDict] = {}
        self._read: dict[object, Mapping[str, Weights]] = {}
        for name in dict.fromkeys(combination.weights for combination in found):
            if name is not None:
                from cnnviz.io.weights import read_weights_file

                self._files[name] = read_weights_file(name)
        self._overruled: list[Mapping[str, str]] = []
        self.all = tuple(map(self._read_variant, found))
        for switch, message in (self._overruled or [{}])[0].items():
            if all(switch in other for other in self._overruled):
                raise UsageError(message)
        failures = [variant.failure for variant in self.all if variant.failure is not None]
        if len(failures) == len(self.all):
            messages = dict.fromkeys(failure.message for failure in failures)
            intro = [f"none of the {len(self.all)} combinations fits:"] if len(messages) > 1 else []
            raise UsageError(*intro, *"\n".join(messages).split("\n"))

    def _read_variant(self, combination: Combination) -> Variant:
        switches = self._request.switches
        try:
            loaded = load(self._config, combination.switches(switches or Switches()))
        except ConfigError as error:
            return Variant(None, failure=_failure(error))
        self._remark(loaded.remarks)
        stack = loaded.stack
        seed = stack.seed if combination.seed is None else combination.seed
        spec = stack.input
        shape = InputImage(self._pictures[combination.picture], spec).shape
        try:
            with loaded.places():
                normaliser(spec, shape, np.dtype(self._request.dtype))
        except ConfigError as error:
            return Variant(stack, seed=seed, failure=_failure(error))
        nodes, failure = _nodes(loaded, shape)
        try:
            given = self._read_weights(combination.weights, stack, nodes, whole=failure is None)
        except WeightsError as error:
            nodes, given, failure = (), {}, failure or _failure(error)
        else:
            self._overruled.append(loaded.overruled(given, combination.weights))
        return Variant(stack, shape, nodes, seed, given, failure, combination.picture, combination.weights or "")

    def _read_weights(
        self, file: str | None, stack: Stack, nodes: Sequence[Node], whole: bool
    ) -> Mapping[str, Weights]:
        """Read the weights that a file has for a stack; for stacks with the same weights, once."""
        key = (file, signature(nodes))
        if key not in self._read:
            if file is None:
                given = stack.own_weights(nodes)
            else:
                from cnnviz.stack.loading import load_weights

                given = load_weights(self._files[file], nodes)
            self._read[key] = given.weights
            if whole:
                self._remark(given.remarks)
        return self._read[key]

    def _remark(self, remarks: Sequence[str]) -> None:
        self.remarks.extend(remark for remark in remarks if remark not in self.remarks)


def _failure(error: CnnvizError) -> Failure:
    if not isinstance(error, ConfigError):
        return Failure(str(error), str(error))
    first = error.mistakes[0]
    # A layer that does not fit names its field; a field that is wrong says only how.
    field = ".".join(part for part in first.path if isinstance(part, str) and part != "layers")
    return Failure(str(error), first.message if field in first.message else f"{field} {first.message}")


def _nodes(loaded: Loaded, shape: Shape) -> tuple[tuple[Node, ...], Failure | None]:
    """Infer the shapes; where a layer does not fit, those before it."""
    try:
        with loaded.places():
            return tuple(infer(loaded.stack, shape)), None
    except ConfigError as error:
        positions = (int(mistake.path[1]) for mistake in error.mistakes if mistake.path[0] == "layers")
        # The classes name units of the last layer, not of those before it.
        before = replace(loaded.stack, layers=loaded.stack.layers[: min(positions, default=None)], classes=())
        return tuple(infer(before, shape)), _failure(error)
