"""The graph of layers: shapes, receptive fields, weights and the forward pass."""
