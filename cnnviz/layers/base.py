"""What every layer kind declares, and the words it uses for shapes, weights and windows.

Shapes are those that users see: `(height, width, channels)` or `(units,)`, without a batch axis. Arrays carry
the batch axis in front, `(N, H, W, C)` or `(N, units)`; their memory order is a matter of strides alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import LayerError
from cnnviz.initializers import Initializer
from cnnviz.layers.reading import Reads, own_place
from cnnviz.layers.rounding import Rounding
from cnnviz.layers.rules import OTHER, Rule
from cnnviz.ops.activations import ActivationFunction, find_activation
from cnnviz.wording import shape_text

if TYPE_CHECKING:
    from cnnviz.layers.explaining.records import Explanation, Place
    from cnnviz.ops.sliding import Sliding

Shape = tuple[int, ...]
Array = NDArray[Any]
Weights = Mapping[str, Array]
Forward = Callable[..., Array]
TrainingForward = Callable[..., "TrainingStep"]


class WeightSpec(NamedTuple):
    """A weight that a layer declares.

    Attributes:
        shape: As Keras has it, such as `(kernel height, kernel width, in, out)`.
        initializer: What fills it where no file does.
        filters_axis: The axis that counts filters, for literal kernels.
        channels_axis: The axis that counts input channels, for literal kernels.
        field: The layer's field with the initializer; empty for the weight's name and `_initializer`.
        learned: Whether gradients change it in training: not so statistics of what passes through.
    """

    shape: Shape
    initializer: Initializer
    filters_axis: int = -1
    channels_axis: int = -2
    field: str = ""
    learned: bool = True


class Gradients(NamedTuple):
    """What a backward step hands back: the loss's gradient by all that the layer read.

    Attributes:
        inputs: Gradient by each input, in the input's shape.
        weights: Gradient by each weight that training changes, in the weight's shape; by the weight's name.
    """

    inputs: tuple[Array, ...]
    weights: Mapping[str, Array]


class TrainingStep(NamedTuple):
    """One layer's part in a training step.

    Attributes:
        output: As the forward pass has it, in training.
        backward: Function from the loss's gradient by the output, in its shape, to all other gradients. Called at most
            once.
        updates: New values of weights that change by what passes through, such as moving averages; by name.
        backward_weights: To the weights alone, for a layer with nothing to train before it; in the place of
            `backward`, and None where it is no less work.
    """

    output: Array
    backward: Callable[[Array], Gradients]
    updates: Mapping[str, Array]
    backward_weights: Callable[[Array], Mapping[str, Array]] | None = None


class Shares(NamedTuple):
    """What a layer does that turns scores to shares, numbers from 0 to 1.

    Attributes:
        kind: `softmax`, over all values of the output together, or `sigmoid`, of each alone.
        plain: The layer with which the scores come out; it takes and gives the same shapes.
    """

    kind: Literal["softmax", "sigmoid"]
    plain: Layer


class Layer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag=True):
    """A layer kind: a frozen record of its hyperparameters, Keras's names and defaults.

    A kind is one file: its fields, and what follows from them. The YAML form, its validation, the JSON Schema,
    the HDF5 names and the report come from this declaration.

    Attributes:
        name: Unique in the stack; given by the stack if left out.
        inputs: Names of the layers it reads; empty for the one before.
        trainable: Whether training changes its weights.
    """

    name: str = ""
    inputs: tuple[str, ...] = ()
    trainable: bool = True

    merges: ClassVar[bool] = False
    """Whether it takes two or more inputs."""

    bends: ClassVar[bool] = False
    """Whether it puts every value through a function, as an activation does."""

    rounds: ClassVar[bool] = False
    """Whether it adds numbers up, so that rounding leaves remains where the truth is constant or zero. Such a layer
    always hands back fresh memory, and says how large they may be: see `rounding`."""

    motion: ClassVar[Literal["slides", "stamps"] | None] = None
    """How an animation shows it at work: its window `slides` over the input and `explain` says what becomes of what it
    reads, or every input pixel `stamps` the kernel on the output, times itself."""

    rule: ClassVar[Rule] = OTHER
    """How a value follows from those that the layer reads, where fields and weights do not matter: see `page_rule`."""

    def check(self) -> None:
        """Refuse fields that do not fit together.

        Raises:
            LayerError: If they do not.
        """

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return the shape of the output.

        Args:
            *shapes: The shape of each input.

        Raises:
            LayerError: If the inputs do not fit the layer.
        """
        raise NotImplementedError

    def weight_specs(self, *shapes: Shape) -> dict[str, WeightSpec]:
        """Return the weights that the layer has for inputs of these shapes, in Keras's order."""
        return {}

    def macs(self, *shapes: Shape) -> int:
        """Count the multiply-accumulates of kernels for one image, biases not counted."""
        return 0

    def prepared(self, *shapes: Shape) -> int:
        """Count the numbers that `prepare` makes of the weights."""
        return sum(prod(spec.shape) for spec in self.weight_specs(*shapes).values())

    def workspace(self, *shapes: Shape) -> int:
        """Count the numbers that the forward pass keeps for one image besides inputs and output, if they are many."""
        return 0

    def reads(self, *shapes: Shape) -> tuple[Reads | None, ...]:
        """Return which places of each input a place of the output reads.

        Returns:
            For each input; None where the output is its values in another shape, in the same order.
        """
        return tuple(map(own_place, shapes))

    def sliding(self, *shapes: Shape) -> Sliding | None:
        """Return how the window of a layer with a `motion` slides over its input's maps."""
        return None

    def formula(self, *shapes: Shape) -> tuple[str, ...]:
        """Return how height and width come about, numbers put in; empty where no window changes them."""
        return ()

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        """Do all that does not depend on the pixels.

        Args:
            weights: The arrays of `weight_specs`, float32.
            dtype: The arithmetic's floating type.
            *shapes: The shape of each input.

        Returns:
            The forward pass: one array per input, `(N, *shape)` in `dtype`, to the output. It never writes into its
            inputs and never hands back the same memory twice; it may hand back a view of an input.
        """
        raise NotImplementedError

    def rounding(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Rounding:
        """Say how far rounding may be off in the layer's sums, before its activation; for a layer that `rounds`.

        Args:
            weights: The arrays of `weight_specs`.
            dtype: The arithmetic's floating type.
            *shapes: The shape of each input.
        """
        raise NotImplementedError

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        """Do all that depends on neither the examples nor the weights, which training changes.

        Args:
            dtype: The arithmetic's floating type.
            *shapes: The shape of each input.

        Returns:
            The training step: the weights in `dtype`, a `numpy.random.Generator` for what is random in training, and
            one array per input, `(N, *shape)` in `dtype`, to a `TrainingStep`. It never writes into its inputs.

        Raises:
            LayerError: If the layer cannot be trained through.
        """
        raise LayerError("cannot be trained through")

    def shares(self, *shapes: Shape) -> Shares | None:
        """Say how the layer turns scores to shares at its end; None if it does not.

        Args:
            *shapes: The shape of each input.
        """
        kind = getattr(self, "activation", None)
        if kind == "sigmoid" or (kind == "softmax" and prod(self.output_shape(*shapes)[:-1]) == 1):
            return Shares(kind, msgspec.structs.replace(self, activation="linear"))
        return None

    def after_shares(self, *shapes: Shape) -> Layer | None:
        """Say what the layer does to shares: what it does, outside training, if all that come in come out as they are.

        Args:
            *shapes: The shape of each input.

        Returns:
            A layer that hands on any numbers in the same order as this one shares: itself if it only moves numbers;
            None if it changes shares.
        """
        return None

    def activation_function(self) -> ActivationFunction:
        """Return the function that bends the layer's values at its end; `linear` if none does."""
        return find_activation(getattr(self, "activation", None))

    def effective_kernel(self, weights: Weights, *shapes: Shape) -> Array | None:
        """Return what the layer weighs the values of a window with; None if it weighs nothing.

        Args:
            weights: The arrays of `weight_specs`.
            *shapes: The shape of each input.

        Returns:
            `(kernel height, kernel width, in, out)`, `in` being the channels that an output channel sees.
        """
        return None

    def page_rule(self, weights: Weights, *shapes: Shape) -> Rule:
        """Say how a value follows from those that the layer reads, for the page's script to work it out again.

        Args:
            weights: The arrays of `weight_specs`.
            *shapes: The shape of each input.
        """
        return self.rule

    def why_zero(self, sources: Sequence[str], zero: Sequence[str]) -> str | None:
        """Say why a map is zero, for the layer's finding; None if that is not for the kind to say.

        Args:
            sources: The names of the layers that it is made of.
            zero: Those of them whose part in it is zero.
        """
        return None

    def why_constant(self, sources: Sequence[str]) -> str | None:
        """Say why a map does not vary, for the layer's finding; None if that is not for the kind to say.

        Args:
            sources: The names of the layers whose part in it is constant and has the map's value.
        """
        return None

    def why_nonfinite(self, weights: Weights, maps: Sequence[int], *shapes: Shape) -> str | None:
        """Say why finite numbers became NaN or infinite; None if they just grew too large.

        Args:
            weights: The arrays of `weight_specs`.
            maps: Where it happened.
            *shapes: The shape of each input.
        """
        return None

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> Explanation:
        """Say where one value of the output comes from, worked out apart from the forward pass.

        Args:
            weights: The arrays of `weight_specs`.
            place: An index into the output, `(row, column, channel)` or `(unit,)`.
            *inputs: Each input, without a batch axis.
        """
        raise NotImplementedError


def need_image(shape: Shape) -> tuple[int, int, int]:
    """Return the shape as height, width, channels.

    Raises:
        LayerError: If it has one axis only.
    """
    if len(shape) != 3:
        raise LayerError(f"needs an input of height x width x channels, got {shape_text(shape)}; put it before Flatten")
    return shape
