"""`weights.h5` of an output folder: the weights that all images share, written once."""

from __future__ import annotations

from cnnviz.outputs.folders import Folder
from cnnviz.outputs.names import WEIGHTS
from cnnviz.outputs.ownership import check_free, is_ours
from cnnviz.workflows.job import ImageResult
from cnnviz.workflows.preparation import Preparation


class SharedWeights:
    """The weights file of a run.

    Attributes:
        remark: What to tell the user once all images are done; empty if all is well.
    """

    def __init__(self, output: Folder, wanted: bool) -> None:
        """Begin a run.

        Args:
            output: The output folder.
            wanted: Whether the file is to be written at all.
        """
        self.remark = ""
        self._output = output
        self._wanted = wanted
        self._hash: str | None = None
        self._conflict = False

    def used(self, result: ImageResult, preparation: Preparation) -> None:
        """Note which weights an image used; write them the first time.

        Args:
            result: What became of the image.
            preparation: Who makes the weights.

        Raises:
            OutputError: If the file cannot be written, or another's is in the way.
        """
        sha256 = result.weights_sha256
        if not self._wanted or self._conflict or sha256 is None or self._hash == sha256:
            return
        if self._hash is not None:
            self._conflict = True
            if is_ours(self._output, WEIGHTS):
                self._output.remove([WEIGHTS])
            self.remark = (
                f"no {WEIGHTS} was written: the sizes of the images give the layers different weights; "
                f"fix input.size in the stack"
            )
            return
        self._hash = sha256
        if self._mark() == sha256:
            return
        network = preparation.network(result.input_shape)
        if network.whole_from_file:
            return
        check_free(self._output, WEIGHTS, advice=", or choose another --output, or say --no-save-weights")
        with self._output.file_to_write(WEIGHTS) as path:
            network.save_weights(path)

    def _mark(self) -> str | None:
        """Return the hash that our file bears; None if there is none, or it is another's."""
        if not self._output.holds_file(WEIGHTS):
            return None
        from cnnviz.io.hdf5.reading import read_mark

        with self._output.file_to_read(WEIGHTS) as path:
            return read_mark(path)
