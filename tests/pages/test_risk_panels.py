"""Closer looks on the Risk page: why, what if, which missing value; for a person entered by hand."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from medai_core.domain.people import Caller
from medai_core.services import risk_models
from medai_core.store.database import Store
from medai_core.ui.risk.closer import SURVIVAL, WORTH
from medai_core.ui.risk.dragging import checked, class_of
from tests.pages.conftest import OpenPage, words
from tests.support.record_years import observation
from tests.support.records import about, brought_in, id_of, person

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


LABS = (
    ("1975-2", "Bilirubin", 1.2, "mg/dL"), ("1751-7", "Albumin", 3.6, "g/dL"), ("5902-2", "PT", 10.8, "s"),
    ("777-3", "Platelets", 210, "10*9/L"), ("6768-6", "Alkaline phosphatase", 900, "U/L"),
    ("1920-8", "AST", 80, "U/L"),
)  # fmt: skip


@pytest.fixture
def liver(store: Store, reader: Caller) -> str:
    """A woman whose bilirubin has risen over two years."""
    subject, now = about("anna"), datetime.now(UTC)
    found = []
    for place_, (days, factor) in enumerate(((740, 1.0), (380, 2.5), (10, 6.0))):
        for code, name, number, unit in LABS:
            value = number * factor if code == "1975-2" else number
            moment = now - timedelta(days=days)
            found.append(observation(subject, f"{code}-{place_}", code, name, value, unit, moment, []))
    brought_in(store, reader, person(birthDate=(now - timedelta(days=54 * 366)).date().isoformat()), *found)
    return id_of(store)


def test_the_prognosis_at_every_visit_of_the_record(
    liver: str, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(risk_models, "begin", lambda: True)
    page = open_page("risk", patient=liver)
    key = f"patient:{liver}:risk"
    page.session_state[f"{key}:topics"] = ["Liver"]
    page.session_state[f"{key}:in:biliary_cholangitis"] = "yes"
    page.run()
    page.selectbox(key=f"{key}:closer:name").set_value("survival_pbc").run()
    page.session_state[f"{key}:closer:look"] = SURVIVAL
    page.run()
    drawn = words(page)
    assert "are expected to be without death" in drawn
    assert "People at risk in the study" in drawn
    slider = page.select_slider(key=f"{key}:closer:{SURVIVAL}:survival_pbc:visit")
    assert [float(option) for option in slider.options] == [0.0, 360.0, 730.0]
    rows = next(body for body in drawn.split(" | ") if "years after each visit" in body and "<table" in body)
    shares = [int(found) for found in re.findall(r">(\d+)(?:\\342\\200\\257|\u202f)%<", rows)]
    assert len(shares) == 3
    assert shares[0] > shares[1] > shares[2]


def test_a_person_entered_by_hand_has_a_table_for_visits(
    reader: Caller, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(risk_models, "begin", lambda: True)
    page = open_page("risk")
    page.session_state[place("topics")] = ["Liver"]
    answers = {
        "age": "54", "sex": "female", "bilirubin": "2.4", "albumin": "3.4", "protime": "11",
        "platelets": "210", "alk.phos": "900", "ast": "80", "biliary_cholangitis": "yes",
    }  # fmt: skip
    for name, answer in answers.items():
        page.session_state[place(f"in:{name}")] = answer
    page.run()
    drawn = words(look(page, SURVIVAL, "survival_pbc"))
    assert "Visit by visit" in drawn
    assert "Give at least two visits" in drawn
