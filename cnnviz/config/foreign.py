"""Arguments of Keras's constructors that do not belong into a stack, and why."""

from __future__ import annotations

from collections.abc import Mapping

_NO_REGULARIZER = "`cnnviz train` has no regularizers; leave it out: the forward result does not depend on it"
_NO_CONSTRAINT = "`cnnviz train` has no constraints; leave it out: the forward result does not depend on it"
_NOT_IN_TRAINING = "`cnnviz train` does not have it; leave it out: the forward result does not depend on it"
_FITTED = "pictures are fitted by `input.size` or `input.max_side`, maps never; leave it out"
_PICTURE = "the input's shape comes from the picture; leave it out, or set `input.size`"

_EVERYWHERE = {
    "dtype": "the arithmetic of all layers is chosen by `--dtype`; leave it out",
    "autocast": "the arithmetic of all layers is chosen by `--dtype`; leave it out",
    "data_format": "arrays are always height x width x channels; leave it out",
    "input_shape": _PICTURE,
    "input_dim": _PICTURE,
    "batch_shape": _PICTURE,
    "batch_input_shape": _PICTURE,
    "batch_size": _PICTURE,
    "weights": "weights come from `--weights FILE.h5`, literal ones from `kernel_initializer: {type: filters, ...}`",
    "lora_rank": _NOT_IN_TRAINING,
    "lora_alpha": _NOT_IN_TRAINING,
    "quantization_config": "weights are always float32; leave it out",
}
_OF_KINDS = {
    "Dropout": {
        "seed": "what is dropped in training follows from the stack's `seed`, or `--seed`; leave it out",
        "noise_shape": "`cnnviz train` drops every value by itself; leave it out",
    },
    "BatchNormalization": {
        "synchronized": "`cnnviz train` works on one machine, where it changes nothing; leave it out",
        "renorm": _NOT_IN_TRAINING,
        "renorm_clipping": _NOT_IN_TRAINING,
        "renorm_momentum": _NOT_IN_TRAINING,
    },
    "Resizing": {
        "crop_to_aspect_ratio": _FITTED,
        "pad_to_aspect_ratio": _FITTED,
        "fill_mode": _FITTED,
        "fill_value": _FITTED,
    },
    "LayerNormalization": {"rms_scaling": "is not available; leave it out"},
}
_KINDS = {
    "Input": "the picture is the input: describe it under `input:` and leave this layer out",
    "InputLayer": "the picture is the input: describe it under `input:` and leave this layer out",
    "Normalization": "pixels are scaled by `input.scale`, `input.mean` and `input.std`",
}


def foreign_fields(kind: str, given: Mapping[str, object]) -> dict[str, str]:
    """Return what to say of Keras's arguments that are given but are no fields here.

    Args:
        kind: The layer's kind.
        given: The layer as written.
    """
    known = _EVERYWHERE | _OF_KINDS.get(kind, {})
    for name in given:
        if name.endswith("_regularizer"):
            known[name] = _NO_REGULARIZER
        elif name.endswith("_constraint"):
            known[name] = _NO_CONSTRAINT
    return known


def foreign_kind(kind: str) -> str | None:
    """Return what to do instead of a kind of Keras's that is no layer here, or None."""
    return _KINDS.get(kind)
