"""What the overview page shows, gathered before a line of it is written; the images apart, which may be many."""

from __future__ import annotations

from dataclasses import dataclass, field

from cnnviz.render.overview.thumbnail import Thumbnail
from cnnviz.render.report.model import Report


@dataclass(frozen=True, slots=True)
class Image:
    """A complete image.

    Attributes:
        name: Folder of the image, as people read it.
        href: What to open, relative to the page, ready for an address.
        report: The address of its text report.
        shape: Shape of the network's input.
        notes: The findings of all layers, each after its layer's name.
        thumbnails: The input, and what the network made of it.
        taken_for: The likeliest classes; empty where that is not known.
    """

    name: str
    href: str
    report: str
    shape: str
    notes: tuple[tuple[str, str], ...]
    thumbnails: tuple[Thumbnail, ...]
    taken_for: str = ""


@dataclass(slots=True)
class StackLine:
    """A stack that images went through.

    Attributes:
        report: The report of the first image, whose shapes are shown.
        example: The name of that image.
        images: How many went through it.
        same_shapes: Whether all of them had the size of the first.
    """

    report: Report
    example: str
    images: int = 0
    same_shapes: bool = True

    @property
    def output_shape(self) -> tuple[int, ...]:
        """The last layer's."""
        return self.report.layers[-1].output_shape if self.report.layers else self.report.input.shape


@dataclass(slots=True)
class Listed:
    """Failures, of which the page lists the first ones only.

    Attributes:
        first: Failures that are listed: the name of the file or folder, where it failed if that is known, and why.
        count: How many there are.
    """

    first: list[tuple[str, str, str]] = field(default_factory=list)
    count: int = 0

    LIMIT = 1000

    def add(self, name: str, stage: str, message: str) -> None:
        """Count one more."""
        self.count += 1
        if self.count <= self.LIMIT:
            self.first.append((name, stage, message))

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
        failed: Images that failed.
        incomplete: Images that were interrupted or whose report cannot be read.
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
        names = list(dict.fromkeys(stack.report.name for stack in self.stacks))
        more = f" and {len(names) - 3} more" if len(names) > 4 else ""
        return ", ".join(names[:3] if more else names) + more or "No image is complete"
