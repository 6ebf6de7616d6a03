"""Maximum."""

from tests.helpers.examples import IMAGE, run

EXAMPLES = [({}, [IMAGE, IMAGE, IMAGE]), ({}, [IMAGE, (7, 6, 1)])]
ARGUMENTS = {}


def test_the_largest_is_kept():
    assert run("Maximum", {}, [1, 5, 3], [4, 2, 3], [0, 0, 9]).tolist() == [4, 5, 9]
