"""The names of the files of an image's folder: known before a pixel is computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec

from cnnviz.stack.graph import Node


class Selection(Protocol):
    """Which pictures of each layer are drawn."""

    @property
    def maps(self) -> bool:
        """Whether each map is drawn alone, too."""

    def shown(self, node: Node) -> int:
        """Count the maps of a layer that are drawn; a vector counts as one."""

    def has_composite(self, node: Node) -> bool:
        """Whether a layer is also drawn as one colour picture."""

    def has_kernels(self, node: Node) -> bool:
        """Whether a layer's kernels are drawn."""


class LayerFiles(msgspec.Struct, frozen=True):
    """The files of a layer, relative to the image's folder; None for what is not drawn.

    Attributes:
        sheet: All maps.
        maps: Each map alone.
        composite: Three maps as one colour picture.
        kernels: The kernels.
    """

    sheet: str | None = None
    maps: tuple[str, ...] = ()
    composite: str | None = None
    kernels: str | None = None

    def all(self) -> Iterator[str]:
        """Go over all that are drawn."""
        for name in (self.sheet, *self.maps, self.composite, self.kernels):
            if name is not None:
                yield name


def layer_files(nodes: Sequence[Node], drawn: Selection) -> dict[str, LayerFiles]:
    """Name the files of every layer: `01_conv_1.png`, `01_conv_1/000.png`, and so on.

    Numbers have two digits for layers and three for maps, more where there are more, so that names sort in order.
    """
    digits = max(2, len(str(len(nodes))))
    files = {}
    for node in nodes:
        stem = f"{node.index:0{digits}d}_{node.layer.name}"
        shown = drawn.shown(node)
        if not shown:
            files[node.layer.name] = LayerFiles()
            continue
        alone = shown if drawn.maps and len(node.output_shape) == 3 else 0
        width = max(3, len(str(shown - 1)))
        files[node.layer.name] = LayerFiles(
            sheet=f"{stem}.png",
            maps=tuple(f"{stem}/{i:0{width}d}.png" for i in range(alone)),
            composite=f"{stem}_composite.png" if drawn.has_composite(node) else None,
            kernels=f"{stem}_kernels.png" if drawn.has_kernels(node) else None,
        )
    return files
