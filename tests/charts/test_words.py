"""Numbers, dates and ages in words."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_core.charts import words
from medai_core.domain.people import PersonName
from medai_core.domain.prediction import Finding, Prediction
from medai_core.domain.reading import Verdict


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "fewer than 1 in 100"),
        (0.0099, "fewer than 1 in 100"),
        (0.01, "1\u202f%"),
        (0.125, "13\u202f%"),
        (0.874, "87\u202f%"),
        (0.99, "99\u202f%"),
        (0.9901, "more than 99 in 100"),
        (1.0, "more than 99 in 100"),
        (None, "not assessed"),
        (float("nan"), "not assessed"),
    ],
)
def test_probability(value: float | None, said: str) -> None:
    assert words.probability(value) == said


@given(st.floats(0, 1))
def test_no_probability_is_said_as_nothing_or_all(value: float) -> None:
    for said in (words.probability(value), words.natural_frequency(value), words.interval(value, value)):
        assert said.split("\u202f")[0] not in {"0", "100"}
        assert "about 0 " not in said
        assert "about 100 " not in said


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.08, 0.17, "8 to 17\u202f%"),
        (0.0, 0.03, "under 1 to 3\u202f%"),
        (0.97, 1.0, "97 to over 99\u202f%"),
        (None, 0.4, "no interval given"),
        (0.2, float("nan"), "no interval given"),
    ],
)
def test_interval(low: float | None, high: float | None, said: str) -> None:
    assert words.interval(low, high) == said


def test_level() -> None:
    assert words.level(0.95) == "95\u202f% interval"


def test_natural_frequency() -> None:
    assert words.natural_frequency(0.12) == "about 12 in 100"
    assert words.natural_frequency(0.001) == "fewer than 1 in 100"
    assert words.natural_frequency(None) == "not assessed"


def test_label_takes_the_cards_words_first() -> None:
    assert words.label("bacterial_pneumonia") == "Bacterial pneumonia"
    assert words.label("viral", {"viral": "viral pneumonia"}) == "Viral pneumonia"


def prediction(*findings: Finding, refused: str | None = None) -> Prediction:
    return Prediction("m", "1", "a", "b", refused, findings, ())


def test_answer_never_calls_anything_normal() -> None:
    below = Finding("viral", 0.1, 0.0, 0.2, 0.5)
    at = Finding("bacterial", 0.5, 0.4, 0.6, 0.5)
    assert words.answer(prediction(below)) == "No finding above threshold."
    assert words.answer(prediction(below, at)) == (
        "The model suggests: Bacterial (50\u202f%); at or above the operating point."
    )
    assert words.answer(prediction(refused="Expected a chest film; found a CT.")).startswith("No answer: ")
    assert words.answer(prediction()) == "No answer: the model gave no finding."
    assert words.answer(None) == "No model has answered for this image."


def test_every_verdict_has_words() -> None:
    said = {words.verdict(value) for value in (*Verdict, None)}
    assert len(said) == len(Verdict) + 1


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2026, 11, 21, 8, 5, tzinfo=UTC), "2026-11-21 08:05 UTC"),
        (
            datetime(2026, 11, 21, 8, 5, tzinfo=timezone(timedelta(hours=5, minutes=30))),
            "2026-11-21 08:05 UTC+05:30",
        ),
        (
            datetime(2026, 11, 21, 8, 5, tzinfo=timezone(-timedelta(hours=3, minutes=30))),
            "2026-11-21 08:05 UTC\u221203:30",
        ),
        (datetime(2026, 11, 21, 8, 5), "2026-11-21 08:05 (time zone not given)"),
        (None, "not given"),
    ],
)
def test_moment_carries_its_zone(moment: datetime | None, said: str) -> None:
    assert words.moment(moment) == said


def test_study_moment_claims_no_zone() -> None:
    assert words.study_moment(date(2026, 1, 2), time(3, 4, 5)) == "2026-01-02 03:04"
    assert words.study_moment(date(2026, 1, 2)) == "2026-01-02"
    assert words.study_moment(None, time(3, 4)) == "not given"


@pytest.mark.parametrize(
    ("years", "said"),
    [
        (0.0, "0 days"),
        (1 / 365.25, "1 day"),
        (0.5, "6 months"),
        (1.0, "12 months"),
        (1.99, "23 months"),
        (2.0, "2 years"),
        (4.999, "4 years"),
        (80.2, "80 years"),
        (None, "age not given"),
        (-1.0, "age not given"),
    ],
)
def test_age(years: float | None, said: str) -> None:
    assert words.age(years) == said


def test_age_between() -> None:
    assert words.age_between(date(2020, 3, 4), date(2024, 3, 4)) == 4
    assert words.age(words.age_between(date(2020, 3, 4), date(2024, 3, 3))) == "3 years"
    assert words.age_between(date(2020, 2, 29), date(2021, 3, 1)) == 1
    assert words.age_between(date(2024, 1, 1), date(2023, 1, 1)) is None
    assert words.age_between(None, date(2023, 1, 1)) is None


@given(st.dates(date(1900, 1, 1), date(2020, 1, 1)), st.integers(0, 40000))
def test_age_never_falls_as_days_pass(birth: date, days: int) -> None:
    first = words.age_between(birth, birth + timedelta(days=days))
    second = words.age_between(birth, birth + timedelta(days=days + 1))
    assert first is not None
    assert second is not None
    assert first <= second
    assert first == pytest.approx(days / 365.25, abs=0.01)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0\u202fmin"),
        (3599, "59\u202fmin"),
        (11100, "3\u202fh 5\u202fmin"),
        (100000, "27\u202fh"),
        (200000, "2 days"),
    ],
)
def test_waiting(seconds: float, said: str) -> None:
    assert words.waiting(seconds) == said


def test_codes_in_words_and_unknown_codes_as_they_are() -> None:
    assert words.sex("F") == "female"
    assert words.sex(None) == words.sex("X") == "sex not given"
    assert words.modality("dx") == "Digital radiography (DX)"
    assert words.modality("ZZ") == "ZZ"
    assert words.modality("") == "modality not given"
    assert words.view("pa") == "PA (back to front)"
    assert words.view("") == "view not given"
    assert words.laterality("R") == "right"


def test_person_gives_every_script_once() -> None:
    assert (
        words.person(PersonName("Yamada Tarou", "山田 太郎", "やまだ たろう"))
        == "山田 太郎 (Yamada Tarou, やまだ たろう)"
    )
    assert words.person(PersonName("Hong Gildong", "Hong Gildong")) == "Hong Gildong"
    assert words.person(PersonName()) == words.person(None) == "name not given"
