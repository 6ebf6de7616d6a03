"""Output folders: what is in them, whose it is, and how it is written, found and replaced."""
