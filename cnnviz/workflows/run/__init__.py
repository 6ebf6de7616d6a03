"""Run a stack on images and write every layer."""
