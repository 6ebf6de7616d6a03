"""What puts values elsewhere: side by side, apart, with a frame, cut, in blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cnnviz.interchange.drafting.building import Tensor, UnsayableError, output_shape
from cnnviz.interchange.drafting.call import Call, number
from cnnviz.interchange.drafting.joining import alike
from cnnviz.interchange.drafting.layout import Layout
from cnnviz.interchange.drafting.operators.shapes import reshaped
from cnnviz.interchange.drafting.placing import maps, placed
from cnnviz.wording import shape_text


def concat(call: Call) -> Tensor:
    """Concat: `Concatenate`."""
    tensors = [call.tensor(place) for place in range(len(call.node.inputs))]
    if len(tensors) == 1:
        return tensors[0]
    rank = len(tensors[0].shape)
    (axis,) = call.axes(call.attribute("axis", 1), rank)
    tensors = alike(call.builder, call.node, tensors)
    if axis == 0:
        raise UnsayableError("it lays pictures of a batch side by side")
    places = _places(rank)
    known = [p for tensor in tensors if all(tensor.layout.order[1:]) and (p := tensor.layout.places())]
    if rank == 4:
        places = next(iter([*known, *(p for tensor in tensors if (p := tensor.layout.places()))]), places)
    elif rank == 2:
        places = (1,)
    ours = places.index(axis)
    shape = list(tensors[0].layout.ours)
    shape[ours] = sum(tensor.layout.ours[ours] for tensor in tensors)
    fields = {} if ours == len(shape) - 1 else {"axis": ours + 1}
    return call.emit("Concatenate", fields, *tensors, layout=_placed(tuple(shape), places, rank))


def _places(rank: int) -> tuple[int, ...]:
    return {2: (1,), 3: (1, -1, 2), 4: (2, 3, 1)}[rank]


def _placed(shape: tuple[int, ...], places: Sequence[int], rank: int) -> Layout:
    if rank == 3:
        flat = placed((shape[0], shape[2]), (1, 2))
        return Layout((flat.axes[0], (), flat.axes[1]), flat.order)
    return placed(shape, places)


def split(call: Call) -> list[Tensor]:
    """Split: a `Slice` per part."""
    x = call.tensor()
    (axis,) = call.axes(call.attribute("axis", 0), len(x.shape))
    length, count = x.shape[axis], len(call.node.outputs)
    parts = call.argument("split", 1)
    if parts is None:
        each = -(-length // call.attribute("num_outputs", count))
        parts = [min(each, length - each * n) for n in range(count)]
    if sum(parts) != length or min(parts) < 1 or len(parts) != count:
        raise UnsayableError(f"its parts {list(parts)} do not make up {length}")
    found, start = [], 0
    for part, name in zip(parts, call.node.outputs, strict=True):
        end = start + part
        found.append(_cut(call, x, {axis: (start, end, 1)}, name))
        start = end
    return found


def slice_(call: Call) -> Tensor:
    """Slice."""
    x = call.tensor()
    starts, ends = (np.atleast_1d(call.argument(name, place)).tolist() for place, name in ((1, "starts"), (2, "ends")))
    axes = call.argument("axes", 3)
    axes = call.axes(range(len(starts)) if axes is None else axes, len(x.shape))
    steps = call.argument("steps", 4)
    steps = [1] * len(starts) if steps is None else np.atleast_1d(steps).tolist()
    if not len(starts) == len(ends) == len(axes) == len(steps) or 0 in steps:
        raise UnsayableError("its starts, ends, axes and steps do not fit each other")
    cuts = {}
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        taken = range(*slice(start, end, step).indices(x.shape[axis]))
        if not taken:
            raise UnsayableError(f"it leaves nothing of {shape_text(x.shape)}")
        if len(taken) < x.shape[axis] or step < 0:
            cuts[axis] = (taken[0], taken[-1] + (1 if step > 0 else -1), step)
    return _cut(call, x, cuts, call.output)


def gather(call: Call) -> Tensor:
    """Gather of one place or of places in a row: `Slice`."""
    x, indices = call.tensor(), call.constant(1)
    (axis,) = call.axes(call.attribute("axis", 0), len(x.shape))
    length = x.shape[axis]
    flat = np.ravel(indices).astype(np.int64)
    flat = np.where(flat < 0, flat + length, flat)
    if not flat.size or flat.min() < 0 or flat.max() >= length:
        raise UnsayableError(f"its places {indices.tolist()!s:.100} are not ones in a row of {length}")
    steps = np.unique(np.diff(flat))
    if len(steps) > 1 or (len(steps) and steps[0] == 0):
        raise UnsayableError(f"its places {flat.tolist()!s:.100} are not in a row")
    step = int(steps[0]) if len(steps) else 1
    cuts = {axis: (int(flat[0]), int(flat[-1]) + (1 if step > 0 else -1), step)}
    out = x if len(flat) == length and step == 1 else _cut(call, x, cuts, call.output)
    if indices.ndim == 1:
        return out
    return reshaped(call, out, [*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]])


def _cut(call: Call, x: Tensor, cuts: dict[int, tuple[int, int, int]], name: str) -> Tensor:
    """Draft what leaves a part of a tensor.

    Args:
        call: The node.
        x: The tensor.
        cuts: For axes of the file's start, end and step; an end of -1 with a negative step is in front of the first.
        name: The output's name.
    """
    if not cuts:
        return x
    if 0 in cuts:
        raise UnsayableError("it takes pictures out of a batch")
    if any(x.layout.axis_of(axis) is None for axis in cuts):
        if len(x.shape) == 4:
            x = call.maps()
        elif len([row for row in x.layout.order if row]) == 1:
            x = call.builder.as_vector(call.node, x)
    ours = {axis: x.layout.axis_of(axis) for axis in cuts}
    layout = x.layout
    fields: dict[str, list[int]] = {"starts": [], "ends": [], "steps": [], "axes": []}
    order: list[tuple[int, int]] = []
    for axis, home in ours.items():
        if home is None:
            raise UnsayableError("it cuts along an axis that was reshaped")
        order.append((home, axis))
    for home, axis in sorted(order):
        start, end, step = cuts[axis]
        length = x.layout.ours[home]
        if end < 0:
            end -= length  # in front of the first one, as Python counts
        layout = layout.lengthened(axis, home, len(range(*slice(start, end, step).indices(length))))
        fields["axes"].append(home + 1)
        fields["starts"].append(start)
        fields["ends"].append(end)
        fields["steps"].append(step)
    written: dict[str, Any] = dict(fields)
    if set(fields["steps"]) == {1}:
        del written["steps"]
    return call.builder.emit(call.node, "Slice", written, x, layout=layout, source=name)


def pad(call: Call) -> Tensor:
    """Pad: `ZeroPadding2D`, `Cropping2D` where it takes away, else `Pad`."""
    x = call.tensor()
    rank = len(x.shape)
    pads = call.attribute("pads", call.attribute("paddings"))
    pads = list(pads) if pads is not None else np.ravel(call.constant(1)).tolist()
    axes = call.axes(call.constant(3), rank) if call.has(3) else tuple(range(rank))
    if len(pads) != 2 * len(axes):
        raise UnsayableError(f"its pads {pads} do not fit {shape_text(x.shape)}")
    if not any(pads):
        return x
    value: float | None = call.attribute("value", 0.0)
    if call.has(2) and call.node.opset >= 11:
        value = number(call.constant(2))
    if value is None:
        raise UnsayableError("the value that it pads with is no single number")
    sides = {axis: (pads[n], pads[n + len(axes)]) for n, axis in enumerate(axes) if pads[n] or pads[n + len(axes)]}
    if any(x.layout.axis_of(axis) not in (0, 1) for axis in sides):
        x = call.maps()
    ours = [[0, 0], [0, 0]]
    for axis, both in sides.items():
        home = x.layout.axis_of(axis)
        if home not in (0, 1):
            raise UnsayableError("it pads other axes than height and width")
        ours[home] = list(both)
    flat = [*ours[0], *ours[1]]
    mode = call.attribute("mode", "constant")
    if max(flat) <= 0:
        kind, fields = "Cropping2D", {"cropping": _border([[-side for side in both] for both in ours])}
    elif min(flat) < 0:
        raise UnsayableError(f"it pads some sides and cuts others ({flat})")
    elif mode == "constant" and value == 0:
        kind, fields = "ZeroPadding2D", {"padding": _border(ours)}
    else:
        kind, fields = "Pad", {"padding": _border(ours), "mode": mode}
        if mode == "constant":
            fields["value"] = value
    layout = x.layout
    for axis in sides:
        home = layout.axis_of(axis)
        assert home is not None
        layout = layout.lengthened(axis, home, x.shape[axis] + sum(sides[axis]))
    return call.emit(kind, fields, x, layout=layout)


def _border(both: list[list[int]]) -> Any:
    if len({side for sides in both for side in sides}) == 1:
        return both[0][0]
    return [sides[0] for sides in both] if all(sides[0] == sides[1] for sides in both) else both


def depth_to_space(call: Call) -> Tensor:
    """DepthToSpace."""
    return _blocks(call, "DepthToSpace", call.attribute("mode", "DCR"))


def space_to_depth(call: Call) -> Tensor:
    """SpaceToDepth."""
    return _blocks(call, "SpaceToDepth", call.attribute("mode", "DCR"))


def _blocks(call: Call, kind: str, mode: str) -> Tensor:
    x = call.maps()
    fields = {"block_size": call.attribute("blocksize"), "mode": mode}
    return call.emit(kind, fields, x, layout=maps(*output_shape(kind, fields, x.layout.ours)))


OPERATORS: dict[str, Any] = {
    "Concat": concat,
    "Split": split,
    "Slice": slice_,
    "Gather": gather,
    "Pad": pad,
    "DepthToSpace": depth_to_space,
    "SpaceToDepth": space_to_depth,
}
