"""ONNX's own tests within the boundary of `backend_scope`."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from cnnviz.interchange.drafting.operators import OPERATORS
from tests.interchange.onnx import backend
from tests.interchange.onnx.backend_scope import EXCLUDED

pytest.importorskip("onnx", reason="needs cnnviz[onnx]")
pytestmark = pytest.mark.onnx_backend


@pytest.mark.parametrize("operator", sorted(OPERATORS))
def test_all_cases_of_an_operator_pass(operator: str) -> None:
    failed = {case.name: problem for case in backend.in_scope(operator) if (problem := backend.problems(case))}
    assert not failed


def test_most_operators_have_cases_in_scope() -> None:
    found = [operator for operator in OPERATORS if any(backend.in_scope(operator))]
    assert len(found) > len(OPERATORS) * 0.8


def test_the_boundary_names_cases_that_there_are() -> None:
    names = [case.name for case in backend.cases()]
    assert [pattern for pattern in EXCLUDED if not any(fnmatchcase(name, pattern) for name in names)] == []
