"""The command line's changes to a stack, made on the plain data before anything is checked.

Each changed value is known by its switch from then on, so that a mistake in it names the switch as its place.
The order is fixed: `--initializer`, `--activation`, `--kernel-size`, each first for all layers, then for single ones,
then `--set`; within each, as given. So kernels that `--initializer` replaced are literal no more for `--kernel-size`.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from cnnviz.config.places import Places
from cnnviz.config.wording import show, suggest
from cnnviz.config.written import WrittenStack
from cnnviz.errors import ConfigError, UsageError
from cnnviz.initializers import parse_initializer
from cnnviz.io.yaml import parse_yaml
from cnnviz.ops.activations import ACTIVATIONS
from cnnviz.stack.spec import NAMED_INPUTS, InputSpec, OutputSpec, TrainingSpec

_KERNELS = ("kernel_initializer", "depthwise_initializer", "pointwise_initializer")
_SLIDING = ("kernel_initializer", "depthwise_initializer")
_KEPT = ("softmax", "log_softmax", "linear")
_SIZE = re.compile(r"([1-9][0-9]{0,8})(?:x([1-9][0-9]{0,8}))?")
_SECTIONS: dict[str, type[msgspec.Struct]] = {"input": InputSpec, "output": OutputSpec, "training": TrainingSpec}
_TOP = ("name", "seed", "classes")


class Switches(msgspec.Struct, frozen=True):
    """The changes, as written on the command line.

    Attributes:
        initializers: `[LAYER=]NAME[:VALUE]` of every `--initializer`.
        activations: `[LAYER=]NAME` of every `--activation`.
        kernel_sizes: `[LAYER=]N|HxW` of every `--kernel-size`.
        settings: `LAYER.FIELD=VALUE` of every `--set`.
        until: The layer, or the tensor of a model file, that ends the stack; empty for its own end.
        set_inputs: `NAME=VALUE` of every `--set-input`, for a model file with other inputs than the picture.
        max_side: The longest side of pictures; None for the stack's own.
        input_size: Height and width for which a model file that leaves them open is read; None to leave them open.
    """

    initializers: tuple[str, ...] = ()
    activations: tuple[str, ...] = ()
    kernel_sizes: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    until: str = ""
    set_inputs: tuple[str, ...] = ()
    max_side: int | None = None
    input_size: tuple[int, int] | None = None


def apply(switches: Switches, data: dict[str, Any], places: Places) -> list[str]:
    """Make the changes in place.

    Args:
        switches: The changes.
        data: The stack as written, every layer a mapping.
        places: Learns which values a switch brought.

    Returns:
        What to say of them on stderr.

    Raises:
        UsageError: If a switch cannot be read or changes nothing.
    """
    editor = _Editor(data, places)
    if not isinstance(data.get("layers"), list):
        return []  # a mistake that is told later; the switches have nothing to act on
    for option, texts, change in (
        ("--initializer", switches.initializers, editor.initializer),
        ("--activation", switches.activations, editor.activation),
        ("--kernel-size", switches.kernel_sizes, editor.kernel_size),
    ):
        for text in sorted(texts, key=lambda text: "=" in text):
            editor.switch = f"{option} {text}"
            layer, equals, value = text.partition("=")
            if equals and not layer:
                raise UsageError(f"{editor.switch}: name the layer before `=`, or leave the `=` out")
            change(*((layer, value) if equals else ("", text)))
    for text in switches.settings:
        editor.switch = f"--set {text}"
        editor.setting(text)
    if switches.max_side is not None:
        editor.max_side(switches.max_side)
    return editor.remarks


class _Editor(WrittenStack):
    """Changes a stack as written."""

    def initializer(self, layer: str, value: str) -> None:
        """Replace every kernel's initialiser, or one layer's."""
        try:
            initializer = parse_initializer(value)
        except UsageError as error:
            raise self.error(str(error)) from None
        for entry in self.chosen(layer, _KERNELS, "no kernels"):
            for field in _KERNELS:
                if entry.kind and entry.has(field):
                    self.assign(entry.data, (*entry.path, field), dict(initializer))

    def activation(self, layer: str, value: str) -> None:
        """Replace every `activation` field but softmax, log_softmax and linear, or one layer's."""
        if value not in ACTIVATIONS:
            raise self.error(f"there is no activation {show(value)}; {suggest(value, ACTIVATIONS)}")
        chosen = self.chosen(layer, ("activation",), "no `activation`")
        if not layer:
            chosen = [entry for entry in chosen if entry.data.get("activation") not in (None, *_KEPT)]
            if not chosen:
                raise self.error(
                    "changes nothing: no layer has an `activation` other than softmax, log_softmax and linear"
                )
        for entry in chosen:
            self.assign(entry.data, (*entry.path, "activation"), value)

    def kernel_size(self, layer: str, value: str) -> None:
        """Replace the kernel size of every convolution without literal kernels, or of one."""
        match = _SIZE.fullmatch(value)
        if match is None:
            raise self.error(f"expected N or HxW, such as 5 or 3x5, got {show(value)}")
        chosen = self.chosen(layer, ("kernel_size",), "no `kernel_size`")
        literal = [entry for entry in chosen if entry.is_literal]
        if len(literal) == len(chosen):
            which = literal[0].title if layer else "every convolution"
            raise self.error(
                f"{which} has its kernels written out, so their size is given; replace them as well, "
                f"with --initializer {f'{layer}=' if layer else ''}glorot_uniform"
            )
        size = [int(match[1]), int(match[2])] if match[2] else int(match[1])
        for entry in chosen:
            if entry in literal:
                self.remarks.append(f"{self.switch}: {entry.title} keeps its size, its kernels are written out")
            else:
                self.assign(entry.data, (*entry.path, "kernel_size"), size)

    def setting(self, text: str) -> None:
        """Set one field of a layer, of the input or of the output, or a key of the stack itself."""
        target, equals, written = text.partition("=")
        head, *fields = target.strip().split(".")
        if not equals or not head or not all(fields):
            raise self.error("expected LAYER.FIELD=VALUE, such as conv_1.kernel_size=5")
        value = self._value(written)
        if not fields and head in _TOP:
            self.assign(self.data, (head,), value)
            return
        if head == "input" and not fields and isinstance(value, str) and value in NAMED_INPUTS:
            container, path = self.container("input", "scale")
            for field, part in {"mean": None, "std": None, **NAMED_INPUTS[value]}.items():
                self.assign(container, (*path, field), part)
            return
        if not fields:
            raise self.error(f"name a field as well, such as {head}.{'color' if head == 'input' else 'FIELD'}=VALUE")
        container, path = self.container(head, fields[0])
        for field in fields[:-1]:
            inner = container.get(field)
            if isinstance(inner, str) and field.endswith("_initializer"):
                inner = container[field] = {"type": inner}
            if not isinstance(inner, dict):
                raise self.error(f"`{field}` is no mapping in this stack; set it whole, as {{type: ...}}")
            container, path = inner, (*path, field)
        self.assign(container, (*path, fields[-1]), value)

    def max_side(self, side: int) -> None:
        """Limit the longest side of pictures, in a stack that takes them in their own size."""
        self.switch = f"--max-side {side}"
        container, path = self.container("input", "max_side")
        size = container.get("size")
        if isinstance(size, (list, tuple)) and any(isinstance(length, int) and length > side for length in size):
            raise self.error(
                "changes nothing: the stack stretches every picture to a larger size; leave it out, or name another by "
                "--input-size HxW"
            )
        self.assign(container, (*path, "max_side"), side)

    def _value(self, written: str) -> Any:
        try:
            document = parse_yaml(written)
        except ConfigError as error:
            raise self.error(error.mistakes[0].message) from None
        if document.mistakes:
            raise self.error(document.mistakes[0][2])
        return document.value
