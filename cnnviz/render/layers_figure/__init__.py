"""Layers as a labelled figure for a slide or a paper: a row for each, its maps side by side."""
