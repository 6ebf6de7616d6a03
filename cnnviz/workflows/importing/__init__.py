"""A model file of another program made a stack and weights of our own, and held against that program."""
