"""Drafts are never lost, signed readings never change."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medai_core.domain.people import Caller, PatientIdentity, Role
from medai_core.domain.prediction import Prediction
from medai_core.domain.reading import StudyState, Verdict
from medai_core.domain.refusal import Refusal
from medai_core.store.database import Store
from medai_core.store.rows import DraftChanges, NewStudy
from tests.support.raw import Raw, RefusedByDatabase

READER = Caller("reader-1", "reader", "R. Reader", Role.CLINICIAN, "main")
OTHER = replace(READER, user_id="reader-2")
CHANGES = DraftChanges("No consolidation.", "", Verdict.DISAGREE, None, None, False)


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        work()
    return caught.value.code


def test_one_draft_a_person(store: Store, study: str) -> None:
    first = store.readings.start(study, READER)
    assert store.readings.start(study, READER) == first
    assert store.readings.start(study, OTHER).id != first.id
    assert (first.revision, first.signed_at, first.verdict) == (0, None, None)


_TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=10)


def test_a_character_that_a_database_cannot_hold_is_marked(store: Store, study: str) -> None:
    draft = store.readings.start(study, READER)
    saved = store.readings.save(draft.id, replace(CHANGES, report="a\x00b"), revision=0)
    assert saved.report in ("a\x00b", "a\ufffdb")
    assert store.readings.get(draft.id).report[::2] == "ab"  # type: ignore[union-attr]


def test_saving_needs_the_newest_revision(store: Store, study: str) -> None:
    draft = store.readings.start(study, READER)
    saved = store.readings.save(draft.id, CHANGES, revision=0)
    assert (saved.report, saved.verdict, saved.revision) == ("No consolidation.", Verdict.DISAGREE, 1)
    late = replace(CHANGES, report="older text")
    assert code_of(lambda: store.readings.save(draft.id, late, revision=0)) == "reading-changed-elsewhere"
    assert store.readings.get(draft.id) == saved
    assert code_of(lambda: store.readings.save("unknown", CHANGES, revision=0)) == "reading-missing"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 1), _TEXTS, st.booleans()), max_size=10))
def test_two_windows_never_overwrite_each_other(
    store: Store, study: str, steps: list[tuple[int, str, bool]]
) -> None:
    """Whoever saves last without having read the other's text is refused, and nothing changes then."""
    draft = store.readings.start(study, READER)
    seen = [draft.revision, draft.revision]
    text = draft.report
    for window, typed, reloads in steps:
        now = store.readings.get(draft.id)
        assert now is not None
        if reloads:
            seen[window] = now.revision
        if seen[window] == now.revision:
            saved = store.readings.save(draft.id, replace(CHANGES, report=typed), revision=seen[window])
            seen[window], text = saved.revision, typed
        else:
            again = replace(CHANGES, report=typed)
            revision = seen[window]
            assert code_of(lambda c=again, r=revision: store.readings.save(draft.id, c, revision=r)) == (  # type: ignore[misc]
                "reading-changed-elsewhere"
            )
        assert store.readings.get(draft.id).report == text  # type: ignore[union-attr]


def test_many_threads_save_and_exactly_one_wins_each_time(store: Store, study: str) -> None:
    draft = store.readings.start(study, READER)

    def save(number: int) -> bool:
        try:
            store.readings.save(draft.id, replace(CHANGES, report=str(number)), revision=0)
        except Refusal:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(save, range(16)))
    assert won.count(True) == 1
    assert store.readings.get(draft.id).report == str(won.index(True))  # type: ignore[union-attr]


def test_threads_write_side_by_side(store: Store, study: str) -> None:
    def work(number: int) -> None:
        person = replace(READER, user_id=f"reader-{number}")
        for _ in range(5):
            draft = store.readings.start(study, person)
            store.readings.save(draft.id, CHANGES, revision=draft.revision)
            store.audit.append(person.user_id, "draft-saved", draft.id)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert {reading.revision for reading in store.readings.of_study(study)} == {5}
    assert store.audit.count() == 30
    assert store.audit.verify() == []


def test_the_first_impression_is_written_once(store: Store, study: str) -> None:
    draft = store.readings.start(study, READER)
    after = store.readings.record_first_impression(draft.id, "Looks like pneumonia.", revision=0)
    assert (after.first_impression, after.revision) == ("Looks like pneumonia.", 1)
    assert after.first_impression_at is not None
    again = code_of(lambda: store.readings.record_first_impression(draft.id, "No.", revision=1))
    assert again == "impression-recorded"


def signed(store: Store, study: str, image_id: str, prediction: Prediction) -> str:
    draft = store.readings.start(study, READER)
    changes = replace(CHANGES, image_id=image_id, prediction_id=store.predictions.add(image_id, prediction))
    store.readings.save(draft.id, changes, revision=0)
    store.readings.sign(draft.id, READER, revision=1, key_image_digest=store.blobs.put(b"key image"))
    return draft.id


def test_signing(store: Store, study: str, add_image: Callable[..., str], prediction: Prediction) -> None:
    reading_id = signed(store, study, add_image(store, study), prediction)
    reading = store.readings.get(reading_id)
    assert reading is not None
    assert reading.signed_at is not None
    assert reading.prediction == prediction
    assert reading.has_key_image
    assert store.blobs.read(store.readings.key_image(reading_id) or "") == b"key image"
    row = store.studies.get(study).row  # type: ignore[union-attr]
    assert (row.state, row.reader) == (StudyState.SIGNED, "R. Reader")
    (line,) = store.audit.search(action="reading-signed")
    assert line.detail == {"content": reading.content_digest, "study": study}
    content = store.readings.signed_content(reading_id)
    assert content is not None
    assert content["patient"]["identifier"] == "P-0001"
    assert content["prediction"]["weights_digest"] == prediction.weights_digest
    assert store.verify() == []


def test_a_signed_reading_stays_as_it_was(
    store: Store, raw: Raw, study: str, add_image: Callable[..., str], prediction: Prediction
) -> None:
    reading_id = signed(store, study, add_image(store, study), prediction)
    assert code_of(lambda: store.readings.save(reading_id, CHANGES, revision=2)) == "reading-signed"
    assert code_of(lambda: store.readings.sign(reading_id, READER, revision=2)) == "reading-signed"
    assert not store.readings.discard(reading_id, READER.user_id)
    for statement in (
        "UPDATE readings SET report = 'other'",
        "UPDATE readings SET signed_at = NULL",
        "DELETE FROM readings",
        "TRUNCATE readings CASCADE" if raw.url else "REPLACE INTO readings SELECT * FROM readings",
    ):
        with pytest.raises(RefusedByDatabase, match="never changes"):
            raw.run(statement)
    assert store.readings.verify() == []


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE readings SET report = 'other'", "is not as it was signed"),
        ("UPDATE readings SET author_name = 'Somebody'", "is not as it was signed"),
        ("UPDATE readings SET signed_content = '{}'", "is not as it was signed"),
        ("UPDATE readings SET signed_at = NULL", "is missing"),
        ("DELETE FROM readings", "is missing"),
        ("UPDATE predictions SET findings = '[]'", "is not as it was signed"),
    ],
)
def test_what_was_changed_by_force_is_found(
    store: Store, raw: Raw, study: str, add_image: Callable[..., str], prediction: Prediction,
    statement: str, sentence: str,
) -> None:  # fmt: skip
    reading_id = signed(store, study, add_image(store, study), prediction)
    raw.run(statement, without=("readings_no_update", "readings_no_delete", "predictions_no_update"))
    (problem,) = store.readings.verify()
    assert reading_id in problem
    assert sentence in problem


def test_a_move_after_the_signature_leaves_it_right(
    store: Store, study: str, add_image: Callable[..., str], prediction: Prediction
) -> None:
    signed(store, study, add_image(store, study), prediction)
    other = store.patients.add(PatientIdentity("P-9"))
    store.studies.move(study, other.id, reason="wrong sticker", moved_by="user-1")
    assert store.readings.verify() == []


def test_addenda(store: Store, study: str, add_image: Callable[..., str], prediction: Prediction) -> None:
    draft = store.readings.start(study, OTHER)
    assert (
        code_of(lambda: store.readings.start(study, READER, addendum_to=draft.id)) == "addendum-to-unsigned"
    )
    reading_id = signed(store, study, add_image(store, study), prediction)
    assert code_of(lambda: store.readings.start(study, OTHER, addendum_to=reading_id)) == "draft-open"
    addendum = store.readings.start(study, READER, addendum_to=reading_id)
    assert store.readings.addenda(reading_id) == ()
    store.readings.sign(addendum.id, READER, revision=0)
    assert [one.id for one in store.readings.addenda(reading_id)] == [addendum.id]
    elsewhere = store.studies.add(store.patients.add(PatientIdentity("P-2")).id, NewStudy())
    assert (
        code_of(lambda: store.readings.start(elsewhere, READER, addendum_to=reading_id))
        == "addendum-to-unsigned"
    )


def test_only_the_author_signs_and_discards(store: Store, study: str) -> None:
    draft = store.readings.start(study, READER)
    assert code_of(lambda: store.readings.sign(draft.id, OTHER, revision=0)) == "not-the-author"
    assert not store.readings.discard(draft.id, OTHER.user_id)
    assert store.readings.discard(draft.id, READER.user_id)
    assert store.readings.get(draft.id) is None
