from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from cnnviz.errors import UsageError
from cnnviz.render.kit.colormap import colormap, colour


def test_gray_needs_no_table():
    assert colormap("gray") is None
    levels = np.arange(4, dtype=np.uint8)
    assert colour(levels, None) is levels


def test_gray_does_not_import_matplotlib():
    code = (
        "import sys; from cnnviz.render.kit.colormap import colormap; "
        "colormap('gray'); print('matplotlib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


def test_a_table_has_the_colours_of_matplotlib():
    table = colormap("viridis")
    assert table.shape == (256, 3) and table.dtype == np.uint8
    assert table[0].tolist() == [68, 1, 84] and table[255].tolist() == [253, 231, 37]
    assert colour(np.array([[0, 255]], np.uint8), table).tolist() == [[[68, 1, 84], [253, 231, 37]]]


def test_a_map_of_few_colours_is_spread_out():
    table = colormap("tab10")
    assert len(np.unique(table, axis=0)) == 10


@pytest.mark.parametrize(("name", "hint"), [("viridiss", "viridis"), ("Magma", "magma"), ("xyz", "try gray, viridis")])
def test_an_unknown_name_gets_a_hint(name, hint):
    with pytest.raises(UsageError, match=hint):
        colormap(name)
