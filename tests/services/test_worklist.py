"""The worklist: order, what a model may do to it, and what is shown before one's own impression."""

from datetime import UTC, date, datetime, timedelta

import pytest

from medai_core.domain.people import Caller, PatientIdentity, PersonName
from medai_core.domain.reading import Priority, StudyState
from medai_core.domain.refusal import Refusal
from medai_core.services import reading as readings
from medai_core.services.administration import restrict_patient
from medai_core.services.worklist import SHOWN_LATER, set_model_raises, worklist
from medai_core.store.database import Store
from medai_core.store.rows import NewStudy, StudyFilter
from tests.support.films import brought_in, film

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def waiting(store: Store, number: int, priority: Priority, minutes: int) -> str:
    """A study that has been waiting since `minutes` after noon."""
    patient = store.patients.add(PatientIdentity(f"W-{number}", "", PersonName(f"Waiting {number}")))
    study = NewStudy(str(number), modality="DX", priority=priority)
    return store.studies.add(patient.id, study, received_at=NOON + timedelta(minutes=minutes))


def test_priority_then_waiting_time_and_a_model_may_raise_never_lower(
    store: Store, reader: Caller, administrator: Caller
) -> None:
    routine = [waiting(store, number, Priority.ROUTINE, number) for number in range(3)]
    urgent = waiting(store, 3, Priority.URGENT, 3)
    stat = waiting(store, 4, Priority.STAT, 4)
    plain = [stat, urgent, *routine]
    assert [row.id for row in worklist(store, reader).rows] == plain
    store.studies.set_model_state(routine[2], "finding above threshold", raised_by="Model: pneumonia")
    store.studies.set_model_state(stat, "no finding above threshold")
    store.studies.set_model_state(urgent, "refused")
    assert [row.id for row in worklist(store, reader).rows] == plain
    assert all(row.raised_by == "" for row in worklist(store, reader).rows)
    set_model_raises(store, administrator, True)
    page = worklist(store, reader)
    assert [row.id for row in page.rows] == [stat, routine[2], urgent, *routine[:2]]
    assert page.model_raises
    assert {row.id: row.raised_by for row in page.rows}[routine[2]] == "Model: pneumonia"
    assert {row.id for row in page.rows} == set(plain)
    set_model_raises(store, administrator, False)
    assert [row.id for row in worklist(store, reader).rows] == plain


def test_only_an_administrator_lets_models_raise(store: Store, reader: Caller, administrator: Caller) -> None:
    with pytest.raises(Refusal, match="administrator"):
        set_model_raises(store, reader, True)
    assert not worklist(store, reader).model_raises
    set_model_raises(store, administrator, True)
    (entry,) = store.audit.search(action="model-raises")
    assert entry.detail == {"on": "yes"}


def test_a_page_cannot_switch_raising_on_or_widen_rights(
    store: Store, reader: Caller, administrator: Caller, study_id: str
) -> None:
    study = store.studies.get(study_id)
    assert study
    restrict_patient(store, administrator, study.row.patient.id, restricted=True)
    sly = StudyFilter(model_raises=True, all_restricted=True, caller_id=administrator.user_id)
    page = worklist(store, reader, sly)
    assert page.rows == ()
    assert page.total == 0
    assert not page.model_raises
    assert sum(page.counts.values()) == 0


def test_an_answer_is_not_told_before_the_own_impression(
    store: Store, reader: Caller, second: Caller, visitor: Caller, study_id: str, image_id: str
) -> None:
    draft = readings.draft(store, reader, study_id)
    readings.record_first_impression(store, reader, draft.id, "Something")
    _, prediction = readings.predict_image(store, reader, image_id)
    told = "finding above threshold"
    if not any(finding.flagged for finding in prediction.findings):
        told = f"no {told}"
    states = [worklist(store, who).rows[0].model_state for who in (reader, second, visitor)]
    assert states == [told, SHOWN_LATER, told]
    readings.set_model_first(store, second, True)
    assert worklist(store, second).rows[0].model_state == told


def test_search_filters_counts_and_pages(store: Store, reader: Caller) -> None:
    brought_in(
        store,
        reader,
        film(0),
        film(1, patient_id="P-2", patient_name="Zhang^Wei=张^伟", study_date=date(2026, 2, 1)),
        film(2, patient_id="P-3", patient_name="Berg^Bert", modality="CR"),
    )
    assert worklist(store, reader, StudyFilter(search="张伟")).total == 1
    assert worklist(store, reader, StudyFilter(search="bert")).total == 1
    assert worklist(store, reader, StudyFilter(modalities=("CR",))).total == 1
    assert worklist(store, reader, StudyFilter(date_from=date(2026, 1, 20))).total == 1
    assert worklist(store, reader, StudyFilter(states=(StudyState.SIGNED,))).total == 0
    page = worklist(store, reader, StudyFilter(order="received"), 1, 1)
    assert (len(page.rows), page.total) == (1, 3)
    assert page.counts[StudyState.NEW] == 3
    assert page.modalities == ("CR", "DX")
    assert worklist(store, reader, offset=-5, limit=10_000_000).total == 3
