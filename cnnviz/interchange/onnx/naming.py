"""Names of layers, made from those of the file."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cnnviz.interchange.drafting.building import Draft
from cnnviz.interchange.drafting.graph import Lazily, Node
from cnnviz.layers import snake_case

LONGEST = 100
_RESERVED = "input"


def layer_names(drafts: Sequence[Draft], stored: Lazily) -> list[str]:
    """Name layers: legal, unique without regard to case, and as close to the file's names as can be.

    Args:
        drafts: The layers.
        stored: The stored tensors, whose names often are those of modules.
    """
    taken = {_RESERVED}
    names = []
    for draft in drafts:
        base = _base(draft, stored)
        name, number = base, 0
        while name.casefold() in taken:
            number += 1
            name = f"{base[: LONGEST - len(str(number)) - 1]}_{number}"
        taken.add(name.casefold())
        names.append(name)
    return names


def _base(draft: Draft, stored: Lazily) -> str:
    if not draft.source:
        return snake_case(draft.kind)
    for found in (_of_scopes(draft.node), _of_weights(draft.node, stored), draft.source):
        name = re.sub(r"[^A-Za-z0-9_-]+", "_", found).strip("_-")[:LONGEST].rstrip("_-")
        if name and name.casefold() != _RESERVED:
            return name
    return snake_case(draft.kind)


def _of_scopes(node: Node) -> str:
    """Take apart names such as `/layer1/layer1.0/conv1/Conv`, which PyTorch gives: `layer1.0.conv1`."""
    if not node.name.startswith("/"):
        return ""
    *scopes, op = node.name.strip("/").split("/")
    path: list[str] = []
    for scope in scopes:
        if path and (scope == path[-1] or scope.startswith(path[-1] + ".")):
            path.pop()
        path.append(scope)
    # The operator is said where it is not what the module is for.
    plain = re.sub(r"_[0-9]+$", "", op)
    if path and plain in (
        "Conv",
        "ConvTranspose",
        "Gemm",
        "BatchNormalization",
        "MaxPool",
        "GlobalAveragePool",
        "Relu",
        "Clip",
    ):
        return ".".join(path) + op[len(plain) :]
    return ".".join([*path, snake_case(op)])


def _of_weights(node: Node, stored: Lazily) -> str:
    """Take `layer1.0.conv1` of a weight `layer1.0.conv1.weight`."""
    for name in node.inputs[1:2]:
        if name in stored and (match := re.fullmatch(r"(.+)[._/](weights?|w|kernel|scale|gamma)(:0)?", name)):
            return match[1]
    return ""
