"""Small models of Keras that use what real ones do, each with random weights made live."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops

from tests.parity.keras_twin import randomise


def sequential():
    return keras.Sequential(
        [
            keras.Input((12, 10, 3)),
            layers.Rescaling(1 / 127.5, offset=-1),
            layers.Conv2D(4, 3, activation="relu", padding="same"),
            layers.MaxPooling2D(),
            layers.SpatialDropout2D(0.2),
            layers.SeparableConv2D(5, 3, depth_multiplier=2, activation="elu"),
            layers.GaussianNoise(0.1),
            layers.Flatten(),
            layers.Dense(6, activation="hard_sigmoid"),
            layers.Dropout(0.5),
            layers.Dense(4, activation="softmax"),
        ],
        name="plain",
    )


def functional():
    """Branches, an activation given as a layer, poolings, a squeeze and excitation."""
    x = image = keras.Input((16, 14, 3), name="picture")
    x = layers.Normalization(mean=[100.0, 110.0, 120.0], variance=[900.0, 800.0, 700.0])(x)
    x = layers.Conv2D(8, (3, 5), strides=2, use_bias=False, name="stem")(x)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.ReLU(6.0)(x)
    one = layers.DepthwiseConv2D(3, padding="same", activation="gelu")(x)
    two = layers.Conv2D(8, 1, activation=layers.LeakyReLU(negative_slope=0.1), name="point")(x)
    x = layers.Add()([one, two])
    squeezed = layers.GlobalAveragePooling2D(keepdims=True)(x)
    squeezed = layers.Conv2D(8, 1, activation="sigmoid")(squeezed)
    x = layers.Multiply()([x, squeezed])
    x = layers.Concatenate()([x, one, layers.AveragePooling2D(3, strides=1, padding="same")(x)])
    x = layers.Conv2DTranspose(6, 3, strides=2, padding="same")(x)
    x = layers.PReLU(shared_axes=[1, 2])(x)
    x = layers.LayerNormalization()(x)
    x = layers.ZeroPadding2D(((0, 1), (2, 1)))(x)
    x = layers.Cropping2D(((1, 0), (0, 2)))(x)
    x = layers.UpSampling2D((2, 1), interpolation="bilinear")(x)
    x = layers.GroupNormalization(3)(x)
    x = layers.GlobalMaxPooling2D()(x)
    x = layers.Dense(5, kernel_regularizer="l2")(x)
    return keras.Model(image, layers.Softmax()(x), name="branches")


def operators():
    """Functions in the place of layers: operators, constants, `keras.ops`."""
    image = keras.Input((9, 9, 3))
    x = image * (1 / 255) - 0.5
    x = layers.Conv2D(6, 3)(x)
    y = ops.relu6(x + 3.0) / 6.0
    x = x * y
    x = ops.silu(x) + ops.maximum(x, 0.1) - ops.clip(x, -0.5, 0.5)
    x = ops.concatenate([x, 1.0 - ops.tanh(x)], axis=-1)
    mean = ops.mean(x, axis=(1, 2), keepdims=True)
    x = ops.leaky_relu(x - mean, negative_slope=0.3)
    x = ops.mean(x, axis=[1, 2])
    return keras.Model(image, layers.Dense(3)(x))


def nested():
    """Models in the model, one of them used twice, and a layer shared between branches."""
    inner = keras.Sequential(
        [layers.Conv2D(4, 3, padding="same", name="conv"), layers.BatchNormalization(name="norm"), layers.ReLU()],
        name="block",
    )
    entry = keras.Input((8, 8, 4))
    deeper = keras.Model(entry, layers.Add()([inner(entry), layers.Conv2D(4, 1, name="conv")(entry)]), name="residual")
    image = keras.Input((8, 8, 3))
    shared = layers.Conv2D(4, 1, name="shared")
    x = layers.Conv2D(4, 3, padding="same", name="conv")(image)
    x = layers.Average()([deeper(x), deeper(shared(x))])
    x = layers.Subtract()([shared(x), x])
    head = keras.Sequential([layers.GlobalAveragePooling2D(), layers.Dense(3, activation="softmax")], name="head")
    return keras.Model(image, head(x), name="nested")


def transfer():
    """A sequential model of models, as Teachable Machine makes it, the first one frozen."""
    image = keras.Input((12, 12, 3))
    x = layers.Conv2D(4, 3, strides=2, use_bias=False)(image)
    x = layers.BatchNormalization()(x)
    base = keras.Model(image, layers.ReLU(6.0)(x), name="base")
    base.trainable = False
    features = keras.Sequential([base, layers.GlobalAveragePooling2D()], name="features")
    classes = keras.Sequential(
        [keras.Input((4,)), layers.Dense(5, activation="relu"), layers.Dense(2, use_bias=False, activation="softmax")],
        name="classes",
    )
    return keras.Sequential([features, classes], name="both")


def channels_first():
    """Channels first throughout: rows of `Dense` and axes are others here."""
    options = {"data_format": "channels_first"}
    image = keras.Input((3, 10, 8))
    x = layers.Conv2D(4, 3, **options)(image)
    x = layers.BatchNormalization(axis=1)(x)
    x = layers.PReLU(shared_axes=[2, 3])(x)
    side = layers.Conv2D(4, 3, padding="same", **options)(x)
    x = layers.Concatenate(axis=1)([x, side])
    x = layers.MaxPooling2D(2, **options)(x)
    x = layers.LayerNormalization(axis=1)(x)
    x = layers.Softmax(axis=1)(x)
    x = layers.Flatten(data_format="channels_last")(x)
    x = layers.BatchNormalization()(x)
    x = layers.Dense(8, activation="tanh")(x)
    x = layers.Reshape((2, 2, 2))(x)
    x = layers.Conv2D(4, 1, activation="softmax", **options)(x)
    x = layers.UpSampling2D(2, **options)(x)
    x = layers.Permute((2, 3, 1))(x)
    x = layers.Flatten()(x)
    return keras.Model(image, layers.Dense(3)(x), name="first")


def digits():
    """Pictures without an axis of channels."""
    return keras.Sequential(
        [
            keras.Input((8, 6)),
            layers.Reshape((8, 6, 1)),
            layers.Conv2D(2, 3),
            layers.Permute((2, 1, 3)),
            layers.Reshape((-1,)),
            layers.Dense(4, activation="swish"),
            layers.Reshape((1, 2, 2)),
            layers.Conv2D(3, 1),
        ]
    )


MODELS = {make.__name__: make for make in (sequential, functional, operators, nested, transfer, channels_first, digits)}


def live(make, seed=0):
    """Return a model with random weights."""
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")
    keras.utils.clear_session(free_memory=False)
    model = make()
    randomise(model, np.random.default_rng(seed))
    return model
