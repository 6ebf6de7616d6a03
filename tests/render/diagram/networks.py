"""Networks of many forms, small enough to be drawn in every test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cnnviz import load_stack
from cnnviz.render.diagram.model import Part, parts_of
from cnnviz.stack.graph import infer


def layer(kind: str, name: str, *inputs: str, **fields: Any) -> dict[str, Any]:
    """Return a layer of a stack."""
    return {"type": kind, "name": name, **({"inputs": list(inputs)} if inputs else {}), **fields}


def conv(name: str, *inputs: str, filters: int = 4, size: int = 3, **fields: Any) -> dict[str, Any]:
    """Return a convolution that keeps the size of maps."""
    return layer("Conv2D", name, *inputs, filters=filters, kernel_size=size, padding="same", **fields)


def u_net() -> Iterator[dict[str, Any]]:
    """Maps are halved twice, enlarged twice, and joined with those of their size."""
    yield conv("down_1")
    yield layer("MaxPooling2D", "half_1", pool_size=2)
    yield conv("down_2", filters=8)
    yield layer("MaxPooling2D", "half_2", pool_size=2)
    yield conv("bottom", filters=16)
    yield layer("Conv2DTranspose", "double_2", filters=8, kernel_size=2, strides=2)
    yield layer("Concatenate", "join_2", "down_2", "double_2")
    yield conv("up_2", filters=8)
    yield layer("UpSampling2D", "double_1", size=2)
    yield layer("Concatenate", "join_1", "down_1", "double_1")
    yield conv("up_1", activation="sigmoid")


def dense_net(count: int = 4) -> Iterator[dict[str, Any]]:
    """Every layer joins all maps before it anew, as exported DenseNets do."""
    yield conv("start")
    known = ["start"]
    for number in range(count):
        yield layer("BatchNormalization", f"norm_{number}", f"join_{number - 1}" if number else "start")
        yield conv(f"new_{number}")
        known.append(f"new_{number}")
        yield layer("Concatenate", f"join_{number}", *known)
    yield layer("GlobalAveragePooling2D", "mean")


def residual(count: int = 5) -> Iterator[dict[str, Any]]:
    """Two convolutions and a sum, again and again."""
    yield conv("start")
    before = "start"
    for number in range(count):
        yield conv(f"a_{number}", before)
        yield layer("BatchNormalization", f"norm_{number}")
        yield layer("ReLU", f"relu_{number}")
        yield conv(f"b_{number}")
        yield layer("Add", f"add_{number}", before, f"b_{number}")
        before = f"add_{number}"
    yield layer("Flatten", "flat")
    yield layer("Dense", "scores", units=10, activation="softmax")


def inception() -> Iterator[dict[str, Any]]:
    """Four branches of different lengths."""
    yield conv("start")
    yield conv("one", "start", size=1)
    yield conv("three_a", "start", size=1)
    yield conv("three_b", size=3)
    yield conv("five_a", "start", size=1)
    yield conv("five_b", size=3)
    yield conv("five_c", size=3)
    yield layer("MaxPooling2D", "pool", "start", pool_size=3, strides=1, padding="same")
    yield conv("pooled", size=1)
    yield layer("Concatenate", "join", "one", "three_b", "five_c", "pooled")


def single() -> Iterator[dict[str, Any]]:
    """One layer."""
    yield layer("Flatten", "flat")


def long_names() -> Iterator[dict[str, Any]]:
    """Names that find no room."""
    for number in range(3):
        yield conv("x" * 90 + f"_{number}", dilation_rate=[1, 2], strides=1, activation="leaky_relu")
        yield layer("Activation", "y" * 90 + f"_{number}", activation="relu")


FORMS: dict[str, list[dict[str, Any]]] = {
    "u_net": list(u_net()),
    "dense_net": list(dense_net()),
    "residual": list(residual()),
    "inception": list(inception()),
    "single": list(single()),
    "long_names": list(long_names()),
}
"""The layers of a network for each form."""


def parts(form: str, shape: tuple[int, int, int] = (16, 24, 1)) -> list[Part]:
    """Return what a diagram knows of a form over pictures of some size, or of a bundled stack over its own."""
    stack = load_stack({"input": {"color": "gray"}, "layers": FORMS[form]} if form in FORMS else form)
    if stack.input.size:
        shape = (*stack.input.size, 1 if stack.input.color == "gray" else 3)
    return parts_of(stack.input, infer(stack, shape), shape)
