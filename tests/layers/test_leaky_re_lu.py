"""LeakyReLU."""

import pytest

from tests.helpers.examples import IMAGE, VECTOR, run
from tests.helpers.strategies import slopes

EXAMPLES = [({}, [IMAGE]), ({"negative_slope": 2}, [VECTOR]), ({"negative_slope": 0}, [IMAGE])]
ARGUMENTS = {"negative_slope": slopes}


@pytest.mark.parametrize("slope", [0, 0.3, 1, 2])
def test_what_is_negative_is_scaled(slope):
    assert run("LeakyReLU", {"negative_slope": slope}, [-2, 0, 3]).tolist() == [-2 * slope, 0, 3]


def test_the_default_is_keras_s():
    assert run("LeakyReLU", {}, [-1])[0] == pytest.approx(-0.3)
