"""Reports to write: of a plain stack, of one that branches, of a deep one; some with pixels."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from msgspec.structs import replace

from cnnviz.layers import find_kind
from cnnviz.render.notes import notes
from cnnviz.render.report.build import in_use, shape_report
from cnnviz.render.report.model import PictureEntry
from cnnviz.render.scaling import ScaleBy, ranges
from cnnviz.render.statistics import measure
from cnnviz.render.tensor_facts import TensorFacts
from cnnviz.stack.graph import infer
from cnnviz.stack.spec import Stack


def layer(kind, name, *inputs, **fields):
    return find_kind(kind)(name=name, inputs=inputs, **fields)


@pytest.fixture
def shapes(walk):
    """The report of the walkthrough without pixels."""
    stack, nodes = walk
    return shape_report(stack, nodes, (97, 121, 3))


@pytest.fixture
def pixels(walk):
    """The same with pixels: numbers made of integers, so that they are the same everywhere; one dead map."""
    stack, nodes = walk
    report = shape_report(stack, nodes, (97, 121, 3), seed=3, weights_from_file={"conv_1"})
    layers = []
    found = {"input": TensorFacts.of(np.zeros((97, 121, 3)))}
    for node in nodes:
        array = (np.arange(np.prod(node.output_shape)).reshape(node.output_shape) * 37 % 101 - 50) / 8
        if node.index == 3:
            array = np.maximum(array, 0)
            array[..., 1] = 0
        statistics = measure(array)
        found[node.layer.name] = known = TensorFacts.of(array, statistics)
        inputs = [found[name] for name in node.layer.inputs]
        maps = node.output_shape[2] if array.ndim == 3 else 1
        stem = f"{node.index:02d}_{node.layer.name}"
        used = ranges(statistics, ScaleBy("map" if node.index < 3 else "layer"), array)
        drawn = {"shown": None} if node.index == 4 else in_use(used, statistics, min(maps, 2))
        layers.append(
            replace(
                report.layers[node.index - 1],
                stats=statistics.rounded(),
                notes=notes(node, known, lambda inputs=inputs: inputs, array, {}),
                sheet=None if node.index == 4 else listed(f"{stem}.png"),
                maps=tuple(listed(f"{stem}/{index:03d}.png") for index in range(2)) if array.ndim == 3 else (),
                **drawn,
            )
        )
    return replace(
        report,
        input=replace(report.input, file="pictures/my_cat & dog.png", pixels_sha256=sha256("input")),
        digest=sha256("digest"),
        weights_sha256=sha256("weights"),
        layers=tuple(layers),
    )


@pytest.fixture
def branching():
    """A stack that branches, with a name too long for its column and a stride that is a fraction."""
    long = "a_name_that_somebody_took_from_a_framework_that_writes_out_whole_paths_as_names"
    layers = (
        layer("Conv2D", "conv2d", "input", filters=16, kernel_size=5, padding="same", dilation_rate=2),
        layer("Conv2D", long, "conv2d", filters=16, kernel_size=3, padding="same", activation="relu"),
        layer("Add", "add", "conv2d", long),
        layer("UpSampling2D", "up_sampling2d", "add"),
        layer("Concatenate", "concatenate", "up_sampling2d", "up_sampling2d"),
        layer("GlobalAveragePooling2D", "global_average_pooling2d", "concatenate"),
    )
    stack = Stack(name="branching", layers=layers)
    return shape_report(stack, infer(stack, (480, 640, 3)), (480, 640, 3))


@pytest.fixture
def deep():
    """VGG16: thirteen convolutions, 138 million parameters."""
    layers = []
    before = "input"

    def add(kind, name, **fields):
        nonlocal before
        layers.append(layer(kind, name, before, **fields))
        before = name

    for block, (count, filters) in enumerate([(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)], 1):
        for number in range(1, count + 1):
            add("Conv2D", f"block{block}_conv{number}", filters=filters, kernel_size=3, padding="same")
        add("MaxPooling2D", f"block{block}_pool")
    add("Flatten", "flatten")
    for name, units in (("fc1", 4096), ("fc2", 4096), ("predictions", 1000)):
        add("Dense", name, units=units)
    stack = Stack(name="vgg16", layers=tuple(layers))
    return shape_report(stack, infer(stack, (224, 224, 3)), (224, 224, 3))


def listed(path):
    return PictureEntry(path=path, sha256=sha256(path))


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()
