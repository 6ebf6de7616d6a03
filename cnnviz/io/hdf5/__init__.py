"""HDF5 files: weights in Keras's legacy layout, and activations."""
