"""The walkthrough as a minimal PyTorch script: read the picture, run the layers, write every map."""

import sys
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
LAYERS = {
    "conv_1": nn.Conv2d(3, 3, 3),
    "max_pooling2d": nn.MaxPool2d(3),
    "activation": nn.ReLU(),
    "conv_2": nn.Conv2d(3, 3, 3),
    "max_pooling2d_1": nn.MaxPool2d(2),
    "activation_1": nn.ReLU(),
    "conv_3": nn.Conv2d(3, 3, 3),
    "activation_2": nn.ReLU(),
    "conv_4": nn.Conv2d(3, 3, 3),
    "activation_3": nn.ReLU(),
    "flatten": nn.Flatten(),
    "dens_1": nn.Linear(25650, 8),
}

picture, folder = sys.argv[1], Path(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)
x = torch.from_numpy(cv2.resize(cv2.imread(picture), (607, 575)).astype(np.float32)).permute(2, 0, 1)[None]
with torch.no_grad():
    for index, (name, layer) in enumerate(LAYERS.items(), 1):
        x = layer(x)
        if x.ndim == 4:
            maps = x[0].numpy()
            low, high = maps.min(), maps.max()
            for channel, plane in enumerate(maps):
                levels = ((plane - low) * (255 / (high - low)) + 0.5).astype(np.uint8)
                cv2.imwrite(str(folder / f"{index:02d}_{name}_{channel}.png"), levels)
