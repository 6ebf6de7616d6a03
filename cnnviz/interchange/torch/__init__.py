"""PyTorch: a network as a script that computes it."""
