"""A stack as it is written: the input, the layers, how to draw and to train them."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from cnnviz.layers.base import Layer, Shape
from cnnviz.layers.fields import NonNegative, NonNegativeFloat, Positive

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from cnnviz.stack.graph import Node
    from cnnviz.stack.network import Network
    from cnnviz.stack.weights import LoadedWeights

Size = tuple[Positive, Positive]


class InputSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a picture becomes numbers.

    Attributes:
        color: Order of the channels, or gray.
        size: Height and width to stretch to; None for the picture's own.
        max_side: Shrink larger pictures to this longer side, keeping proportions.
        crop: Before that, cut the largest part out of the middle that has the proportions of `size`, a square without
            it, so that nothing is stretched out of shape.
        scale: Pixel multiplier.
        mean: Subtracted per channel after scaling.
        std: Divided per channel after that.
    """

    color: Literal["rgb", "bgr", "gray"] = "rgb"
    size: Size | None = None
    max_side: Positive | None = None
    crop: Literal["center"] | None = None
    scale: float = 1.0
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None


NAMED_INPUTS: dict[str, dict[str, Any]] = {
    "imagenet": {"color": "rgb", "scale": 1 / 255, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
    "tf": {"color": "rgb", "scale": 1 / 127.5, "mean": [1, 1, 1]},
}
"""What `input: NAME` stands for: mean and deviation of ImageNet, as PyTorch's networks take pictures; and -1 to 1, as
many of TensorFlow's do."""


MapOrder = Literal["index", "activity"]


class OutputSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Defaults for drawing; the command line wins.

    Attributes:
        scale_by: What range becomes 0..255: `layer`, `map`, `symmetric`, `fixed:LO:HI`, `percentile:LO:HI` or
            `map-percentile:LO:HI`.
        order: In which order the sheets of `run` show maps: by their numbers, or the strongest first.
        colormap: A matplotlib colormap.
        composite: Also write a 3-map layer as one colour picture.
        labels: Write on sheets and kernels what they show, with the range and a bar of its colours.
    """

    scale_by: str = "layer"
    order: MapOrder = "index"
    colormap: str = "gray"
    composite: bool = False
    labels: bool = False


class TrainingSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The recipe of `cnnviz train`; the command line wins.

    Attributes:
        epochs: How often every example is seen, in all.
        batch_size: Examples of a step.
        optimizer: How a gradient changes the weights.
        learning_rate: The length of a step; None for the optimizer's own (0.01 for sgd and momentum, else 0.001).
        momentum: The part of the speed that the optimizer `momentum` keeps; None for 0.9.
        loss: What is made small; `cross_entropy` takes scores, a softmax or sigmoid at the end is folded in.
        range: Which examples to train on, as a Python slice such as 0:8000; None for all.
        test_range: Which examples to test on at the end, as a Python slice too.
        validation_split: The part of the examples, of each class, that is kept to validate with.
        shuffle: Bring the examples into another order in every epoch.
        dtype: Arithmetic.
        log_every: Steps of one record in the history; 0 for epochs alone.
    """

    epochs: Positive = 5
    batch_size: Positive = 32
    optimizer: Literal["sgd", "momentum", "rmsprop", "adam"] = "adam"
    learning_rate: NonNegativeFloat | None = None
    momentum: NonNegativeFloat | None = None
    loss: Literal["cross_entropy", "mse"] = "cross_entropy"
    range: str | None = None
    test_range: str | None = None
    validation_split: NonNegativeFloat = 0.0
    shuffle: bool = True
    dtype: Literal["float32", "float64"] = "float32"
    log_every: NonNegative = 0


class Stack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A checked layer stack: every layer named, every input known.

    Make one with `cnnviz.load_stack`.

    Attributes:
        name: The stack's name.
        input: How a picture becomes numbers.
        seed: Seed of the random initialisers.
        classes: Names of the last layer's units; of one unit, the share of the second class, two.
        output: Defaults for drawing.
        training: The recipe of `cnnviz train`.
        layers: The layers in order, each with its `name` and `inputs` filled in.
    """

    name: str
    layers: tuple[Layer, ...]
    input: InputSpec = InputSpec()
    seed: int = 0
    classes: tuple[str, ...] = ()
    output: OutputSpec = OutputSpec()
    training: TrainingSpec = TrainingSpec()

    @property
    def channels(self) -> int:
        """How many channels a picture has as it enters; an array has its own."""
        return 1 if self.input.color == "gray" else 3

    def build(
        self,
        input_shape: Shape,
        seed: int | None = None,
        weights: str | os.PathLike[str] | None = None,
        dtype: Literal["float64", "float32"] = "float64",
        threads: int | None = None,
    ) -> Network:
        """Make a network for inputs of one shape: weights made or loaded, all prepared that needs no pixels.

        Args:
            input_shape: `(height, width, channels)`.
            seed: Seed of the random initialisers; None for the stack's own.
            weights: A file of weights, matched by layer name, or `sample:NAME`. What a user should know of it, such as
                layers that only the file or only the stack has, comes as a `UserWarning` each.
            dtype: Arithmetic of the forward pass.
            threads: Threads inside one image; None for the usable cores. They never change a bit of the result.

        Raises:
            ConfigError: If the layers do not fit the input.
            WeightsError: If the file does not fit the layers.
        """
        from cnnviz.errors import UsageError
        from cnnviz.stack.graph import infer
        from cnnviz.stack.network import Network
        from cnnviz.stack.weights import make_weights

        if dtype not in ("float64", "float32"):
            raise UsageError(f"dtype must be 'float64' or 'float32', got {dtype!r}")
        shape = tuple(int(side) for side in input_shape)
        if len(shape) != 3 or min(shape) < 1:
            raise UsageError(f"the input shape must be height, width, channels, each at least 1; got {input_shape}")
        nodes = infer(self, shape)
        if weights is None:
            given, remarks = self.own_weights(nodes)
        else:
            from cnnviz.io.weights import read_weights_file
            from cnnviz.stack.loading import load_weights

            given, remarks = load_weights(read_weights_file(weights), nodes)
        for remark in remarks:
            warnings.warn(remark, stacklevel=2)
        made = make_weights(nodes, self.seed if seed is None else seed, given)
        return Network(self, shape, nodes, made, dtype, threads)

    def own_weights(self, nodes: Sequence[Node]) -> LoadedWeights:
        """Return the weights that came with the stack: none, but of a stack that was read from a model file.

        Args:
            nodes: The layers in order.

        Raises:
            WeightsError: If they do not fit the layers.
        """
        from cnnviz.stack.weights import LoadedWeights

        return LoadedWeights({}, ())

    def __getitem__(self, name: str) -> Layer:
        """Return the layer of that name."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise KeyError(name)

    def _repr_html_(self) -> str:
        from cnnviz.stack.notebook import stack_html

        return stack_html(self)

    def normalised(self) -> dict[str, Any]:
        """Return the stack as plain data, defaults filled in: what makes two stacks the same."""
        return {name: msgspec.to_builtins(getattr(self, name)) for name in Stack.__struct_fields__} | {
            "layers": [_plain(layer) for layer in self.layers]
        }


def _plain(layer: Layer) -> dict[str, Any]:
    data: dict[str, Any] = msgspec.to_builtins(layer)
    if not layer.source:
        del data["source"]
    return data
