"""Tests over tables: no row is left out and every failure is told."""

from __future__ import annotations

import os

import pytest

from tests.helpers.rows import each


def test_tables_multiply_and_every_row_has_a_folder_and_an_environment_of_its_own(tmp_path, monkeypatch):
    seen = []

    @each("a, b", [(1, 2), pytest.param(3, 4, id="second")])
    @each("c", ["x", "y"], ids=["X", "Y"])
    def test(a, b, c, tmp_path, monkeypatch):
        assert not list(tmp_path.iterdir()) and "ROW" not in os.environ
        (tmp_path / "file").touch()
        monkeypatch.setenv("ROW", c)
        seen.append((a, b, c))

    test(tmp_path=tmp_path, monkeypatch=monkeypatch)
    assert seen == [(1, 2, "x"), (1, 2, "y"), (3, 4, "x"), (3, 4, "y")]
    assert [row.name for row in test.rows] == ["1-2-X", "1-2-Y", "second-X", "second-Y"]


def test_every_row_that_fails_is_told_and_the_others_run():
    seen = []

    @each("value", range(5))
    def test(value):
        seen.append(value)
        if value == 1:
            pytest.skip("not this one")
        assert value % 2 == 0 or value > 4, "odd"

    with pytest.raises(AssertionError, match="odd") as one:
        test()
    assert seen == [0, 1, 2, 3, 4] and one.value.__notes__ == ["row: 3"]

    @each("value", range(3))
    def fails(value):
        assert value < 1, "large"

    with pytest.raises(ExceptionGroup, match="2 of 3 rows") as group:
        fails()
    assert [error.__notes__ for error in group.value.exceptions] == [["row: 1"], ["row: 2"]]


def test_what_would_pass_without_asserting_does_not():
    with pytest.raises(AssertionError, match="without rows"):
        each("value", [])

    @each("value", [1])
    def test(value):
        pytest.skip("nowhere")

    with pytest.raises(pytest.skip.Exception):
        test()
