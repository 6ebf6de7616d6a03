"""Training a stack: what is asked for, the examples, and the files beside the weights."""
