"""Patches that filters answer to, as people look at them."""
