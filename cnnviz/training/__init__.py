"""Training in NumPy: the loss, the optimizers, the batches and steps, and what is kept of them."""
