"""A stack that came with its weights: one that was read from a model file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from cnnviz.errors import WeightsError
from cnnviz.layers.base import Array
from cnnviz.stack.graph import INPUT, Node, title
from cnnviz.stack.spec import Stack
from cnnviz.stack.weights import LoadedWeights, hash_weights
from cnnviz.wording import shape_text

_SHOWN = 10


class TrainedWeights:
    """The weights that a model file has.

    Attributes:
        file: What messages call the file.
        arrays: The weights by layer and by weight name, float32.
        channels: How many channels the model takes; None where nobody knows.
    """

    def __init__(self, file: str, arrays: Mapping[str, Mapping[str, Array]], channels: int | None = None) -> None:
        """Take the weights; none is copied that is float32 already."""
        self.file, self.channels = file, channels
        self.arrays = {
            layer: {name: np.asarray(array, np.float32) for name, array in weights.items()}
            for layer, weights in arrays.items()
        }

    @cached_property
    def sha256(self) -> str:
        """The hash of names, shapes and values."""
        return hash_weights(self.arrays)

    def fit(self, nodes: Sequence[Node]) -> LoadedWeights:
        """Take the weights that the layers declare.

        Args:
            nodes: The layers in order.

        Raises:
            WeightsError: If a layer's weights do not fit.
        """
        wanted = [node for node in nodes if node.weights]
        reading = (dict(zip(node.layer.inputs, node.input_shapes, strict=True)) for node in nodes)
        found = next((shapes[INPUT][-1] for shapes in reading if INPUT in shapes), None)
        if found is not None and self.channels not in (None, 1, 3, found):
            raise WeightsError(
                f"{self.file}: the model takes {self.channels} channels, and the picture has {found}: give an array, "
                f"a .npy of height x width x {self.channels}"
            )
        if problems := [problem for node in wanted for problem in self._problems(node)]:
            raise WeightsError(*(f"{self.file}: {problem}" for problem in problems))
        taken = {
            node.layer.name: {name: self.arrays[node.layer.name][name] for name in node.weights}
            for node in wanted
            if node.layer.name in self.arrays
        }
        missing = [node.layer.name for node in wanted if node.layer.name not in taken]
        if not missing:
            return LoadedWeights(taken, ())
        listed = ", ".join(missing[:_SHOWN]) + (f" and {len(missing) - _SHOWN} more" * (len(missing) > _SHOWN))
        return LoadedWeights(taken, (f"{self.file}: the model has no weights for {listed}; left as initialised",))

    def _problems(self, node: Node) -> Iterator[str]:
        own = self.arrays.get(node.layer.name)
        if own is None:
            return
        if own.keys() != node.weights.keys():
            yield f"{title(node.layer)} has {', '.join(own)} in the model, but {', '.join(node.weights)} in the stack"
            return
        for name, spec in node.weights.items():
            if own[name].shape != spec.shape:
                yield (
                    f"{title(node.layer)}, {name}: the model has {shape_text(own[name].shape)}, the stack needs "
                    f"{shape_text(spec.shape)}; a weight keeps the shape in which it was trained"
                )


class TrainedStack(Stack, frozen=True, kw_only=True):
    """A stack with the weights of the model file that it was read from.

    Attributes:
        trained: The weights.
    """

    trained: TrainedWeights

    @property
    def channels(self) -> int:
        known = self.trained.channels
        # Of one and of three a user may say otherwise, by `input.color`.
        return super().channels if known in (None, 1, 3) else known

    def own_weights(self, nodes: Sequence[Node]) -> LoadedWeights:
        return self.trained.fit(nodes)
