"""What a user asks for: the stack with its changes, and how to draw it."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import msgspec

from cnnviz.config.load import Loaded
from cnnviz.config.opened import OpenedModel
from cnnviz.config.switches import Switches
from cnnviz.io.images import MAX_PIXELS
from cnnviz.stack.spec import MapOrder

Config = str | PathLike[str] | Mapping[str, Any] | OpenedModel | Loaded
Dtype = Literal["float64", "float32"]


class DrawingRequest(msgspec.Struct, frozen=True):
    """How to draw; None leaves it to the stack's `output`.

    Attributes:
        scale_by: What range becomes 0..255.
        order: In which order a sheet shows maps.
        colormap: A matplotlib colormap.
        composite: Also draw a 3-map layer as one colour picture.
        labels: Write on sheets and kernels what they show.
        maps: Also draw each map alone.
        max_maps: Draw at most so many maps of a layer, 0 for all.
        layers: Globs of the layers to draw; empty for all.
        kernels: Also draw each layer's kernels.
    """

    scale_by: str | None = None
    order: MapOrder | None = None
    colormap: str | None = None
    composite: bool | None = None
    labels: bool | None = None
    maps: bool = True
    max_maps: int = 64
    layers: tuple[str, ...] = ()
    kernels: bool = False


class MemoryShare(msgspec.Struct, frozen=True):
    """What a worker may take of the memory that a command has.

    Attributes:
        bytes: How much that is.
        workers: How many share the memory.
    """

    bytes: int
    workers: int


class StackRequest(msgspec.Struct, frozen=True):
    """Which stack, changed how, with which weights.

    Attributes:
        config: A YAML file, the name of a bundled stack, a model file, or what was read or loaded already.
        switches: The command line's changes, if there are any.
        seed: Seed of the random initialisers; None for the stack's own.
        weights: A file to load weights from, or `sample:NAME`.
        weights_name: What to call it in messages; None for its path.
        dtype: Arithmetic of the forward pass.
        threads: Threads inside one image; None for the usable cores.
        max_memory: Bytes that a stack may need, in all workers together; None for most of what is free.
        share: What this process may take of that where workers share it; None if none do.
    """

    config: Config
    switches: Switches | None = None
    seed: int | None = None
    weights: Path | None = None
    weights_name: str | None = None
    dtype: Dtype = "float64"
    threads: int | None = None
    max_memory: int | None = None
    share: MemoryShare | None = None


class WorkRequest(msgspec.Struct, frozen=True):
    """What is to be done with each of many pictures. It can be pickled, for worker processes.

    Attributes:
        stack: The stack.
    """

    stack: StackRequest

    def job(self) -> Any:
        """Make the job, which does it (see `workflows.run.workers.common.Work`)."""
        raise NotImplementedError


class RunRequest(WorkRequest, frozen=True):
    """All that decides the outputs of a run, the images apart. It can be pickled, for worker processes.

    Attributes:
        stack: The stack.
        output: The output folder, a path or a URL; None for `cnnviz-out/STACK`.
        drawing: How to draw.
        save_activations: Also write every layer's raw tensor.
        save_weights: Also write the weights.
        max_pixels: The largest picture to take.
        force: Redo what is up to date.
        html: Also write a page of each image; None for one image, not for several.
        figure: Where to draw all layers of the one image, `.png`, `.svg` or `.pdf`; None for nowhere.
    """

    output: str | PathLike[str] | None = None
    drawing: DrawingRequest = DrawingRequest()
    save_activations: bool = False
    save_weights: bool = True
    max_pixels: int = MAX_PIXELS
    force: bool = False
    html: bool | None = None
    figure: Path | None = None

    def job(self) -> Any:
        from cnnviz.workflows.run.job import Job

        return Job(self)


class ClusterRequest(msgspec.Struct, frozen=True):
    """Which Dask cluster runs the images; one is made on this machine if neither is given.

    Attributes:
        address: The address of the scheduler, such as `tcp://10.0.0.1:8786`.
        file: What its scheduler wrote with `--scheduler-file`.
    """

    address: str | None = None
    file: str | None = None
