"""What versions of Keras call the same thing: classes and arguments under the names of Keras 3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CHANNELS_FIRST = "channels_first"

_KINDS = {
    "Convolution2D": "Conv2D",
    "AtrousConvolution2D": "Conv2D",
    "Deconvolution2D": "Conv2DTranspose",
    "Convolution2DTranspose": "Conv2DTranspose",
    "DepthwiseConvolution2D": "DepthwiseConv2D",
    "SeparableConvolution2D": "SeparableConv2D",
    "MaxPool2D": "MaxPooling2D",
    "AvgPool2D": "AveragePooling2D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "SyncBatchNormalization": "BatchNormalization",
}
"""Classes by the names that other versions of Keras have for them."""

_FIELDS = {
    "border_mode": "padding",
    "subsample": "strides",
    "bias": "use_bias",
    "atrous_rate": "dilation_rate",
    "nb_filter": "filters",
    "output_dim": "units",
    "init": "kernel_initializer",
    "batch_input_shape": "batch_shape",
}
"""Arguments by their names in Keras 1, and of `InputLayer` in Keras 2."""

_OF_KINDS = {
    "LeakyReLU": {"alpha": "negative_slope"},
    "Dropout": {"p": "rate"},
}


_PACKAGES = ("keras", "tf_keras", "tensorflow", "builtins")


def class_of(entry: Mapping[str, Any]) -> str | None:
    """Return the class of a serialised object; with a package in front if it is none of Keras's, None if it says none.

    Newer files say where a class comes from: one's own may have the name of one of Keras's.
    """
    kind = entry.get("class_name")
    if not isinstance(kind, str):
        return None
    if "module" in entry and str(entry["module"]).partition(".")[0] not in _PACKAGES:
        registered = entry.get("registered_name")
        return registered if isinstance(registered, str) and ">" in registered else f"Custom>{kind}"
    return kind


def today(kind: str, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return a layer's class and arguments under their names in Keras 3.

    Args:
        kind: The class as the file has it.
        given: The arguments of its constructor.
    """
    kind = _KINDS.get(kind, kind)
    names = _FIELDS | _OF_KINDS.get(kind, {})
    fields = {names.get(name, name): value for name, value in given.items()}
    if "nb_row" in given and "nb_col" in given:
        fields["kernel_size"] = [given["nb_row"], given["nb_col"]]
    if "dim_ordering" in given:
        fields["data_format"] = CHANNELS_FIRST if given["dim_ordering"] == "th" else "channels_last"
    return kind, fields
