"""The report as data: what `report.json` holds, key by key."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET, Struct, UnsetType

from cnnviz.render.classes import ClassShare
from cnnviz.render.statistics import Stats
from cnnviz.stack.weights import Origin
from cnnviz.wording import kind_text

SCHEMA_VERSION = 1

LAYOUT = 2
"""Goes up when sheets and kernels of the same values become other pictures."""


class Field(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A receptive field on the network's input, unclipped; heights first.

    Attributes:
        size: Input pixels that an output pixel sees; the largest number, where they see unequal ones.
        stride: Input pixels from one output pixel to the next; None if each sees the whole input.
        start: First input pixel of output pixel (0, 0); negative inside padding.
        varies: Whether output pixels see unequal numbers of input pixels; left out where they do not.
    """

    size: tuple[int, int]
    stride: tuple[int | float, int | float] | None
    start: tuple[int, int]
    varies: bool = False


class PictureEntry(Struct, frozen=True, kw_only=True):
    """A picture that was written.

    Attributes:
        path: Relative to the report.
        sha256: SHA-256 of the pixels: H x W, or H x W x 3 in RGB, in C order.
        shape: Lengths of these axes, for the same bytes make other pictures of other shapes; unset in older reports.
    """

    path: str
    sha256: str
    shape: tuple[int, ...] | UnsetType = UNSET


Ends = tuple[float | None, float | None]
"""What is drawn as 0 and as 255; None where no value is finite."""


class LayerReport(Struct, frozen=True, kw_only=True):
    """A layer of the report; what needs pixels is unset in a report of shapes alone.

    Attributes:
        index: From 1, as in file names.
        name: Name of the layer in the stack.
        type: Kind of the layer.
        variant: What tells it from others of its kind, such as the name of its activation; left out if nothing does.
        source: Name of the tensor (Keras: layer) of the model file that its output is, if it came from one.
        inputs: The names of the layers that it reads.
        output_shape: Height, width and channels, or units.
        weights: Where its weights come from; None if it has none.
        params: Weights and biases.
        macs: Multiply-accumulates of kernels, biases not counted.
        receptive_field: What an output pixel sees of the input.
        formula: How height and width come about.
        stats: What its values amount to.
        range: The range in use, where all maps share one.
        ranges: The range in use for each map that was drawn, where each has its own.
        clipped: Share of its finite values that lie beyond, where percentiles are the range.
        order: The numbers of the maps that were drawn, where the strongest come first.
        shown: How many of its maps were drawn, a vector being one; None if it was not drawn.
        notes: Findings in plain English.
        sheet: All its maps; None if it was not drawn.
        maps: Each map alone.
        composite: The three maps of the layer as one colour picture.
        kernels: Kernels of the layer.
        top_classes: What the picture was taken for, the likeliest first, if this layer ends in class scores and all
            weights were loaded.
    """

    index: int
    name: str
    type: str
    variant: str | UnsetType = UNSET
    source: str | UnsetType = UNSET
    inputs: tuple[str, ...]
    output_shape: tuple[int, ...]
    weights: Origin | None
    params: int
    macs: int
    receptive_field: Field
    formula: tuple[str, ...]
    stats: Stats | UnsetType = UNSET
    range: Ends | UnsetType = UNSET
    ranges: tuple[Ends, ...] | UnsetType = UNSET
    clipped: float | UnsetType = UNSET
    order: tuple[int, ...] | UnsetType = UNSET
    shown: int | UnsetType | None = UNSET
    notes: tuple[str, ...] | UnsetType = UNSET
    sheet: PictureEntry | UnsetType | None = UNSET
    maps: tuple[PictureEntry, ...] | UnsetType = UNSET
    composite: PictureEntry | UnsetType = UNSET
    kernels: PictureEntry | UnsetType = UNSET
    top_classes: tuple[ClassShare, ...] | UnsetType = UNSET

    @property
    def kind_in_words(self) -> str:
        """The kind as people read it: `Activation relu`, `MaxPooling2D`."""
        return kind_text(self.type, self.variant or "")

    def pictures(self) -> Iterator[PictureEntry]:
        """Go over all pictures that were written of the layer."""
        for picture in (self.sheet, self.composite, self.kernels):
            if isinstance(picture, PictureEntry):
                yield picture
        if self.maps:
            yield from self.maps


class InputReport(Struct, frozen=True, kw_only=True):
    """The input of the report.

    Attributes:
        file: Name of the file, as it was given.
        shape: Height, width, channels, as they enter the network.
        pixels_sha256: SHA-256 of the picture's pixels.
        pixels_shape: The picture's, as `Picture.shape`.
        place: Where it lies: below the deepest folder that it shares with the output, a digest if they share none.
        sha256: SHA-256 of the file.
    """

    file: str | UnsetType = UNSET
    shape: tuple[int, ...]
    pixels_sha256: str | UnsetType = UNSET
    pixels_shape: tuple[int, ...] | UnsetType = UNSET
    place: str | UnsetType = UNSET
    sha256: str | UnsetType = UNSET

    def picture(self, path: str) -> PictureEntry | None:
        """Return the picture of the input; None in a report of shapes alone.

        Args:
            path: Where it is.
        """
        if not isinstance(self.pixels_sha256, str):
            return None
        return PictureEntry(path=path, sha256=self.pixels_sha256, shape=self.pixels_shape)


class Totals(Struct, frozen=True, kw_only=True):
    """Sums over all layers.

    Attributes:
        params: Weights and biases.
        macs: Multiply-accumulates of kernels for one image.
        trainable_params: The weights that training changes, where some layers have `trainable: false`.
    """

    params: int
    macs: int
    trainable_params: int | UnsetType = UNSET


class Report(Struct, frozen=True, kw_only=True):
    """The shape report of one input.

    Attributes:
        schema_version: Goes up when a key changes its meaning or goes.
        name: The stack's name.
        seed: Seed of the random initialisers.
        dtype: Floating type of the forward pass.
        digest: What makes the outputs up to date.
        input: The input.
        weights_sha256: SHA-256 of all weights; None if there are none.
        activations: The file of raw tensors, if one was written; relative to the report.
        page: The page, if one was written; relative to the report.
        layout: By which rules sheets and kernels were drawn, see `LAYOUT`; unset in older reports.
        labels: Whether words stand on them; left out if not.
        layers: In order.
        totals: Sums over all layers.
    """

    schema_version: int = SCHEMA_VERSION
    name: str
    seed: int
    dtype: str
    digest: str | UnsetType = UNSET
    input: InputReport
    weights_sha256: str | UnsetType | None = UNSET
    activations: str | UnsetType = UNSET
    page: str | UnsetType = UNSET
    layout: int | UnsetType = UNSET
    labels: bool | UnsetType = UNSET
    layers: tuple[LayerReport, ...]
    totals: Totals

    def pictures(self, entry: str) -> Iterator[PictureEntry]:
        """Go over all pictures that were written, the input's first.

        Args:
            entry: The path of that.
        """
        if picture := self.input.picture(entry):
            yield picture
        for layer in self.layers:
            yield from layer.pictures()
