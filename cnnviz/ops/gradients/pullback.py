"""What goes backwards through an operation.

Every operation here hands back its output and a function of the loss's gradient by the output. That function is
called at most once, and writes into nothing that it was given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from numpy.typing import NDArray

Array = NDArray[Any]

Backward = Callable[[Array], Array]
"""From the gradient by the output to that by the only input, in its shape."""

Trained = tuple[Array, Backward]
"""An output, and the way back to the input."""


class KernelGradients(NamedTuple):
    """The gradients of a product of an input with a kernel, each worked out when it is asked for.

    Attributes:
        x: By the input, in its shape; a first layer has no use for it.
        kernel: By the kernel, in its shape; whoever asks about a picture has no use for it.
        bias: `(filters,)`, whether there is a bias or not.
    """

    x: Callable[[], Array]
    kernel: Callable[[], Array]
    bias: Callable[[], Array]


TrainedKernel = tuple[Array, Callable[[Array], KernelGradients]]
"""An output, and the way back to input, kernel and bias."""
