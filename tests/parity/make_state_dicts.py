"""Makes the files of tests/data/state_dicts: a small network of PyTorch in all forms, and what comes out of it.

pip install -e '.[parity]' && python -m tests.parity.make_state_dicts
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parents[1] / "data/state_dicts"


def network() -> Any:
    """Make a network that has all kinds of weights, with statistics that are not trivial."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    layers = OrderedDict(
        conv=nn.Conv2d(3, 4, 3, padding=1),
        norm=nn.BatchNorm2d(4),
        depthwise=nn.Conv2d(4, 8, 3, groups=4),
        prelu=nn.PReLU(8),
        grouped=nn.Conv2d(8, 6, (1, 3), groups=2, bias=False),
        pool=nn.MaxPool2d(2),
        up=nn.ConvTranspose2d(6, 2, 3, stride=2),
        flatten=nn.Flatten(),
        fc=nn.Linear(2 * 9 * 7, 5),
        norm_2=nn.BatchNorm1d(5),
        scores=nn.Linear(5, 3),
    )
    made = nn.Sequential(layers)
    for parameter in made.parameters():
        nn.init.normal_(parameter, std=0.4)
    for name, buffer in made.named_buffers():
        if name.endswith("running_mean"):
            nn.init.normal_(buffer)
        elif name.endswith("running_var"):
            nn.init.uniform_(buffer, 0.5, 2)
    return made.eval()


def main() -> None:
    """Write the files."""
    import torch
    from safetensors.torch import save_file

    FOLDER.mkdir(exist_ok=True)
    made = network()
    x = torch.randn(1, 3, 10, 10)
    with torch.no_grad():
        y = made.double()(x.double()).numpy()
    np.savez_compressed(FOLDER / "expected.npz", x=x.numpy()[0].transpose(1, 2, 0), y=y[0])
    made.float()
    state = made.state_dict()
    torch.save(state, FOLDER / "zip.pth")
    torch.save(state, FOLDER / "legacy.pth", _use_new_zipfile_serialization=False)
    torch.save(
        {"epoch": 3, "model": {f"module.{name}": value for name, value in state.items()}}, FOLDER / "checkpoint.pt"
    )
    renamed = {f"layers.{number}.{name.rpartition('.')[2]}": value for name, value, number in _numbered(state)}
    torch.save(renamed, FOLDER / "numbered.pth")
    save_file(dict(state), FOLDER / "plain.safetensors")


def _numbered(state: Any) -> Any:
    numbers: dict[str, int] = {}
    for name, value in state.items():
        yield name, value, numbers.setdefault(name.rpartition(".")[0], len(numbers))


if __name__ == "__main__":
    main()
