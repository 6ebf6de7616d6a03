"""The same stack in Keras: what cnnviz is held against. Needs `KERAS_BACKEND=torch`."""

from __future__ import annotations

import warnings

import h5py
import keras
import numpy as np
import torch
from hypothesis import reject
from keras.src.backend.common import dtypes
from keras.src.legacy.saving import legacy_h5_format
from keras.src.ops import nn
from torch.nn import functional

from tests.helpers.activations import is_in_keras

# Keras on PyTorch rounds the results of Dense and the normalisations to float32 even where all is float64: 64-bit
# types are promoted to 32 bits. On TensorFlow they are not, and nothing here wants it.
dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"

# Keras on PyTorch hands a layer normalisation over axes in a row to PyTorch's own, which knows trailing axes alone.
nn.is_continuous_axis = lambda axis: False

_OURS = {"type", "name", "inputs", "source"}

_FUNCTIONS = {
    "gelu_tanh": lambda x: keras.activations.gelu(x, approximate=True),
    "abs": keras.ops.abs,
    "neg": keras.ops.negative,
    "sqrt": keras.ops.sqrt,
    "log": keras.ops.log,
    "reciprocal": keras.ops.reciprocal,
}
"""Activations that Keras has under no name."""

_BEYOND = {"ceil_mode", "dilation_rate", "count_include_pad"}


class TorchPooling(keras.layers.Layer):
    """PyTorch's pooling, for what Keras's lacks; windows that it does not have either are laid out by `unfold`."""

    def __init__(self, largest, name, pool_size, strides, padding, ceil_mode, dilation_rate, count_include_pad=False):
        super().__init__(name=name)
        self.largest, self.ceil, self.counted = largest, ceil_mode and padding != "same", count_include_pad
        self.size, self.dilation = _two(pool_size), _two(dilation_rate)
        self.strides, self.padding = _two(strides or pool_size), padding

    def call(self, inputs):
        x = inputs.permute(0, 3, 1, 2)
        sides = self._sides(x.shape[2:])
        (top, bottom), (left, right) = sides
        even = top == bottom and left == right and 2 * top <= self.size[0] and 2 * left <= self.size[1]
        options = (self.size, self.strides, (top, left))
        if even and self.largest:
            y = functional.max_pool2d(x, *options, self.dilation, self.ceil)
        elif even and self.dilation == (1, 1):
            y = functional.avg_pool2d(x, *options, self.ceil, self.counted)
        else:
            y = self._unfolded(x, sides)
        return y.permute(0, 2, 3, 1)

    def compute_output_shape(self, input_shape):
        return (None, *self.call(torch.zeros(1, *input_shape[1:])).shape[1:])

    def _sides(self, lengths):
        if isinstance(self.padding, str):
            found = []
            for i, length in enumerate(lengths):
                extent = self.dilation[i] * (self.size[i] - 1) + 1
                total = max((-(-length // self.strides[i]) - 1) * self.strides[i] + extent - length, 0)
                total *= self.padding == "same"
                found.append((total // 2, total - total // 2))
            return found
        top, bottom, left, right = [self.padding] * 4 if isinstance(self.padding, int) else self.padding
        return (top, bottom), (left, right)

    def _unfolded(self, x, sides):
        counts, behind = [], []
        for i, (before, after) in enumerate(sides):
            extent = self.dilation[i] * (self.size[i] - 1) + 1
            room = x.shape[2 + i] + before + after - extent
            count = (-(-room // self.strides[i]) if self.ceil else room // self.strides[i]) + 1
            if self.ceil and (count - 1) * self.strides[i] >= x.shape[2 + i] + before:
                count -= 1
            counts.append(count)
            behind.append((count - 1) * self.strides[i] + extent - x.shape[2 + i] - before)
        (top, bottom), (left, right) = sides
        pads = (left, behind[1], top, behind[0])

        def lay_out(values, pads, filling=0.0):
            wide = functional.pad(values, pads, value=filling)
            windows = functional.unfold(wide, self.size, self.dilation, stride=self.strides)
            return windows.reshape(*values.shape[:2], -1, *counts)

        if self.largest:
            return lay_out(x, pads, -torch.inf).amax(2)
        real = torch.ones_like(x)
        rest = pads
        if self.counted:
            real = functional.pad(real, (left, right, top, bottom), value=1.0)
            rest = (0, behind[1] - right, 0, behind[0] - bottom)
        return lay_out(x, pads).sum(2) / lay_out(real, rest).sum(2)


class TorchTransposed(keras.layers.Layer):
    """PyTorch's transposed convolution, for the cuts and groups that Keras's lacks."""

    def __init__(
        self, name, filters, kernel_size, strides, padding, output_padding, dilation_rate, groups, activation, use_bias
    ):
        super().__init__(name=name)
        self.filters, self.size, self.groups, self.use_bias = filters, _two(kernel_size), groups, use_bias
        self.strides, self.dilation, self.padding = _two(strides), _two(dilation_rate), padding
        self.extra = None if output_padding is None else _two(output_padding)
        self.bend = keras.activations.get(activation)

    def build(self, input_shape):
        shape = (*self.size, self.filters, input_shape[-1] // self.groups)
        self.kernel = self.add_weight(shape=shape, name="kernel")
        self.bias = self.add_weight(shape=(self.filters,), name="bias") if self.use_bias else None

    def call(self, inputs):
        kernel = self.kernel.value
        height, width, filters, share = kernel.shape
        apart = kernel.reshape(height, width, self.groups, filters // self.groups, share).permute(2, 4, 3, 0, 1)
        weight = apart.reshape(-1, filters // self.groups, height, width)
        options = {"stride": self.strides, "dilation": self.dilation, "groups": self.groups}
        y = functional.conv_transpose2d(inputs.permute(0, 3, 1, 2), weight, None, **options)
        for i in (0, 1):
            first, count = self._cut(i, inputs.shape[1 + i])
            y = y.narrow(2 + i, first, min(count, y.shape[2 + i] - first))
            more = count - y.shape[2 + i]
            y = functional.pad(y, (0, 0, 0, more) if i == 0 else (0, more))
        if self.bias is not None:
            y = y + self.bias.value[:, None, None]
        return self.bend(y.permute(0, 2, 3, 1))

    def compute_output_shape(self, input_shape):
        return (None, *(self._cut(i, input_shape[1 + i])[1] for i in (0, 1)), self.filters)

    def _cut(self, i, length):
        """Return what is cut off in front, and the length of the output, as Keras and PyTorch have them."""
        stride, extent = self.strides[i], self.dilation[i] * (self.size[i] - 1) + 1
        extra = None if self.extra is None else self.extra[i]
        if not isinstance(self.padding, str):
            sides = [self.padding] * 4 if isinstance(self.padding, int) else self.padding
            first, behind = sides[2 * i : 2 * i + 2]
            return first, (length - 1) * stride + extent + (extra or 0) - first - behind
        if extra is None:
            if self.padding == "same":
                return max(extent - stride, 0) // 2, length * stride
            return 0, (length - 1) * stride + max(extent, stride)
        base = extent % 2 if self.padding == "same" else extent
        return max(extent - base - extra, 0) // 2, (length - 1) * stride + base + extra


class AveragePooling2D(keras.layers.AveragePooling2D):
    """Keras's own, but for uneven `same` padding: there Keras 3.15 on PyTorch counts padded copies of the edge, while
    Keras on TensorFlow and JAX leaves padding out of the mean."""

    def call(self, inputs):
        if self.padding != "same":
            return super().call(inputs)
        pads = []
        for length, size, stride in zip(inputs.shape[1:3], self.pool_size, self.strides, strict=True):
            total = max((-(-length // stride) - 1) * stride + size - length, 0)
            pads.append((total // 2, total - total // 2))

        def mean(x):
            x = keras.ops.pad(x, ((0, 0), *pads, (0, 0)))
            return keras.ops.average_pool(x, self.pool_size, self.strides, padding="valid")

        return mean(inputs) / mean(keras.ops.ones_like(inputs))


def twin(layers, input_shape, dtype="float64"):
    """Build the stack in Keras.

    Args:
        layers: As in YAML, each with its name; a bare type is named as Keras names it.
        input_shape: `(height, width, channels)`.
        dtype: Arithmetic and weights.

    Returns:
        The model, every layer an output, and the layers' names.
    """
    _compute_in(dtype)
    tensors = {"input": keras.Input(input_shape, name="input_pixels")}
    names = []
    for entry in layers:
        entry = {"type": entry, "name": entry.lower()} if isinstance(entry, str) else dict(entry)
        inputs = [tensors[name] for name in entry.get("inputs") or (names[-1:] or ["input"])]
        tensors[entry["name"]] = _apply(entry, inputs)
        names.append(entry["name"])
    return keras.Model(tensors["input"], [tensors[name] for name in names]), names


def lone_layer(entry, shapes, dtype="float64"):
    """Build a model of a single layer, with an input for each shape."""
    _compute_in(dtype)
    inputs = [keras.Input(shape) for shape in shapes]
    return keras.Model(inputs, _apply(entry, inputs))


def _compute_in(dtype):
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)


def _apply(entry, inputs):
    kind = entry["type"]
    fields = {k: v for k, v in entry.items() if k not in _OURS and not k.endswith("_initializer")}
    if not is_in_keras(fields.get("activation")):
        reject()  # drawn, but Keras has none such
    if fields.get("activation") in _FUNCTIONS:
        fields["activation"] = _FUNCTIONS[fields["activation"]]
    padding = fields.get("padding", "valid")
    if kind in ("MaxPooling2D", "AveragePooling2D"):
        known = isinstance(padding, str) and not fields.get("ceil_mode") and _largest(fields, "dilation_rate") == 1
        if not known or (padding == "same" and fields.get("count_include_pad")):
            fields.pop("trainable", None)
            return TorchPooling(kind == "MaxPooling2D", name=entry["name"], **fields)(inputs[0])
        fields = {name: value for name, value in fields.items() if name not in _BEYOND}
    if kind == "Conv2DTranspose" and (fields.pop("groups", 1) > 1 or not isinstance(padding, str)):
        fields = {name: value for name, value in fields.items() if name != "trainable"}
        return TorchTransposed(name=entry["name"], groups=entry["groups"], **fields)(inputs[0])
    if "Conv2D" in kind and isinstance(padding, (int, list, tuple)):
        top, bottom, left, right = [padding] * 4 if isinstance(padding, int) else padding
        inputs = [keras.layers.ZeroPadding2D(((top, bottom), (left, right)), name=entry["name"] + "_pad")(inputs[0])]
        fields["padding"] = "valid"
    both = "Conv2D" in kind and _largest(fields, "strides") > 1 and _largest(fields, "dilation_rate") > 1
    dilation = fields.pop("dilation_rate") if both else None
    layer = (AveragePooling2D if kind == "AveragePooling2D" else getattr(keras.layers, kind))(
        **fields, name=entry["name"]
    )
    if both:  # Keras's constructors refuse it, its operations on PyTorch do not
        layer.dilation_rate = (dilation, dilation) if isinstance(dilation, int) else tuple(dilation)
    return layer(inputs if len(inputs) > 1 else inputs[0])


def _two(value):
    return (value, value) if isinstance(value, int) else tuple(value)


def _largest(fields, name):
    value = fields.get(name, 1)
    return value if isinstance(value, int) else max(value)


def randomise(model, rng):
    """Give every weight random float32 values; variances are positive."""
    for weight in model.weights:
        values = rng.normal(0, 1, weight.shape)
        if "variance" in weight.path:
            values = rng.uniform(0.2, 2, weight.shape)
        elif "kernel" in weight.path:
            values /= max(np.prod(weight.shape[:-1]), 1) ** 0.5
        weight.assign(values.astype(np.float32))


def outputs(model, names, x):
    """Run the model on one `(height, width, channels)` array.

    Returns:
        Layer name to output, without the batch axis.
    """
    _compute_in(model.inputs[0].dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras's own, of its PyTorch padding
        results = model(keras.ops.convert_to_tensor(x[None], dtype=keras.config.floatx()), training=False)
    results = [results] if len(names) == 1 and not isinstance(results, (list, tuple)) else results
    return {name: keras.ops.convert_to_numpy(y)[0] for name, y in zip(names, results, strict=True)}


def save_weights(model, path):
    """Write Keras's legacy HDF5 weights, float32."""
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)


def load_weights(model, path):
    """Read Keras's legacy HDF5 weights by layer name."""
    model.load_weights(path, by_name=True)
