"""Files of weights, whatever wrote them: Keras and cnnviz in HDF5, PyTorch and safetensors."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cnnviz.io.files import AnyPath

if TYPE_CHECKING:
    from cnnviz.io.hdf5.reading import FileWeights
    from cnnviz.io.state_dict.model import StateDict


def read_weights_file(path: AnyPath, called: str | None = None) -> FileWeights | StateDict:
    """Read what a weights file holds; its first bytes tell what wrote it.

    Args:
        path: The file, or `sample:NAME`.
        called: The file's name in messages from then on; None for its path.

    Raises:
        WeightsError: If it cannot be read, or is no such file.
    """
    from cnnviz.io.samples import is_sample, located
    from cnnviz.io.state_dict.reading import is_state_dict, read_state_dict

    if is_sample(path):
        called = called or os.fspath(path)
    path = located(path, "weights")
    if is_state_dict(path):
        return read_state_dict(path, called)
    from cnnviz.io.hdf5.reading import read_weights

    return read_weights(path, called)
