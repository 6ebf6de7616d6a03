"""Layers that pool, pad, cut and enlarge maps, and that bring values into another shape."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from cnnviz.interchange.drafting.building import Tensor, UnsayableError
from cnnviz.interchange.drafting.layout import Layout
from cnnviz.interchange.drafting.operators.shapes import reshaped
from cnnviz.interchange.drafting.placing import placed
from cnnviz.interchange.keras.step import Step
from cnnviz.wording import shape_text


def _pooling(kind: str) -> Callable[[Step], Tensor]:
    def pool(step: Step) -> Tensor:
        fields = step.taken(kind)
        if fields.get("strides") == fields.get("pool_size", 2):
            del fields["strides"]
        return step.over_maps(kind, fields)

    return pool


def _maps(kind: str) -> Callable[[Step], Tensor]:
    return lambda step: step.over_maps(kind, step.taken(kind))


def _global(kind: str) -> Callable[[Step], Tensor]:
    def pool(step: Step) -> Tensor:
        x = step.maps()
        keep = step.fields.get("keepdims") is True
        axes = (2, 3) if step.first else (1, 2)
        layout = x.layout.without(axes, keep)
        if not keep:
            layout = layout._replace(axes=layout.axes[2:])
        return step.emit(kind, {"keepdims": True} if keep else {}, x, layout=layout)

    return pool


def _zero_padding(step: Step) -> Tensor:
    padding = step.fields.get("padding", 1)
    if isinstance(padding, list) and len(padding) == 4:  # Keras 1: top, bottom, left, right
        padding = [padding[:2], padding[2:]]
    return step.over_maps("ZeroPadding2D", {"padding": padding})


def _up_sampling(step: Step) -> Tensor:
    how = step.fields.get("interpolation", "nearest")
    if how not in ("nearest", "bilinear"):
        raise UnsayableError(f"its interpolation {how!r:.50} is not available; nearest and bilinear are")
    return step.over_maps("UpSampling2D", step.taken("UpSampling2D"))


def _resizing(step: Step) -> Tensor:
    for field in ("crop_to_aspect_ratio", "pad_to_aspect_ratio"):
        if step.fields.get(field):
            raise UnsayableError(f"its `{field}` is not available")
    how = step.fields.get("interpolation", "bilinear")
    if how not in ("nearest", "bilinear", "bicubic"):
        raise UnsayableError(f"its interpolation {how!r:.50} is not available; nearest, bilinear and bicubic are")
    fields = {"height": step.fields.get("height"), "width": step.fields.get("width")}
    if how != "bilinear":
        fields["interpolation"] = how
    antialias = how != "nearest" and bool(step.fields.get("antialias"))
    if antialias:
        fields["antialias"] = True
    if how == "bicubic" or antialias:
        # TensorFlow and JAX leave out what lies beyond the edges; Keras on PyTorch has another cubic.
        fields["exclude_outside"] = True
    return step.over_maps("Resizing", fields)


def _center_crop(step: Step) -> Tensor:
    x = step.maps()
    sides = []
    for wanted, length in zip((step.fields["height"], step.fields["width"]), x.layout.ours, strict=False):
        if wanted > length:
            raise UnsayableError(f"it enlarges {shape_text(x.layout.ours)} first, which no layer does as it does")
        before = (length - wanted) // 2
        sides.append([before, length - wanted - before])
    return step.over_maps("Cropping2D", {"cropping": sides}) if any(map(any, sides)) else x


def _flatten(step: Step) -> Tensor:
    x = step.tensor
    layout = x.layout
    if step.first and len(x.shape) == 4:  # Keras itself brings the channels last before
        layout = layout.transposed((0, 2, 3, 1))
    flat = layout.reshaped((1, prod(x.shape)))
    assert flat is not None
    return Tensor(x.layer, flat) if len(x.layout.axes) == 1 else _flattened(step, x, flat)


def _flattened(step: Step, x: Tensor, flat: Layout) -> Tensor:
    return step.emit("Flatten", {}, x, layout=Layout((flat.lengths,), flat.order).tidy())


def _reshape(step: Step) -> Tensor:
    x = step.tensor
    target = [int(length) for length in step.fields["target_shape"]]
    natural = x.layout.flat == tuple(range(len(x.layout.flat)))
    becomes = reshaped(step.as_operator, x, [1, *target])
    if len(target) == 3 and natural and not step.lazy and becomes.layout.ours != becomes.shape[1:]:
        target = list(becomes.shape[1:])
        return step.emit("Reshape", {"target_shape": target}, x, layout=placed(tuple(target), (1, 2, 3)))
    if len(target) == 1 and natural and len(x.layout.axes) > 1:
        return _flattened(step, x, becomes.layout)
    return becomes


def _permute(step: Step) -> Tensor:
    x = step.tensor
    dims = [int(dim) for dim in step.fields["dims"]]
    if sorted(dims) != list(range(1, len(x.shape))):
        raise UnsayableError(f"its dims {dims} do not name each axis of {shape_text(x.shape[1:])} once")
    turned = Tensor(x.layer, x.layout.transposed((0, *dims)).tidy())
    if step.lazy or len(dims) != 3:
        return turned
    x = step.natural(x)
    shape = tuple(x.layout.ours[dim - 1] for dim in dims)
    return step.emit("Permute", {"dims": dims}, x, layout=placed(shape, (1, 2, 3)))


KINDS: dict[str, Callable[[Step], Tensor]] = {
    "MaxPooling2D": _pooling("MaxPooling2D"),
    "AveragePooling2D": _pooling("AveragePooling2D"),
    "Cropping2D": _maps("Cropping2D"),
    "GlobalMaxPooling2D": _global("GlobalMaxPooling2D"),
    "GlobalAveragePooling2D": _global("GlobalAveragePooling2D"),
    "ZeroPadding2D": _zero_padding,
    "UpSampling2D": _up_sampling,
    "Resizing": _resizing,
    "CenterCrop": _center_crop,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Permute": _permute,
}
