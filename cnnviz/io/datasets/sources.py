"""Where labelled pictures are to be had, for whoever has none."""

from __future__ import annotations

WHERE_FROM = (
    "labelled pictures are to be had here:",
    "  with cnnviz: --data sample:mnist, 2,000 of MNIST's digits",
    "  MNIST, as one file to name: https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
    "  or as files to put into a folder and name that, packed or not: train-images-idx3-ubyte.gz, "
    "train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz, each below "
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "  CIFAR-10, to unpack and name the folder cifar-10-batches-bin: "
    "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    "  your own: a folder with a subfolder of pictures for each class",
)
"""Lines of a message."""
