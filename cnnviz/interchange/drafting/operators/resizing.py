"""Resize and its older sister Upsample: `UpSampling2D` where it says the same, else `Resizing`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cnnviz.interchange.drafting.building import Tensor, UnsayableError, output_shape
from cnnviz.interchange.drafting.call import Call
from cnnviz.interchange.drafting.operators.windows import pair
from cnnviz.wording import shape_text

_COORDINATES = {"half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel", "half_pixel_symmetric"}
_INTERPOLATIONS = {"nearest": "nearest", "linear": "bilinear", "cubic": "bicubic"}


def resize(call: Call) -> Tensor:
    """Resize, from opset 10 on."""
    if call.attribute("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise UnsayableError("its `keep_aspect_ratio_policy` is not available")
    if call.node.opset < 11:
        return resized(call, np.ravel(call.constant(1)).tolist(), None, "asymmetric", "floor")
    scales = _list(call, 2)
    return resized(
        call,
        scales or None,
        _list(call, 3) or None,
        call.attribute("coordinate_transformation_mode", "half_pixel"),
        call.attribute("nearest_mode", "round_prefer_floor"),
    )


def upsample(call: Call) -> Tensor:
    """Upsample, until opset 9."""
    scales = call.attribute("scales")
    scales = np.ravel(call.constant(1)).tolist() if scales is None else list(scales)
    return resized(call, scales, None, "asymmetric", "floor")


def _list(call: Call, place: int) -> list[Any]:
    return np.ravel(call.constant(place)).tolist() if call.has(place) else []


def resized(
    call: Call, scales: Sequence[float] | None, sizes: Sequence[int] | None, coordinates: str, nearest: str
) -> Tensor:
    """Draft a change of height and width.

    Args:
        call: The node.
        scales: Factors of the file's axes, or None.
        sizes: Lengths of the file's axes, or None.
        coordinates: ONNX's `coordinate_transformation_mode`.
        nearest: ONNX's `nearest_mode`.
    """
    x = call.tensor()
    rank = len(x.shape)
    axes = call.axes(call.attribute("axes", range(rank)), rank)
    given = sizes if sizes is not None else scales
    if given is None or len(given) != len(axes):
        raise UnsayableError(f"its scales or sizes do not fit {shape_text(x.shape)}")
    still = x.shape if sizes is not None else (1.0,) * rank
    wanted = {axis: one for axis, one in zip(axes, given, strict=True) if one != still[axis]}
    if not wanted:
        return x
    if rank == 4 and any(x.layout.axis_of(axis) not in (0, 1) for axis in wanted):
        x = call.maps()
    homes = {axis: x.layout.axis_of(axis) for axis in wanted}
    if any(home not in (0, 1) for home in homes.values()):
        raise UnsayableError("it changes other axes than height and width")
    ours: list[Any] = list(x.layout.ours[:2]) if sizes is not None else [1.0, 1.0]
    for axis, one in wanted.items():
        home = homes[axis]
        assert home is not None
        ours[home] = one
    scale = [new / old for new, old in zip(ours, x.layout.ours, strict=False)] if sizes is not None else ours
    kind, fields = _fields(call, scale, None if sizes is None else ours, coordinates, nearest)
    shape, layout = output_shape(kind, fields, x.layout.ours), x.layout
    for axis, home in homes.items():
        assert home is not None
        layout = layout.lengthened(axis, home, shape[home])
    return call.emit(kind, fields, x, layout=layout)


def _fields(
    call: Call, scale: list[float], sizes: list[int] | None, coordinates: str, nearest: str
) -> tuple[str, dict[str, Any]]:
    mode = call.attribute("mode", "nearest")
    if mode not in _INTERPOLATIONS or coordinates not in _COORDINATES:
        raise UnsayableError(f"its mode {mode} with coordinates {coordinates} is not available")
    whole = all(one == int(one) >= 1 for one in scale)
    if (
        whole
        and mode == "nearest"
        and (coordinates, nearest)
        in {
            ("asymmetric", "floor"),
            ("half_pixel", "round_prefer_floor"),
            ("half_pixel", "round_prefer_ceil"),
            ("pytorch_half_pixel", "round_prefer_floor"),
            ("pytorch_half_pixel", "round_prefer_ceil"),
        }
    ):
        return "UpSampling2D", {"size": pair([int(one) for one in scale])}
    if whole and mode == "linear" and coordinates == "half_pixel":
        return "UpSampling2D", {"size": pair([int(one) for one in scale]), "interpolation": "bilinear"}
    fields: dict[str, Any] = {}
    if sizes is None or whole:
        plain = [int(one) if one == int(one) else one for one in scale]
        fields["scale"] = plain[0] if plain[0] == plain[1] else plain
    else:
        fields["height"], fields["width"] = sizes
    fields["interpolation"] = _INTERPOLATIONS[mode]
    fields["coordinates"] = coordinates
    if mode == "nearest":
        fields["nearest_mode"] = nearest
    if mode == "cubic":
        fields["cubic_coeff_a"] = call.attribute("cubic_coeff_a", -0.75)
    if call.attribute("exclude_outside"):
        fields["exclude_outside"] = True
    if call.attribute("antialias") and mode != "nearest" and min(scale) < 1:
        fields["antialias"] = True
    return "Resizing", fields


OPERATORS = {"Resize": resize, "Upsample": upsample}
