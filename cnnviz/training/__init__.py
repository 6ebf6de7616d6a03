"""Training in NumPy: the loss, the optimizers, the steps through a stack and back, and what is kept of them."""
