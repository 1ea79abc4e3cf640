"""What was known at each visit, by hand."""

import math

import pytest

from medai_core.domain.inputs import Input
from medai_core.domain.refusal import Refusal
from medai_core.learning.landmarks import known_by_visit, trend

INPUTS = (Input("age", ""), Input("bili", ""), Input("bili_trend", ""), Input("stage", ""))


def test_the_newest_earlier_value_stands_in() -> None:
    visits = [
        {"day": 730.5, "bili": "", "stage": 4},
        {"day": 0, "age": 50, "bili": 1.0, "stage": 3},
        {"day": 365.25, "bili": 2.0, "stage": None},
    ]
    first, second, third = known_by_visit(visits, INPUTS)
    assert [one.place for one in (first, second, third)] == [1, 2, 0]
    assert first.values["bili_trend"] is None
    assert (second.values["bili"], second.values["stage"]) == (2.0, 3)
    assert second.values["bili_trend"] == pytest.approx(math.log(2))
    assert (third.values["bili"], third.values["stage"]) == (2.0, 4)
    assert third.values["age"] == pytest.approx(52)


def test_what_comes_later_is_not_known_before() -> None:
    visits = [{"day": day, "age": 40, "bili": 1 + day / 100} for day in (0, 100, 400, 800)]
    whole = known_by_visit(visits, INPUTS)
    for count in (1, 2, 3):
        part = known_by_visit(visits[:count], INPUTS)
        assert [one.values for one in part] == [one.values for one in whole[:count]]


def test_a_trend_needs_time() -> None:
    assert trend([(0, 1.0), (10, 2.0)]) is None
    assert trend([(0, 1.0), (365.25, 3.0)]) == pytest.approx(2.0)
    assert trend([(5, 1.0)]) is None


def test_text_and_zero_are_no_part_of_a_trend() -> None:
    visits = [{"day": 0, "bili": "high"}, {"day": 100, "bili": 0}, {"day": 200, "bili": 2}]
    assert [one.values["bili_trend"] for one in known_by_visit(visits, INPUTS)] == [None] * 3


def test_a_visit_needs_a_day() -> None:
    with pytest.raises(Refusal) as caught:
        known_by_visit([{"bili": 1}], INPUTS)
    assert caught.value.code == "usage"
    assert known_by_visit([], INPUTS) == []
