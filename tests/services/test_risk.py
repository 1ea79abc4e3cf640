"""Risks of one person: what the record answers, what is confirmed, what each score gets, what is kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from medai_core.domain.inputs import Value
from medai_core.domain.people import Caller, Role
from medai_core.domain.refusal import Refusal
from medai_core.domain.risk import Assessment, Origin, Peers
from medai_core.records.fhir.validity import verdict_of
from medai_core.services import risk
from medai_core.services.patient_export import bundle_bytes
from medai_core.services.patient_record import whose
from medai_core.services.risk_askers import CLOT, METABOLISM
from medai_core.services.risk_questions import Catalogue, read, to_ask, token
from medai_core.services.risk_record import history, save
from medai_core.store.database import Store
from tests.support.record_years import observation
from tests.support.records import Json, about, brought_in, id_of, person, problem

NOW = datetime.now(UTC)
FRESH = NOW - timedelta(days=20)
OLD = NOW - timedelta(days=800)
PAPER: dict[str, Value] = {
    "age": 55.0, "sex": "female", "race": "white", "total_cholesterol": 213.0, "hdl_cholesterol": 50.0,
    "systolic_bp": 120.0, "bp_treated": False, "diabetes": False, "smoker": False, "prior_cvd": False,
}  # fmt: skip
"""The woman of the guideline's worked example: 2.1 %."""


@pytest.fixture(autouse=True)
def scores_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Published scores alone: predictors have tests of their own."""
    monkeypatch.setattr("medai_core.services.risk_askers.predictors", tuple)


@pytest.fixture
def store(home: Path) -> Store:
    """An empty main store."""
    return Store(home)


@pytest.fixture
def reader(store: Store) -> Caller:
    """A clinician."""
    account = store.accounts.add("reader", "Dr. Reader", Role.CLINICIAN, "hash", must_change_password=False)
    return Caller(account.id, "reader", "Dr. Reader", Role.CLINICIAN, store.name)


def measured(key: str, code: str, value: float, unit: str, at: datetime = FRESH, **more: str) -> Json:
    """A value of Anna."""
    return observation(about("anna"), key, code, code, value, unit, at, [], **more)


def drug(key: str, title: str, code: str = "", system: str = "http://www.whocc.no/atc") -> Json:
    """A drug that Anna takes."""
    return {
        "resourceType": "MedicationStatement",
        "id": key,
        "status": "active",
        "medicationCodeableConcept": {"text": title}
        | ({"coding": [{"system": system, "code": code}]} if code else {}),
        "subject": about("anna"),
        "effectivePeriod": {"start": "2024-01-01"},
    }


def asked_of(store: Store, reader: Caller, *resources: Json) -> Catalogue:
    """The questions about Anna, whose record holds these."""
    brought_in(store, reader, person(), *resources)
    return risk.questions_of(store, reader, whose(store, reader, id_of(store)))


def value_of(asked: Catalogue, key: str) -> Value:
    """What the record says of a question."""
    recorded = asked.questions[key].recorded
    assert recorded is not None, f"the record answers {key}"
    return recorded.value


# ---- the record


def test_the_newest_current_value_counts_in_the_questions_unit(store: Store, reader: Caller) -> None:
    asked = asked_of(
        store,
        reader,
        measured("a", "2093-3", 180, "mg/dL", OLD),
        measured("b", "14647-2", 5.0, "mmol/L"),
        measured("c", "2093-3", 300, "mg/dL", NOW, status="entered-in-error"),
        measured("d", "2093-3", 310, "mg/dL", NOW, status="preliminary"),
        measured("e", "2093-3", 5000, "mg/dL", NOW - timedelta(days=1)),
    )
    recorded = asked.questions["total_cholesterol"].recorded
    assert recorded is not None
    assert recorded.value == pytest.approx(193.3, abs=0.2)
    assert recorded.written == "5 mmol/L"
    assert recorded.source == "hospital"
    assert recorded.age_days == 20
    assert recorded.note == "A newer value could not be used."


def test_a_value_with_a_comparator_or_without_a_unit_is_no_number_to_compute_with(
    store: Store, reader: Caller
) -> None:
    below = measured("a", "2093-3", 100, "mg/dL")
    below["valueQuantity"]["comparator"] = "<"
    asked = asked_of(store, reader, below, measured("b", "2085-9", 50, ""))
    assert asked.questions["total_cholesterol"].recorded is None
    assert asked.questions["hdl_cholesterol"].recorded is None


def test_age_sex_weight_and_kidney_are_computed_and_say_so(store: Store, reader: Caller) -> None:
    asked = asked_of(
        store,
        reader,
        measured("w", "29463-7", 80, "kg"),
        measured("h", "8302-2", 160, "cm", OLD),
        measured("c", "38483-4", 0.9, "mg/dL"),
    )
    years = value_of(asked, "age")
    assert years == NOW.year - 1960 - ((NOW.month, NOW.day) < (2, 3))
    assert value_of(asked, "sex") == "female"
    assert value_of(asked, "bmi") == pytest.approx(31.25)
    kidney = asked.questions["egfr"].recorded
    assert kidney is not None
    assert 60 < float(kidney.value) < 80
    assert "CKD-EPI 2021" in kidney.note


@pytest.mark.parametrize(
    ("key", "resource"),
    [
        ("diabetes", problem("p", "Diabetes", "44054006")),
        ("stroke", problem("p", "Stroke", "230690007", status="resolved", abatementDateTime="2021-01-01")),
        ("atrial_fibrillation", problem("p", "Atrial fibrillation", "49436004")),
        ("statin", drug("d", "Atorvastatin 20 MG Oral Tablet")),
        ("statin", drug("d", "Lipid drug", "C10AA05")),
    ],
)
def test_problems_and_drugs_answer_yes(store: Store, reader: Caller, key: str, resource: Json) -> None:
    recorded = asked_of(store, reader, resource).questions[key].recorded
    assert recorded is not None
    assert recorded.value is True
    assert not recorded.unsure


def test_icd_codes_count_without_their_dot_and_what_is_over_only_for_has_had(
    store: Store, reader: Caller
) -> None:
    coded = problem("p", "Diabetes", "x", status="resolved", abatementDateTime="2021-01-01")
    coded["code"]["coding"] = [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E11.9"}]
    asked = asked_of(store, reader, coded)
    assert value_of(asked, "high_glucose_ever") is True
    assert value_of(asked, "diabetes") is False
    assert asked.questions["diabetes"].recorded == replace(asked.questions["diabetes"].recorded, unsure=True)  # type: ignore[type-var]


def test_a_drug_with_several_uses_answers_only_beside_its_problem(store: Store, reader: Caller) -> None:
    tablet = drug("d", "metoprolol 50 MG Oral Tablet")
    alone = asked_of(store, reader, tablet).questions["bp_treated"].recorded
    assert alone is not None
    assert alone.value is True
    assert alone.unsure
    beside = asked_of(store, reader, tablet, problem("p", "Hypertension", "38341003"))
    recorded = beside.questions["bp_treated"].recorded
    assert recorded is not None
    assert not recorded.unsure


def test_the_smoking_status_is_read_by_its_code(store: Store, reader: Caller) -> None:
    status = measured("s", "72166-2", 0, "")
    del status["valueQuantity"]
    former = {"coding": [{"system": "http://snomed.info/sct", "code": "8517006", "display": "Ex-smoker"}]}
    asked = asked_of(store, reader, status | {"valueCodeableConcept": former})
    assert value_of(asked, "smoker") is False


def test_an_empty_record_offers_no_answer_of_no(store: Store, reader: Caller) -> None:
    asked = asked_of(store, reader)
    assert asked.questions["diabetes"].recorded is None


def test_a_merged_record_is_read_as_long_as_it_is_open_to_the_reader(store: Store, reader: Caller) -> None:
    brought_in(store, reader, person(), person("other", "Lindt", "Annie"))
    brought_in(store, reader, {**measured("a", "2093-3", 250, "mg/dL"), "subject": about("other")})
    mine, other = id_of(store), id_of(store, "other")
    pair = store.pairs.add("suggested", mine, other, weights={}, score=9.0)
    store.pairs.merge(pair, survivor=mine, reason="same person", decided_by=reader.user_id)
    asked = risk.questions_of(store, reader, whose(store, reader, mine))
    assert value_of(asked, "total_cholesterol") == 250.0
    patient = whose(store, reader, mine)
    store.patients.set_restricted(other, restricted=True)
    with pytest.raises(Refusal) as caught:
        risk.questions_of(store, reader, patient)
    assert caught.value.code == "not-allowed"


# ---- confirming


def test_an_old_value_waits_and_its_confirmation_holds_for_it_alone(store: Store, reader: Caller) -> None:
    asked = asked_of(store, reader, measured("h", "2085-9", 50, "mg/dL", OLD), problem("p", "Asthma", "1"))
    typed = {key: value for key, value in PAPER.items() if key != "hdl_cholesterol"}
    before = risk.assess(asked, typed).estimate("pce_ascvd")
    assert before is not None
    assert before.value is None
    assert before.waiting == ("hdl_cholesterol",)
    confirmed = {token(asked.questions["hdl_cholesterol"])}
    after = risk.assess(asked, typed, confirmed)
    estimate = after.estimate("pce_ascvd")
    assert estimate is not None
    assert estimate.value == pytest.approx(0.0205, abs=1e-4)
    assert after.known["hdl_cholesterol"].origin is Origin.CONFIRMED
    no_diabetes = {token(asked.questions["diabetes"])}
    assert set(risk.assess(asked, {}, no_diabetes).known) - set(risk.assess(asked, {}).known) == {"diabetes"}


def test_one_value_is_recent_enough_for_one_score_and_not_for_another(store: Store, reader: Caller) -> None:
    asked = asked_of(store, reader, measured("s", "8480-6", 120, "mm[Hg]"))
    found = risk.assess(asked, {})
    heart, acute = found.estimate("pce_ascvd"), found.estimate("news2")
    assert heart is not None
    assert acute is not None
    assert "systolic_bp" in heart.values
    assert "systolic_bp" not in acute.values
    assert "systolic_bp" in acute.waiting


# ---- by hand


def by_hand(typed: dict[str, Value]) -> Assessment:
    """What is said of values that a person gave."""
    return risk.assess(risk.questions_by_hand(), typed)


def test_the_worked_example_stands_beside_what_is_missing_and_what_does_not_apply() -> None:
    found = by_hand(PAPER)
    assert [one.name for one in found.answered] == ["pce_ascvd", "framingham_2008"]
    lacking = {one.name: one.missing for one in found.lacking}
    assert lacking["prevent_cvd_10y"] == ("statin", "egfr")
    assert lacking["score2"] == ("region",)
    outside = {one.name: one.refused for one in by_hand({**PAPER, "prior_cvd": True}).outside}
    assert outside["pce_ascvd"] == "It is for people who have had no cardiovascular disease."


def test_each_score_gets_the_value_in_its_own_unit() -> None:
    found = by_hand({**PAPER, "region": "low"})
    european, american = found.estimate("score2"), found.estimate("pce_ascvd")
    assert european is not None
    assert american is not None
    assert european.values["total_cholesterol"] == pytest.approx(5.508, abs=1e-3)
    assert american.values["total_cholesterol"] == 213.0


def test_a_score_for_an_occasion_asks_for_it_and_is_refused_where_it_is_denied() -> None:
    typed: dict[str, Value] = {
        "age": 70.0, "sex": "male", "heart_failure": False, "hypertension": True, "diabetes": False,
        "stroke": False, "vascular_disease": False,
    }  # fmt: skip
    lacking = by_hand(typed).estimate("cha2ds2_vasc")
    assert lacking is not None
    assert lacking.missing == ("atrial_fibrillation",)
    denied = by_hand({**typed, "atrial_fibrillation": False}).estimate("cha2ds2_vasc")
    assert denied is not None
    assert denied.refused == "It is for people with atrial fibrillation."
    answered = by_hand({**typed, "atrial_fibrillation": True}).estimate("cha2ds2_vasc")
    assert answered is not None
    assert answered.value == 2.0


def test_an_occasion_is_asked_first_and_the_rest_once_it_is_there() -> None:
    asked = risk.questions_by_hand()
    first = [one.key for one in to_ask(asked, [CLOT], {})]
    assert first == ["pe_suspected", "dvt_suspected"]
    known = risk.assess(asked, {"pe_suspected": True}).known
    assert {"pe_suspected", "heart_rate", "hemoptysis"} <= {one.key for one in to_ask(asked, [CLOT], known)}
    smoking = [one.key for one in to_ask(asked, [METABOLISM], risk.assess(asked, {"diabetes": True}).known)]
    assert "high_glucose_ever" not in smoking


def test_next_steps_are_those_of_the_publication() -> None:
    typed: dict[str, Value] = {
        "pneumonia": True, "confusion": True, "urea": 9.0, "respiratory_rate": 32.0, "systolic_bp": 120.0,
        "diastolic_bp": 80.0, "age": 50.0,
    }  # fmt: skip
    found = by_hand(typed).estimate("curb65")
    assert found is not None
    assert found.value == 3.0
    assert found.next_step == "Manage in hospital as severe pneumonia (Lim 2003)."


def test_one_answer_settles_another_but_never_against_a_persons_word() -> None:
    asked = risk.questions_by_hand()
    known = risk.assess(asked, {"diabetes": True}).known
    assert known["high_glucose_ever"].origin is Origin.IMPLIED
    assert risk.assess(asked, {"diabetes": True, "high_glucose_ever": False}).known[
        "high_glucose_ever"
    ].value is False  # fmt: skip


@pytest.mark.parametrize(
    ("written", "value"), [("5.2 mmol/L", 201.08), ("200", 200.0), ("2 g/L", 200.0), ("", None)]
)
def test_a_number_may_be_written_with_its_unit(written: str, value: float | None) -> None:
    found = read(risk.questions_by_hand().questions["total_cholesterol"], written)
    assert found is None if value is None else found == pytest.approx(value, abs=0.1)


@pytest.mark.parametrize("written", ["5000", "five", "5 m", "12 kg"])
def test_what_cannot_be_read_is_refused_with_the_range(written: str) -> None:
    with pytest.raises(Refusal) as caught:
        read(risk.questions_by_hand().questions["total_cholesterol"], written)
    assert caught.value.code == "input-unreadable"
    assert "mg/dL" in caught.value.expected


def test_again_answers_from_changed_values() -> None:
    estimate = by_hand(PAPER).estimate("pce_ascvd")
    assert estimate is not None
    changed = risk.again("pce_ascvd", {**estimate.values, "smoker": True})
    assert changed.value is not None
    assert estimate.value is not None
    assert changed.value > estimate.value


# ---- kept


def test_a_kept_risk_is_fhir_goes_out_and_comes_back(store: Store, reader: Caller) -> None:
    asked = asked_of(store, reader, measured("t", "2093-3", 213, "mg/dL"))
    typed = {key: value for key, value in PAPER.items() if key != "total_cholesterol"}
    patient = id_of(store)
    found = risk.assess(asked, typed, patient_id=patient)
    assert save(store, reader, patient, asked, found, ["pce_ascvd"]) == 1
    (entry,) = store.records.of_patient(patient, resource_types=("RiskAssessment",))
    content = entry.draft.content
    assert not verdict_of(content, lenient=False).refused
    assert content["prediction"][0]["probabilityDecimal"] == pytest.approx(0.0205, abs=1e-4)
    assert content["basis"][0]["reference"] == "Observation/t"
    assert b"ASCVD in 10 years" in bundle_bytes(store, reader, patient)
    (kept,) = history(store, reader, patient)
    assert (kept.name, kept.version, kept.category, kept.by) == ("pce_ascvd", "2013", "low", "Dr. Reader")
    with pytest.raises(Refusal) as nothing:
        save(store, reader, patient, asked, found, [])
    assert nothing.value.code == "nothing-chosen"
    with pytest.raises(Refusal) as forbidden:
        save(store, replace(reader, role=Role.READ_ONLY), patient, asked, found, ["pce_ascvd"])
    assert forbidden.value.code == "not-allowed"
    assert len(history(store, reader, patient)) == 1


# ---- beside others


def test_a_share_of_peers_lies_between_the_known_levels() -> None:
    peers = Peers("women", "made up", (0.05, 0.5, 0.95), (0.02, 0.05, 0.2), 400)
    assert peers.share_below(0.05) == pytest.approx(0.5)
    assert peers.share_below(0.01) == 0.05
    assert peers.share_below(0.9) == 0.95
    assert peers.at(0.725) == pytest.approx(0.125)
