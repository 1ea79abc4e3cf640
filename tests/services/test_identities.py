"""The same key under another name: kept apart until somebody decides, and every study can find home."""

import pytest

from medai_core.domain.people import Caller, PersonName
from medai_core.domain.refusal import Refusal
from medai_core.services.administration import restrict_patient
from medai_core.services.studies import (
    find_patients,
    identity_conflicts,
    move_study,
    moves,
    open_study,
    patient_studies,
    resolve_conflict,
)
from medai_core.store.database import Store
from tests.support.films import ANNA, another, brought_in, film

BERT = {"patient_name": "Berg^Bert", "sex": "M", "study_identity": "of Bert"}


def in_doubt(store: Store, reader: Caller) -> tuple[str, str]:
    """Studies of the known patient and of the one in doubt."""
    lines = brought_in(store, reader, film(0), film(1, **BERT))
    assert lines[1].outcome.value == "stored"
    assert "review list" in lines[1].note
    return lines[0].study_id or "", lines[1].study_id or ""


def patient_of(store: Store, study_id: str) -> str:
    study = store.studies.get(study_id)
    assert study
    return study.row.patient.id


def test_another_name_under_the_same_key_is_kept_apart(store: Store, reader: Caller) -> None:
    known, doubtful = in_doubt(store, reader)
    assert patient_of(store, known) != patient_of(store, doubtful)
    assert [row.id for row in patient_studies(store, reader, patient_of(store, known))] == [known]
    (conflict,) = identity_conflicts(store, reader)
    assert conflict.study.id == doubtful
    assert conflict.known.identity == ANNA
    assert conflict.differs == ("name", "sex")
    assert conflict.conflict.given.name.alphabetic == "Berg Bert"
    assert open_study(store, reader, doubtful).identity_conflict == conflict.conflict
    shown = conflict.study.patient.identity
    assert shown.identifier == "P-1"
    assert "in doubt" in shown.issuer


def test_further_files_of_a_doubtful_study_join_it(store: Store, reader: Caller) -> None:
    _, doubtful = in_doubt(store, reader)
    lines = brought_in(store, reader, film(2, **BERT), film(3))
    assert lines[0].study_id == doubtful
    assert lines[1].study_id != doubtful
    assert len(identity_conflicts(store, reader)) == 1
    assert store.patients.count() == 2


def test_a_third_name_is_a_doubt_of_its_own(store: Store, reader: Caller) -> None:
    in_doubt(store, reader)
    brought_in(store, reader, film(2, patient_name="Cox^Cara"))
    assert len(identity_conflicts(store, reader)) == 2
    assert store.patients.count() == 3


def test_the_same_person_brings_the_studies_together(store: Store, reader: Caller) -> None:
    known, doubtful = in_doubt(store, reader)
    (conflict,) = identity_conflicts(store, reader)
    resolve_conflict(store, reader, conflict.id, same_person=True, reason="Nickname, asked the ward")
    assert patient_of(store, doubtful) == patient_of(store, known)
    assert identity_conflicts(store, reader) == ()
    assert store.audit.search(action="study-moved", object_id=doubtful)
    assert store.audit.search(action="identity-conflict-resolved", object_id=conflict.id)
    lines = brought_in(store, reader, film(4, **BERT), film(5, **BERT | {"study_identity": "later"}))
    assert [line.note for line in lines] == ["", ""]
    assert lines[0].study_id == doubtful
    assert patient_of(store, lines[1].study_id or "") == patient_of(store, known)


def test_two_people_stay_apart_and_later_files_find_theirs(store: Store, reader: Caller) -> None:
    known, doubtful = in_doubt(store, reader)
    (conflict,) = identity_conflicts(store, reader)
    resolve_conflict(store, reader, conflict.id, same_person=False, reason="Two children, one number")
    assert identity_conflicts(store, reader) == ()
    lines = brought_in(
        store, reader, film(4, **BERT | {"study_identity": "later"}), film(5, study_identity="mine")
    )
    assert [line.note for line in lines] == ["", ""]
    assert patient_of(store, lines[0].study_id or "") == patient_of(store, doubtful)
    assert patient_of(store, lines[1].study_id or "") == patient_of(store, known)


def test_a_doubt_is_decided_once_and_with_a_reason(store: Store, reader: Caller, visitor: Caller) -> None:
    in_doubt(store, reader)
    (conflict,) = identity_conflicts(store, reader)
    with pytest.raises(Refusal, match="reason"):
        resolve_conflict(store, reader, conflict.id, same_person=True, reason="  ")
    with pytest.raises(Refusal, match="clinician"):
        resolve_conflict(store, visitor, conflict.id, same_person=True, reason="x")
    resolve_conflict(store, reader, conflict.id, same_person=False, reason="x")
    with pytest.raises(Refusal, match="has been decided"):
        resolve_conflict(store, reader, conflict.id, same_person=True, reason="x")


def test_a_study_moves_to_the_right_patient_and_later_files_follow(store: Store, reader: Caller) -> None:
    lines = brought_in(store, reader, film(0), film(1, patient_id="P-2", patient_name="Cox^Cara"))
    study, target = lines[0].study_id or "", patient_of(store, lines[1].study_id or "")
    move = move_study(store, reader, study, target, reason="Typed wrong at the modality")
    assert move.to_patient_id == patient_of(store, study) == target
    assert moves(store, reader, study) == (move,)
    (entry,) = store.audit.search(action="study-moved", object_id=study)
    assert entry.actor_id == reader.user_id
    assert brought_in(store, reader, film(2))[0].study_id == study
    assert store.verify() == []


def test_a_study_moves_to_a_new_patient(store: Store, reader: Caller) -> None:
    (line,) = brought_in(store, reader, film(0))
    study = line.study_id or ""
    new = another(ANNA, identifier="P-9")
    move_study(store, reader, study, reason="Wrong number", identity=new)
    found = store.studies.get(study)
    assert found
    assert found.row.patient.identity == new
    wrong = another(new, name=PersonName("Somebody Else"))
    with pytest.raises(Refusal, match="another name"):
        move_study(store, reader, study, reason="Wrong number", identity=wrong)


def test_moving_a_doubtful_study_settles_its_doubt(store: Store, reader: Caller) -> None:
    _, doubtful = in_doubt(store, reader)
    move_study(store, reader, doubtful, reason="Own number", identity=another(ANNA, identifier="P-3"))
    assert identity_conflicts(store, reader) == ()


def test_patients_are_found_by_name_for_a_move(store: Store, reader: Caller) -> None:
    brought_in(store, reader, film(0), film(1, patient_id="P-2", patient_name="Zhang^Wei=张^伟"))
    assert [one.identity.identifier for one in find_patients(store, reader, "张伟")] == ["P-2"]
    assert find_patients(store, reader, " ") == ()


def test_a_restricted_patients_doubt_is_restricted_too(
    store: Store, reader: Caller, second: Caller, administrator: Caller
) -> None:
    (line,) = brought_in(store, reader, film(0))
    known = patient_of(store, line.study_id or "")
    restrict_patient(store, administrator, known, restricted=True, allowed=frozenset({reader.user_id}))
    brought_in(store, second, film(1, **BERT))
    assert identity_conflicts(store, second) == ()
    assert identity_conflicts(store, administrator) == ()
    (conflict,) = identity_conflicts(store, reader)
    with pytest.raises(Refusal, match="not"):
        resolve_conflict(store, second, conflict.id, same_person=True, reason="x")
    with pytest.raises(Refusal, match="not"):
        move_study(store, second, conflict.study.id, known, reason="x")
