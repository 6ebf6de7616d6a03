"""One picture on both sides: by the bytes of the files, else by the decoded pixels, or by their hash."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from cnnviz.errors import ImageError
from cnnviz.io.files import show_path
from cnnviz.io.png import check_stored, decode_stored, read_stored
from cnnviz.outputs.image_side import ImageSide
from cnnviz.render.comparison.differences import measure
from cnnviz.render.comparison.model import Limits, PictureComparison
from cnnviz.wording import shape_text

Pixels = NDArray[Any]

_CHANNELS = {1: "gray", 3: "RGB", 4: "RGBA"}


def compare_pictures(name: str, baseline: str, current: str, limits: Limits) -> PictureComparison:
    """Compare two pictures.

    Args:
        name: Relative to the image's folder.
        baseline: The path of the first file.
        current: The path of the second.
        limits: How much they may differ.
    """
    problems: list[str] = []
    before, after = _read(baseline, "baseline", problems), _read(current, "current", problems)
    if before is not None and before == after and _is_whole(before):
        return PictureComparison(name, "same")
    old, new = _decode(before, "baseline", problems), _decode(after, "current", problems)
    if old is None or new is None:
        return PictureComparison(name, "unreadable", "; ".join(problems))
    return _compare_pixels(name, old, new, limits)


def compare_with_report(name: str, baseline: ImageSide, current: str) -> PictureComparison:
    """Compare a picture with what the report says of it, which is all that the baseline keeps.

    Args:
        name: Relative to the image's folder.
        baseline: The image in the baseline.
        current: The path of the file.
    """
    try:
        pixels = decode_stored(read_stored(current))
    except ImageError as error:
        return PictureComparison(name, "unreadable", f"current: {_reason(error, current)}")
    if baseline.lists(name, pixels):
        return PictureComparison(name, "same")
    shape = baseline.shapes.get(name, ())
    if pixels.shape[: len(shape[:2])] != shape[:2]:
        return PictureComparison(name, "different_size", f"{shape_text(shape[:2])} -> {_size(pixels)}")
    return PictureComparison(
        name, "changed", "the hash of its pixels differs; the baseline keeps no picture to measure"
    )


def _compare_pixels(name: str, baseline: Pixels, current: Pixels, limits: Limits) -> PictureComparison:
    if baseline.shape[:2] != current.shape[:2]:
        return PictureComparison(name, "different_size", f"{_size(baseline)} -> {_size(current)}")
    measured = measure(baseline, current)
    before, after = _kind(baseline), _kind(current)
    message = f"{before} -> {after}" if before != after else ""
    if not measured.differing and not message:
        return PictureComparison(name, "same")
    held = limits.hold(measured) and not (message and limits.exact)
    return PictureComparison(name, "within_limits" if held else "changed", message, measured)


def _read(path: str, side: str, problems: list[str]) -> bytes | None:
    """Read a file; why it cannot be read becomes a problem of its side."""
    try:
        return read_stored(path)
    except ImageError as error:
        problems.append(f"{side}: {_reason(error, path)}")
        return None


def _is_whole(data: bytes) -> bool:
    try:
        check_stored(data)
    except ImageError:
        return False
    return True


def _decode(data: bytes | None, side: str, problems: list[str]) -> Pixels | None:
    try:
        return None if data is None else decode_stored(data)
    except ImageError as error:
        problems.append(f"{side}: {error}")
        return None


def _reason(error: ImageError, path: str) -> str:
    return str(error).removeprefix(f"cannot read {show_path(path)}: ")


def _size(pixels: Pixels) -> str:
    return shape_text(pixels.shape[:2])


def _kind(pixels: Pixels) -> str:
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    return f"{8 * pixels.dtype.itemsize}-bit {_CHANNELS[channels]}"
