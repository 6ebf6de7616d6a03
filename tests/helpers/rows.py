"""Tests over tables: one test that runs all rows and reports every row that fails.

pytest takes some 5 ms for an item, which is more than most rows take; `pytest.mark.parametrize` remains for rows
that take long, or that need fixtures of their own.
"""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

import pytest

only = ""
"""The option `--rows`: the text that the name of a row must have to be run, in small letters."""


class Row(NamedTuple):
    """The values of some arguments.

    Attributes:
        name: What the row is called where it fails.
        values: The value of each argument.
    """

    name: str
    values: dict[str, Any]


def each(
    arguments: str | Sequence[str], rows: Iterable[Any], ids: Callable[[Any], str] | Iterable[str] | None = None
) -> Any:
    """Run a test for each row of a table; written like `pytest.mark.parametrize`.

    Several tables multiply. Every row has a `tmp_path` and a `monkeypatch` of its own; other fixtures are shared.

    Args:
        arguments: Names of the arguments that the rows give.
        rows: Values, tuples of values or `pytest.param`s.
        ids: Names of the rows, or what names a value.
    """
    names = [name.strip() for name in arguments.split(",")] if isinstance(arguments, str) else list(arguments)
    table = [_row(names, row, ids if callable(ids) else _name) for row in rows]
    if ids is not None and not callable(ids):
        table = [Row(name, row.values) for name, row in zip(ids, table, strict=True)]
    assert table, "a table without rows would pass whatever the test says"

    def decorate(test: Any) -> Any:
        return _over(getattr(test, "test", test), [table, *getattr(test, "tables", [])], test)

    return decorate


def chosen(item: pytest.Item) -> bool:
    """Whether `--rows` chooses a test, by its name or that of its file, or some of its rows."""
    if only in item.path.stem.replace("_", ""):  # MaxPooling2D has test_max_pooling2d.py
        return True
    rows = getattr(getattr(item, "obj", None), "rows", None)
    return only in item.nodeid.lower() if rows is None else any(only in row.name.lower() for row in rows)


def _row(names: Sequence[str], row: Any, name: Callable[[Any], str]) -> Row:
    own = None
    if isinstance(row, type(pytest.param())):
        assert not row.marks, "marks are for tests: a row has none"
        values, own = row.values, row.id
    else:
        values = (row,) if len(names) == 1 else row
    return Row(own or "-".join(map(name, values)), dict(zip(names, values, strict=True)))


def _name(value: Any) -> str:
    return getattr(value, "__name__", None) or (value if isinstance(value, str) else repr(value))[:80]


def _over(test: Any, tables: Sequence[Sequence[Row]], marked: Any) -> Any:
    """Make one test of a function and the product of some tables."""
    rows = [
        Row("-".join(row.name for row in rows), {k: v for row in rows for k, v in row.values.items()})
        for rows in itertools.product(*tables)
    ]
    signature = inspect.signature(test)
    given = {name for table in tables for row in table for name in row.values}
    assert given <= set(signature.parameters), f"{test.__name__} does not take {given - set(signature.parameters)}"

    # Not `wraps`: what Hypothesis notes about a test does not hold for this one.
    @functools.wraps(test, updated=())
    def run(*args: Any, **fixtures: Any) -> None:
        taken = [row for row in rows if only in row.name.lower()] or rows  # chosen by its file
        failed: list[Exception] = []
        skipped = 0
        for number, row in enumerate(taken):
            try:
                _run(test, args, fixtures, row, number)
            except pytest.skip.Exception:
                skipped += 1
            except Exception as error:
                error.add_note(f"row: {row.name}")
                failed.append(error)
        if len(failed) == 1:
            raise failed[0]
        if failed:
            raise ExceptionGroup(f"{len(failed)} of {len(taken)} rows", failed)
        if skipped == len(taken):
            pytest.skip("no row could be run")

    vars(run).update(test=test, tables=tables, rows=rows, pytestmark=list(getattr(marked, "pytestmark", [])))
    parameters = [one for name, one in signature.parameters.items() if name not in given]
    vars(run)["__signature__"] = signature.replace(parameters=parameters)
    return run


def _run(test: Any, args: Sequence[Any], fixtures: dict[str, Any], row: Row, number: int) -> None:
    with ExitStack() as stack:
        own = dict(fixtures)
        if "tmp_path" in own:
            own["tmp_path"] = own["tmp_path"] / str(number)
            own["tmp_path"].mkdir()
        if "monkeypatch" in own:
            own["monkeypatch"] = stack.enter_context(pytest.MonkeyPatch.context())
        test(*args, **own, **row.values)
