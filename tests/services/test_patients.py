"""Finding patients: by words, identifier, birth date; who may be found; merged records."""

from datetime import date

import pytest

from medai_core.domain.people import Caller, PatientIdentity, PersonName
from medai_core.services.patients import MOST_COUNTED, search
from medai_core.store.database import Store
from tests.support.records import brought_in, person, problem


@pytest.fixture
def three(store: Store) -> dict[str, str]:
    """Three patients by the letter of their name."""
    people = {
        "m": PatientIdentity(
            "P-000123", "HOSP", PersonName("Müller-Lüdenscheidt Anna"), date(1960, 2, 3), "F"
        ),
        "y": PatientIdentity("77/4", "", PersonName("Yamada Tarou", "山田 太郎"), date(1970, 2, 3), "M"),
        "o": PatientIdentity("O1", "", PersonName("O'Brien Anna")),
    }
    return {letter: store.patients.add(identity).id for letter, identity in people.items()}


@pytest.mark.parametrize(
    ("typed", "letters"),
    [
        ("mul", "m"),
        ("MÜLLER", "m"),
        ("anna mull", "m"),
        ("anna", "mo"),
        ("obr", "o"),
        ("P-000123", "m"),
        ("p000123", "m"),
        ("p0001", "m"),
        ("77/4", "y"),
        ("山田", "y"),
        ("山田太郎", "y"),
        ("1960-02-03", "m"),
        ("19600203", "m"),
        ("3.2.1960", "m"),
        ("1970 yam", "y"),
        ("anna 1960", "m"),
        ("tarou 1960", ""),
        ("lüdenscheidt", ""),
        ("...", ""),
        ("zz", ""),
        ("%", ""),
    ],
)
def test_patients_are_found_by_the_beginnings_of_words(
    typed: str, letters: str, three: dict[str, str], store: Store, visitor: Caller
) -> None:
    found = {row.patient.id for row in search(store, visitor, typed).rows}
    assert found == {three[letter] for letter in letters}


def test_without_words_the_newest_come_first(three: dict[str, str], store: Store, visitor: Caller) -> None:
    page = search(store, visitor)
    assert [row.patient.id for row in page.rows] == [three["o"], three["y"], three["m"]]
    assert (page.total, page.more) == (3, False)
    second = search(store, visitor, limit=1, offset=1)
    assert [row.patient.id for row in second.rows] == [three["y"]]


def test_with_words_the_order_is_by_name(three: dict[str, str], store: Store, visitor: Caller) -> None:
    assert [row.patient.id for row in search(store, visitor, "anna").rows] == [three["m"], three["o"]]


def test_another_name_is_found_and_the_one_before_is_not(
    three: dict[str, str], store: Store, visitor: Caller
) -> None:
    store.patients.set_identity(three["o"], PatientIdentity("O1", "", PersonName("Smith Anna")))
    assert [row.patient.id for row in search(store, visitor, "smith").rows] == [three["o"]]
    assert search(store, visitor, "obrien").rows == ()


def test_a_restricted_patient_is_found_by_those_on_the_list_alone(
    three: dict[str, str], store: Store, visitor: Caller, reader: Caller, administrator: Caller
) -> None:
    store.patients.set_restricted(three["m"], restricted=True)
    store.patients.allow(three["m"], reader.user_id)
    for typed in ("muller", "", "1960", "P-000123"):
        assert three["m"] in {row.patient.id for row in search(store, reader, typed).rows}
        for other in (visitor, administrator):
            assert three["m"] not in {row.patient.id for row in search(store, other, typed).rows}


def test_counts_and_last_activity_are_those_of_the_record(store: Store, reader: Caller) -> None:
    brought_in(store, reader, person(), problem("p1", "Asthma", "195967001"))
    (row,) = search(store, reader, "lindt").rows
    assert (row.entries, row.studies) == (2, 0)
    assert row.last is not None
    assert row.last.date() == date(2020, 5, 4)


def test_many_matches_are_not_counted_to_the_end(store: Store, reader: Caller) -> None:
    with store.transaction():
        for number in range(MOST_COUNTED + 5):
            store.patients.add(PatientIdentity(f"N{number}", "", PersonName(f"Same {number:04d}")))
    page = search(store, reader, "same", limit=10, offset=20)
    assert (page.total, page.more, len(page.rows)) == (MOST_COUNTED, True, 10)
    (row,) = search(store, reader, "same 0044").rows
    assert str(row.patient.identity.name) == "Same 0044"


def test_a_merged_record_stands_for_the_one_that_stays(
    three: dict[str, str], store: Store, reader: Caller
) -> None:
    pair = store.pairs.add("match", three["m"], three["o"], weights={}, score=9.0)
    store.pairs.merge(pair, survivor=three["m"], reason="one person", decided_by=reader.user_id)
    (row,) = search(store, reader, "obrien").rows
    assert (row.patient.id, row.also) == (three["m"], ("O1",))
    assert {row.patient.id for row in search(store, reader).rows} == {three["m"], three["y"]}
    store.pairs.unmerge(pair)
    assert search(store, reader, "obrien").rows[0].patient.id == three["o"]
