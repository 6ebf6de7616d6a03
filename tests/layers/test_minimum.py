"""Minimum."""

from tests.helpers.examples import IMAGE, run

EXAMPLES = [({}, [IMAGE, IMAGE, IMAGE]), ({}, [IMAGE, (7, 6, 1)])]
ARGUMENTS = {}


def test_the_smallest_is_kept():
    assert run("Minimum", {}, [1, 5, 3], [4, 2, 3], [2, 9, -9]).tolist() == [1, 2, -9]
