"""The contract of a layer kind: what a file in this folder declares, and what follows from it.

A kind is one file, named as Keras 3 names its layers (`MaxPooling2D` lives in `max_pooling2d.py`), with a class of the
kind's name, a frozen subclass of `Layer`:

    class Scaled(Layer, frozen=True, kw_only=True):
        '''Multiplies every value by one number.'''

        rule: ClassVar[Rule] = bend("factor * x")

        factor: float = 2.0

        def prepare(self, weights, dtype, *shapes):
            return lambda x: x * dtype.type(self.factor)

        def prepare_training(self, dtype, *shapes):
            from cnnviz.layers.training import without_weights

            factor = dtype.type(self.factor)
            return without_weights(lambda x: (x * factor, lambda gradient: gradient * factor))

        def explain(self, weights, place, *inputs):
            words, operands = "The value times the factor.", {"factor": self.factor}
            return explaining.bend(
                inputs[0], place, words, "scaled", "factor * x", operands, lambda x: x * self.factor
            )

The first line of the docstring is the sentence that users read. The fields are the hyperparameters, with Keras's names
and defaults, and types of `fields`: the YAML form and its messages, the JSON Schema and the reference follow from them.

- Every kind has `prepare`, `prepare_training` and `explain`.
- A kind whose output has another shape than its input has `output_shape` and says in `reads` which places of the input
  a value is made of: receptive field, page and `explain --pixels` follow. What no window gives is `Listed` place by
  place, as by a frame that mirrors the map, or `Rearranged`, where rows and columns become channels.
- A kind with a window that slides returns it from `sliding` instead (`slide` in `sliding` places it as Keras does);
  output shape, `reads` and the formula of the report follow, and with `motion` the animation. A kind that mixes
  channels has its own `output_shape` and `reads` beside.
- A kind with weights lists them in `weight_specs`, and gives their gradients by name in `prepare_training`; files and
  training follow. A kind with a kernel shows it by `effective_kernel` and counts `macs`.
- A kind that adds numbers up sets `rounds` and has `rounding`. Then its `activation`, a field of that name, is applied
  by the stack after rounding errors have been taken out.
- `rule`, or `page_rule` where fields or weights matter, tells the page's script how to work a value out again;
  `why_zero` and the like say what findings may tell of a map.

`activation`, `merging`, `pooling` and `convolving` have base classes for kinds like those that there are, `explaining`
what explanations are made of, `training` and `cnnviz.ops.gradients` what goes backwards.

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
from cnnviz.initializers import WeightSpec as WeightSpec
from cnnviz.layers.reading import Reads, Rearranged, own_place, through_windows
from cnnviz.layers.rounding import Rounding
from cnnviz.layers.rules import OTHER, Rule
from cnnviz.layers.sliding import need_image as need_image
from cnnviz.layers.sliding import window_formula
from cnnviz.ops.activations import ActivationFunction, find_activation
from cnnviz.wording import kind_text

if TYPE_CHECKING:
    from cnnviz.layers.explaining.records import Explanation
    from cnnviz.ops.sliding import Sliding

Shape = tuple[int, ...]
Place = tuple[int, ...]
"""An index into an output, `(row, column, channel)` or `(unit,)`."""

Array = NDArray[Any]
Weights = Mapping[str, Array]
Forward = Callable[..., Array]
TrainingForward = Callable[..., "TrainingStep"]


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
        output: The output of the forward pass in training.
        backward: Function from the loss's gradient by the output, in its shape, to all other gradients. Called at most
            once.
        updates: New values of weights that change by what passes through, such as moving averages; by name.
        backward_weights: To the weights alone, for a layer with nothing to train before it; in the place of
            `backward`, and None where it is no less work.
        backward_inputs: To the inputs alone, for whoever trains nothing; in the place of `backward`, and None where it
            is no less work.
    """

    output: Array
    backward: Callable[[Array], Gradients]
    updates: Mapping[str, Array]
    backward_weights: Callable[[Array], Mapping[str, Array]] | None = None
    backward_inputs: Callable[[Array], tuple[Array, ...]] | None = None


class Shares(NamedTuple):
    """What a layer does that turns scores to shares, numbers from 0 to 1.

    Attributes:
        kind: `softmax`, over all values of the output together, or `sigmoid`, of each alone.
        plain: The layer with which the scores come out; it takes and gives the same shapes.
    """

    kind: Literal["softmax", "sigmoid"]
    plain: Layer


class Layer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag=True):
    """A layer kind: a frozen record of its hyperparameters, and what follows from them.

    In all methods `shapes` are the shapes of the inputs, `weights` the arrays of `weight_specs` in float32, and `dtype`
    is the floating type of the arithmetic.

    Attributes:
        name: Unique in the stack; given by the stack if left out.
        inputs: Names of the layers that are read; empty for the one before.
        trainable: Whether training changes the weights.
        source: Name of the tensor (Keras: layer) of the model file that the output is; empty if it is none.
    """

    name: str = ""
    inputs: tuple[str, ...] = ()
    trainable: bool = True
    source: str = ""

    merges: ClassVar[bool] = False
    """Whether the kind takes two or more inputs."""

    bends: ClassVar[bool] = False
    """Whether the kind puts every value through a function, as an activation does."""

    in_keras: ClassVar[bool] = True
    """Whether Keras has a layer of this name that does the same, with these fields but `beyond_keras`."""

    beyond_keras: ClassVar[tuple[str, ...]] = ()
    """The fields that Keras's layer lacks."""

    rounds: ClassVar[bool] = False
    """Whether the kind adds numbers up, so that rounding leaves remains where the truth is constant or zero. Such a
    layer always hands back fresh memory, and says how large they may be: see `rounding`."""

    motion: ClassVar[Literal["slides", "stamps"] | None] = None
    """How an animation shows the kind at work: its window `slides` over the input and `explain` says what becomes of
    what is read, or every input pixel `stamps` the kernel on the output, times itself."""

    rule: ClassVar[Rule] = OTHER
    """How a value follows from those that are read, where fields and weights do not matter: see `page_rule`."""

    def check(self) -> None:
        """Refuse fields that do not fit together, beyond what their types say.

        Raises:
            LayerError: If they do not.
        """

    def variant(self) -> str:
        """Return what tells the layer from others of its kind, in a word or two: `relu`; empty if nothing does."""
        activation = getattr(self, "activation", None)
        return "" if activation in (None, "linear") else activation

    def kind_in_words(self) -> str:
        """Return the kind as people read it: `Activation relu`, `Dense softmax`, `MaxPooling2D`."""
        return kind_text(type(self).__name__, self.variant())

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return the shape of the output: by default the input's, with height and width as `sliding` has them.

        Raises:
            LayerError: If the inputs do not fit the layer.
        """
        sliding = self.sliding(*shapes)
        return shapes[0] if sliding is None else (*sliding.output, shapes[0][2])

    def reads(self, *shapes: Shape) -> tuple[Reads | Rearranged | None, ...]:
        """Return which places of each input a place of the output reads: by default its own, or its window's.

        Returns:
            For each input; None where the output is its values in another shape, in the same order.
        """
        sliding = self.sliding(*shapes)
        return tuple(map(own_place, shapes)) if sliding is None else (through_windows(sliding, shapes[0][2]),)

    def sliding(self, *shapes: Shape) -> Sliding | None:
        """Return how the layer's window slides over the input's maps; None if it has none."""
        return None

    def formula(self, *shapes: Shape) -> tuple[str, ...]:
        """Return how height and width come about, numbers put in; empty where no window changes them."""
        sliding = self.sliding(*shapes)
        return () if sliding is None else window_formula(sliding)

    def weight_specs(self, *shapes: Shape) -> dict[str, WeightSpec]:
        """Return the weights that the layer has for inputs of these shapes, in Keras's order."""
        return {}

    def effective_kernel(self, weights: Weights, *shapes: Shape) -> Array | None:
        """Return what the layer weighs the values of a window with; None if it weighs nothing.

        Returns:
            `(kernel height, kernel width, in, out)`, `in` being the channels that an output channel sees.
        """
        return None

    def macs(self, *shapes: Shape) -> int:
        """Count the multiply-accumulates of kernels for one image, biases not counted."""
        return 0

    def prepared(self, *shapes: Shape) -> int:
        """Count the numbers that `prepare` makes of the weights."""
        return sum(prod(spec.shape) for spec in self.weight_specs(*shapes).values())

    def workspace(self, *shapes: Shape) -> int:
        """Count the numbers that the forward pass keeps for one image besides inputs and output, if they are many."""
        return 0

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        """Do all that does not depend on the pixels.

        Returns:
            The forward pass: one array per input, `(N, *shape)` in `dtype`, to the output. It never writes into its
            inputs and never hands back the same memory twice; it may hand back a view of an input.
        """
        raise NotImplementedError

    def rounding(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Rounding:
        """Say how far rounding may be off in the layer's sums, before its activation; for a layer that `rounds`."""
        raise NotImplementedError

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        """Do all that depends on neither the examples nor the weights, which training changes.

        Returns:
            The training step: the weights in `dtype`, a `numpy.random.Generator` for what is random in training, and
            one array per input, `(N, *shape)` in `dtype`, to a `TrainingStep`. It never writes into its inputs.

        Raises:
            LayerError: If the layer cannot be trained through.
        """
        raise LayerError("cannot be trained through")

    def outside_training(self) -> Layer:
        """Return the layer whose training step computes what this one's forward pass does: itself, if both agree."""
        return self

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> Explanation:
        """Say where one value of the output comes from, worked out apart from the forward pass.

        Args:
            weights: The arrays of `weight_specs`.
            place: Where the value lies.
            *inputs: Each input, without a batch axis.
        """
        raise NotImplementedError

    def activation_function(self) -> ActivationFunction:
        """Return the function that bends the layer's values at its end; `linear` if none does."""
        return find_activation(getattr(self, "activation", None))

    def shares(self, *shapes: Shape) -> Shares | None:
        """Say how the layer turns scores to shares at its end; None if it does not."""
        kind = getattr(self, "activation", None)
        if kind == "sigmoid" or (kind == "softmax" and prod(self.output_shape(*shapes)[:-1]) == 1):
            return Shares(kind, msgspec.structs.replace(self, activation="linear"))
        return None

    def after_shares(self, *shapes: Shape) -> Layer | None:
        """Say what the layer does to shares: what it does, outside training, if all that come in come out as they are.

        Returns:
            A layer that hands on any numbers in the same order as this one shares: itself if it only moves numbers;
            None if it changes shares.
        """
        return None

    def page_rule(self, weights: Weights, *shapes: Shape) -> Rule:
        """Say how a value follows from those that are read, for the page's script to work it out again."""
        return self.rule

    def why_zero(self, sources: Sequence[str], zero: Sequence[str]) -> str | None:
        """Say why a map is zero, for the layer's finding; None if that is not for the kind to say.

        Args:
            sources: The names of the layers that the map is made of.
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
        """Say why finite numbers became NaN or infinite in some maps; None if they just grew too large."""
        return None
