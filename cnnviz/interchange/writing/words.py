"""What a model for others says of itself."""

from __future__ import annotations

from cnnviz.stack.spec import InputSpec


def entering(spec: InputSpec) -> str:
    """Say what enters the first layer."""
    channels = {"gray": "gray", "rgb": "RGB", "bgr": "BGR"}[spec.color]
    words = f"Takes {channels} pixels from 0 to 255"
    if spec.scale != 1:
        words += f", times {spec.scale!r}"
    if spec.mean is not None:
        words += f", minus {list(spec.mean)}"
    if spec.std is not None:
        words += f", divided by {list(spec.std)}"
    return f"{words}."
