"""Attributions as pictures, text and JSON."""
