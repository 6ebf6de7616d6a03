"""The requests that are made of the values of options."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from cnnviz.workflows.prepare.request import StackRequest

R = TypeVar("R")


def take(record: Callable[..., R], options: dict[str, Any], **more: Any) -> R:
    """Make a record of the options that are named as its fields, and take these out."""
    names = [name for name in inspect.signature(record).parameters if name in options]
    return record(**{name: options.pop(name) for name in names}, **more)


def take_stack_request(options: dict[str, Any], **more: Any) -> StackRequest:
    """Make a request of the options that choose a stack and change it, and take these out.

    Args:
        options: The command's options.
        **more: What else changes the stack: fields of `Switches`.
    """
    from cnnviz.config.switches import Switches
    from cnnviz.workflows.prepare.request import StackRequest

    settings = options.pop("settings", ())
    if (size := options.pop("input_size", None)) is not None:
        settings += (f"input.size=[{size[0]},{size[1]}]",)
    options["until"] = options.get("until") or ""
    return take(StackRequest, options, switches=take(Switches, options, settings=settings, **more))
