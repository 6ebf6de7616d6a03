"""A stack trained by PyTorch: what `cnnviz train` is held against, and what it is timed beside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import torch
from torch.nn import functional

from cnnviz.stack.spec import Stack, TrainingSpec

Tensors = dict[str, dict[str, torch.Tensor]]
ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "relu": torch.relu,
    "tanh": torch.tanh,
    "softmax": lambda x: x,  # the last one: PyTorch's loss takes what comes before
}


class TorchTraining:
    """The layers of the tutorials' networks, on weights in Keras's shapes given from outside.

    Inside, pictures are `(N, C, H, W)`, as PyTorch is fastest with; what is flattened is in Keras's order.
    """

    def __init__(self, stack: Stack, weights: Mapping[str, Mapping[str, np.ndarray]], dtype: torch.dtype) -> None:
        self.stack = stack
        self.weights: Tensors = {
            layer: {name: torch.tensor(array, dtype=dtype) for name, array in arrays.items()}
            for layer, arrays in weights.items()
        }
        for layer in self.weights.values():
            if layer["kernel"].ndim == 4:
                layer["kernel"] = layer["kernel"].permute(3, 2, 0, 1).contiguous()
            for name in layer:
                layer[name].requires_grad_()

    @property
    def parameters(self) -> list[torch.Tensor]:
        return [tensor for layer in self.weights.values() for tensor in layer.values()]

    def optimizer(self, recipe: TrainingSpec, epsilon: float = 1e-7) -> torch.optim.Optimizer:
        """Make PyTorch's optimizer of the same formula, but for the place of epsilon: there Keras's differ."""
        rate = recipe.learning_rate
        if recipe.optimizer == "momentum":
            return torch.optim.SGD(self.parameters, rate, momentum=recipe.momentum or 0.9)
        if recipe.optimizer == "sgd":
            return torch.optim.SGD(self.parameters, rate)
        if recipe.optimizer == "rmsprop":
            return torch.optim.RMSprop(self.parameters, rate, alpha=0.9, eps=epsilon)
        return torch.optim.Adam(self.parameters, rate, eps=epsilon)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Take `(N, H, W, C)` to scores."""
        x = pixels.permute(0, 3, 1, 2)
        for layer in self.stack.layers:
            mine = self.weights.get(layer.name, {})
            match type(layer).__name__:
                case "Conv2D":
                    padding = layer.padding if isinstance(layer.padding, (str, int)) else 0
                    x = functional.conv2d(x, mine["kernel"], mine.get("bias"), padding=padding)
                case "MaxPooling2D":
                    x = functional.max_pool2d(x, layer.pool_size)
                case "AveragePooling2D":
                    x = functional.avg_pool2d(x, layer.pool_size)
                case "Flatten":
                    x = x.permute(0, 2, 3, 1).flatten(1)
                case "Dense":
                    x = x @ mine["kernel"]
                    x = x + mine["bias"] if "bias" in mine else x
                case "Dropout":
                    x = functional.dropout(x, layer.rate)
                case "Activation":
                    pass
                case kind:
                    raise NotImplementedError(kind)
            if activation := getattr(layer, "activation", None):
                x = ACTIVATIONS[activation](x)
        return x

    def train(
        self, recipe: TrainingSpec, batches: Iterable[tuple[np.ndarray, np.ndarray]], epsilon: float = 1e-7
    ) -> list[float]:
        """Take a step on every batch; return every step's loss."""
        optimizer = self.optimizer(recipe, epsilon)
        return [self.step(optimizer, torch.from_numpy(pixels), torch.from_numpy(labels)) for pixels, labels in batches]

    def step(self, optimizer: torch.optim.Optimizer, pixels: torch.Tensor, labels: torch.Tensor) -> float:
        """Take one step; return its loss."""
        loss = functional.cross_entropy(self.forward(pixels), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return float(loss.detach())

    def arrays(self) -> dict[str, dict[str, np.ndarray]]:
        """Return the weights in Keras's shapes."""
        return {
            layer: {
                name: (tensor.permute(2, 3, 1, 0) if tensor.ndim == 4 else tensor).detach().numpy()
                for name, tensor in tensors.items()
            }
            for layer, tensors in self.weights.items()
        }
