"""The pictures that are looked through: files one by one, or a data set of arrays in batches."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from cnnviz.attribution.strongest import Answers
from cnnviz.errors import UsageError
from cnnviz.io.datasets import holds_arrays, read_dataset
from cnnviz.io.files import show_path
from cnnviz.outputs.failures import FailedImage
from cnnviz.outputs.inputs import resolve_once
from cnnviz.outputs.sources import Source
from cnnviz.workflows.exemplars.job import ExemplarJob, PictureAnswers
from cnnviz.workflows.prepare.examples import prepare_examples
from cnnviz.workflows.prepare.request import ClusterRequest
from cnnviz.workflows.run.job import ImageResult
from cnnviz.workflows.run.workers.choosing import results_of

_TOGETHER = 64
"""Pictures of a data set that go through the network together."""

_MOST_REMARKS = 20
"""Remarks about pictures that are kept: there may be millions of pictures."""


class Looked(NamedTuple):
    """What a picture gave.

    Attributes:
        answers: Where channels answer most.
        channels: The numbers of these.
        all: How many channels the layer has.
    """

    answers: Answers
    channels: tuple[int, ...]
    all: int


Outcome = Looked | FailedImage
"""Answers, or why there are none."""


class Pictures(Protocol):
    """Pictures in an order that does not change."""

    def __len__(self) -> int:
        """How many there are."""

    def key(self) -> str:
        """Name them: other pictures have another key."""

    def name(self, number: int) -> str:
        """Name a picture, for people."""

    def pixels(self, number: int) -> NDArray[np.float64]:
        """Return a picture as it enters the network, `(H, W, C)`."""

    def outcomes(self, start: int) -> Generator[Outcome, None, None]:
        """Look at pictures, from one on, in their order."""


class Files:
    """Pictures in files.

    Args:
        job: What is done with each.
        sources: The files.
        workers: Processes; None for the usable cores.
        cluster: A Dask cluster in place of this machine's processes.
        remarks: Takes what a user should know.
    """

    def __init__(
        self,
        job: ExemplarJob,
        sources: Sequence[Source],
        workers: int | None,
        cluster: ClusterRequest | None,
        remarks: list[str],
    ) -> None:
        self._job, self._sources, self._workers, self._cluster = job, sources, workers, cluster
        self._remarks = remarks

    def __len__(self) -> int:
        return len(self._sources)

    def key(self) -> str:
        """Hash the names of the files."""
        digest = hashlib.sha256()
        for source in self._sources:
            digest.update(source.path.encode(errors="surrogateescape") + b"\n")
        return digest.hexdigest()

    def name(self, number: int) -> str:
        """Return the file's name as it was given."""
        return self._sources[number].spelled

    def pixels(self, number: int) -> NDArray[np.float64]:
        """Read a picture again."""
        return self._job.read(self._sources[number]).pixels

    def outcomes(self, start: int) -> Generator[Outcome, None, None]:
        """Look at pictures, from one on."""
        sources = self._sources[start:]
        results = results_of(self._job, sources, self._workers, self._cluster)
        try:
            yield from map(self._outcome, sources, results)
        finally:
            if isinstance(results, Generator):
                results.close()  # lets the workers go

    def _outcome(self, source: Source, result: ImageResult) -> Outcome:
        if len(self._remarks) < _MOST_REMARKS:
            self._remarks += [f"{source.spelled}: {warning}" for warning in result.warnings]
        if isinstance(result, PictureAnswers) and result.answers is not None:
            return Looked(result.answers, result.channels, result.count)
        message = result.message.removeprefix(f"{result.file}: ")  # who prints it names the file
        return FailedImage(source.spelled, result.stage or "run", message)


class Arrays:
    """Pictures of a data set that holds them as arrays, such as MNIST's.

    Args:
        job: What is done with each.
        data: The data set.
        remarks: Takes what a user should know.
    """

    def __init__(self, job: ExemplarJob, data: str, remarks: list[str]) -> None:
        examples = read_dataset(data, "test")
        self._job = job
        self._name = examples.source
        height, width = np.asarray(examples.pictures).shape[1:3]
        if height * width > job.request.max_pixels:
            raise UsageError(
                f"{self._name}: {height}x{width} is {height * width:,} pixels; --max-pixels allows "
                f"{job.request.max_pixels:,}"
            )
        self._pixels = prepare_examples(examples, job.preparation.stack.input, remarks)

    def __len__(self) -> int:
        return len(self._pixels)

    def key(self) -> str:
        """Hash the pictures."""
        return hashlib.sha256(np.ascontiguousarray(self._pixels).data).hexdigest()

    def name(self, number: int) -> str:
        """Return the number of the picture in its data set."""
        return f"{self._name} #{number}"

    def pixels(self, number: int) -> NDArray[np.float64]:
        """Return a picture."""
        found: NDArray[np.float64] = self._pixels[number].astype(np.float64)
        return found

    def outcomes(self, start: int) -> Generator[Outcome, None, None]:
        """Look at pictures, from one on."""
        network = self._job.network(self._pixels.shape[1:])
        node = network.nodes[-1]
        channels = self._job.channels(node)
        for at in range(start, len(self), _TOGETHER):
            for answers in self._job.answers(network, self._pixels[at : at + _TOGETHER], channels):
                yield Looked(answers, channels, node.output_shape[-1])


def find_pictures(
    job: ExemplarJob,
    inputs: Sequence[str],
    files_from: Path | None,
    null: bool,
    workers: int | None,
    cluster: ClusterRequest | None,
    remarks: list[str],
) -> Pictures:
    """Find the pictures that are to be looked through.

    Args:
        job: What is done with each.
        inputs: One data set, or files, folders, patterns, `sample:NAME`, and `-` for a list of paths on stdin.
        files_from: A file with a list of paths.
        null: Whether lists are separated by NUL.
        workers: Processes; None for the usable cores.
        cluster: A Dask cluster in place of this machine's processes.
        remarks: Takes what a user should know.

    Raises:
        CnnvizError: If there are none, or they cannot be read.
    """
    if len(inputs) == 1 and files_from is None and holds_arrays(inputs[0]):
        if null:
            raise UsageError("-0 is for lists of paths: it needs - or --files-from")
        together = f"{show_path(inputs[0])} holds arrays, which go through together in this process"
        if cluster is not None:
            raise UsageError(f"--engine dask is for pictures in files: {together}; leave it out")
        if (workers or 1) > 1:
            remarks.append(f"--workers {workers} changes nothing: {together}")
        return Arrays(job, inputs[0], remarks)
    own = [str(job.output.path or job.output)]
    sources = resolve_once(inputs, files_from, null, own, remarks)
    job.check_channels(sources)
    return Files(job, sources, workers, cluster, remarks)
