"""The page of one image, gathered while its layers go by: compact bytes are kept, no tensor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cnnviz import __version__
from cnnviz.io.png import pixel_stream
from cnnviz.io.threads import Threads
from cnnviz.layers.base import Layer, Weights
from cnnviz.render.bands import as_maps
from cnnviz.render.page.border import at_the_border
from cnnviz.render.page.histogram import Histogram, histogram
from cnnviz.render.page.kernels import pack_kernel, strongest_terms
from cnnviz.render.page.model import PackedKernel, PageClasses, PageLayer
from cnnviz.render.page.packing import pack
from cnnviz.render.page.plan import Share, plan
from cnnviz.render.page.tiles import MapTile, card, picture_card
from cnnviz.render.report.build import used_ends
from cnnviz.render.report.model import Ends, Report
from cnnviz.render.scaling import Ranges, ScaleBy, ranges, to_levels
from cnnviz.render.sheets import picture
from cnnviz.render.statistics import Statistics, measure
from cnnviz.stack.graph import INPUT, Node
from cnnviz.stack.network import Network
from cnnviz.workflows.drawing.style import Style
from cnnviz.workflows.run.class_scores import ClassScores
from cnnviz.workflows.run.deflating import Deflater
from cnnviz.workflows.run.pictures import LayerPictures

if TYPE_CHECKING:
    from cnnviz.render.classes import Recognition
    from cnnviz.render.page.recognised import Overlay

Array = NDArray[Any]


class PageMaker:
    """Gathers what the page shows, layer by layer in order, and writes it."""

    def __init__(self, network: Network, style: Style, pictures: LayerPictures, threads: Threads) -> None:
        """Plan the page; nothing is looked at yet.

        Args:
            network: The network.
            style: How to draw.
            pictures: Has drawn each layer before it is added here.
            threads: Compress what is large; closed before the page is written.
        """
        self._deflate = Deflater(threads)
        self._network = network
        self._style = style
        self._pictures = pictures
        self._layers: dict[str, PageLayer] = {}
        self._before: dict[str, Histogram | None] = {}
        self._vectors: dict[str, Array] = {}
        self._scores = ClassScores(network, heat=True)
        self._picture: NDArray[np.uint8] | None = None
        shapes = [network.input_shape, *(node.output_shape for node in network.nodes)]
        channels = min(network.input_shape[2], style.max_maps or network.input_shape[2])
        shares = plan(shapes, [channels, *(style.shown(node) for node in network.nodes)])
        names = [INPUT, *(node.layer.name for node in network.nodes)]
        self._shares = dict(zip(names, shares, strict=True))
        self._readers = {
            name: max((n.index for n in network.nodes if name in n.layer.inputs), default=0) for name in names
        }

    def add_input(self, pixels: Array, is_array: bool) -> None:
        """Keep the input.

        Args:
            pixels: `(H, W, C)`, as they enter, from 0 to 255 for a picture.
            is_array: Whether it came as an array rather than as a picture.
        """
        share = self._shares[INPUT]
        statistics = measure(pixels)
        scale = self._style.scale_by if is_array else ScaleBy("fixed", 0.0, 255.0)
        chosen = ranges(statistics, scale, pixels)
        part = pixels[:: share.step, :: share.step, : share.maps]
        if is_array:
            levels = to_levels(part, chosen)
            small = card(levels, self._style.table)
        else:
            # As the picture itself is drawn; what is not beyond 0 and 255 has its level between them.
            chosen = chosen._replace(clip=False)
            levels = to_levels(part, chosen)
            shown = picture(part, self._style.color)
            small = picture_card(shown)
            if self._scores.heats:
                self._picture = shown if part.shape == pixels.shape else picture(pixels, self._style.color)
        self._layers[INPUT] = PageLayer(
            card=small,
            packed=pack(part, levels, chosen, statistics, share.codes, self._deflate),
            share=share,
            map_ranges=_map_ranges(statistics, share),
            drawn_ranges=_drawn_ranges(chosen, statistics, share),
            constants=_constants(chosen, share),
            histogram=histogram(pixels, statistics),
            is_picture=not is_array,
        )

    def before(self, layer: Layer, array: Array) -> None:
        """Look at what a layer is before its activation (see `Network.iterate`)."""
        self._before[layer.name] = histogram(array, measure(array, spread=False))
        self._scores.before(layer, array)

    def add(self, node: Node, array: Array, statistics: Statistics) -> None:
        """Keep a layer.

        Args:
            node: The layer.
            array: `(H, W, C)` or `(units,)`.
            statistics: The statistics of the array.
        """
        name = node.layer.name
        self._scores.add(name, array)
        weights = self._network.weights.get(name, {})
        share = self._shares[name]
        rule = node.layer.page_rule(weights, *node.input_shapes)
        small: tuple[MapTile, ...] = ()
        packed, chosen = None, None
        if share.maps:
            part = array if array.ndim == 1 else array[:: share.step, :: share.step]
            levels, chosen, streams = self._drawn(array, part, statistics, share)
            small = card(levels, self._style.table)
            maps = as_maps(part)[..., : share.maps]
            levels = levels.reshape(-1, *maps.shape[:2])
            finest = self._finest(node) if rule.keeps_values else None
            packed = pack(maps, levels, chosen, statistics, share.codes, self._deflate, finest, streams)
        kernel, terms = self._weighed(node, weights)
        self._layers[name] = PageLayer(
            card=small,
            packed=packed,
            share=share,
            map_ranges=_map_ranges(statistics, share),
            drawn_ranges=None if chosen is None else _drawn_ranges(chosen, statistics, share),
            constants={} if chosen is None else _constants(chosen, share),
            histogram=histogram(array, statistics),
            before=self._before.pop(name, None),
            rule={"kind": rule.kind, **rule.facts},
            kernel=kernel,
            terms=terms,
            border=at_the_border(node),
        )
        self._vectors = {of: kept for of, kept in self._vectors.items() if self._readers[of] > node.index}
        if array.ndim == 1 and self._readers[name]:
            self._vectors[name] = array

    def _drawn(
        self, array: Array, part: Array, statistics: Statistics, share: Share
    ) -> tuple[NDArray[np.uint8], Ranges, tuple[Callable[[], bytes], ...]]:
        """Return a layer's levels, their ranges, and as deflated rows; what was drawn is taken over where it can be."""
        drawn = self._pictures.latest
        chosen = drawn.ranges if drawn else ranges(statistics, self._style.scale_by, array)
        if drawn is None or share.step > 1:
            return to_levels(part, chosen, share.maps), chosen, ()
        levels = drawn.levels if array.ndim == 1 else drawn.levels[: share.maps]
        return levels, chosen, tuple(partial(_stream, file) for file in drawn.files[: share.maps])

    def _finest(self, node: Node) -> int | None:
        """Return the decimal places of the layers that a layer reads; None if nothing of them is rounded."""
        sources = [self._layers[name].packed for name in node.layer.inputs]
        return min((one.unit.decimals for one in sources if one is not None and not one.exact), default=None)

    def _weighed(self, node: Node, weights: Weights) -> tuple[PackedKernel | None, dict[str, Any] | None]:
        kernel = node.layer.effective_kernel(weights, *node.input_shapes)
        if kernel is None:
            return None, None
        source = node.layer.inputs[0]
        counts = self._shares[source].maps, self._shares[node.layer.name].maps
        packed = pack_kernel(kernel, weights.get("bias"), node, counts, self._deflate)
        if packed.data or source not in self._vectors:
            return packed, None
        return packed, strongest_terms(kernel, self._vectors[source])

    def _overlays(self, found: Recognition) -> Sequence[Overlay]:
        """Draw what speaks for the likeliest classes over the picture, where there is one."""
        if self._picture is None:
            return ()
        from cnnviz.render.page.recognised import HEATED, overlays

        likely = found.likely[:HEATED]
        return overlays(likely, self._scores.heat([each.unit for each in likely]), self._picture)

    def write(self, report: Report) -> bytes:
        """Write the page of a report, once every layer was added."""
        from cnnviz.render.page.page import to_html
        from cnnviz.render.page.recognised import bars

        style, scores = self._style, self._scores
        found = scores.found()
        last = self._network.nodes[-1].layer.name
        classes = PageClasses(
            layers=scores.layers,
            names=scores.names,
            shares=scores.shares is not None,
            bars=None if found is None else bars(found, scores.shares, last, self._overlays(found)),
        )
        return to_html(self._network, report, self._layers, classes, str(style.scale_by), style.table, __version__)


def _stream(file: Callable[[], bytes]) -> bytes:
    return pixel_stream(file())


def _drawn_ranges(chosen: Ranges, statistics: Statistics, share: Share) -> tuple[Ends, ...] | None:
    if not chosen.clip:
        return None
    ends = used_ends(chosen, statistics, share.maps)
    return ends * share.maps if chosen.shared else ends


def _map_ranges(statistics: Statistics, share: Share) -> tuple[tuple[float | None, float | None], ...]:
    pairs = zip(statistics.map_minimum[: share.maps], statistics.map_maximum[: share.maps], strict=True)
    return tuple((statistics.round(float(low)), statistics.round(float(high))) for low, high in pairs)


def _constants(chosen: Ranges, share: Share) -> dict[int, int]:
    """Return the maps that are drawn as constant, and the level that they are drawn in."""
    return {index: int(chosen.flat_level[index]) for index in np.flatnonzero(chosen.flat[: share.maps]).tolist()}
