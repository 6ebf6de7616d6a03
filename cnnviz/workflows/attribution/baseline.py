"""What stands where a pixel is missing."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from cnnviz.layers.base import Array
from cnnviz.stack.network import Network

Baseline = Literal["zero", "black", "white", "mean", "blur"]
BASELINES: tuple[Baseline, ...] = get_args(Baseline)

_BLUR = 16
"""The standard deviation of the blur is the longer side divided by this."""


def baseline_of(name: Baseline, network: Network, pixels: Array) -> Array:
    """Make a picture that says nothing, as it enters the first layers.

    Args:
        name: `zero` is what the network takes for nothing, the default of Captum; `mean` is the picture's mean colour;
            `blur` is the picture with nothing sharp left in it; `black` and `white` are meant for pictures.
        network: Which takes the picture.
        pixels: `(H, W, C)`, from 0 to 255.
    """
    if name == "zero":
        return np.zeros(pixels.shape, network.dtype)
    if name == "blur":
        import cv2

        sigma = max(pixels.shape[:2]) / _BLUR
        blurred = [cv2.GaussianBlur(np.ascontiguousarray(plane), (0, 0), sigma) for plane in np.moveaxis(pixels, 2, 0)]
        return network.entering(np.stack(blurred, axis=2))
    level = {"black": 0.0, "white": 255.0}.get(name)
    flat = np.broadcast_to(pixels.mean(axis=(0, 1)) if level is None else level, pixels.shape)
    return network.entering(np.array(flat, np.float64))
