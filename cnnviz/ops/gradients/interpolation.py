"""Maps in another size, and the way back: every new pixel hands its gradient to the old ones that it was made of."""

from __future__ import annotations

from collections.abc import Callable

from cnnviz.ops.gradients.pullback import Array, Trained
from cnnviz.ops.interpolation import Lines, plan_resize, spread


def train_resize(rows: Lines, columns: Lines) -> Callable[[Array], Trained]:
    """Prepare new sizes of maps; arguments as for `plan_resize`.

    Returns:
        A function of `(N, H, W, C)` to the maps in the new size, and the way back.
    """
    resize = plan_resize(rows, columns)

    def train(x: Array) -> Trained:
        height, width = x.shape[1:3]
        return resize(x), lambda gradient: spread(spread(gradient, columns, width, 2), rows, height, 1)

    return train
