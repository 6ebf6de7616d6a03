"""From nodes to drafted layers: what readers of model files share.

A node has an operator of ONNX, the words that all readers can say theirs in; `operators` has what each becomes. Where
the axes of a tensor lie in ours is kept beside it (`layout`), so that what only turns axes needs no layer.
"""
