"""A sheet: its tiles stand in rows and columns, gray stays gray."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz.render.sweep.folding import Grid, fold
from cnnviz.render.sweep.frame import Cell, Frame, LayerTiles
from cnnviz.render.sweep.model import SweptOption
from cnnviz.render.sweep.sheet import draw_sheet

OPTIONS = [
    SweptOption(option="--activation", name="activation", values=("relu", "tanh")),
    SweptOption(option="--seed", name="seed", values=("1", "2", "3")),
]


def tiles(grid: Grid, cells: dict[int, Cell]) -> LayerTiles:
    return LayerTiles(grid, cells, "conv · Conv2D", ("a stack on a picture",), "Each tile has its own scale.")


def noise(seed: int, *rgb: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(1, 250, (60, 200, *rgb), np.uint8)


@pytest.mark.parametrize("rgb", [(), (3,)])
def test_every_tile_is_where_its_row_and_column_are(rgb: tuple[int, ...]) -> None:
    grid = fold(OPTIONS, range(6))
    cells = {number: Cell(noise(number, *rgb), ("0 to 1", "no zeros")) for number in range(6)}
    frame = Frame(tiles(grid, cells), has_bar=False)
    sheet = draw_sheet(tiles(grid, cells), None)
    assert sheet.shape == (frame.height, frame.width, *rgb)
    for row, column, number in grid.places():
        box = frame.box(row, column)
        found = sheet[box.top : box.top + 60, box.left : box.left + 200]
        np.testing.assert_array_equal(found, cells[number].picture)
    assert (sheet[:, 0] == 255).all()
    assert (sheet[-1] == 255).all()
    assert (sheet[: frame.box(0, 0).top - 1] < 100).any(), "nothing is written above the tiles"


def test_one_colour_picture_makes_the_sheet_one_and_gray_tiles_stay_gray() -> None:
    grid = fold(OPTIONS[:1], range(2))
    cells = {0: Cell(noise(0), ("a", "b")), 1: Cell(noise(1, 3), ("a", "b"))}
    sheet = draw_sheet(tiles(grid, cells), None)
    box = Frame(tiles(grid, cells), has_bar=False).box(0, 0)
    found = sheet[box.top : box.top + 60, box.left : box.left + 200]
    np.testing.assert_array_equal(found, np.repeat(cells[0].picture[..., None], 3, axis=2))


def test_a_missing_tile_is_a_gray_box_with_its_reason() -> None:
    grid = fold(OPTIONS[:1], range(2))
    cells = {0: Cell(None, ("does not fit", "a window of 9 " * 40)), 1: Cell(noise(1), ("a", "b"))}
    box = Frame(tiles(grid, cells), has_bar=False).box(0, 0)
    found = draw_sheet(tiles(grid, cells), None)[box.top : box.top + box.height, box.left : box.left + box.width]
    assert np.median(found) == 240
    assert found.min() < 60
    assert (found[:2] == 240).all(), "text runs out of the box"
    assert (found[-2:] == 240).all(), "text runs out of the box"


def test_colours_have_a_bar() -> None:
    table = np.stack([np.arange(256), np.zeros(256), np.full(256, 9)], axis=1).astype(np.uint8)
    grid = fold(OPTIONS[:1], range(2))
    cells = {number: Cell(table[noise(number)], ("a", "b")) for number in range(2)}
    left, top = Frame(tiles(grid, cells), has_bar=True).bar
    bar = draw_sheet(tiles(grid, cells), table)[top, left : left + 110]
    assert bar[0].tolist() == [0, 0, 9]
    assert bar[-1].tolist() == [255, 0, 9]
    assert (np.diff(bar[:, 0].astype(int)) >= 0).all()
