"""Pictures made of waves, as gradient ascent wants them (Olah, Mordvintsev and Schubert 2017, "Feature Visualization").

Every wave counts as much as any other, and so does every colour that is common in photographs: else steps of the ascent
would go into fine checks and gaudy colours alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_COLORS = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
"""The square root of the covariance of colours of ImageNet, whose columns do not correlate; from Lucid."""

_COLORS_TO_RGB = _COLORS / np.linalg.norm(_COLORS, axis=0).max()

_CONTRAST = 4.0
"""Waves are divided by so much before they are bent to levels, as in Lucid."""

_EDGE = 0.02
"""Levels of a picture that an ascent begins with keep so far from 0 and 1, where nothing moves any more."""


class FourierPictures:
    """Pictures as waves: a vector of numbers for each, and the picture that it stands for.

    Args:
        shape: Height, width and channels; three channels are RGB.
    """

    def __init__(self, shape: tuple[int, int, int]) -> None:
        self.shape = shape
        height, width, _ = shape
        frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
        self._sizes = np.sqrt(height * width) / np.maximum(frequency, 1 / max(height, width))
        # Waves along the width stand for two, but for the flat one and the finest one of an even width.
        self._counts = np.full(width // 2 + 1, 2.0)
        self._counts[0] = 1
        if width % 2 == 0:
            self._counts[-1] = 1

    @property
    def length(self) -> int:
        """How many numbers a picture takes."""
        height, width, channels = self.shape
        return 2 * channels * height * (width // 2 + 1)

    def noise(self, generator: np.random.Generator) -> Floats:
        """Return the numbers of a picture that is nearly gray."""
        return generator.normal(0, 0.01, self.length)

    def of(self, levels: Floats) -> Floats:
        """Return the numbers of a picture.

        Args:
            levels: `(H, W, C)`, from 0 to 1; what is nearly black or white becomes a little less so.
        """
        inside = np.clip(levels, _EDGE, 1 - _EDGE)
        waves = np.log(inside / (1 - inside)) * _CONTRAST
        if self.shape[2] == 3:
            waves = waves @ np.linalg.inv(_COLORS_TO_RGB).T
        spectrum = np.fft.rfft2(np.moveaxis(waves, 2, 0)) / self._sizes
        return np.stack([spectrum.real, spectrum.imag], axis=-1).reshape(-1)

    def levels(self, vectors: Floats) -> Floats:
        """Return the pictures that vectors stand for.

        Args:
            vectors: `(N, length)`.

        Returns:
            `(N, H, W, C)`, from 0 to 1.
        """
        height, width, channels = self.shape
        parts = vectors.reshape(len(vectors), channels, height, width // 2 + 1, 2)
        spectrum = (parts[..., 0] + 1j * parts[..., 1]) * self._sizes
        waves = np.moveaxis(np.fft.irfft2(spectrum, s=(height, width)), 1, 3) / _CONTRAST
        if channels == 3:
            waves = waves @ _COLORS_TO_RGB.T
        return 0.5 + 0.5 * np.tanh(0.5 * waves)

    def back(self, levels: Floats, gradient: Floats) -> Floats:
        """Return the gradient by the vectors of what has a gradient by the pictures.

        Args:
            levels: The pictures, `(N, H, W, C)`, as `levels` made them.
            gradient: The gradient by them, in their shape.
        """
        height, width, channels = self.shape
        waves = gradient * levels * (1 - levels)
        if channels == 3:
            waves = waves @ _COLORS_TO_RGB
        spectrum = np.fft.rfft2(np.moveaxis(waves, 3, 1) / _CONTRAST) * (self._counts / (height * width) * self._sizes)
        return np.stack([spectrum.real, spectrum.imag], axis=-1).reshape(len(levels), -1)
