"""Arguments of Keras's constructors that do not belong into a stack, and why."""

from __future__ import annotations

from collections.abc import Mapping

_TRAINING = "only matters in training and does not change the forward result; leave it out"
_PICTURE = "the input's shape comes from the picture; leave it out, or set `input.size`"
_DROPOUT = "Dropout does nothing outside training; leave it out"

_EVERYWHERE = {
    "trainable": _TRAINING,
    "dtype": "the arithmetic of all layers is chosen by `--dtype`; leave it out",
    "autocast": "the arithmetic of all layers is chosen by `--dtype`; leave it out",
    "data_format": "arrays are always height x width x channels; leave it out",
    "input_shape": _PICTURE,
    "input_dim": _PICTURE,
    "batch_shape": _PICTURE,
    "batch_input_shape": _PICTURE,
    "batch_size": _PICTURE,
    "weights": "weights come from `--weights FILE.h5`, literal ones from `kernel_initializer: {type: filters, ...}`",
    "lora_rank": _TRAINING,
    "lora_alpha": _TRAINING,
    "quantization_config": "weights are always float32; leave it out",
    "activity_regularizer": _TRAINING,
}
_OF_KINDS = {
    "Dropout": {"seed": _DROPOUT, "noise_shape": _DROPOUT},
    "BatchNormalization": {
        "synchronized": _TRAINING,
        "renorm": _TRAINING,
        "renorm_clipping": _TRAINING,
        "renorm_momentum": _TRAINING,
    },
    "LayerNormalization": {"rms_scaling": "is not available; leave it out"},
}
_KINDS = {
    "Input": "the picture is the input: describe it under `input:` and leave this layer out",
    "InputLayer": "the picture is the input: describe it under `input:` and leave this layer out",
    "Rescaling": "pixels are scaled by `input.scale`, `input.mean` and `input.std`",
    "Normalization": "pixels are scaled by `input.scale`, `input.mean` and `input.std`",
    "Resizing": "pictures are resized by `input.size` or `input.max_side`",
}


def foreign_fields(kind: str, given: Mapping[str, object]) -> dict[str, str]:
    """Return what to say of Keras's arguments that are given but are no fields here.

    Args:
        kind: The layer's kind.
        given: The layer as written.
    """
    known = _EVERYWHERE | _OF_KINDS.get(kind, {})
    for name in given:
        if name.endswith(("_regularizer", "_constraint")):
            known[name] = _TRAINING
    return known


def foreign_kind(kind: str) -> str | None:
    """Return what to do instead of a kind of Keras's that is no layer here, or None."""
    return _KINDS.get(kind)
