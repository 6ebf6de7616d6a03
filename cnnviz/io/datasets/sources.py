"""Where labelled pictures are to be had, for whoever has none."""

from __future__ import annotations

WHERE_FROM = (
    "labelled pictures to train on are to be had here:",
    "  with cnnviz: --data sample:mnist, 2,000 of MNIST's digits",
    "  MNIST: https://storage.googleapis.com/cvdf-datasets/mnist/ has four files, such as "
    "train-images-idx3-ubyte.gz; put them into a folder, as they are, and name it",
    "  or https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz; name the file",
    "  CIFAR-10: https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz; unpack it, and name the folder "
    "cifar-10-batches-bin",
    "  your own: a folder with a subfolder of pictures for each class",
)
"""Lines of a message."""
