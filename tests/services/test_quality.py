"""Data quality: counted once, asked of the counts; repairs are proposals, read in place of the raw number."""

from typing import Any

import pytest

from medai_core.domain.people import Caller
from medai_core.domain.record import Code
from medai_core.domain.refusal import Refusal
from medai_core.services import quality
from medai_core.services.administration import restrict_patient
from medai_core.services.quality_examples import examples
from medai_core.store.database import Store
from tests.support.measured import HEIGHT, POTASSIUM, TEMPERATURE, WEIGHT, mistaken, value
from tests.support.records import id_of
from tests.support.statements import LOINC, bundle, imported, patient


@pytest.fixture
def counted(store: Store, reader: Caller) -> dict[str, Any]:
    """The counts of a store with one mistake of each kind."""
    imported(store, reader, bundle(*mistaken()), source="ward")
    assert quality.run(store, reader)
    run = quality.newest(store, reader)
    assert run is not None
    return run.counts


def _open(store: Store, caller: Caller) -> dict[str, quality.Shown]:
    """Open proposals by the entry's own id."""
    found = {}
    for one in quality.proposals(store, caller, limit=100):
        entry = store.records.get(one.repair.entry_id)
        assert entry is not None
        found[entry.draft.key] = one
    return found


def test_every_mistake_is_found_and_explained_and_nothing_else(
    store: Store, reader: Caller, counted: dict[str, Any]
) -> None:
    found = _open(store, reader)
    said = {key: (one.repair.number, one.repair.unit, one.repair.kind) for key, one in found.items()}
    assert said == {
        "wrong-temperature": (37.0, "Cel", "unit"),
        "wrong-potassium": (4.5, "mmol/L", "decimal"),
        "wrong-height": (171.0, "cm", "unit"),
        "wrong-weight": (82.1, "kg", "unit"),
        "wrong-unit": (98.8, "[degF]", "unit"),
        "swapped-height": (171.0, "cm", "swapped"),
        "swapped-weight": (82.0, "kg", "swapped"),
    }
    reason = found["wrong-temperature"].repair.reason
    assert "98.6 Cel is outside 14.2 to 47 Cel" in reason
    assert "read as degrees Fahrenheit" in reason
    assert "other values" in reason
    assert counted["proposed"] == len(said)


def test_a_repair_is_read_with_the_raw_value_and_taken_back_exactly(
    store: Store, reader: Caller, counted: dict[str, Any]
) -> None:
    one = _open(store, reader)["wrong-temperature"].repair
    assert one.patient_id is not None
    before = store.records.values_of(one.patient_id)
    content = store.records.get(one.entry_id)
    quality.accept(store, reader, one.id)
    (series,) = store.records.values_of(one.patient_id, [Code(LOINC, TEMPERATURE)])
    (point,) = [point for point in series.points if point.entry_id == one.entry_id]
    assert (point.value.number, point.value.unit) == (37.0, "Cel")
    assert point.raw is not None
    assert (point.raw.number, point.raw.unit) == (98.6, "Cel")
    assert store.records.get(one.entry_id) == content
    assert quality.run(store, reader)
    assert "wrong-temperature" not in _open(store, reader)
    quality.take_back(store, reader, one.id)
    assert store.records.values_of(one.patient_id) == before
    assert [line.action for line in store.audit.search(object_id=one.id)] == [
        "repair-taken-back", "repair-accepted"]  # fmt: skip


def test_a_refused_proposal_is_not_made_again(store: Store, reader: Caller, counted: dict[str, Any]) -> None:
    one = _open(store, reader)["wrong-potassium"].repair
    quality.refuse(store, reader, one.id)
    with pytest.raises(Refusal, match="waits for a decision"):
        quality.accept(store, reader, one.id)
    assert quality.run(store, reader)
    assert "wrong-potassium" not in _open(store, reader)
    quality.take_back(store, reader, one.id)
    assert "wrong-potassium" in _open(store, reader)


def test_a_correction_by_the_source_is_read_as_it_is(
    store: Store, reader: Caller, counted: dict[str, Any]
) -> None:
    one = _open(store, reader)["wrong-potassium"].repair
    quality.accept(store, reader, one.id)
    imported(store, reader, bundle(value("wrong-potassium", POTASSIUM, 5.1, "mmol/L", day="2024-01-02")),
             source="ward")  # fmt: skip
    (series,) = store.records.values_of(one.patient_id or "", [Code(LOINC, POTASSIUM)])
    (point,) = [point for point in series.points if point.entry_id == one.entry_id]
    assert (point.value.number, point.raw) == (5.1, None)


def test_counts_answer_any_threshold_exactly(store: Store, reader: Caller, counted: dict[str, Any]) -> None:
    by_code = {one["code"]: one for one in counted["analytes"]}
    one = by_code[POTASSIUM]
    assert one["outside"] == 1
    numbers = [4.0, 4.1, 4.2, 4.3, 4.4, 4.5, 45]
    histogram = one["histogram"]["all"]
    for low in one["edges"][:20]:
        for high in one["edges"][20:]:
            expected = sum(number < low - 1e-9 or number >= high - 1e-9 for number in numbers)
            assert quality.beyond(histogram, one["edges"], low, high) == expected
    assert by_code[TEMPERATURE]["units"] == {"Cel": 7, "[degF]": 1}
    assert by_code[HEIGHT]["histogram"]["adults"]["counts"]
    assert quality.limits_of_group(by_code[WEIGHT], "adults") == (30.0, 350.0)
    assert quality.beyond_z(by_code[WEIGHT]["own_z"], 3.5) >= 2


def test_wrong_dates_come_with_examples_for_those_who_may_see_them(
    store: Store, reader: Caller, second: Caller, administrator: Caller
) -> None:
    stay = {"resourceType": "Encounter", "id": "e", "status": "finished", "class": {"code": "AMB"},
            "subject": {"reference": "Patient/p1"},
            "period": {"start": "2024-05-06", "end": "2024-05-01"}}  # fmt: skip
    wrong = [
        patient("p1", birthDate="2000-01-01", deceasedDateTime="2020-01-01"),
        value("early", POTASSIUM, 4.1, "mmol/L", day="1990-01-01"),
        value("late", POTASSIUM, 4.2, "mmol/L", day="2199-01-01"),
        value("dead", POTASSIUM, 4.3, "mmol/L", day="2021-01-01"),
        value("one", POTASSIUM, 4.4, "mmol/L", day="2019-01-01"),
        value("two", POTASSIUM, 4.4, "mmol/L", day="2019-01-01"),
        stay,
    ]
    imported(store, reader, bundle(*wrong), source="ward")
    assert quality.run(store, reader)
    found = quality.newest(store, reader)
    assert found is not None

    def shown(caller: Caller) -> dict[str, set[str]]:
        keys: dict[str, set[str]] = {}
        for kind, rows in examples(store, caller, found).items():
            entries = [store.records.get(one.entry_id) for one in rows]
            keys[kind] = {entry.draft.key for entry in entries if entry is not None}
        return keys

    said = shown(reader)
    assert said.pop("more than once") <= {"one", "two"}
    assert said == {
        "ends before it starts": {"e"},
        "before birth": {"early"},
        "after death": {"late", "dead", "e"},
        "in the future": {"late"},
    }
    restrict_patient(store, administrator, id_of(store, "p1", "ward"), restricted=True)
    assert shown(second) == {}


def test_scores_are_the_mean_of_their_parts(store: Store, reader: Caller) -> None:
    good = [patient("p1"), value("o1", POTASSIUM, 4.2, "mmol/L")]
    bad = [
        patient("p2", birthDate=None, name=[{"family": "Frei"}]),
        value("o1", POTASSIUM, 4.2, "", subject="p2"),
        value("o2", POTASSIUM, 45, "mmol/L", subject="p2"),
        value("o3", POTASSIUM, 45, "mmol/L", subject="p2"),
        value("o4", POTASSIUM, 4.4, "mmol/L", subject="p2", day="2199-01-01"),
    ]
    bad[0].pop("birthDate")
    imported(store, reader, bundle(*good), source="good")
    imported(store, reader, bundle(*bad), source="bad")
    quality.run(store, reader)
    run = quality.newest(store, reader)
    assert run is not None
    scores = {one["name"]: one for one in run.counts["sources"]}
    assert [one["name"] for one in run.counts["sources"]] == ["bad", "good"]
    parts = scores["bad"]["parts"]
    assert parts["plausibility"] == [2, 4]
    assert parts["units"] == [1, 4]
    assert parts["dates"] == [1, 5]
    assert parts["single"] == [1, 4]
    for one in scores.values():
        assert one["score"] == pytest.approx(100 * sum(one["shares"].values()) / len(one["shares"]))
    assert scores["good"]["score"] == pytest.approx(100.0)
    rows = {row["name"]: row["cells"] for row in run.counts["missing"]}
    assert rows["bad"]["birth date"] == [1, 1]
    assert rows["bad"]["unit"] == [1, 4]
    assert rows["patients: age not known"]["birth date"] == [1, 1]
    assert rows["patients: female"]["name"] == [0, 2]


def test_dates_that_cannot_be(store: Store, reader: Caller) -> None:
    encounter = {
        "resourceType": "Encounter", "id": "e1", "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": {"reference": "Patient/p1"},
        "period": {"start": "2024-05-06T10:00:00Z", "end": "2024-05-05T10:00:00Z"},
    }  # fmt: skip
    imported(
        store, reader,
        bundle(
            patient("p1", deceasedDateTime="2025-02-03"), encounter,
            value("early", POTASSIUM, 4.2, "mmol/L", day="1969-01-01"),
            value("late", POTASSIUM, 4.2, "mmol/L", day="2025-06-01"),
            value("same day", POTASSIUM, 4.2, "mmol/L", day="2025-02-03"),
        ),
        source="ward",
    )  # fmt: skip
    quality.run(store, reader)
    run = quality.newest(store, reader)
    assert run is not None
    assert run.counts["dates"] == {
        "ends before it starts": {"ward": 1}, "before birth": {"ward": 1}, "after death": {"ward": 1},
        "in the future": {},
    }  # fmt: skip


def test_a_cancelled_count_changes_nothing(store: Store, reader: Caller, counted: dict[str, Any]) -> None:
    before = quality.newest(store, reader), store.repairs.count()
    assert not quality.run(store, reader, cancelled=lambda: True)
    assert (quality.newest(store, reader), store.repairs.count()) == before


def test_progress_goes_up_to_one(store: Store, reader: Caller) -> None:
    told: list[float] = []
    imported(store, reader, bundle(*mistaken()), source="ward")
    quality.run(store, reader, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_values_of_restricted_patients_are_shown_to_those_on_the_list(
    store: Store, reader: Caller, second: Caller, visitor: Caller, administrator: Caller,
    counted: dict[str, Any],
) -> None:  # fmt: skip
    one = _open(store, reader)["wrong-height"].repair
    restrict_patient(
        store, administrator, one.patient_id or "", restricted=True, allowed=frozenset({reader.user_id})
    )
    assert quality.proposals(store, second) == ()
    assert len(quality.proposals(store, reader)) == len(_open(store, reader))
    with pytest.raises(Refusal, match="not"):
        quality.accept(store, second, one.id)
    for call in (quality.run, quality.newest, quality.proposals):
        with pytest.raises(Refusal, match="rights"):
            call(store, visitor)
