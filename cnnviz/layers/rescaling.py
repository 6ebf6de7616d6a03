"""Values times known numbers, plus known numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

import numpy as np

from cnnviz.errors import LayerError
from cnnviz.layers import explaining
from cnnviz.layers.base import Array, Forward, Layer, Place, Shape, TrainingForward, Weights
from cnnviz.layers.fields import Numbers
from cnnviz.layers.rules import Rule, bend
from cnnviz.ops.normalization import rescale

_LISTED = 4096
"""Numbers that the page is told, at most."""


class Rescaling(Layer, frozen=True, kw_only=True):
    """Multiplies every value by `scale` and adds `offset`, each one number or a list of one per channel."""

    scale: Numbers
    offset: Numbers = 0.0

    def check(self) -> None:
        for field in ("scale", "offset"):
            if not all(map(isfinite, _listed(getattr(self, field)))):
                raise LayerError(f"`{field}` must be finite", field)

    def output_shape(self, *shapes: Shape) -> Shape:
        for field in ("scale", "offset"):
            numbers = getattr(self, field)
            if isinstance(numbers, tuple) and len(numbers) not in (1, shapes[0][-1]):
                what = "channels" if len(shapes[0]) == 3 else "units"
                raise LayerError(
                    f"`{field}` has {len(numbers)} numbers, but the input has {shapes[0][-1]} {what}", field
                )
        return shapes[0]

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        return rescale(self._along(self.scale, dtype), self._along(self.offset, dtype))

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import without_weights

        forward, backward = self.prepare({}, dtype, *shapes), rescale(self._along(self.scale, dtype))
        return without_weights(lambda x: (forward(x), backward))

    def after_shares(self, *shapes: Shape) -> Layer | None:
        return self if set(_listed(self.scale)) == {1} and not any(_listed(self.offset)) else None

    def page_rule(self, weights: Weights, *shapes: Shape) -> Rule:
        scale, offset = _listed(self.scale), _listed(self.offset)
        if max(len(scale), len(offset)) > _LISTED:
            return bend("scale * x + offset")
        return Rule("rescale", {"scale": scale, "offset": offset})

    def why_zero(self, sources: Sequence[str], zero: Sequence[str]) -> str | None:
        return "scale is zero" if 0 in _listed(self.scale) else None

    def why_constant(self, sources: Sequence[str]) -> str | None:
        return "scale is zero, so that only the offset comes through" if 0 in _listed(self.scale) else None

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        scale, offset = (
            numbers[place[-1] if len(numbers) > 1 else 0] for numbers in map(_listed, (self.scale, self.offset))
        )
        several = max(len(_listed(self.scale)), len(_listed(self.offset))) > 1
        whose = "" if not several else f" of {'channel' if len(place) == 3 else 'unit'} {place[-1]}"
        bent = explaining.bend(
            inputs[0],
            place,
            f"The value times the scale{whose}, plus the offset.",
            "rescaled",
            "scale * x + offset",
            {"scale": scale, "offset": offset},
            lambda x: x * scale + offset,
        )
        x = float(bent.stages[0].patches[0].values[0, 0, 0])
        off = 4 * (abs(scale * x) + abs(offset))
        return bent._replace(rounding=lambda unit: off * unit)

    def _along(self, numbers: Numbers, dtype: np.dtype[Any]) -> Array:
        return np.array(_listed(numbers), dtype)


def _listed(numbers: Numbers) -> tuple[float, ...]:
    return tuple(map(float, numbers)) if isinstance(numbers, tuple) else (float(numbers),)
