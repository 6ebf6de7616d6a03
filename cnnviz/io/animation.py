"""Animations as GIF, APNG and WebP: always the same bytes for the same frames, looping for ever.

Pillow writes them: OpenCV dithers GIFs anew in every frame, so that flat colours flicker, and has lossless WebP for
still pictures only.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import UsageError
from cnnviz.io.files import AnyPath, show_path
from cnnviz.io.palette import UNCHANGED, Palette
from cnnviz.io.targets import check_target, write_target

Frame = NDArray[np.uint8]

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
    shown = _timed(frames, fps, unit=10 if format_ == "GIF" else 1)
    return {"GIF": _gif, "PNG": _png, "WEBP": _webp}[format_](shown)


def write_animation(path: AnyPath, frames: Sequence[Frame], fps: float) -> None:
    """Write an animation whole or not at all, its folder made if missing; a file of that name is replaced.

    Args:
        path: Its suffix decides the format.
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
        path: Where to.
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


class _TimedFrame(NamedTuple):
    """A picture and how long it stays, in milliseconds."""

    frame: Frame
    duration: int


def _timed(frames: Sequence[Frame], fps: float, unit: int) -> list[_TimedFrame]:
    """Give each frame its time, rounded so that errors do not add up; join frames that are the same."""
    ends = [round((i + 1) * 1000 / fps / unit) * unit for i in range(len(frames))]
    shown: list[_TimedFrame] = []
    for frame, start, end in zip(frames, [0, *ends], ends, strict=False):
        duration = end - start
        if shown and np.array_equal(shown[-1].frame, frame):
            shown[-1] = _TimedFrame(frame, min(shown[-1].duration + duration, _LONGEST))
        else:
            shown.append(_TimedFrame(frame, duration))
    return shown


def _gif(shown: Sequence[_TimedFrame]) -> bytes:
    palette = Palette.of([picture.frame for picture in shown])
    images = [_indexed(palette.indices(picture.frame), palette) for picture in shown]
    # With a transparent colour, Pillow leaves out what did not change; with the palette given, it is written once.
    return _save(
        "GIF",
        images,
        shown,
        palette=palette.colors.tobytes(),
        transparency=UNCHANGED,
        optimize=True,
        disposal=1,
        interlace=False,
        comment=_MAKER.encode(),
    )


def _png(shown: Sequence[_TimedFrame]) -> bytes:
    from PIL import Image, PngImagePlugin

    palette = Palette.exact([picture.frame for picture in shown])
    images = []
    before: NDArray[np.uint8] | None = None
    for picture in shown:
        frame = picture.frame if palette is None else palette.indices(picture.frame)
        if palette is None:
            images.append(Image.fromarray(_changed(frame, before)))
        else:
            images.append(_indexed(frame if before is None else np.where(frame == before, UNCHANGED, frame), palette))
        before = frame
    info = PngImagePlugin.PngInfo()
    info.add_text("Software", _MAKER)
    options: dict[str, Any] = {} if palette is None else {"transparency": UNCHANGED}
    options |= {"disposal": PngImagePlugin.Disposal.OP_NONE, "blend": PngImagePlugin.Blend.OP_OVER}
    return _save("PNG", images, shown, pnginfo=info, **options)


def _changed(frame: Frame, before: Frame | None) -> NDArray[np.uint8]:
    """Return a frame as RGBA, transparent where it is as the one before."""
    rgba = np.full((*frame.shape[:2], 4), 255, np.uint8)
    rgba[..., :3] = frame
    if before is not None:
        rgba[(frame == before).all(axis=2)] = 0
    return rgba


def _webp(shown: Sequence[_TimedFrame]) -> bytes:
    from PIL import Image

    exif = Image.Exif()
    exif[_SOFTWARE] = _MAKER
    images = [Image.fromarray(np.ascontiguousarray(picture.frame)) for picture in shown]
    # Key frames are for jumping about in long films; without them the file is a third of the size.
    never = len(shown) + 1
    return _save("WEBP", images, shown, lossless=True, quality=50, method=3, kmin=never, kmax=never + 1, exif=exif)


def _indexed(indices: NDArray[np.uint8], palette: Palette) -> Any:
    from PIL import Image

    height, width = indices.shape
    image = Image.frombytes("P", (width, height), indices.tobytes())
    image.putpalette(palette.colors.tobytes())
    return image


def _save(format_: str, images: Sequence[Any], shown: Sequence[_TimedFrame], **options: Any) -> bytes:
    buffer = io.BytesIO()
    durations = [picture.duration for picture in shown]
    images[0].save(buffer, format_, save_all=True, append_images=images[1:], duration=durations, loop=0, **options)
    return buffer.getvalue()
