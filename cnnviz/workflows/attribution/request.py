"""What an attribution is asked."""

from __future__ import annotations

import msgspec

from cnnviz.workflows.attribution.baseline import Baseline


class AttributionRequest(msgspec.Struct, frozen=True):
    """What is asked of an attribution; settings that a method goes by are None where nobody asks for others.

    Attributes:
        target: A class by name or number, or `LAYER:MAP`, `LAYER:UNIT`, `LAYER:MAP@Y,X`; None for the likeliest class.
        methods: Names of the methods; empty for all.
        layer: The layer whose maps class activation maps weigh; None for the last with a height and a width.
        baseline: What stands where a pixel is missing.
        samples: Noisy copies of `smooth_grad`; None for 50.
        noise: The standard deviation of their noise, as a part of the picture's range; None for 0.15.
        steps: Pictures on the way of `integrated_gradients`; None for 50.
        window: Side of the window of `occlusion`; None for a sixth of the shorter side.
        stride: Pixels from one of its windows to the next; None for half a window.
        seed: Seed of noise, random orders and shuffled weights.
        check: Whether to work out how far each answer is to be believed.
    """

    target: str | None = None
    methods: tuple[str, ...] = ()
    layer: str | None = None
    baseline: Baseline = "zero"
    samples: int | None = None
    noise: float | None = None
    steps: int | None = None
    window: int | None = None
    stride: int | None = None
    seed: int = 0
    check: bool = True
