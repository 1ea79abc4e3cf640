"""Closer looks on the Risk page: why, what if, which missing value; for a person entered by hand."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from medai_core.domain.people import Caller
from medai_core.services import risk_models
from medai_core.ui.risk.closer import WORTH
from medai_core.ui.risk.dragging import checked, class_of
from tests.pages.conftest import OpenPage, words

ANSWERS = {
    "age": "62", "sex": "male", "race": "white", "total_cholesterol": "248", "hdl_cholesterol": "41",
    "systolic_bp": "158", "bp_treated": "yes", "diabetes": "no", "smoker": "yes", "prior_cvd": "no",
}  # fmt: skip


def place(name: str) -> str:
    """The key of something on the page of a person who is not in the store."""
    return f"patient:nobody:risk:{name}"


@pytest.fixture
def by_hand(reader: Caller, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page with the answers of one person, published scores alone."""
    monkeypatch.setattr(risk_models, "begin", lambda: False)
    monkeypatch.setattr(risk_models, "ready", lambda: False)
    page = open_page("risk")
    for name, answer in ANSWERS.items():
        page.session_state[place(f"in:{name}")] = answer
    return page.run()


def look(page: AppTest, what: str, of: str = "pce_ascvd") -> AppTest:
    """Choose an answer and what to look at."""
    page.selectbox(key=place("closer:name")).set_value(of).run()
    page.session_state[place("closer:look")] = what
    return page.run()


def test_why_an_equation_says_what_it_says(by_hand: AppTest) -> None:
    drawn = words(look(by_hand, "Why"))
    assert "a person of the same age, sex and race" in drawn.lower()
    assert "The bars add up to +" in drawn
    assert "Systolic blood pressure" in drawn
    assert "percentage points" in drawn


def test_a_moved_slider_changes_the_answer_beside_the_first(by_hand: AppTest) -> None:
    page = look(by_hand, "What if")
    before = words(page)
    slider = page.slider(key=place("closer:What if:pce_ascvd:move:systolic_bp"))
    assert slider.value == 158.0
    slider.set_value(128.0).run()
    after = words(page)
    first, second = said(before), said(after)
    assert first[0] == first[1]
    assert second[0] == first[0]
    assert second[1] < second[0]


def said(drawn: str) -> tuple[int, int]:
    """The two percentages of the caption."""
    sentence = drawn.split("Now ")[1].split(";", 2)
    return int(sentence[0].split("\\")[0].split("\u202f")[0]), int(
        sentence[1].rsplit(" ", 1)[1].split("\\")[0].split("\u202f")[0]
    )


def test_back_to_the_values_as_they_are(by_hand: AppTest) -> None:
    page = look(by_hand, "What if")
    name = place("closer:What if:pce_ascvd:move:systolic_bp")
    page.slider(key=name).set_value(120.0).run()
    page.button(key=place("closer:What if:pce_ascvd:back")).click().run()
    assert page.slider(key=name).value == 158.0


def test_sliders_begin_anew_when_the_persons_own_values_change(by_hand: AppTest) -> None:
    page = look(by_hand, "What if")
    name = place("closer:What if:pce_ascvd:move:systolic_bp")
    page.slider(key=name).set_value(120.0).run()
    page.session_state[place("in:systolic_bp")] = "146"
    page.run()
    assert page.slider(key=name).value == 146.0


def test_the_smallest_change_is_said(by_hand: AppTest) -> None:
    drawn = words(look(by_hand, "What if"))
    assert "The smallest realistic change that leaves the high-risk group" in drawn
    assert "the formula gives" in drawn


def test_which_missing_value_would_tell_most(by_hand: AppTest) -> None:
    assert "Nothing that this answer reads is missing." in words(look(by_hand, WORTH))
    by_hand.session_state[place("in:systolic_bp")] = ""
    by_hand.session_state[place("in:smoker")] = None
    drawn = words(look(by_hand, WORTH))
    assert "would tell most" in drawn
    assert "known" in drawn


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"name": "sbp", "value": 120}, ("sbp", 120.0)),
        ({"name": "other", "value": 120}, None),
        ({"name": "sbp", "value": "120"}, None),
        ({"name": "sbp", "value": float("nan")}, None),
        ({"name": "sbp", "value": True}, None),
        ({"name": ["sbp"], "value": 1}, None),
        (None, None),
        ("sbp", None),
    ],
)
def test_what_a_browser_tells_of_a_held_slider_is_checked(told: Any, expected: object) -> None:
    assert checked(told, ["sbp", "dbp"]) == expected


def test_the_class_of_a_slider_is_that_of_streamlit() -> None:
    assert class_of("patient:x:What if:Systolic BP") == "st-key-patient-x-What-if-Systolic-BP"
