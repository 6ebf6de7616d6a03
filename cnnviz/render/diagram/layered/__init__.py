"""Boxes in layers, and the ways between them: pure geometry, which knows nothing of networks.

All is worked out along a flow that leads to the right, with `across` upwards, whatever way the picture runs in the end.
"""
