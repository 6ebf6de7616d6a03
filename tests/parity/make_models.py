"""Write the model files of `tests/data/models`, and what Keras makes of some pixels in each of their layers.

`KERAS_BACKEND=torch python -m tests.parity.make_models`, with `pip install -e '.[parity]'`.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from cnnviz.interchange import ImportOptions, import_model, reference_tensors
from tests.parity.keras_models import MODELS, live

FOLDER = Path(__file__).parents[1] / "data" / "models"
FILES = ("nested.keras", "transfer.h5", "channels_first.keras", "operators.keras")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for file in FILES:
        path = FOLDER / file
        live(MODELS[path.stem]).save(path)
        if path.suffix == ".keras":
            _compress(path)
        options = ImportOptions()
        model = import_model(path, options)
        height, width = model.document["input"]["size"]
        pixels = np.random.default_rng(0).uniform(0, 255, (height, width, 3)).astype(np.float32)
        tensors = dict(reference_tensors(path, options, model, pixels))
        np.savez_compressed(path.with_name(f"{file}.npz"), pixels=pixels, **tensors)


def _compress(path: Path) -> None:
    """Make an archive small: most of a small HDF5 file is zeros."""
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)


if __name__ == "__main__":
    main()
