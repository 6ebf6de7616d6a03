"""See what a convolutional network does to a picture, layer by layer, in pure NumPy."""

__version__ = "0.1.0"
