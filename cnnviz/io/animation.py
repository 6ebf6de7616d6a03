"""Animations as GIF, APNG and WebP: always the same bytes for the same frames, looping for ever.

Pillow writes them: OpenCV dithers GIFs anew in every frame, so that flat colours flicker, and has lossless WebP for
still pictures only.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from itertools import pairwise
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import UsageError
from cnnviz.io.files import AnyPath, show_path
from cnnviz.io.palette import UNCHANGED, Palette
from cnnviz.io.targets import check_target, write_target

Frame = NDArray[np.uint8]
_Encodable = tuple[list[Any], dict[str, Any]]
"""Pictures of Pillow, and the options to save them with."""

SUFFIXES = {".gif": "GIF", ".png": "PNG", ".apng": "PNG", ".webp": "WEBP"}
"""The format that a file's suffix asks for."""

SLOWEST, FASTEST = 0.1, 50.0
"""Frames per second: viewers slow down what is faster than two hundredths of a second per frame."""

_MAKER = "cnnviz"
_SOFTWARE = 305  # the EXIF tag
_LONGEST = 600_000
"""Milliseconds that one picture may stay: GIF counts them in 16 bits, as hundredths."""


def animation_format(path: AnyPath) -> str:
    """Return the format that a path's suffix asks for: `GIF`, `PNG` (an APNG) or `WEBP`.

    Raises:
        UsageError: If it asks for none of them, or Pillow was built without it.
    """
    suffix = PurePath(path).suffix
    format_ = SUFFIXES.get(suffix.lower())
    if format_ is None:
        given = f"its suffix is {suffix!r}" if suffix else "it has no suffix"
        raise UsageError(
            f"cannot write an animation to {show_path(path)}: {given}; the suffixes are {', '.join(SUFFIXES)}"
        )
    if format_ == "WEBP":
        from PIL import features

        if not features.check("webp"):
            raise UsageError("this Pillow was built without WebP; write a .gif or .png")
    return format_


def encode_animation(frames: Sequence[Frame], fps: float, format_: str) -> bytes:
    """Encode an animation that loops for ever.

    GIF has one palette for all frames, exact where they have at most 255 colours; the other formats lose nothing.
    Frames that repeat the one before cost nothing: repeat one to hold it.

    Args:
        frames: At least one, each `(H, W, 3)` in RGB, all of one size.
        fps: Frames per second, from 0.1 to 50; GIF rounds each frame's time to hundredths of a second.
        format_: What `animation_format` said.

    Raises:
        UsageError: If `fps` is out of its range.
    """
    if not SLOWEST <= fps <= FASTEST:
        raise UsageError(f"the frames a second must be from {SLOWEST:g} to {FASTEST:g}, got {fps:g}")
    shown, durations = _timed(frames, fps, unit=10 if format_ == "GIF" else 1)
    images, options = {"GIF": _gif, "PNG": _png, "WEBP": _webp}[format_](shown)
    buffer = io.BytesIO()
    images[0].save(buffer, format_, save_all=True, append_images=images[1:], duration=durations, loop=0, **options)
    return buffer.getvalue()


def write_animation(path: AnyPath, frames: Sequence[Frame], fps: float) -> None:
    """Write an animation whole or not at all, its folder made if missing; a file of that name is replaced.

    Args:
        path: The file; the suffix decides the format.
        frames: As for `encode_animation`.
        fps: Frames per second.

    Raises:
        UsageError: If the suffix or `fps` is wrong.
        OutputError: If it cannot be written.
    """
    data = encode_animation(frames, fps, animation_format(path))
    write_target(path, data)


def check_animation(path: AnyPath, force: bool = False, advice: str = "") -> None:
    """Make sure that an animation may be written, before the work is done.

    Args:
        path: The file to write.
        force: Overwrite a file that is no animation of ours.
        advice: As for `check_target`.

    Raises:
        UsageError: If the suffix is none of an animation's.
        OutputError: If something else is in the way.
    """
    animation_format(path)
    check_target(path, (lambda _: True) if force else is_ours, advice)


def is_ours(path: AnyPath) -> bool:
    """Whether a regular file is an animation that this module encoded."""
    from PIL import Image

    try:
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(path, formats=sorted(set(SUFFIXES.values()))) as image,
        ):
            marks = (image.info.get("comment"), image.info.get("Software"), image.getexif().get(_SOFTWARE))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return False
    return any(mark in (_MAKER, _MAKER.encode()) for mark in marks)


def _timed(frames: Sequence[Frame], fps: float, unit: int) -> tuple[list[Frame], list[int]]:
    """Give each frame its milliseconds, rounded so that errors do not add up; join frames that are the same."""
    ends = [round((i + 1) * 1000 / fps / unit) * unit for i in range(len(frames))]
    shown: list[Frame] = []
    durations: list[int] = []
    for frame, start, end in zip(frames, [0, *ends], ends, strict=False):
        if shown and np.array_equal(shown[-1], frame):
            durations[-1] = min(durations[-1] + end - start, _LONGEST)
        else:
            shown.append(frame)
            durations.append(end - start)
    return shown, durations


def _gif(frames: Sequence[Frame]) -> _Encodable:
    palette = Palette.of(frames)
    # With a transparent colour, Pillow leaves out what did not change; with the palette given, it is written once.
    options = {"palette": palette.colors.tobytes(), "transparency": UNCHANGED, "optimize": True}
    options |= {"disposal": 1, "interlace": False, "comment": _MAKER.encode()}
    return [_indexed(palette.indices(frame), palette) for frame in frames], options


def _png(frames: Sequence[Frame]) -> _Encodable:
    from PIL import Image, PngImagePlugin

    info = PngImagePlugin.PngInfo()
    info.add_text("Software", _MAKER)
    options: dict[str, Any] = {"pnginfo": info, "disposal": PngImagePlugin.Disposal.OP_NONE}
    options["blend"] = PngImagePlugin.Blend.OP_OVER
    palette = Palette.exact(frames)
    if palette is None:
        pairs = zip(frames, [None, *frames], strict=False)
        return [Image.fromarray(_changed(frame, before)) for frame, before in pairs], options
    indices = [palette.indices(frame) for frame in frames]
    changed = [np.where(now == before, UNCHANGED, now) for before, now in pairwise(indices)]
    return [_indexed(frame, palette) for frame in (indices[0], *changed)], options | {"transparency": UNCHANGED}


def _changed(frame: Frame, before: Frame | None) -> NDArray[np.uint8]:
    """Return a frame as RGBA, transparent where it is as the one before."""
    rgba = np.full((*frame.shape[:2], 4), 255, np.uint8)
    rgba[..., :3] = frame
    if before is not None:
        rgba[(frame == before).all(axis=2)] = 0
    return rgba


def _webp(frames: Sequence[Frame]) -> _Encodable:
    from PIL import Image

    exif = Image.Exif()
    exif[_SOFTWARE] = _MAKER
    images = [Image.fromarray(np.ascontiguousarray(frame)) for frame in frames]
    # Key frames are for jumping about in long films; without them the file is a third of the size.
    never = len(frames) + 1
    return images, {"lossless": True, "quality": 50, "method": 3, "kmin": never, "kmax": never + 1, "exif": exif}


def _indexed(indices: NDArray[np.uint8], palette: Palette) -> Any:
    from PIL import Image

    height, width = indices.shape
    image = Image.frombytes("P", (width, height), indices.tobytes())
    image.putpalette(palette.colors.tobytes())
    return image
