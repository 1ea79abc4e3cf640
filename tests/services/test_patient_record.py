"""A patient's record for a page: what is current, what warns, units, long histories, who may look."""

from dataclasses import replace
from datetime import timedelta

import pytest

from medai_core.domain.people import Caller
from medai_core.domain.record import Lane
from medai_core.domain.refusal import Refusal
from medai_core.services import record_curves
from medai_core.services.patient_record import banner_of, entry_view, note_viewed, overview, whose
from medai_core.services.record_words import detail_of, no_known_allergy
from medai_core.store.database import Store
from medai_core.store.repairs import NewRepair
from tests.support.record_years import ANALYTES, observation, years
from tests.support.records import WHEN, about, allergy, brought_in, id_of, person, problem

CODE, NAME, UNIT, *_, LOW, HIGH = ANALYTES[0]


def value(key: str, number: float, *, days: int = 0, unit: str = UNIT, **more: str) -> dict[str, object]:
    """One potassium."""
    limits = [LOW, HIGH] if unit == UNIT else []
    return observation(
        about("anna"), key, CODE, NAME, number, unit, WHEN + timedelta(days=days), limits, **more
    )


def test_what_is_not_current_never_counts_and_comes_only_when_asked_for(store: Store, reader: Caller) -> None:
    brought_in(
        store,
        reader,
        person(),
        value("k1", 4.1),
        value("k2", 45.0, days=1, status="entered-in-error"),
        value("k3", 6.0, days=2, status="preliminary"),
    )
    record = overview(store, reader, id_of(store))
    (curve,) = record.curves
    assert [point.number for point in curve.points] == [4.1]
    assert (curve.total, record.counts[Lane.LABORATORY], record.hidden[Lane.LABORATORY]) == (1, 3, 2)
    (curve,) = overview(store, reader, id_of(store), hidden=True).curves
    assert [(point.number, point.current) for point in curve.points] == [
        (4.1, True),
        (45.0, False),
        (6.0, False),
    ]
    assert curve.total == 1
    assert curve.latest is not None
    assert curve.latest.number == 4.1
    assert [point.why_not_current for point in curve.points] == ["", "withdrawn", "not final"]


def test_units_that_can_be_exchanged_make_one_curve_and_others_stand_apart(
    store: Store, reader: Caller
) -> None:
    def glucose(key: str, number: float, unit: str, day: int) -> dict[str, object]:
        at = WHEN + timedelta(days=day)
        return observation(about("anna"), key, "2345-7", "Glucose", number, unit, at, [])

    brought_in(
        store,
        reader,
        person(),
        glucose("g1", 90.0, "mg/dL", 0),
        glucose("g2", 5.5, "mmol/L", 1),
        glucose("g3", 3.0, "[degF]", 2),
        glucose("g4", 6.0, "mmol/L", 3),
    )
    one, apart = overview(store, reader, id_of(store)).curves
    assert one.unit == "mmol/L"
    assert [round(point.number or 0, 2) for point in one.points] == [5.0, 5.5, 6.0]
    assert one.points[0].given == "90 mg/dL"
    assert any("1 given in mg/dL, converted" in note for note in one.notes)
    assert apart.unit == "[degF]"
    assert "no known way" in apart.notes[-1]


def test_a_long_history_keeps_its_extremes_by_month(
    store: Store, reader: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_curves, "SINGLE", 5)
    days = [0, 1, 2, 40, 41, 42, 80, 81, 82, 83]
    numbers = [4.0, 9.9, 4.1, 4.2, 1.1, 4.3, 4.4, 4.5, 4.6, 4.7]
    brought_in(
        store,
        reader,
        person(),
        *(value(f"k{day}", number, days=day) for day, number in zip(days, numbers, strict=True)),
    )
    (curve,) = overview(store, reader, id_of(store)).curves
    assert (curve.total, curve.stretches[0].highest, len(curve.stretches)) == (10, 9.9, 1)
    assert sum(month.count for month in curve.stretches) + len(curve.points) == 10
    assert min(point.number or 9 for point in curve.points) == 1.1


def test_a_curve_that_ended_long_ago_still_has_its_newest_value(
    store: Store, reader: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_curves, "SINGLE", 3)
    sodium = observation(
        about("anna"), "na", "2951-2", "Sodium", 133.0, "mmol/L", WHEN - timedelta(days=400), []
    )
    brought_in(store, reader, person(), sodium, *(value(f"k{day}", 4.0, days=day) for day in range(6)))
    found = {curve.name: curve for curve in overview(store, reader, id_of(store)).curves}
    assert found["Sodium"].latest is not None
    assert found["Sodium"].latest.number == 133.0


def test_the_banner_tells_none_recorded_from_none_known(store: Store, reader: Caller) -> None:
    brought_in(store, reader, person(), person("berta", "Lund", "Berta"), person("carl", "Lie", "Carl"))
    brought_in(store, reader, allergy("n", "No known allergy", "716186003", of="berta"))
    over = {"coding": [{"code": "resolved"}]}
    brought_in(
        store,
        reader,
        allergy(
            "p", "Allergy to penicillin", "91936005", of="carl", criticality="high",
            reaction=[{"manifestation": [{"text": "Hives"}], "severity": "severe"}],
        ),
        allergy("q", "Allergy to nuts", "91934008", of="carl", clinicalStatus=over),
    )  # fmt: skip
    nobody = banner_of(store, reader, id_of(store))
    assert (nobody.allergies, nobody.asked) == ((), ())
    assert banner_of(store, reader, id_of(store, "berta")).asked == ("no known allergy",)
    warned = banner_of(store, reader, id_of(store, "carl"))
    assert warned.allergies == ("Allergy to penicillin: high risk, severe Hives",)


def test_an_active_flag_is_an_alert(store: Store, reader: Caller) -> None:
    flag = {"resourceType": "Flag", "id": "f", "status": "active", "subject": about("anna")}
    brought_in(store, reader, person(), {**flag, "code": {"text": "Carries MRSA"}})
    assert banner_of(store, reader, id_of(store)).alerts == ("Carries MRSA",)
    brought_in(store, reader, {**flag, "status": "inactive", "code": {"text": "Carries MRSA"}})
    assert banner_of(store, reader, id_of(store)).alerts == ()


def test_a_restricted_record_is_open_to_listed_persons_alone(
    store: Store, reader: Caller, visitor: Caller
) -> None:
    brought_in(store, reader, person(), problem("p", "Asthma", "195967001"))
    patient = id_of(store)
    (entry,) = store.records.of_patient(patient, [Lane.PROBLEM])
    store.patients.set_restricted(patient, restricted=True)
    store.patients.allow(patient, reader.user_id)
    assert "Restricted: open to listed persons alone" in banner_of(store, reader, patient).alerts
    for work in (
        lambda: overview(store, visitor, patient),
        lambda: banner_of(store, visitor, patient),
        lambda: whose(store, visitor, patient),
        lambda: entry_view(store, visitor, entry.id),
    ):
        with pytest.raises(Refusal) as refused:
            work()
        assert refused.value.code == "not-allowed"


def test_a_visit_is_one_audit_line(store: Store, reader: Caller) -> None:
    brought_in(store, reader, person())
    for _ in range(3):
        note_viewed(store, reader, id_of(store))
    assert store.audit.count(action="patient-viewed") == 1


def test_ten_years_are_counted_whole_and_listed_in_part(store: Store, reader: Caller) -> None:
    brought_in(store, reader, person("A"), *years("A", entries=3000))
    record = overview(store, reader, id_of(store, "A"))
    listed = record.lines[Lane.ENCOUNTER]
    counted = sum(one.count for one in record.bins if one.lane is Lane.ENCOUNTER)
    assert (len(listed), len(listed) + counted >= record.counts[Lane.ENCOUNTER] - 2) == (100, True)
    assert any("the newest 100 of" in sentence for sentence in record.thinned)
    assert len({(curve.code.code, curve.unit) for curve in record.curves}) == record_curves.SHOWN
    wanted = record.others[0]
    more = overview(store, reader, record.patient.id, more=[wanted.key])
    assert wanted.name in {curve.name for curve in more.curves}


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        ({"resourceType": "MedicationStatement", "dosage": [{"text": "1 at night"}]}, "1 at night"),
        (
            {
                "resourceType": "MedicationRequest",
                "dosageInstruction": [
                    {
                        "doseAndRate": [{"doseQuantity": {"value": 9.10, "unit": "mg"}}],
                        "timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
                        "route": {"text": "oral"},
                        "asNeededBoolean": True,
                    }
                ],
            },
            "9.1\u202fmg 2 \u00d7 a day oral as needed",
        ),
        (
            {"resourceType": "Encounter", "class": {"code": "EMER"}, "reasonCode": [{"text": "fall"}]},
            "emergency, fall",
        ),
        ({"resourceType": "Condition", "severity": {"coding": [{"code": "24484000"}]}}, "24484000"),
        ({"resourceType": "Immunization", "lotNumber": "AB1"}, "lot AB1"),
        ({"resourceType": "Unheard", "code": {"text": "x"}}, ""),
        ({"resourceType": "Condition", "severity": ["wrong"], "bodySite": "left", "stage": None}, ""),
    ],
)
def test_details_are_said_in_words(resource: dict[str, object], said: str) -> None:
    assert detail_of(resource) == said


def test_no_known_allergy_is_told_by_code_or_words() -> None:
    from medai_core.domain.record import Code

    code = Code("http://snomed.info/sct", "409137002", "")
    assert no_known_allergy(code, "anything") == "no known drug allergy"
    assert no_known_allergy(None, "NKDA") == "NKDA"
    assert no_known_allergy(replace(code, code="91936005"), "Allergy to penicillin") == ""


def test_an_accepted_repair_is_read_and_what_was_written_stays_beside_it(
    store: Store, reader: Caller
) -> None:
    brought_in(store, reader, person(), value("k1", 4.1), value("k2", 45.0, days=1))
    entry = store.records.find("hospital", "Observation", "k2")
    assert entry is not None
    store.repairs.propose(
        [NewRepair(entry.id, 0, "decimal", 45.0, UNIT, 4.5, UNIT, "One place to the left.")]
    )
    (repair,) = store.repairs.of_entry(entry.id)
    assert [point.number for point in overview(store, reader, id_of(store)).curves[0].points] == [4.1, 45.0]
    assert entry_view(store, reader, entry.id).repaired == {}

    store.repairs.decide(repair.id, accepted=True, decided_by=reader.user_id)
    (curve,) = overview(store, reader, id_of(store)).curves
    assert [(point.number, point.given) for point in curve.points] == [
        (4.1, ""),
        (4.5, f"45 {UNIT}, repaired"),
    ]
    assert curve.latest is not None
    assert (curve.latest.beyond, curve.latest.high, curve.latest.interpretation) == (0, HIGH, "")
    assert entry_view(store, reader, entry.id).repaired[0].number == 4.5
    assert entry.draft.values[0].number == 45.0

    store.repairs.take_back(repair.id, state="accepted")
    assert [point.number for point in overview(store, reader, id_of(store)).curves[0].points] == [4.1, 45.0]


def test_a_repair_into_another_unit_leaves_the_range_of_the_written_one(store: Store, reader: Caller) -> None:
    brought_in(store, reader, person(), value("k1", 16.4))
    entry = store.records.find("hospital", "Observation", "k1")
    assert entry is not None
    store.repairs.propose([NewRepair(entry.id, 0, "unit", 16.4, UNIT, 4.2, "mEq/L", "Read in another unit.")])
    (repair,) = store.repairs.of_entry(entry.id)
    store.repairs.decide(repair.id, accepted=True, decided_by=reader.user_id)
    (curve,) = overview(store, reader, id_of(store)).curves
    (point,) = curve.points
    assert (curve.unit, point.number, point.low, point.high, point.beyond) == ("mEq/L", 4.2, None, None, 0)
