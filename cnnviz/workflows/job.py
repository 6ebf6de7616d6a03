"""One image through the stack into its folder: decoded, run, drawn, reported."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec.structs import replace

from cnnviz import __version__
from cnnviz.errors import CnnvizError, OutputError, UsageError
from cnnviz.io.files import plain_reason
from cnnviz.layers.base import Array, Layer, Shape
from cnnviz.outputs.folders import to_folder
from cnnviz.outputs.names import ACTIVATIONS, INPUT_PICTURE, PAGE, LayerFiles, layer_files
from cnnviz.render.classes import ClassShare, top_classes
from cnnviz.render.known import Known
from cnnviz.render.notes import notes
from cnnviz.render.report.build import Drawn, shape_report, with_pixels
from cnnviz.render.report.json import to_json
from cnnviz.render.report.model import Report
from cnnviz.render.report.text import to_text
from cnnviz.render.statistics import measure
from cnnviz.stack.graph import INPUT, Node
from cnnviz.stack.network import Network
from cnnviz.stack.scores import find_scores
from cnnviz.workflows.drawing import draw, draw_input, draw_kernels
from cnnviz.workflows.encoding import Encoder
from cnnviz.workflows.input_image import InputImage, read_input
from cnnviz.workflows.output import ImageFolder, open_folder
from cnnviz.workflows.preparation import Preparation
from cnnviz.workflows.request import RunRequest
from cnnviz.workflows.room import NoRoomError
from cnnviz.workflows.sealing import seal
from cnnviz.workflows.sources import Source, UrlSource
from cnnviz.workflows.style import Style

if TYPE_CHECKING:
    from cnnviz.workflows.page import PageMaker

Stage = Literal["input", "stack", "run"]
Status = Literal["ok", "up_to_date", "failed"]


class ImageResult(msgspec.Struct, frozen=True):
    """What became of an image.

    Attributes:
        file: The input as it was named.
        folder: Its output folder, relative to the output.
        status: `ok`, `up_to_date` or `failed`.
        message: Why it failed, or empty.
        stage: Where it failed.
        seconds: Wall time.
        warnings: What a user should know.
        input_shape: Height, width and channels that entered the network; empty if it failed.
        weights_sha256: Of the weights that were used; None if the stack has none.
        text: The report as text; empty if it failed.
        opens: What to open first: the page, else the first layer's picture; relative to the folder.
        need: Bytes that it needs, if that is more than it may take; else 0.
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
    opens: str = ""
    need: int = 0


class Job:
    """A request made ready: the stack read and checked, the weights made when the first image comes.

    Attributes:
        request: What was asked for.
        preparation: The stack, its weights and its latest network.
        style: How to draw.
        output: The output folder.
    """

    def __init__(self, request: RunRequest) -> None:
        """Read the stack.

        Raises:
            CnnvizError: If the stack, a switch or the weights file is wrong.
        """
        self.request = request
        self.preparation = Preparation(request.stack)
        self.stack = self.preparation.stack
        self.style = Style.of(self.stack, request.drawing)
        self.output = to_folder(request.output or f"cnnviz-out/{self.stack.name}")

    def run(self, source: Source) -> ImageResult:
        """Run one image; what fails is in the result, but an output that cannot be written is raised.

        Raises:
            OutputError: If the output could not be written.
        """
        start = time.perf_counter()
        stage: Stage = "input"
        warnings: tuple[str, ...] = ()
        try:
            image = read_input(source, self.stack.input, self.request.max_pixels)
            warnings = image.warnings
            stage = "stack"
            self.preparation.check(image.shape, self._memory)
            stage = "run"
            with open_folder(self.output / source.label) as folder:
                folder.check_owner(self._place(source), image.sha256)
                result = self._known(source, image, folder) or self._run(source, image, folder)
        except OutputError:
            raise
        except (CnnvizError, MemoryError) as error:
            message = str(error) if isinstance(error, CnnvizError) else f"not enough memory: {error}"
            need = error.need if isinstance(error, NoRoomError) else 0
            result = ImageResult(source.file, source.label, "failed", message, stage, need=need)
        return replace(result, seconds=time.perf_counter() - start, warnings=warnings + result.warnings)

    def _place(self, source: Source) -> str:
        return source.place(str(self.output.path or self.output))

    def _known(self, source: Source, image: InputImage, folder: ImageFolder) -> ImageResult | None:
        """Return the result of an earlier run if its outputs are up to date."""
        report = None if self.request.force else folder.up_to_date(self._digest(image))
        if report is None:
            return None
        return ImageResult(
            source.file,
            source.label,
            "up_to_date",
            input_shape=report.input.shape,
            weights_sha256=report.weights_sha256 or None,
            text=to_text(report),
            opens=_opens(report),
        )

    def _run(self, source: Source, image: InputImage, folder: ImageFolder) -> ImageResult:
        network = self.preparation.network(image.shape)
        files = layer_files(network.nodes, self.style)
        digest = self._digest(image)
        extra = [ACTIVATIONS] * self.request.save_activations + [PAGE] * bool(self.request.html)
        folder.begin([INPUT_PICTURE, *extra, *(name for layer in files.values() for name in layer.all())])
        with Encoder(folder, self.preparation.threads) as encoder:
            encoder.put(INPUT_PICTURE, draw_input(image, self.style))
            page = self._page(network, image)
            seen = self._look(network, image.pixels, digest, files, encoder, folder, page)
            # While the last pictures are being encoded: what comes next anyway.
            shapes = shape_report(
                self.stack,
                network.nodes,
                network.input_shape,
                seed=self.preparation.seed,
                dtype=self.request.stack.dtype,
                weights_from_file={name for name, origin in network.origins.items() if origin == "file"},
            )
        report = with_pixels(
            shapes,
            {name: _with_pictures(drawn, files[name], encoder) for name, drawn in seen.items()},
            file=source.file,
            pixels_sha256=encoder.listed(INPUT_PICTURE).sha256,
            pixels_shape=encoder.listed(INPUT_PICTURE).shape,
            digest=digest,
            weights_sha256=self.preparation.weights_sha256(),
            activations=ACTIVATIONS if self.request.save_activations else None,
            page=PAGE if page is not None else None,
            place=self._place(source),
            sha256=image.sha256,
        )
        text = to_text(report)
        if page is not None:
            folder.write(PAGE, seal(page.write(report), str(report.digest)))
        folder.finish(text.encode(), to_json(report))
        return ImageResult(
            source.file,
            source.label,
            "ok",
            warnings=_warnings(report),
            input_shape=report.input.shape,
            weights_sha256=report.weights_sha256 or None,
            text=text,
            opens=_opens(report),
        )

    def _look(
        self,
        network: Network,
        pixels: Array,
        digest: str,
        files: Mapping[str, LayerFiles],
        encoder: Encoder,
        folder: ImageFolder,
        page: PageMaker | None,
    ) -> dict[str, Drawn]:
        """Run the layers one at a time, measure each, and hand its pictures to the encoder."""
        seen: dict[str, Drawn] = {}
        known: dict[str, Known] = {}
        with ExitStack() as stack:
            save = None
            if self.request.save_activations:
                from cnnviz.io.hdf5.activations import write_activations

                target = stack.enter_context(folder.file_to_write(ACTIVATIONS))
                save = stack.enter_context(write_activations(target, digest))
            watch = None if page is None else page.before
            for node, (layer, array) in zip(network.nodes, network.iterate(pixels, watch), strict=True):
                statistics = measure(array)
                if save is not None:
                    save(layer.name, array)
                mine = files[layer.name]
                pictures = draw(array, statistics, node, self.style) if mine.sheet else None
                known[layer.name] = Known.of(array, statistics)
                fed = partial(_fed, layer, known, lambda: network.entering(pixels))
                found = notes(node, known[layer.name], fed, array, network.weights.get(node.layer.name, {}))
                classes, remark = self._classes(network, node, array)
                used = pictures.ranges if pictures else None
                seen[layer.name] = Drawn(
                    statistics=statistics,
                    ranges=used,
                    shown=self.style.shown(node),
                    notes=[*found, *filter(None, [remark])],
                    top_classes=classes,
                )
                if pictures is not None:
                    for path, levels in pictures.named(mine):
                        encoder.put(path, levels)
                if mine.kernels is not None:
                    encoder.put(mine.kernels, draw_kernels(node, network.weights[layer.name], self.style))
                if page is not None:
                    page.add(node, array, statistics, network.weights.get(layer.name, {}))
                del array, pictures  # before the next layer needs memory
        return seen

    def _classes(self, network: Network, node: Node, array: Array) -> tuple[Sequence[ClassShare], str]:
        """Tell what the picture was taken for, and what to know of that; made-up weights take it for anything."""
        if not network.whole_from_file or node is not network.nodes[-1]:
            return (), ""
        try:
            scores = find_scores(network.stack, network.nodes)
        except UsageError:  # it does not end in class scores
            return (), ""
        classes = top_classes(scores, array)
        return classes, scores.remark if classes else ""

    def _memory(self, node: Node) -> int:
        """Return the bytes that a layer's pictures, and its part of the page, take while they are made, roughly."""
        pictures = self.style.memory(node)
        if not self.request.html:
            return pictures
        from cnnviz.render.page.plan import memory

        return pictures + memory(node.output_shape, self.style.shown(node))

    def _page(self, network: Network, image: InputImage) -> PageMaker | None:
        """Begin the page, if there is to be one."""
        if not self.request.html:
            return None
        from cnnviz.workflows.page import PageMaker

        page = PageMaker(network, self.style)
        page.add_input(image.pixels, image.is_array)
        return page

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


def _fed(layer: Layer, known: dict[str, Known], enter: Callable[[], Array]) -> list[Known]:
    """Return what is known of a layer's inputs; that of the stack is looked at when it is first asked for."""
    if INPUT in layer.inputs and INPUT not in known:
        known[INPUT] = Known.of(enter())
    return [known[name] for name in layer.inputs]


def unreadable(source: Source) -> ImageResult | None:
    """Return what becomes of an image that is not there, or cannot be looked at; None if it has to be tried.

    Lists may name very many of them, which no worker need be sent.
    """
    if isinstance(source, UrlSource):
        return None
    try:
        os.stat(source.path)  # noqa: PTH116  there may be millions
    except OSError as error:
        message = f"cannot read {source.file}: {plain_reason(error)}"
        return ImageResult(source.file, source.label, "failed", message, "input")
    except ValueError:
        return None
    return None


def _with_pictures(drawn: Drawn, files: LayerFiles, encoder: Encoder) -> Drawn:
    return replace(
        drawn,
        sheet=encoder.listed(files.sheet) if files.sheet else None,
        maps=[encoder.listed(path) for path in files.maps],
        composite=encoder.listed(files.composite) if files.composite else None,
        kernels=encoder.listed(files.kernels) if files.kernels else None,
    )


def _opens(report: Report) -> str:
    return report.page or next((layer.sheet.path for layer in report.layers if layer.sheet), INPUT_PICTURE)


def _warnings(report: Report) -> tuple[str, ...]:
    return tuple(
        f'{layer.type} "{layer.name}": {layer.stats.nonfinite:,} values are NaN or infinite; they are drawn as 0'
        for layer in report.layers
        if layer.stats and layer.stats.nonfinite
    )
