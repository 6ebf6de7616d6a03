"""The walkthrough as a minimal Keras script: read the picture, run the layers, write every map."""

import sys
from pathlib import Path

import cv2
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
picture, folder = sys.argv[1], Path(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)
stack = [
    layers.Conv2D(3, 3),
    layers.MaxPooling2D(3),
    layers.Activation("relu"),
    layers.Conv2D(3, 3),
    layers.MaxPooling2D(2),
    layers.Activation("relu"),
    layers.Conv2D(3, 3),
    layers.Activation("relu"),
    layers.Conv2D(3, 3),
    layers.Activation("relu"),
    layers.Flatten(),
    layers.Dense(8),
]
inputs = x = keras.Input((575, 607, 3))
outputs = []
for layer in stack:
    x = layer(x)
    outputs.append(x)
model = keras.Model(inputs, outputs)
image = cv2.resize(cv2.imread(picture), (607, 575)).astype(np.float32)[None]
for index, (layer, out) in enumerate(zip(stack, model.predict(image, verbose=0), strict=True), 1):
    if out.ndim == 4:
        low, high = out.min(), out.max()
        for channel in range(out.shape[3]):
            levels = ((out[0, :, :, channel] - low) * (255 / (high - low)) + 0.5).astype(np.uint8)
            cv2.imwrite(str(folder / f"{index:02d}_{layer.name}_{channel}.png"), levels)
