"""The windows of layers: placed over an input as Keras does, and their formula."""

from __future__ import annotations

from cnnviz.errors import LayerError
from cnnviz.ops.sliding import Sliding, Window
from cnnviz.wording import shape_text


def need_image(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Return the shape as height, width, channels.

    Raises:
        LayerError: If it has one axis only.
    """
    if len(shape) != 3:
        raise LayerError(f"needs an input of height x width x channels, got {shape_text(shape)}; put it before Flatten")
    return shape


def slide(
    shape: tuple[int, ...],
    size: tuple[int, int],
    strides: tuple[int, int],
    padding: str | int | tuple[int, int, int, int],
    dilation: tuple[int, int] = (1, 1),
    field: str = "kernel_size",
    ceil: bool = False,
) -> Sliding:
    """Place a window over an input.

    Args:
        shape: The input, `(height, width, channels)`.
        size: Taps along height and width.
        strides: Steps along height and width.
        padding: `valid`, `same` (the odd pixel goes after), one number, or top, bottom, left, right.
        dilation: Input pixels from one tap to the next.
        field: The name of the field that holds the size, for the message.
        ceil: Whether a last step that leads out of the padding is taken, too, unless its window begins there (as in
            PyTorch's `ceil_mode`); with `same` there is none.

    Raises:
        LayerError: If the window does not fit into the input.
    """
    need_image(shape)
    windows = list(Sliding.over(shape, size, strides, dilation, explicit_sides(padding)))
    for i, (window, axis) in enumerate(zip(windows, ("height", "width"), strict=True)):
        if padding == "same":
            span = (-(-window.input // window.stride) - 1) * window.stride + window.extent
            total = max(span - window.input, 0)
            windows[i] = window = window._replace(before=total // 2, after=total - total // 2)
        room = window.input + window.before + window.after
        steps = -(-(room - window.extent) // window.stride)
        if ceil and padding != "same" and steps >= 0:
            steps -= steps * window.stride >= window.input + window.before
            windows[i] = window._replace(after=steps * window.stride + window.extent - window.input - window.before)
        elif window.extent > room:
            raise LayerError(
                f"a window of {window.extent} does not fit into an input {axis} of {room} (input {shape_text(shape)}); "
                f"make `{field}` smaller, pad, or start from a larger picture",
                field,
            )
    return Sliding(*windows)


def explicit_sides(padding: str | int | tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Return padding as top, bottom, left, right; zeros where it is given by a word."""
    return (0, 0, 0, 0) if isinstance(padding, str) else (padding,) * 4 if isinstance(padding, int) else padding


def window_formula(sliding: Sliding) -> tuple[str, str]:
    """Write `(input + padding - window) // stride + 1 = output` for height and width."""
    rows, columns = (
        f"({window.input} + {window.before + window.after} - {shown_extent(window)}) // {window.stride} + 1 = "
        f"{window.output}"
        for window in sliding
    )
    return rows, columns


def shown_extent(window: Window) -> str:
    """Write how far a window extends: its size, or what dilation makes of it."""
    return str(window.size) if window.dilation == 1 else f"({window.dilation} * ({window.size} - 1) + 1)"
