"""The one door to h5py: it looks up the system's name while it is imported."""

from __future__ import annotations

from cnnviz.io.environment import unnamed_processor

with unnamed_processor():
    import h5py as h5py
