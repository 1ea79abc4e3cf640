"""Reading: impression, answer, draft, signature, addendum; the order is enforced and recorded."""

import io
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from medai_core.domain.people import Caller, PersonName
from medai_core.domain.prediction import PictureAnswers
from medai_core.domain.reading import Reading, Verdict
from medai_core.domain.refusal import Refusal
from medai_core.services import reading as readings
from medai_core.services.administration import restrict_patient
from medai_core.services.drafts import both
from medai_core.services.reporting import report_content
from medai_core.services.studies import move_study, open_study
from medai_core.services.worklist import worklist
from medai_core.serving import registry
from medai_core.store.database import Store
from tests.support.films import ANNA, PASSWORD, another, brought_in, chest, film

PNG = b"\x89PNG\r\n\x1a\n and more"


def impression(store: Store, caller: Caller, study_id: str) -> Reading:
    draft = readings.draft(store, caller, study_id)
    return readings.record_first_impression(
        store, caller, draft.id, "Streaky right base", revision=draft.revision
    )


def signed(store: Store, caller: Caller, study_id: str) -> Reading:
    draft = readings.draft(store, caller, study_id)
    draft = readings.save_draft(store, caller, draft.id, report="Report", revision=draft.revision)
    return readings.sign(store, caller, draft.id, PASSWORD)


def two_views(store: Store, reader: Caller, second_view: str) -> tuple[str, str, str]:
    """A study of two films, the impression recorded: study, first image, second image."""
    first, other = brought_in(store, reader, film(), film(1, view=second_view))
    assert first.study_id == other.study_id
    impression(store, reader, first.study_id or "")
    return first.study_id or "", first.image_id or "", other.image_id or ""


def test_the_own_impression_comes_first(store: Store, reader: Caller, study_id: str, image_id: str) -> None:
    with pytest.raises(Refusal, match="own impression"):
        readings.predict_image(store, reader, image_id)
    with pytest.raises(Refusal, match="own impression"):
        readings.heat_map(store, reader, image_id, "paediatric_pneumonia", "pneumonia")
    assert store.predictions.of_study(study_id) == ()
    impression(store, reader, study_id)
    prediction_id, prediction = readings.predict_image(store, reader, image_id)
    assert prediction.refused is None
    draft = readings.draft(store, reader, study_id)
    assert draft.prediction == prediction
    assert draft.prediction_id == prediction_id
    assert not draft.saw_model_first
    assert readings.heat_map(store, reader, image_id, prediction.model, "pneumonia").values.max() <= 1


def test_the_order_can_be_switched_off_and_that_is_recorded(
    store: Store, reader: Caller, second: Caller, study_id: str, image_id: str
) -> None:
    readings.set_model_first(store, reader, True)
    assert not readings.model_first(store, second)
    readings.predict_image(store, reader, image_id)
    assert readings.draft(store, reader, study_id).saw_model_first
    assert impression(store, reader, study_id).first_impression == "Streaky right base"
    assert readings.draft(store, reader, study_id).saw_model_first
    with pytest.raises(Refusal, match="own impression"):
        readings.predict_image(store, second, image_id)


def test_an_impression_is_written_once_and_holds_words(store: Store, reader: Caller, study_id: str) -> None:
    draft = readings.draft(store, reader, study_id)
    with pytest.raises(Refusal, match="few words"):
        readings.record_first_impression(store, reader, draft.id, "  ")
    impression(store, reader, study_id)
    with pytest.raises(Refusal, match="recorded already"):
        impression(store, reader, study_id)


def test_the_same_weights_and_file_are_asked_once(
    store: Store, reader: Caller, study_id: str, image_id: str
) -> None:
    impression(store, reader, study_id)
    first, again = (readings.predict_image(store, reader, image_id) for _ in range(2))
    assert first == again
    assert len(store.predictions.of_study(study_id)) == 1
    assert len(store.audit.search(action="model-shown")) == 1


def test_a_picture_is_asked_again_when_other_answers_are_given(store: Store, reader: Caller) -> None:
    out = io.BytesIO()
    Image.fromarray(chest(rows=150, columns=200)).save(out, "PNG")
    (line,) = brought_in(store, reader, out.getvalue(), identity=ANNA)
    study_id, image_id = line.study_id or "", line.image_id or ""
    impression(store, reader, study_id)
    _, cautioned = readings.predict_image(store, reader, image_id)
    _, refused = readings.predict_image(store, reader, image_id, answers=PictureAnswers(age_years=9.0))
    _, answered = readings.predict_image(store, reader, image_id, answers=PictureAnswers(3.0, "AP", True))
    assert cautioned.refused is None
    assert cautioned.cautions
    assert refused.refused
    assert "9 years" in refused.refused
    assert answered.refused is None
    assert answered.cautions != cautioned.cautions
    assert readings.predict_image(store, reader, image_id)[1] == cautioned
    assert len(store.predictions.of_study(study_id)) == 3


def test_a_picture_is_as_old_as_its_patient_s_record_says(store: Store, reader: Caller) -> None:
    out = io.BytesIO()
    Image.fromarray(chest(rows=150, columns=200)).save(out, "PNG")
    grown = another(ANNA, identifier="GROWN", birth_date=date(2016, 5, 1))
    (line,) = brought_in(store, reader, out.getvalue(), identity=grown, study_date=date(2026, 5, 1))
    study_id, image_id = line.study_id or "", line.image_id or ""
    impression(store, reader, study_id)
    not_said = PictureAnswers(None, "AP", True)
    _, refused = readings.predict_image(store, reader, image_id, answers=not_said)
    assert refused.refused
    assert "9 years" in refused.refused
    with pytest.raises(Refusal, match="birth date") as contradicted:
        readings.predict_image(store, reader, image_id, answers=replace(not_said, age_years=3.0))
    assert contradicted.value.code == "age-contradicts"


def test_readers_only_see_what_a_clinician_has_asked(
    store: Store, reader: Caller, visitor: Caller, study_id: str, image_id: str
) -> None:
    with pytest.raises(Refusal, match="none of its answers"):
        readings.predict_image(store, visitor, image_id)
    impression(store, reader, study_id)
    shown = readings.predict_image(store, reader, image_id)
    assert readings.predict_image(store, visitor, image_id) == shown
    with pytest.raises(Refusal, match="clinician"):
        readings.draft(store, visitor, study_id)


def test_opening_a_draft_makes_a_study_read_and_signing_makes_it_signed(
    store: Store, reader: Caller, study_id: str
) -> None:
    states = [worklist(store, reader).rows[0].state.value]
    readings.draft(store, reader, study_id)
    states.append(worklist(store, reader).rows[0].state.value)
    signed(store, reader, study_id)
    states.append(worklist(store, reader).rows[0].state.value)
    assert states == ["new", "read", "signed"]


def test_a_draft_keeps_what_was_saved(store: Store, reader: Caller, study_id: str) -> None:
    draft = readings.draft(store, reader, study_id)
    saved = readings.save_draft(
        store, reader, draft.id, report="Text", verdict=Verdict.PARTLY, revision=draft.revision
    )
    again = readings.save_draft(store, reader, draft.id, comment="Note", revision=saved.revision)
    assert (again.report, again.comment, again.verdict) == ("Text", "Note", Verdict.PARTLY)
    assert again.revision == draft.revision + 2
    assert readings.draft(store, reader, study_id) == again


def test_a_stale_save_loses_nothing_and_shows(store: Store, reader: Caller, study_id: str) -> None:
    draft = readings.draft(store, reader, study_id)
    for text, verdict in (("From window one", Verdict.AGREE), ("From window two", Verdict.DISAGREE)):
        saved = readings.save_draft(
            store, reader, draft.id, report=text, verdict=verdict, revision=draft.revision
        )
    assert "From window one" in saved.report
    assert "From window two" in saved.report
    assert "also written in another window" in saved.report
    assert saved.verdict is Verdict.AGREE
    assert "disagree" in saved.comment
    assert saved.revision > draft.revision + 1
    assert store.audit.search(action="draft-merged", object_id=draft.id)


def test_a_stale_verdict_where_none_was_given_brings_its_own_answer(store: Store, reader: Caller) -> None:
    study_id, first, second = two_views(store, reader, "PA")
    base = readings.draft(store, reader, study_id)
    later, _ = readings.predict_image(store, reader, second)
    earlier, _ = readings.predict_image(store, reader, first)
    linked = readings.draft(store, reader, study_id)
    assert linked.prediction_id == earlier
    assert linked.revision > base.revision
    saved = readings.save_draft(
        store,
        reader,
        base.id,
        verdict=Verdict.PARTLY,
        image_id=second,
        prediction_id=later,
        revision=base.revision,
    )
    assert (saved.verdict, saved.image_id, saved.prediction_id) == (Verdict.PARTLY, second, later)


@given(st.text(), st.text())
def test_merging_two_texts_keeps_both(stored: str, given_text: str) -> None:
    merged = both(stored, given_text)
    assert stored.rstrip() in merged
    assert given_text.strip() in merged
    assert both(stored, stored) == stored


def test_nobody_touches_another_persons_draft(
    store: Store, reader: Caller, second: Caller, study_id: str
) -> None:
    draft = readings.draft(store, reader, study_id)
    for act in (
        lambda: readings.save_draft(store, second, draft.id, report="x", revision=0),
        lambda: readings.sign(store, second, draft.id, PASSWORD),
        lambda: readings.discard_draft(store, second, draft.id),
        lambda: readings.record_first_impression(store, second, draft.id, "x"),
        lambda: report_content(store, second, draft.id),
    ):
        with pytest.raises(Refusal, match="another person's draft"):
            act()
    assert readings.draft(store, second, study_id).id != draft.id


def test_signing_asks_for_the_password(store: Store, reader: Caller, study_id: str) -> None:
    draft = readings.draft(store, reader, study_id)
    readings.save_draft(store, reader, draft.id, report="Report", revision=draft.revision)
    with pytest.raises(Refusal, match="password"):
        readings.sign(store, reader, draft.id, "wrong")
    assert readings.draft(store, reader, study_id).signed_at is None
    after = readings.sign(store, reader, draft.id, PASSWORD, PNG)
    assert after.signed_at
    assert after.content_digest
    assert readings.key_image(store, reader, after.id) == PNG
    assert store.audit.search(action="reading-signed", object_id=after.id)
    assert store.verify() == []


def test_signing_needs_words_and_a_verdict_on_what_was_shown(
    store: Store, reader: Caller, study_id: str, image_id: str
) -> None:
    draft = readings.draft(store, reader, study_id)
    with pytest.raises(Refusal, match="no word"):
        readings.sign(store, reader, draft.id, PASSWORD)
    impression(store, reader, study_id)
    prediction_id, _ = readings.predict_image(store, reader, image_id)
    with pytest.raises(Refusal, match="agree, partly, disagree, not used"):
        readings.sign(store, reader, draft.id, PASSWORD)
    current = readings.draft(store, reader, study_id)
    readings.save_draft(store, reader, draft.id, verdict=Verdict.AGREE, revision=current.revision)
    after = readings.sign(store, reader, draft.id, PASSWORD)
    assert (after.prediction_id, after.image_id, after.verdict) == (prediction_id, image_id, Verdict.AGREE)
    assert after.prediction
    assert after.prediction.input_digest == store.images.of_study(study_id)[0].digest


@pytest.mark.parametrize("second_view", ["LL", "PA"])
def test_a_signature_carries_the_answer_that_was_judged(
    store: Store, reader: Caller, second_view: str
) -> None:
    study_id, frontal, other = two_views(store, reader, second_view)
    judged, _ = readings.predict_image(store, reader, frontal)
    draft = readings.draft(store, reader, study_id)
    readings.save_draft(
        store,
        reader,
        draft.id,
        verdict=Verdict.AGREE,
        image_id=frontal,
        prediction_id=judged,
        revision=draft.revision,
    )
    later, answer = readings.predict_image(store, reader, other)
    assert (answer.refused is None) == (second_view == "PA")
    draft = readings.draft(store, reader, study_id)
    readings.save_draft(
        store, reader, draft.id, report="R", image_id=other, prediction_id=later, revision=draft.revision
    )
    after = readings.sign(store, reader, draft.id, PASSWORD)
    assert (after.verdict, after.prediction_id, after.image_id) == (Verdict.AGREE, judged, frontal)
    assert after.prediction
    assert after.prediction.refused is None


def test_a_new_verdict_is_on_the_answer_it_was_given_on(store: Store, reader: Caller) -> None:
    study_id, *images = two_views(store, reader, "PA")
    for image_id, verdict in zip(images, (Verdict.AGREE, Verdict.DISAGREE), strict=True):
        prediction_id, _ = readings.predict_image(store, reader, image_id)
        draft = readings.draft(store, reader, study_id)
        saved = readings.save_draft(
            store,
            reader,
            draft.id,
            verdict=verdict,
            image_id=image_id,
            prediction_id=prediction_id,
            revision=draft.revision,
        )
        assert (saved.verdict, saved.image_id, saved.prediction_id) == (verdict, image_id, prediction_id)


def test_a_refusal_of_another_view_does_not_hide_an_answer(store: Store, reader: Caller) -> None:
    study_id, frontal, lateral = two_views(store, reader, "LL")
    answered, _ = readings.predict_image(store, reader, frontal)
    assert readings.predict_image(store, reader, lateral)[1].refused
    draft = readings.draft(store, reader, study_id)
    assert (draft.prediction_id, draft.image_id) == (answered, frontal)
    with pytest.raises(Refusal, match="agree, partly"):
        readings.sign(store, reader, draft.id, PASSWORD)


def test_a_verdict_can_be_taken_back(store: Store, reader: Caller, study_id: str) -> None:
    draft = readings.draft(store, reader, study_id)
    saved = readings.save_draft(store, reader, draft.id, verdict=Verdict.AGREE, revision=draft.revision)
    kept = readings.save_draft(store, reader, draft.id, report="Text", revision=saved.revision)
    assert kept.verdict is Verdict.AGREE
    after = readings.save_draft(store, reader, draft.id, clear_verdict=True, revision=kept.revision)
    assert (after.verdict, after.report) == (None, "Text")


def test_a_typed_impression_is_kept_and_opens_nothing(
    store: Store, reader: Caller, study_id: str, image_id: str
) -> None:
    draft = readings.draft(store, reader, study_id)
    kept = readings.keep_impression(store, reader, draft.id, "Half a sent")
    assert kept.first_impression == "Half a sent"
    assert kept.first_impression_at is None
    with pytest.raises(Refusal, match="own impression"):
        readings.predict_image(store, reader, image_id)
    stale = readings.keep_impression(store, reader, draft.id, "Other words", seen="")
    assert "Half a sent" in stale.first_impression
    assert "Other words" in stale.first_impression
    recorded = impression(store, reader, study_id)
    assert recorded.first_impression == "Streaky right base"
    assert recorded.first_impression_at
    with pytest.raises(Refusal, match="recorded already"):
        readings.keep_impression(store, reader, draft.id, "More")


def test_a_typed_impression_is_recorded_with_the_signature(
    store: Store, reader: Caller, study_id: str
) -> None:
    draft = readings.draft(store, reader, study_id)
    readings.keep_impression(store, reader, draft.id, "Patchy")
    after = readings.sign(store, reader, draft.id, PASSWORD)
    assert after.first_impression == "Patchy"
    assert after.first_impression_at
    assert not after.saw_model_first


def test_the_document_of_a_signed_reading_keeps_its_patient(
    store: Store, reader: Caller, second: Caller, administrator: Caller, study_id: str
) -> None:
    after = signed(store, reader, study_id)
    before = report_content(store, reader, after.id)
    brought_in(store, reader, film(5))
    bert = another(ANNA, identifier="P-9", name=PersonName("Berg Bert"), sex="M")
    move_study(store, reader, study_id, reason="wrong record", identity=bert)
    printed = report_content(store, reader, after.id)
    assert printed.moved
    assert not before.moved
    assert replace(printed, moved=False, printed_at=before.printed_at) == before
    draft = readings.addendum(store, reader, after.id)
    assert report_content(store, reader, draft.id).patient == bert
    anna = store.readings.signed_content(after.id)
    assert anna
    restrict_patient(
        store, administrator, anna["patient"]["id"], restricted=True, allowed=frozenset({reader.user_id})
    )
    with pytest.raises(Refusal, match="open to you"):
        report_content(store, second, after.id)
    assert report_content(store, reader, after.id).patient == ANNA


def test_a_text_saved_elsewhere_is_not_signed_unseen(store: Store, reader: Caller, study_id: str) -> None:
    draft = readings.draft(store, reader, study_id)
    readings.save_draft(store, reader, draft.id, report="Later", revision=draft.revision)
    with pytest.raises(Refusal, match="saved elsewhere"):
        readings.sign(store, reader, draft.id, PASSWORD, revision=draft.revision)


@pytest.mark.parametrize("picture", [b"", b"GIF89a", PNG + bytes(33 * 1024 * 1024)])
def test_a_key_image_is_a_png_of_ordinary_size(
    picture: bytes, store: Store, reader: Caller, study_id: str
) -> None:
    draft = readings.draft(store, reader, study_id)
    readings.save_draft(store, reader, draft.id, report="Report", revision=draft.revision)
    with pytest.raises(Refusal, match="PNG"):
        readings.sign(store, reader, draft.id, PASSWORD, picture)


def test_what_is_signed_never_changes(store: Store, reader: Caller, study_id: str) -> None:
    after = signed(store, reader, study_id)
    for act in (
        lambda: readings.save_draft(store, reader, after.id, report="x", revision=after.revision),
        lambda: readings.sign(store, reader, after.id, PASSWORD),
        lambda: readings.discard_draft(store, reader, after.id),
        lambda: readings.record_first_impression(store, reader, after.id, "x"),
    ):
        with pytest.raises(Refusal, match="never changes"):
            act()
    assert store.readings.get(after.id) == after


def test_a_correction_is_an_addendum(store: Store, reader: Caller, second: Caller, study_id: str) -> None:
    with pytest.raises(Refusal, match="signed"):
        readings.addendum(store, reader, readings.draft(store, reader, study_id).id)
    original = signed(store, reader, study_id)
    draft = readings.addendum(store, second, original.id)
    assert draft.addendum_to == original.id
    saved = readings.save_draft(store, second, draft.id, report="Also the left", revision=draft.revision)
    added = readings.sign(store, second, saved.id, PASSWORD)
    assert store.readings.addenda(original.id) == (added,)
    assert readings.addendum(store, second, added.id).addendum_to == original.id
    assert report_content(store, reader, original.id).addenda == (added,)
    assert open_study(store, reader, study_id).readings == (original, added)


def test_a_discarded_draft_is_gone(store: Store, reader: Caller, study_id: str) -> None:
    draft = readings.draft(store, reader, study_id)
    readings.discard_draft(store, reader, draft.id)
    assert worklist(store, reader).rows[0].state.value == "new"
    assert readings.draft(store, reader, study_id).id != draft.id


def test_a_discarded_draft_leaves_a_study_that_was_read_or_signed_so(
    store: Store, reader: Caller, second: Caller, study_id: str, image_id: str
) -> None:
    impression(store, reader, study_id)
    readings.predict_image(store, reader, image_id)
    readings.discard_draft(store, reader, readings.draft(store, reader, study_id).id)
    assert worklist(store, reader).rows[0].state.value == "read"
    assert readings.draft(store, reader, study_id).saw_model_first
    signed(store, second, study_id)
    readings.discard_draft(store, reader, readings.draft(store, reader, study_id).id)
    assert worklist(store, reader).rows[0].state.value == "signed"


def test_the_report_holds_what_the_document_needs(
    store: Store, reader: Caller, visitor: Caller, study_id: str, image_id: str
) -> None:
    impression(store, reader, study_id)
    readings.predict_image(store, reader, image_id)
    draft = readings.draft(store, reader, study_id)
    readings.save_draft(store, reader, draft.id, report="R", verdict=Verdict.AGREE, revision=draft.revision)
    after = readings.sign(store, reader, draft.id, PASSWORD, PNG)
    content = report_content(store, visitor, after.id)
    assert content.patient == ANNA
    assert content.reading == after
    assert content.key_image == PNG
    assert content.age_years == 3
    assert content.model_title
    assert [(one.modality, one.view_position, one.image_count) for one in content.series] == [("DX", "AP", 1)]
    assert not content.demo
    assert store.audit.search(actor=visitor.user_id, action="report-handed-out", object_id=after.id)


def test_the_document_gets_the_words_of_the_models_card(
    store: Store, reader: Caller, study_id: str, image_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    impression(store, reader, study_id)
    _, prediction = readings.predict_image(store, reader, image_id)
    card = registry.card(prediction.model)
    worded = replace(card, data={**card.data, "label_names": {"viral": "Viral pneumonia"}})
    monkeypatch.setattr(registry, "card", lambda name: worded)
    content = report_content(store, reader, readings.draft(store, reader, study_id).id)
    assert content.label_names == (("viral", "Viral pneumonia"),)
    assert content.model_title == card.title


def test_a_prediction_is_kept_with_its_reading_when_the_film_is_refused(store: Store, reader: Caller) -> None:
    (line,) = brought_in(store, reader, film(age="009Y", birth_date=None))
    impression(store, reader, line.study_id or "")
    _, prediction = readings.predict_image(store, reader, line.image_id or "")
    assert prediction.refused
    assert "No model covers this age" in prediction.refused
    assert worklist(store, reader).rows[0].model_state == "refused"
    after = readings.sign(store, reader, readings.draft(store, reader, line.study_id or "").id, PASSWORD)
    assert after.prediction == prediction
    assert after.verdict is None
