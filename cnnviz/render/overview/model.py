"""What the overview page shows, gathered before a line of it is written; the images apart, which may be many."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture.

    Attributes:
        label: What it shows.
        source: A data URI, or the address of the picture itself, relative to the page.
        width: Of the picture behind `source`, in pixels; None if nobody has looked.
        height: Likewise.
    """

    label: str
    source: str
    width: int | None = None
    height: int | None = None

    @property
    def embedded(self) -> bool:
        """Whether the page holds it."""
        return self.source.startswith("data:")

    @property
    def tiny(self) -> bool:
        """Whether its pixels are so few that each should stay a sharp square when it is enlarged."""
        return self.width is not None and self.height is not None and max(self.width, self.height) <= TINY


TINY = 48
"""Pixels of the longer side up to which a picture is shown as squares."""


@dataclass(frozen=True, slots=True)
class Note:
    """A finding.

    Attributes:
        layer: The layer's name.
        text: What was found, in plain English.
    """

    layer: str
    text: str


@dataclass(frozen=True, slots=True)
class Image:
    """A complete image.

    Attributes:
        name: Its folder, as people read it.
        href: What to open, relative to the page, ready for an address.
        report: The address of its text report.
        shape: Of the network's input.
        notes: The findings of all layers.
        thumbnails: Its input, and what the network made of it.
    """

    name: str
    href: str
    report: str
    shape: str
    notes: tuple[Note, ...]
    thumbnails: tuple[Thumbnail, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """An image that gave nothing.

    Attributes:
        name: The file or the folder.
        stage: Where it failed; empty if unknown.
        message: Why.
    """

    name: str
    stage: str
    message: str


@dataclass(frozen=True, slots=True)
class LayerLine:
    """A layer of a stack: its number, name, kind and shape."""

    index: int
    name: str
    type: str
    shape: str


@dataclass(slots=True)
class StackLine:
    """A stack that images went through.

    Attributes:
        name: Its name.
        example: The image whose shapes are shown.
        input_shape: That image's.
        params: Its weights and biases.
        layers: In order.
        images: How many went through it.
        same_shapes: Whether all of them had the example's size.
    """

    name: str
    example: str
    input_shape: str
    params: int
    layers: tuple[LayerLine, ...]
    images: int = 0
    same_shapes: bool = True

    @property
    def output_shape(self) -> str:
        """The last layer's."""
        return self.layers[-1].shape if self.layers else self.input_shape


@dataclass(slots=True)
class Listed:
    """Failures, of which the page lists the first ones only.

    Attributes:
        first: Those that are listed.
        count: How many there are.
    """

    first: list[Failure] = field(default_factory=list)
    count: int = 0

    LIMIT = 1000

    def add(self, failure: Failure) -> None:
        """Count one more."""
        self.count += 1
        if self.count <= self.LIMIT:
            self.first.append(failure)

    @property
    def more(self) -> int:
        """How many are not listed."""
        return self.count - len(self.first)


@dataclass(slots=True)
class Overview:
    """All that stands above the images.

    Attributes:
        stacks: In the order of the images; the first ones.
        elsewhere: How many images went through stacks that are not listed.
        images: How many are complete.
        noted: How many of them have notes.
        failed: Those that failed.
        incomplete: Those that were interrupted or whose report cannot be read.
    """

    stacks: list[StackLine] = field(default_factory=list)
    elsewhere: int = 0
    images: int = 0
    noted: int = 0
    failed: Listed = field(default_factory=Listed)
    incomplete: Listed = field(default_factory=Listed)

    @property
    def title(self) -> str:
        """The stacks' names, each once."""
        names = list(dict.fromkeys(stack.name for stack in self.stacks))
        more = f" and {len(names) - 3} more" if len(names) > 4 else ""
        return ", ".join(names[:3] if more else names) + more or "No image is complete"
