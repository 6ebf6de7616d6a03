"""PyTorch, in its usual order of channels or with channels last."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch.nn import functional as F

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


def make(work: Work, count: int, *, channels_last: bool) -> Callable[[], list[Any]]:
    """Make PyTorch ready on so many threads."""
    form = torch.channels_last if channels_last else torch.contiguous_format

    def tensor(array: Any) -> Any:
        found = torch.from_numpy(array.copy()).to(torch.float32)
        return found.contiguous(memory_format=form) if found.ndim == 4 else found

    x = tensor(work.x.transpose(0, 3, 1, 2))
    steps = [(_step(layer, tensor), reads) for layer, reads in work.nodes]

    def run() -> list[Any]:
        torch.set_num_threads(count)
        outs = [x]
        with torch.inference_mode():
            for step, reads in steps:
                outs.append(step(*(outs[read] for read in reads)))
        return outs[1:]

    return run


def _step(layer: Layer, tensor: Callable[[Any], Any]) -> Callable[..., Any]:
    """Make one layer."""
    match layer:
        case Conv(kernel, _, strides, groups):
            weight = tensor(kernel.transpose(3, 2, 0, 1))
            return partial(F.conv2d, weight=weight, padding=layer.pad, stride=strides, groups=groups)
        case Transposed(kernel):
            return partial(F.conv_transpose2d, weight=tensor(kernel.transpose(2, 3, 0, 1)), stride=kernel.shape[0])
        case Normalization(channels):
            mean, var, gamma, beta = torch.zeros(channels), *torch.ones(2, channels), torch.zeros(channels)
            return lambda x: F.batch_norm(x, mean, var, gamma, beta, eps=1e-3)
        case Pool(size, kind, strides, pad):
            pool = F.max_pool2d if kind == "max" else F.avg_pool2d
            return partial(pool, kernel_size=size, stride=strides or size, padding=pad)
        case GlobalAverage():
            return lambda x: x.mean((2, 3))
        case Activation("softmax"):
            return partial(torch.softmax, dim=1)
        case Activation("relu6"):
            return F.relu6
        case Activation(name):
            found: Callable[..., Any] = getattr(torch, name)
            return found
        case Add():
            return torch.add
        case Concatenate():
            return lambda *xs: torch.cat(xs, 1)
        case Dense(kernel):
            weight = tensor(kernel.T)
            return lambda x: F.linear(x.flatten(1), weight)
