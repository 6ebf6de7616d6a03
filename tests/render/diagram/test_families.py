"""Every kind of layer has its colour, on which words can be read."""

from __future__ import annotations

from cnnviz import load_stack
from cnnviz.render.diagram.families import DARK, FAMILIES, LEGEND, LIGHT, Theme, family_of
from cnnviz.stack.graph import infer
from tests.helpers.rows import each
from tests.render.diagram.networks import parts


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2."""
    levels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4 for level in levels]
    return sum(part * level for part, level in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@each("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_words_can_be_read_on_every_box_and_on_the_paper(theme: Theme) -> None:
    for fill in (theme.paper, *(fill for fill, _ in theme.families.values())):
        assert contrast(theme.ink, fill) >= 7
        assert contrast(theme.faint, fill) >= 4.5
    for line in (theme.edge, theme.window, *(line for _, line in theme.families.values())):
        assert contrast(line, theme.paper) >= 3
    assert set(theme.families) == set(FAMILIES) == set(LEGEND)


def test_layers_are_told_apart_by_what_they_do() -> None:
    stack = load_stack("vgg16")
    found = {type(node.layer).__name__: family_of(node) for node in infer(stack, (224, 224, 3))}
    assert found == {"Conv2D": "convolution", "MaxPooling2D": "pooling", "Flatten": "moving", "Dense": "dense"}
    kinds = {part.kind: part.family for form in ("u_net", "dense_net", "residual", "inception") for part in parts(form)}
    assert kinds["Conv2DTranspose"] == "convolution"
    assert kinds["UpSampling2D"] == "moving"
    assert kinds["BatchNormalization"] == "normalization"
    assert kinds["GlobalAveragePooling2D"] == "pooling"
    assert kinds["Concatenate"] == kinds["Add"] == "merging"
    assert kinds["ReLU"] == "activation"
