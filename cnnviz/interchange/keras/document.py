"""Drafts of layers as a document of the YAML form."""

from __future__ import annotations

from typing import Any

from cnnviz.interchange.drafting.building import INPUT
from cnnviz.interchange.drafting.placing import is_usual
from cnnviz.interchange.keras.network import Network
from cnnviz.interchange.keras.weights import nonfinite
from cnnviz.interchange.model import ImportedModel


def make_document(network: Network, name: str) -> ImportedModel:
    """Write a network as a stack with weights.

    Args:
        network: The network.
        name: The stack's name.
    """
    by_number = dict(zip(network.numbers, network.names, strict=True)) | {INPUT: "input"}
    layers: list[dict[str, Any]] = []
    weights, sources, comments = {}, {}, {}
    before = "input"
    for own, draft in zip(network.names, network.drafts, strict=True):
        entry: dict[str, Any] = {"type": draft.kind, "name": own, **draft.fields}
        reads = [by_number[number] for number in draft.inputs]
        if reads != [before]:
            entry["inputs"] = reads
        layers.append(entry)
        if draft.weights:
            weights[own] = dict(draft.weights)
        if draft.source and is_usual(draft.layout):
            sources[own] = draft.source
        if draft.comment:
            comments[own] = draft.comment
        before = own
    document = {"name": name, "input": dict(network.input), "layers": layers}
    remarks = [*network.remarks, *nonfinite(weights)]
    return ImportedModel(document, weights, sources, comments, remarks, network.picture.ours[-1])
