"""A sheet: its tiles stand in rows and columns, gray stays gray."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz.render.sweep.folding import GridAxis, fold
from cnnviz.render.sweep.frame import Cell, Frame, Scale, SheetText
from cnnviz.render.sweep.sheet import draw_sheet

TEXT = SheetText("conv · Conv2D", ("a stack on a picture",), Scale("Each tile has its own scale."))
AXES = [GridAxis("activation", ("relu", "tanh")), GridAxis("seed", ("1", "2", "3"))]


def noise(seed: int, *rgb: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(1, 250, (60, 200, *rgb), np.uint8)


@pytest.mark.parametrize("rgb", [(), (3,)])
def test_every_tile_is_where_its_row_and_column_are(rgb: tuple[int, ...]) -> None:
    grid = fold(AXES, range(6))
    cells = {number: Cell(noise(number, *rgb), ("0 to 1", "no zeros")) for number in range(6)}
    frame = Frame(grid, cells, TEXT)
    sheet = draw_sheet(grid, cells, TEXT, None)
    assert sheet.shape == (frame.height, frame.width, *rgb)
    for row, column, number in frame.places():
        box = frame.box(row, column)
        found = sheet[box.top : box.top + 60, box.left : box.left + 200]
        np.testing.assert_array_equal(found, cells[number].picture)
    assert (sheet[:, 0] == 255).all()
    assert (sheet[-1] == 255).all()
    assert (sheet[: frame.box(0, 0).top - 1] < 100).any(), "nothing is written above the tiles"


def test_one_colour_picture_makes_the_sheet_one_and_gray_tiles_stay_gray() -> None:
    grid = fold(AXES[:1], range(2))
    cells = {0: Cell(noise(0), ("a", "b")), 1: Cell(noise(1, 3), ("a", "b"))}
    sheet = draw_sheet(grid, cells, TEXT, None)
    box = Frame(grid, cells, TEXT).box(0, 0)
    found = sheet[box.top : box.top + 60, box.left : box.left + 200]
    np.testing.assert_array_equal(found, np.repeat(cells[0].picture[..., None], 3, axis=2))


def test_a_missing_tile_is_a_gray_box_with_its_reason() -> None:
    grid = fold(AXES[:1], range(2))
    cells = {0: Cell(None, ("does not fit", "a window of 9 " * 40)), 1: Cell(noise(1), ("a", "b"))}
    box = Frame(grid, cells, TEXT).box(0, 0)
    found = draw_sheet(grid, cells, TEXT, None)[box.top : box.top + box.height, box.left : box.left + box.width]
    assert np.median(found) == 240
    assert found.min() < 60
    assert (found[:2] == 240).all(), "text runs out of the box"
    assert (found[-2:] == 240).all(), "text runs out of the box"


def test_colours_have_a_bar() -> None:
    table = np.stack([np.arange(256), np.zeros(256), np.full(256, 9)], axis=1).astype(np.uint8)
    grid = fold(AXES[:1], range(2))
    cells = {number: Cell(table[noise(number)], ("a", "b")) for number in range(2)}
    scale = Scale("Each tile has its own scale.", "lowest", "highest")
    text = TEXT._replace(scale=scale)
    left, top = Frame(grid, cells, text).bar(scale)
    bar = draw_sheet(grid, cells, text, table)[top, left : left + 110]
    assert bar[0].tolist() == [0, 0, 9]
    assert bar[-1].tolist() == [255, 0, 9]
    assert (np.diff(bar[:, 0].astype(int)) >= 0).all()
