"""What `cnnviz.run` takes for a picture."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnviz
from cnnviz.errors import UsageError
from tests.helpers.commands import picture


def test_a_folder_of_several_pictures_is_not_one(tmp_path: Path) -> None:
    picture(tmp_path / "one.png", 1, 80, 80)
    assert cnnviz.run(tmp_path, "l3")["conv_1"].array.ndim == 3
    picture(tmp_path / "two.png", 2, 80, 80)
    with pytest.raises(UsageError, match="2 pictures; name one"):
        cnnviz.run(tmp_path, "l3")
