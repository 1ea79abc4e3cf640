"""A patient's studies on their page: each once, also where records were merged, and only for who may see."""

from datetime import date

import pytest

from medai_core.domain.people import Caller, PatientIdentity, PersonName
from medai_core.domain.refusal import Refusal
from medai_core.services.patient_imaging import imaging_of
from medai_core.store.database import Store
from medai_core.store.rows import NewStudy


def _patient(store: Store, number: int, *, restricted: bool = False) -> str:
    identity = PatientIdentity(f"P-{number}", "HOSP", PersonName("Lund Berta"), date(1960, 1, 1), "F")
    return store.patients.add(identity, restricted=restricted).id


def _merged(store: Store, first: str, second: str) -> None:
    pair = store.pairs.add("match", first, second, weights={}, score=9.0)
    store.pairs.merge(pair, survivor=first, reason="the same", decided_by="user")


def test_studies_of_merged_records_stand_once_the_newest_first(store: Store, reader: Caller) -> None:
    first, second = _patient(store, 1), _patient(store, 2)
    old = store.studies.add(first, NewStudy("1.2.1", "A1", "DX", "Thorax", date(2020, 1, 1)))
    new = store.studies.add(second, NewStudy("1.2.2", "A2", "DX", "Thorax", date(2021, 1, 1)))
    _merged(store, first, second)
    cards, total = imaging_of(store, reader, first)
    assert [card.study.id for card in cards] == [new, old]
    assert total == 2


def test_nobody_sees_studies_of_a_person_with_a_restricted_record(store: Store, reader: Caller) -> None:
    first, second = _patient(store, 1), _patient(store, 2, restricted=True)
    _merged(store, first, second)
    with pytest.raises(Refusal, match="a patient who is open to you"):
        imaging_of(store, reader, first)
