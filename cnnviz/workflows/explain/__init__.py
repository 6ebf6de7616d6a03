"""Explain how one value of one layer came to be."""
