"""Layers that do nothing outside training."""

from __future__ import annotations

from collections.abc import Callable

from cnnviz.interchange.drafting.building import Tensor
from cnnviz.interchange.keras.kinds.activations import number
from cnnviz.interchange.keras.step import Step

_NAMES = (
    *("GaussianNoise", "GaussianDropout", "AlphaDropout", "ActivityRegularization", "Identity", "StochasticDepth"),
    *("RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast", "RandomBrightness"),
    *("RandomHeight", "RandomWidth", "RandomHue", "RandomSaturation", "RandomShear", "RandomGrayscale"),
    *("RandomColorJitter", "RandomColorDegeneration", "RandomPosterization", "RandomSharpness", "RandomErasing"),
    *("RandomGaussianBlur", "RandomInvert", "RandomPerspective", "RandomElasticTransform"),
)


def _dropout(step: Step) -> Tensor:
    return step.emit("Dropout", {"rate": number(step.fields.get("rate"), 0.5)}, step.tensor)


def _pass(step: Step) -> Tensor:
    return step.tensor


KINDS: dict[str, Callable[[Step], Tensor]] = {
    **dict.fromkeys(_NAMES, _pass),
    "Dropout": _dropout,
    "SpatialDropout2D": _pass,
}
