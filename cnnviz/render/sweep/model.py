"""A sweep as data: what `sweep.json` holds, key by key."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from cnnviz.render.report.model import Ends, PictureEntry
from cnnviz.render.statistics import Stats

SCHEMA_VERSION = 1


class SweptOption(Struct, frozen=True, kw_only=True):
    """An option that has several values.

    Attributes:
        option: Such as `--activation`.
        name: What it varies, such as `activation of conv_1`.
        values: As they were written.
    """

    option: str
    name: str
    values: tuple[str, ...]


class LayerResult(Struct, frozen=True, kw_only=True):
    """A layer of one combination.

    Attributes:
        index: From 1.
        name: The layer's name in the stack.
        type: The layer's kind.
        variant: What tells it from others of its kind, such as the name of its activation; left out if nothing does.
        output_shape: Height, width and channels, or units.
        params: Weights and biases.
        stats: What its values amount to.
        saturated: The part of them at the ends of its activation; None if that has no ends.
        ranges: What is drawn as 0 and as 255: one range for all maps, or one for each; None if it was not drawn.
    """

    index: int
    name: str
    type: str
    variant: str | UnsetType = UNSET
    output_shape: tuple[int, ...]
    params: int
    stats: Stats
    saturated: float | None
    ranges: tuple[Ends, ...] | None


class CombinationResult(Struct, frozen=True, kw_only=True):
    """One combination of values.

    Attributes:
        values: One of each option, in their order.
        arguments: The options with which `cnnviz run` does the same.
        seed: The seed of the random initialisers.
        input_shape: Height, width, channels; None if the stack could not be read.
        status: Whether all layers fit.
        message: Why not; empty if they do.
        layers: In order; those before the first that does not fit.
    """

    values: tuple[str, ...]
    arguments: tuple[str, ...]
    seed: int
    input_shape: tuple[int, ...] | None
    status: str
    message: str
    layers: tuple[LayerResult, ...]


class LayerSheet(Struct, frozen=True, kw_only=True):
    """A layer over all combinations.

    Attributes:
        index: From 1.
        names: The layer's name, or its names where they differ.
        types: The layer's kind, or its kinds.
        variant: What tells it from others of its kind, where that is the same in all combinations; left out if not.
        depends_on: The names of the options that make a difference up to here.
        sheet: The picture that compares them; None if it was not drawn.
    """

    index: int
    names: tuple[str, ...]
    types: tuple[str, ...]
    variant: str | UnsetType = UNSET
    depends_on: tuple[str, ...]
    sheet: PictureEntry | None


class SweepReport(Struct, frozen=True, kw_only=True):
    """What a sweep found.

    Attributes:
        schema_version: Goes up when a key changes its meaning or goes.
        name: The stack's name.
        file: The picture, as it was named.
        dtype: The floating type of the forward pass.
        scale: `each` if every tile has a scale of its own, `common` if all tiles of a layer share one.
        scale_by: What range becomes 0 to 255.
        colormap: The colours.
        options: The options that have several values.
        layers_asked: How many layers the combinations have together.
        layers_computed: How many of them were computed; the others are shared.
        layers: What was compared.
        combinations: In the order of the options' values, the last varying fastest.
    """

    schema_version: int = SCHEMA_VERSION
    name: str
    file: str
    dtype: str
    scale: str
    scale_by: str
    colormap: str
    options: tuple[SweptOption, ...]
    layers_asked: int
    layers_computed: int
    layers: tuple[LayerSheet, ...]
    combinations: tuple[CombinationResult, ...]
