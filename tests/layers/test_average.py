"""Average."""

from tests.helpers.examples import IMAGE, run

EXAMPLES = [({}, [IMAGE, IMAGE, IMAGE]), ({}, [(7, 6, 1), (3,)])]
ARGUMENTS = {}


def test_the_mean_is_taken():
    assert run("Average", {}, [1, 2], [2, 4], [6, 0]).tolist() == [3, 2]


def test_a_stretched_input_counts_once():
    assert run("Average", {}, [[[2.0]]], [[[4.0], [6.0]]]).tolist() == [[[3], [4]]]
