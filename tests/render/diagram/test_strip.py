"""The strip of a page: a block for each layer, each large enough to be pointed at, none over another."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

from cnnviz import load_stack
from cnnviz.render.diagram.families import DARK, LIGHT
from cnnviz.render.diagram.model import parts_of
from cnnviz.render.diagram.strip import Strip, strip_of
from cnnviz.stack.graph import infer
from tests.helpers.rows import each


def made(name: str, shape: tuple[int, int, int]) -> Strip:
    stack = load_stack(name)
    return strip_of(parts_of(stack.input, infer(stack, shape), shape))


@each(
    "name, shape", [("lenet5", (32, 32, 1)), ("residual", (64, 48, 3)), ("vgg16", (224, 224, 3)), ("l3", (70, 900, 1))]
)
def test_every_layer_has_a_block_of_its_own(name: str, shape: tuple[int, int, int]) -> None:
    strip = made(name, shape)
    assert [block.number for block in strip.blocks] == list(range(len(load_stack(name).layers) + 1))
    for block, layer in zip(strip.blocks[1:], load_stack(name).layers, strict=True):
        assert layer.name in block.title
        assert type(layer).__name__ in block.title
    for one, other in combinations(strip.blocks, 2):
        assert apart(one.place, other.place)
    for block in strip.blocks:
        left, top, wide, high = block.place
        assert min(wide, high) >= 24
        assert left >= 0
        assert top >= 0
        assert left + wide <= strip.width + 1
        assert top + high <= strip.height + 1
        x, y, thick, side = block.block
        assert left - 1 <= x
        assert x + thick + block.depth <= left + wide + 1
        assert top - 1 <= y - block.depth
        assert y + side <= top + high


def test_a_page_has_the_colours_of_diagrams() -> None:
    style = Path("cnnviz/render/page/templates/page.css").read_text()
    for theme in (LIGHT, DARK):
        for family, (fill, line) in theme.families.items():
            assert f"--{family}: {fill}; --{family}-line: {line};" in style


def apart(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    """Whether two boxes of whole pixels share at most an edge."""
    return (
        one[0] + one[2] <= other[0] + 1
        or other[0] + other[2] <= one[0] + 1
        or one[1] + one[3] <= other[1] + 1
        or other[1] + other[3] <= one[1] + 1
    )
