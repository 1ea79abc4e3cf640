"""A study opened: images for the viewer, the prior beside it, other readers, neighbours, who looked."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from medai_core.domain.people import Caller
from medai_core.domain.refusal import Refusal
from medai_core.imaging.decode import decode
from medai_core.services import reading as readings
from medai_core.services import studies
from medai_core.services.administration import restrict_patient
from medai_core.store import clock
from medai_core.store.database import Store
from tests.support.films import PASSWORD, brought_in, film


def brought(store: Store, caller: Caller, **changes: Any) -> str:
    (line,) = brought_in(store, caller, film(**changes))
    assert line.study_id, line
    return line.study_id


def test_the_viewer_is_told_everything_and_no_patient_text(store: Store, reader: Caller) -> None:
    study_id = brought(store, reader, imager_spacing=(0.2, 0.3), photometric="MONOCHROME1", laterality="L")
    (image,) = studies.open_study(store, reader, study_id).images
    described = image.descriptor
    assert described["url"] == f"/pixels/{image.id}/"
    assert (described["rows"], described["columns"], described["frames"], described["samples"]) == (
        120,
        112,
        1,
        1,
    )
    assert described["dtype"] == "uint16"
    assert described["inverted"]
    assert described["spacing"] == {"row_mm": 0.2, "column_mm": 0.3, "kind": "at detector"}
    assert described["laterality"] == "L"
    assert described["view"] == "AP"
    assert described["study_label"] == "current"
    assert not described["virtual"]
    record = store.images.get(image.id)
    assert record
    stored = decode(store.blobs.path(record.digest)).pipeline.default_window
    assert described["default_window"]["center"] == stored.center
    assert not any(word in str(described) for word in ("Lindt", "Anna", "P-1", "2022", "2026"))


def test_the_prior_is_the_latest_earlier_one_of_the_same_kind(store: Store, reader: Caller) -> None:
    days = (date(2025, 3, 1), date(2025, 9, 1), date(2026, 1, 5), date(2026, 2, 1))
    oldest, prior, current, later = (
        brought(store, reader, seed=i, study_date=day) for i, day in enumerate(days)
    )
    brought(store, reader, seed=7, modality="CT", study_date=date(2025, 12, 1))
    brought(store, reader, seed=8, patient_id="P-2", patient_name="Berg^Bert", study_date=date(2025, 12, 2))
    view = studies.open_study(store, reader, current)
    assert view.prior
    assert view.prior.study.id == prior
    assert view.prior.prior is None
    assert view.prior.images[0].descriptor["study_label"] == "prior 2025-09-01"
    assert studies.open_study(store, reader, oldest).prior is None
    assert later != current


def test_films_of_both_kinds_are_priors_of_each_other(store: Store, reader: Caller) -> None:
    prior = brought(store, reader, seed=1, modality="CR", study_date=date(2025, 3, 1))
    view = studies.open_study(store, reader, brought(store, reader))
    assert view.prior
    assert view.prior.study.id == prior


def test_an_undated_study_has_no_prior_and_is_none(store: Store, reader: Caller) -> None:
    dated, undated = brought(store, reader), brought(store, reader, seed=1, study_date=None)
    assert studies.open_study(store, reader, undated).prior is None
    assert studies.open_study(store, reader, dated).prior is None


def test_a_second_reader_is_told_of_the_first(
    store: Store, reader: Caller, second: Caller, study_id: str
) -> None:
    mine = studies.claim(store, reader, study_id)
    assert mine.user_id == reader.user_id
    assert studies.open_study(store, reader, study_id).conflict is None
    assert studies.claim(store, second, study_id) == mine
    seen = studies.open_study(store, second, study_id)
    assert seen.claim == mine
    assert seen.conflict
    assert "Reader has been reading this study" in seen.conflict
    assert studies.claim(store, second, study_id, take_over=True).user_id == second.user_id
    studies.release(store, reader, study_id)
    assert studies.open_study(store, reader, study_id).claim
    studies.release(store, second, study_id)
    assert studies.open_study(store, reader, study_id).claim is None


def test_a_claim_that_nobody_renews_is_free_again(
    store: Store, reader: Caller, second: Caller, study_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    studies.claim(store, reader, study_id)
    later = clock.now() + studies.CLAIM_LASTS + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert studies.open_study(store, second, study_id).conflict is None
    assert studies.claim(store, second, study_id).user_id == second.user_id


def test_a_claim_is_renewed_by_its_owner(
    store: Store, reader: Caller, study_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = studies.claim(store, reader, study_id)
    later = clock.now() + timedelta(minutes=20)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert studies.claim(store, reader, study_id).at > first.at
    assert len(store.audit.search(action="study-claimed")) == 1


def test_drafts_of_others_are_known_of_but_not_shown(
    store: Store, reader: Caller, second: Caller, study_id: str
) -> None:
    draft = readings.draft(store, reader, study_id)
    readings.save_draft(store, reader, draft.id, report="Secret thoughts", revision=draft.revision)
    view = studies.open_study(store, second, study_id)
    assert view.readings == ()
    assert view.conflict == "Another person has an unsigned draft of this study."
    readings.draft(store, second, study_id)
    readings.sign(store, reader, draft.id, PASSWORD)
    view = studies.open_study(store, second, study_id)
    assert [one.report for one in view.readings] == ["Secret thoughts", ""]
    assert view.conflict == "Another reading of this study has been signed while yours is a draft."


def test_neighbours_follow_the_worklist(store: Store, reader: Caller) -> None:
    ids = [brought(store, reader, seed=i, patient_id=f"P-{i}", patient_name=f"N{i}") for i in range(3)]
    view = studies.open_study(store, reader, ids[1])
    assert (view.previous_id, view.next_id) == (ids[0], ids[2])
    assert studies.open_study(store, reader, ids[2]).next_id is None


def test_looking_is_audited_once_a_visit(
    store: Store, reader: Caller, study_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        studies.open_study(store, reader, study_id)
    assert len(store.audit.search(action="study-opened", object_id=study_id)) == 1
    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    studies.open_study(store, reader, study_id)
    assert len(store.audit.search(action="study-opened", object_id=study_id)) == 2


def test_restricted_patients_are_closed_to_all_but_their_list(
    store: Store, reader: Caller, second: Caller, administrator: Caller, study_id: str, image_id: str
) -> None:
    study = store.studies.get(study_id)
    assert study
    patient = study.row.patient.id
    restrict_patient(store, administrator, patient, restricted=True, allowed=frozenset({reader.user_id}))
    assert studies.open_study(store, reader, study_id).study.id == study_id
    for who in (second, administrator):
        for act in (
            lambda who=who: studies.open_study(store, who, study_id),
            lambda who=who: studies.claim(store, who, study_id),
            lambda who=who: studies.patient_studies(store, who, patient),
            lambda who=who: readings.predict_image(store, who, image_id),
            lambda who=who: readings.draft(store, who, study_id),
        ):
            with pytest.raises(Refusal) as refused:
                act()
            assert refused.value.code == "not-allowed"


def test_an_unknown_id_is_refused_in_words(store: Store, reader: Caller) -> None:
    with pytest.raises(Refusal, match="none under this id"):
        studies.open_study(store, reader, "nothing")
    with pytest.raises(Refusal, match="none under this id"):
        readings.predict_image(store, reader, "nothing")


def test_a_callers_session_is_good_for_its_own_store_alone(
    store: Store, reader: Caller, study_id: str
) -> None:
    stranger = replace(reader, store_name="demo")
    with pytest.raises(Refusal):
        studies.open_study(store, stranger, study_id)
