"""One image through the stack into its folder: source, pixels, layer by layer measured and drawn, report."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from cnnviz import __version__
from cnnviz.errors import CnnvizError, OutputError
from cnnviz.io.boxes import Boxes
from cnnviz.io.threads import Threads
from cnnviz.layers.base import Array, Layer, Shape
from cnnviz.outputs.folders import to_folder
from cnnviz.outputs.image import ImageFolder, seal
from cnnviz.outputs.names import ACTIVATIONS, INPUT_PICTURE, PAGE, layer_files
from cnnviz.outputs.sources import Source
from cnnviz.outputs.writing import open_owned
from cnnviz.render.report.build import shape_report
from cnnviz.render.report.json import to_json
from cnnviz.render.report.model import LAYOUT, Report
from cnnviz.render.report.text import to_text
from cnnviz.render.report.wording import recognised
from cnnviz.render.statistics import Statistics, measured
from cnnviz.stack.graph import Node
from cnnviz.stack.network import Network
from cnnviz.stack.prepared import BeforeActivation
from cnnviz.workflows.drawing.draw import draw_input
from cnnviz.workflows.drawing.encoding import AHEAD, Encoder
from cnnviz.workflows.drawing.style import Style
from cnnviz.workflows.prepare.input_image import InputImage, read_input
from cnnviz.workflows.prepare.memory_limit import MemoryLimitError
from cnnviz.workflows.prepare.preparation import Preparation
from cnnviz.workflows.prepare.request import RunRequest
from cnnviz.workflows.prepare.untrained import untrained
from cnnviz.workflows.run.findings import Findings
from cnnviz.workflows.run.pictures import LayerPictures

if TYPE_CHECKING:
    from cnnviz.render.classes import Recognition
    from cnnviz.render.layers_figure.row import LayerRow
    from cnnviz.workflows.run.figure import LayersFigure
    from cnnviz.workflows.run.page import PageMaker

Stage = Literal["input", "stack", "run"]
Status = Literal["ok", "up_to_date", "failed"]

Observer = Callable[[Node, Array, Statistics], None]
"""Is shown a layer's output with its statistics."""


class ImageResult(msgspec.Struct, frozen=True):
    """What became of an image.

    Attributes:
        file: The input as it was named.
        folder: The folder of the image, relative to the output.
        status: `ok`, `up_to_date` or `failed`.
        message: Why it failed, or empty.
        stage: Where it failed.
        seconds: Wall time.
        warnings: What a user should know.
        input_shape: Height, width and channels that entered the network; empty if it failed.
        weights_sha256: The hash of the weights that were used; None if the stack has none.
        text: The report as text; empty if it failed.
        recognised: What the picture was taken for, in words; empty where that is not known.
        opens: What to open first: the page, else the first layer's picture; relative to the folder.
        need: Bytes that it needs, if that is more than it may take; else 0.
        rows: The rows of its figure, if one was asked for.
        found: What its figure says that the picture was taken for; None if that is not known.
        boxes: Letters that its pictures have boxes for.
    """

    file: str
    folder: str
    status: Status
    message: str = ""
    stage: Stage | None = None
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    input_shape: Shape = ()
    weights_sha256: str | None = None
    text: str = ""
    recognised: str = ""
    opens: str = ""
    need: int = 0
    rows: Sequence[LayerRow] = ()
    found: Recognition | None = None
    boxes: str = ""


class Job:
    """A request made ready: the stack read and checked, the weights made when the first image comes.

    Attributes:
        request: What was asked for.
        preparation: The stack, its weights and its latest network.
        style: How to draw.
        output: The output folder.
        meanwhile: Called while the last pictures of an image are being encoded, with the hash of its weights.
    """

    def __init__(self, request: RunRequest, preparation: Preparation | None = None) -> None:
        """Read the stack.

        Args:
            request: What to do with each image.
            preparation: The request's stack, if it has been read already.

        Raises:
            CnnvizError: If the stack, a switch or the weights file is wrong.
        """
        self.request = request
        self.preparation = preparation or Preparation(request.stack)
        self.stack = self.preparation.stack
        self.preparation.remarks.extend(untrained(request.stack, self.stack))
        self.style = Style.of(self.stack, request.drawing)
        self.output = to_folder(request.output or f"cnnviz-out/{self.stack.name}")
        self.meanwhile: Callable[[str | None], None] = lambda _: None

    def run(self, source: Source) -> ImageResult:
        """Run one image; what fails is in the result, but an output that cannot be written is raised.

        Raises:
            OutputError: If the output could not be written.
        """
        start = time.perf_counter()
        stage: Stage = "input"
        warnings: tuple[str, ...] = ()
        figure: LayersFigure | None = None
        try:
            image = read_input(source, self.stack.input, self.request.max_pixels)
            warnings = image.warnings
            stage = "stack"
            self.preparation.check(image.shape, self._memory)
            stage = "run"
            digest = self._digest(image)
            with open_owned(self.output / source.label, ImageFolder) as folder, Boxes() as boxes:
                folder.check_owner(self._place(source), image.sha256)
                known = None if self.request.force else folder.up_to_date(digest)
                if self.request.figure is not None:
                    from cnnviz.workflows.run.figure import LayersFigure

                    figure = LayersFigure(image, self.style)
                report = known or self._run(source, image, digest, folder, figure)
                text = to_text(report)
                if known is None:
                    folder.finish(text.encode(), to_json(report))
                    warnings += _warnings(report)
                elif figure is not None:
                    network = self.preparation.network(image.shape)
                    figure.begin(network)
                    _walk(network, image, [figure.add], [figure.before])
            result = ImageResult(
                source.file,
                source.label,
                "ok" if known is None else "up_to_date",
                input_shape=report.input.shape,
                weights_sha256=report.weights_sha256 or None,
                text=text,
                recognised=recognised(report, named=bool(self.preparation.stack.classes)),
                opens=_opens(report),
                rows=() if figure is None else figure.rows,
                found=None if figure is None else figure.recognised(),
                boxes=boxes.letters,
            )
        except OutputError:
            raise
        except (CnnvizError, MemoryError) as error:
            message = str(error) if isinstance(error, CnnvizError) else f"not enough memory: {error}"
            need = error.need if isinstance(error, MemoryLimitError) else 0
            result = ImageResult(source.file, source.label, "failed", message, stage, need=need)
        return replace(result, seconds=time.perf_counter() - start, warnings=warnings)

    def _run(
        self, source: Source, image: InputImage, digest: str, folder: ImageFolder, figure: LayersFigure | None
    ) -> Report:
        """Run an image and write everything but its report; a figure sees its layers too."""
        network = self.preparation.network(image.shape)
        style, count = self.style, len(network.nodes)
        files = {
            node.layer.name: layer_files(
                node, count, style.numbered(node), style.maps, style.has_composite(node), style.has_kernels(node)
            )
            for node in network.nodes
        }
        extra = [ACTIVATIONS] * self.request.save_activations + [PAGE] * bool(self.request.html)
        folder.begin([INPUT_PICTURE, *extra, *(name for layer in files.values() for name in layer.all())])
        with Threads(self.preparation.threads, AHEAD) as threads:
            encoder = Encoder(folder, threads)
            encoder.put(INPUT_PICTURE, draw_input(image, self.style))
            pictures = LayerPictures(files, self.style, network.weights, encoder)
            findings = Findings(network, image.pixels)
            page = self._page(network, image, pictures, threads)
            with ExitStack() as stack:
                observers: list[Observer] = [pictures.add, findings.add]
                watching: list[BeforeActivation] = []
                if self.request.save_activations:
                    from cnnviz.io.hdf5.activations import write_activations

                    target = stack.enter_context(folder.file_to_write(ACTIVATIONS))
                    save = stack.enter_context(write_activations(target, digest))
                    observers.append(lambda node, array, _: save(node.layer.name, array))
                if figure is not None:
                    figure.begin(network)
                for other in (figure, page):
                    if other is not None:
                        observers.append(other.add)
                        watching.append(other.before)
                _walk(network, image, observers, watching)
            # While the last pictures are being encoded: what comes next anyway.
            shapes = shape_report(
                self.stack,
                network.nodes,
                network.input_shape,
                seed=self.preparation.seed,
                dtype=self.request.stack.dtype,
                weights_from_file={name for name, origin in network.origins.items() if origin == "file"},
            )
            weights_sha256 = self.preparation.weights_sha256()
            self.meanwhile(weights_sha256)
        entered = encoder.pictures[INPUT_PICTURE]
        report = replace(
            shapes,
            digest=digest,
            input=replace(
                shapes.input,
                file=source.file,
                pixels_sha256=entered.sha256,
                pixels_shape=entered.shape,
                place=self._place(source) or UNSET,
                sha256=image.sha256 or UNSET,
            ),
            weights_sha256=weights_sha256,
            activations=ACTIVATIONS if self.request.save_activations else UNSET,
            page=PAGE if page is not None else UNSET,
            layout=LAYOUT,
            labels=self.style.labels or UNSET,
            layers=tuple(pictures.add_to(findings.add_to(layer)) for layer in shapes.layers),
        )
        if page is not None:
            folder.write(PAGE, seal(page.write(report), digest))
        return report

    def _memory(self, node: Node) -> int:
        """Return the bytes that a layer's pictures, and its part of the page, take while they are made, roughly."""
        pictures = self.style.memory(node, self.request.stack.dtype)
        if not self.request.html:
            return pictures
        from cnnviz.render.page.plan import memory

        return pictures + memory(node.output_shape, self.style.shown(node))

    def _page(self, network: Network, image: InputImage, pictures: LayerPictures, threads: Threads) -> PageMaker | None:
        """Begin the page, if there is to be one."""
        if not self.request.html:
            return None
        from cnnviz.workflows.run.page import PageMaker

        page = PageMaker(network, self.style, pictures, threads)
        page.add_input(image.pixels, image.is_array)
        return page

    def _place(self, source: Source) -> str:
        return source.place(str(self.output.path or self.output))

    def _digest(self, image: InputImage) -> str:
        stack = self.stack.normalised()
        del stack["training"]  # another recipe draws nothing anew
        for layer in stack["layers"]:
            del layer["trainable"]
        key = {
            "cnnviz": __version__,
            "input": image.sha256,
            "stack": stack,
            "seed": self.preparation.seed,
            "weights": self.preparation.weights_file_sha256,
            "dtype": self.request.stack.dtype,
            "drawing": self.style.key(),
            "activations": self.request.save_activations,
            "page": bool(self.request.html),
        }
        return hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()


def _walk(
    network: Network, image: InputImage, observers: Iterable[Observer], watching: Sequence[BeforeActivation] = ()
) -> None:
    """Run the layers one at a time and show each to all observers; some also see it before its activation."""

    def before(layer: Layer, array: Array) -> None:
        for watch in watching:
            watch(layer, array)

    for node, array, statistics in measured(network.walk(image.pixels, before if watching else None)):
        for observe in observers:
            observe(node, array, statistics)
        del array  # before the next layer needs memory


def _opens(report: Report) -> str:
    return report.page or next((layer.sheet.path for layer in report.layers if layer.sheet), INPUT_PICTURE)


def _warnings(report: Report) -> tuple[str, ...]:
    return tuple(
        f'{layer.type} "{layer.name}": {layer.stats.nonfinite:,} values are NaN or infinite; they are drawn as 0'
        for layer in report.layers
        if layer.stats and layer.stats.nonfinite
    )
