"""Duplicates of patients: found, weighed, decided by a person, taken back exactly."""

import pytest
from sqlalchemy import event

from medai_core.domain.people import Caller
from medai_core.domain.refusal import Refusal
from medai_core.services import matching
from medai_core.services.administration import restrict_patient
from medai_core.store.database import Store
from medai_core.store.pairs import MATCH, MESSAGE, SAME_KEY
from tests.support.records import lanes_of
from tests.support.statements import bundle, imported, patient, potassium

SSN = {
    "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "SS"}]},
    "system": "http://hl7.org/fhir/sid/us-ssn",
    "value": "123-45-6789",
}


def _number(value: str) -> dict[str, object]:
    return {"system": "urn:oid:9.9", "value": value}


def _fill(store: Store, caller: Caller) -> None:
    """Twenty people of one source, and one of them again under another number and a wrong birth date."""
    people = [
        patient(
            f"p{number}",
            name=[{"family": f"Familie{chr(97 + number)}", "given": [f"Vor{chr(97 + number)}"]}],
            birthDate=f"19{40 + number}-0{1 + number % 9}-1{number % 9}",
            gender="male" if number % 2 else "female",
        )
        for number in range(20)
    ]
    again = patient(
        "again", identifier=[_number("other")], name=[{"family": "Familief", "given": ["Vorf"]}],
        birthDate="1945-06-14", gender="male",
    )  # fmt: skip
    records = [potassium("o1", subject="p5"), potassium("o2", 5.0, subject="again")]
    imported(store, caller, bundle(*people, again, *records), source="ward")


@pytest.fixture
def pair(store: Store, reader: Caller) -> matching.Review:
    """The one pair of a filled store."""
    _fill(store, reader)
    assert matching.run(store, reader)
    found = matching.queue(store, reader, least=-10.0)
    assert [one.kind for one in found] == [MATCH]
    return matching.opened(store, reader, found[0].id)


def test_the_weights_of_all_fields_add_up_to_the_score(pair: matching.Review) -> None:
    weights = pair.weights
    assert weights["before"] + sum(one["bits"] for one in weights["fields"]) == pytest.approx(
        weights["score"]
    )
    said = {one["field"]: one["level"] for one in weights["fields"]}
    assert said["family name"] == "the same"
    assert said["birth date"] == "one digit off"
    assert said["telephone"] == "not known of both"
    assert {side.patient.identity.identifier for side in (pair.first, pair.second)} == {"MR-p5", "again"}
    assert "Familief" not in str(weights)


def test_merge_and_take_back_are_exact_and_audited(
    store: Store, reader: Caller, pair: matching.Review
) -> None:
    ids = [side.patient.id for side in (pair.first, pair.second)]
    before = [(store.records.of_patient(one), lanes_of(store, one)) for one in ids]
    with pytest.raises(Refusal, match="a reason"):
        matching.merge(store, reader, pair.pair.id, survivor=ids[0], reason="  ")
    matching.merge(store, reader, pair.pair.id, survivor=ids[0], reason="same number on paper")
    entries = {entry.id for entry in store.records.of_patient(ids[0])}
    assert entries == {entry.id for part, _ in before for entry in part}
    assert matching.queue(store, reader, least=-10.0) == ()
    assert [one.id for one in matching.decided(store, reader)] == [pair.pair.id]
    assert matching.run(store, reader)
    assert matching.queue(store, reader, least=-10.0) == ()
    matching.take_back(store, reader, pair.pair.id)
    assert [(store.records.of_patient(one), lanes_of(store, one)) for one in ids] == before
    assert [one.id for one in matching.queue(store, reader, least=-10.0)] == [pair.pair.id]
    actions = [line.action for line in store.audit.search()]
    for action in ("patients-merged", "patients-unmerged", "patient-viewed", "patients-compared"):
        assert action in actions
    for line in store.audit.search():
        assert "paper" not in str(line.detail)


def test_kept_apart_is_not_asked_again_until_somebody_wants_it(
    store: Store, reader: Caller, pair: matching.Review
) -> None:
    matching.keep_apart(store, reader, pair.pair.id, reason="cousins")
    assert matching.run(store, reader)
    assert matching.queue(store, reader, least=-10.0) == ()
    matching.take_back(store, reader, pair.pair.id)
    assert len(matching.queue(store, reader, least=-10.0)) == 1
    with pytest.raises(Refusal, match="an open one"):
        matching.take_back(store, reader, pair.pair.id)


def test_the_threshold_asks_the_stored_counts(
    store: Store, reader: Caller, pair: matching.Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = matching.newest(store, reader)
    assert run is not None
    monkeypatch.setattr(matching, "run", None)
    every = matching.at_threshold(run.counts, -40.0)
    assert every.pairs == run.counts["compared"]
    last = every.pairs
    for step in range(-40, 60):
        at = matching.at_threshold(run.counts, float(step))
        assert at.pairs <= last
        assert at.right + at.missed == pytest.approx(every.right)
        last = at.pairs


def test_the_same_strong_identifier_is_asked_about_whatever_the_rest_says(
    store: Store, reader: Caller
) -> None:
    first = patient("a", identifier=[_number("1"), SSN])
    second = patient("b", identifier=[_number("2"), SSN], name=[{"family": "Anders", "given": ["Otto"]}],
                     gender="male", birthDate="1931-12-30")  # fmt: skip
    imported(store, reader, bundle(first, second), source="ward")
    assert matching.run(store, reader)
    (one,) = matching.queue(store, reader, least=40.0)
    assert one.weights["certain"] == "social security number"


def test_what_a_message_and_a_key_say_stands_first(store: Store, reader: Caller) -> None:
    first = imported(store, reader, bundle(patient("a")), source="ward")
    other = patient("b", identifier=patient("a")["identifier"], birthDate="1999-01-01")
    imported(store, reader, bundle(other), source="clinic")
    assert first.affected == 1
    (one,) = matching.queue(store, reader)
    assert one.kind == SAME_KEY
    store.pairs.add(MESSAGE, one.patient_b, one.patient_a, weights={}, score=None)
    assert {pair.kind for pair in matching.queue(store, reader)} == {SAME_KEY, MESSAGE}
    assert matching.run(store, reader)
    assert {pair.kind for pair in matching.queue(store, reader)} == {SAME_KEY, MESSAGE}


def test_a_long_list_is_asked_for_page_by_page_in_one_query(
    store: Store, reader: Caller, administrator: Caller
) -> None:
    imported(store, reader, bundle(*(patient(f"p{number}") for number in range(12))), source="ward")
    ids = sorted(store.records.find("ward", "Patient", f"p{number}").patient_id for number in range(12))  # type: ignore[union-attr]
    for number in range(11):
        weights = {"certain": "passport" if number == 0 else ""}
        store.pairs.add(MATCH, ids[number], ids[number + 1], weights=weights, score=float(number))
    restrict_patient(store, administrator, ids[11], restricted=True)
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    engine = store._database._engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        pages = [matching.queue(store, reader, least=3.0, limit=3, offset=place) for place in (0, 3, 6, 9)]
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len([one for one in asked if "pair_reviews" in one]) == len(pages)
    assert len([one for one in asked if not one.startswith(("BEGIN", "COMMIT"))]) == len(pages)
    scores = [pair.score for page in pages for pair in page]
    assert scores == [9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 0.0]
    assert matching.queue_length(store, reader, least=3.0) == len(scores)


def test_pairs_with_a_restricted_patient_are_for_those_on_the_list(
    store: Store, reader: Caller, second: Caller, visitor: Caller, administrator: Caller,
    pair: matching.Review,
) -> None:  # fmt: skip
    hidden = pair.second.patient.id
    restrict_patient(store, administrator, hidden, restricted=True, allowed=frozenset({reader.user_id}))
    assert matching.queue(store, second, least=-10.0) == ()
    with pytest.raises(Refusal, match="open to you"):
        matching.merge(store, second, pair.pair.id, survivor=hidden, reason="x")
    matching.merge(store, reader, pair.pair.id, survivor=pair.first.patient.id, reason="x")
    assert not store.patients.may_see(pair.first.patient.id, second.user_id)
    assert matching.decided(store, second) == ()
    for call in (matching.run, matching.queue, matching.decided, matching.newest):
        with pytest.raises(Refusal, match="rights"):
            call(store, visitor)


def test_a_cancelled_comparison_changes_nothing(store: Store, reader: Caller, pair: matching.Review) -> None:
    before = matching.newest(store, reader), matching.queue(store, reader, least=-10.0)
    assert not matching.run(store, reader, cancelled=lambda: True)
    assert (matching.newest(store, reader), matching.queue(store, reader, least=-10.0)) == before
