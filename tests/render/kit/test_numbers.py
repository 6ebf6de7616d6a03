from __future__ import annotations

from typing import Any

from cnnviz.render.kit.numbers import percent, range_text, rounding, short
from tests.helpers.rows import each


@each(
    ("part", "options", "text"),
    [
        (0, {}, "0 %"),
        (1, {}, "100 %"),
        (0.5, {}, "50.0 %"),
        (0.1234, {}, "12.3 %"),
        (1e-9, {}, "< 0.1 %"),
        (0.0005, {}, "0.1 %"),
        (0.9994, {}, "99.9 %"),
        (1 - 1e-9, {}, "> 99.9 %"),
        (0, {"exact": False}, "< 0.1 %"),
        (1, {"exact": False}, "> 99.9 %"),
        (0.00001, {"digits": 2}, "< 0.01 %"),
        (0.99999, {"digits": 2}, "> 99.99 %"),
        (2 / 3, {"digits": 2}, "66.67 %"),
        (0.004, {"digits": 0}, "< 1 %"),
        (0.996, {"digits": 0}, "> 99 %"),
    ],
)
def test_only_none_is_0_and_only_all_is_100_percent(part: float, options: dict[str, Any], text: str) -> None:
    assert percent(part, **options) == text


@each(
    ("number", "digits", "text"),
    [
        (None, 6, "-"),
        (0.0, 6, "0"),
        (1234567.0, 6, "1234567"),
        (1234567.5, 6, "1.23457e+06"),
        (2e12, 6, "2e+12"),
        (-0.0, 6, "0"),
        (float("nan"), 6, "nan"),
        (float("-inf"), 6, "-inf"),
        (123456.7, 4, "123457"),
        (-99999.4, 4, "-99999"),
        (0.00012345, 4, "0.0001234"),
        (2e-9, 6, "2e-09"),
    ],
)
def test_a_whole_number_is_whole_others_have_some_digits_and_an_exponent_from_a_million_on(
    number: float | None, digits: int, text: str
) -> None:
    assert short(number, digits) == text


@each(
    ("ends", "digits", "text"),
    [
        ((-1.25, 3.0), 6, "-1.25 to 3"),
        ((2.5, 2.5), 6, "constant 2.5"),
        ((0.0, 0.0), 6, "constant 0"),
        ((None, None), 6, "nothing finite"),
        ((0.0, 1234567.0), 4, "0 to 1234567"),
        ((-0.00012345, 99999.4), 4, "-0.0001234 to 99999"),
    ],
)
def test_a_range(ends: tuple[float | None, float | None], digits: int, text: str) -> None:
    assert range_text(ends, digits) == text


@each(
    ("parts", "total", "off"),
    [
        (["176.844", "914.411"], "1091.25", "-0.005"),
        (["0.1", "0.2"], "0.3", ""),
        (["-8", "0"], "-8", ""),
        (["1e+20", "-1e+20"], "0", ""),
        (["inf", "1"], "inf", ""),
        (["nan", "1"], "nan", ""),
    ],
)
def test_what_is_missing_in_a_sum_as_written(parts: list[str], total: str, off: str) -> None:
    assert rounding(parts, total) == off
