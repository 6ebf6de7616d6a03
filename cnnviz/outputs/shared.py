"""The files of a run that stand beside the folders of its images."""

from __future__ import annotations

from collections.abc import Callable

from cnnviz.io.files import whole_file, write_all
from cnnviz.outputs.failures import FailureList
from cnnviz.outputs.folders import Folder
from cnnviz.outputs.names import FAILURES, WEIGHTS
from cnnviz.outputs.ownership import check_free, is_ours, weights_sha256
from cnnviz.stack.network import Network


def write_failures(output: Folder, failures: FailureList) -> None:
    """Write which images failed; take the list of an earlier run away.

    Raises:
        OutputError: If the file cannot be written, or another's is in the way.
    """
    if len(failures):
        check_free(output, FAILURES)
        output.make_folders([FAILURES])
        with output.file_to_write(FAILURES) as path, whole_file(path) as file:
            for line in failures.lines():
                write_all(file, line)
    elif is_ours(output, FAILURES):
        output.remove([FAILURES])


class SharedWeights:
    """`weights.h5`: the weights that all images of a run share, written once.

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

    def get_ready(self, sha256: str | None) -> None:
        """Import what writing takes, if weights are to be written.

        Args:
            sha256: Their hash; None if the stack has none.
        """
        if self._wanted and sha256 is not None:
            import cnnviz.io.hdf5.writing  # noqa: F401

    def used(self, sha256: str | None, network: Callable[[], Network]) -> None:
        """Note which weights an image used; write them the first time.

        Args:
            sha256: The hash of the weights; None if the stack has none.
            network: Gives the network that has them.

        Raises:
            OutputError: If the file cannot be written, or another's is in the way.
        """
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
        if weights_sha256(self._output) == sha256:
            return
        made = network()
        if made.whole_from_file:
            return
        check_free(self._output, WEIGHTS, advice=", or choose another --output, or say --no-save-weights")
        with self._output.file_to_write(WEIGHTS) as path:
            made.save_weights(path)
