"""What the benchmarks measure: single layers, small networks, and the architectures that people bring."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from tests.benchmarks.contenders.network import (
    Activation,
    Add,
    Concatenate,
    Conv,
    Dense,
    GlobalAverage,
    Layer,
    Normalization,
    Pool,
    Transposed,
    Work,
)

RELU, RELU6 = Activation("relu"), Activation("relu6")


def random(*shape: int) -> np.ndarray:
    """Draw weights that neither explode nor vanish."""
    rng = np.random.default_rng(0)
    return rng.standard_normal(shape) / np.sqrt(np.prod(shape[:-1]))


def picture(*shape: int) -> np.ndarray:
    """Draw pixels from 0 to 255."""
    return np.random.default_rng(1).integers(0, 256, shape).astype("f8")


def one(size: int, kernel: np.ndarray, name: str) -> Work:
    """Make one convolution of the walkthrough's picture."""
    return Work(f"{name} {size}", picture(1, 575, 607, 3), Conv(kernel))


def _photo(name: str, *layers: Layer) -> Work:
    """Make layers on a photograph of 12 megapixels."""
    return Work(name, picture(1, 3000, 4000, 3), *layers)


def l3() -> Work:
    """Make the tutorial's three layers."""
    layers: list[Layer] = []
    for size, channels, filters in ((3, 1, 2), (5, 2, 3), (7, 3, 1)):
        layers += [Conv(random(size, size, channels, filters)), RELU, Pool(2)]
    return Work("l3", picture(1, 300, 451, 1), *layers)


def walkthrough() -> Work:
    """Make the walkthrough's twelve layers."""
    conv = Conv(random(3, 3, 3, 3))
    layers = [conv, Pool(3), RELU, conv, Pool(2), RELU, conv, RELU, conv, RELU, Dense(random(25650, 8)), RELU]
    return Work("walkthrough", picture(1, 575, 607, 3), *layers)


def lenet5(count: int) -> Work:
    """Make LeNet-5."""
    tanh = Activation("tanh")
    layers: list[Layer] = [Conv(random(5, 5, 1, 6)), tanh, Pool(2, "average")]
    layers += [Conv(random(5, 5, 6, 16)), tanh, Pool(2, "average"), Conv(random(5, 5, 16, 120)), tanh]
    layers += [Dense(random(120, 84)), tanh, Dense(random(84, 10)), Activation("softmax")]
    return Work(f"lenet5 x{count}", picture(count, 32, 32, 1) / 255, *layers)


def vgg16() -> Work:
    """Make VGG16's convolutions and pools."""
    work = Work("vgg16", picture(1, 224, 224, 3) / 255)
    channels = 3
    for filters, depth in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(depth):
            work.append(Conv(random(3, 3, channels, filters) * 1.4, same=True), RELU)
            channels = filters
        work.append(Pool(2))
    return work


def _conv(size: int, channels: int, filters: int, strides: int = 1, groups: int = 1) -> list[Layer]:
    """Make a convolution and its normalisation."""
    kernel = random(size, size, channels // groups, filters) * 1.4
    return [Conv(kernel, same=True, strides=strides, groups=groups), Normalization(filters)]


def _residual(work: Work, branch: list[Layer], channels: int, filters: int, strides: int) -> None:
    """Add a branch and the shortcut around it, which is a convolution where the shapes differ."""
    start = len(work.nodes)
    shortcut = start
    if strides != 1 or channels != filters:
        shortcut = work.append(*_conv(1, channels, filters, strides), reads=(start,))
    end = work.append(*branch, reads=(start,))
    work.append(Add(), RELU, reads=(end, shortcut))


def resnet18() -> Work:
    """Make ResNet-18 (He et al. 2016)."""
    work = Work("resnet18", picture(1, 224, 224, 3) / 255, *_conv(7, 3, 64, 2), RELU, Pool(3, strides=2, pad=1))
    channels = 64
    for filters, strides in ((64, 1), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1)):
        branch = [*_conv(3, channels, filters, strides), RELU, *_conv(3, filters, filters)]
        _residual(work, branch, channels, filters, strides)
        channels = filters
    work.append(GlobalAverage(), Dense(random(512, 1000)), Activation("softmax"))
    return work


def resnext() -> Work:
    """Make the second stage's first two blocks of ResNeXt-50 32x4d (Xie et al. 2017)."""
    work = Work("resnext block", picture(1, 56, 56, 256) / 255)
    for channels, strides in ((256, 2), (512, 1)):
        branch = [*_conv(1, channels, 256), RELU, *_conv(3, 256, 256, strides, groups=32), RELU, *_conv(1, 256, 512)]
        _residual(work, branch, channels, 512, strides)
    return work


def mobilenet_v2() -> Work:
    """Make MobileNetV2 (Sandler et al. 2018)."""
    work = Work("mobilenet_v2", picture(1, 224, 224, 3) / 255, *_conv(3, 3, 32, 2), RELU6)
    channels = 32
    stages = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
    for expansion, filters, depth, first in stages:
        for i in range(depth):
            start, strides, wide = len(work.nodes), first if i == 0 else 1, channels * expansion
            if expansion > 1:
                work.append(*_conv(1, channels, wide), RELU6)
            work.append(*_conv(3, wide, wide, strides, groups=wide), RELU6)
            end = work.append(*_conv(1, wide, filters))
            if strides == 1 and channels == filters:
                work.append(Add(), reads=(start, end))
            channels = filters
    work.append(*_conv(1, 320, 1280), RELU6, GlobalAverage(), Dense(random(1280, 1000)), Activation("softmax"))
    return work


def unet() -> Work:
    """Make a U-Net (Ronneberger et al. 2015) of 32 to 512 channels whose maps keep their size."""
    work = Work("unet", picture(1, 256, 256, 3) / 255)
    channels, skips = 3, []
    for filters in (32, 64, 128, 256):
        skips.append(work.append(*_double(channels, filters)))
        work.append(Pool(2))
        channels = filters
    work.append(*_double(256, 512))
    for filters in (256, 128, 64, 32):
        up = work.append(Transposed(random(2, 2, 2 * filters, filters)))
        work.append(Concatenate(), reads=(skips.pop(), up))
        work.append(*_double(2 * filters, filters))
    work.append(Conv(random(1, 1, 32, 2)))
    return work


def _double(channels: int, filters: int) -> list[Layer]:
    """Make two convolutions with their activations."""
    layers: list[Layer] = []
    for read in (channels, filters):
        layers += [Conv(random(3, 3, read, filters) * 1.4, same=True), RELU]
    return layers


def _blocks(name: str, scale: float) -> Work:
    """Make layers of every usual kind that keep the size of their values, whatever that is."""
    work = Work(name, picture(1, 56, 56, 64) / 255 * scale)
    for _ in range(4):
        start = len(work.nodes)
        for kernel, groups in ((random(3, 3, 1, 64), 64), (random(1, 1, 64, 64), 1), (random(3, 3, 64, 64), 1)):
            work.append(Conv(kernel * 1.4, same=True, groups=groups), RELU)
        work.append(Add(), reads=(start, len(work.nodes)))
    return work


def works() -> dict[str, Callable[[], Work]]:
    """Name what can be measured; each is made only when asked for."""
    found: dict[str, Callable[[], Work]] = {"l3": l3, "walkthrough": walkthrough}
    for size in (3, 12, 24, 48):
        found[f"random{size}"] = lambda size=size: one(size, random(size, size, 3, 3), "random")
        found[f"constant{size}"] = lambda size=size: one(size, np.full((size, size, 3, 3), 0.12), "constant")
    found |= {"lenet5": partial(lenet5, 1), "lenet5x256": partial(lenet5, 256), "vgg16": vgg16}
    found |= {"resnet18": resnet18, "resnext": resnext, "mobilenet_v2": mobilenet_v2, "unet": unet}
    # Below 1.2e-38 many processors are slow in float32, as they are below 2.2e-308 in float64.
    for name, scale in (("blocks", 1), ("subnormal", 1e-41), ("subnormal64", 1e-312), ("zeros", 0)):
        found[name] = partial(_blocks, name, scale)
    found["photo3"] = lambda: _photo("photo 3@3x3", Conv(random(3, 3, 3, 3)), Pool(3), RELU)
    found["photo16"] = lambda: _photo("photo 16@7x7", Conv(random(7, 7, 3, 16)))
    return found
