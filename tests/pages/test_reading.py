"""The reading page: order of impression and model, draft, signature, addendum, one patient at a time."""

import ast
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import ButtonGroup

from medai_core.domain.people import Caller, Role
from medai_core.domain.reading import Verdict
from medai_core.services import reading as readings
from medai_core.store import clock
from medai_core.store.database import Store
from medai_core.ui.reading import answer, case
from medai_core.ui.viewer import ViewerEvents
from tests.pages.conftest import OpenPage, SignIn, words
from tests.support.films import PASSWORD, brought_in, film
from tests.support.reports import PREDICTION


def _field(page: AppTest, name: str) -> str:
    """The key of a text area by the end of its name."""
    return next(str(area.key) for area in page.text_area if str(area.key).endswith(f":{name}"))


def _write_impression(page: AppTest, text: str) -> AppTest:
    page.text_area(key=_field(page, "impression")).set_value(text).run()
    return page.button(key="reading:impression").click().run()


def test_without_a_study_the_page_shows_the_way_to_one(reader: Caller, open_page: OpenPage) -> None:
    assert "No study is open" in words(open_page("reading"))


def test_the_menu_leads_back_to_the_last_study(reader: Caller, study_id: str, open_page: OpenPage) -> None:
    page = open_page("reading")
    assert "Open the last study again" not in [button.label for button in page.button]
    page.query_params["study"] = study_id
    page.run()
    assert "No study is open" not in words(page)
    del page.query_params["study"]
    page.run()
    assert "No study is open" in words(page)
    page.button(key="reading:last").click().run()
    assert "No study is open" not in words(page)


def test_an_unknown_study_is_a_refusal_in_words(reader: Caller, open_page: OpenPage) -> None:
    drawn = words(open_page("reading", study="nothing"))
    assert "study-missing" in drawn
    assert "What to do" in drawn


def test_the_banner_names_the_patient_and_the_research_use(study_id: str, open_page: OpenPage) -> None:
    drawn = words(open_page("reading", study=study_id))
    for word in ("Lindt Anna", "2022-05-04 (3 years at the study)", "female", "P-1", "not a medical device"):
        assert word in drawn


def test_the_own_impression_comes_before_the_model(study_id: str, open_page: OpenPage, store: Store) -> None:
    page = open_page("reading", study=study_id)
    assert "answer_panel" not in words(page)
    assert "operating point" not in words(page)
    _write_impression(page, "Patchy opacity.")
    assert "operating point" in words(page)
    (draft,) = store.readings.of_study(study_id)
    assert draft.first_impression == "Patchy opacity."
    assert not draft.saw_model_first


def test_an_empty_impression_is_refused_in_words(study_id: str, open_page: OpenPage) -> None:
    page = _write_impression(open_page("reading", study=study_id), "  ")
    assert "impression-empty" in words(page)
    assert "operating point" not in words(page)


def test_the_order_can_be_switched_off_and_that_is_recorded(
    study_id: str, open_page: OpenPage, store: Store, reader: Caller
) -> None:
    page = open_page("reading", study=study_id)
    page.toggle(key="reading:model_first").set_value(True).run()
    assert "operating point" in words(page)
    assert readings.model_first(store, reader)
    page.text_area(key=_field(page, "report")).set_value("Seen.").run()
    (draft,) = store.readings.of_study(study_id)
    assert draft.saw_model_first


def test_what_is_typed_and_chosen_is_saved(study_id: str, open_page: OpenPage, store: Store) -> None:
    page = _write_impression(open_page("reading", study=study_id), "Patchy opacity.")
    page.text_area(key=_field(page, "report")).set_value("Consolidation on the right.").run()
    verdict = next(group for group in page.segmented_control if str(group.key).endswith(":verdict"))
    verdict.set_value(Verdict.PARTLY).run()
    (draft,) = store.readings.of_study(study_id)
    assert (draft.report, draft.verdict) == ("Consolidation on the right.", Verdict.PARTLY)
    page.button(key="reading:sign").click().run()
    assert "never changes" in words(page)


def _dialog(study_id: str) -> None:
    from medai_core.ui.reading.report import sign_dialog

    sign_dialog(study_id)


def test_signing_asks_for_the_password_and_leaves_no_field_to_change(
    study_id: str, store: Store, reader: Caller, open_page: OpenPage
) -> None:
    draft = readings.draft(store, reader, study_id)
    readings.save_draft(store, reader, draft.id, revision=draft.revision, report="Consolidation.")
    page = AppTest.from_function(_dialog, args=(study_id,), default_timeout=30).run()
    assert "never changes" in words(page)
    page.text_input(key="secret:sign").set_value("wrong")
    assert "password-wrong" in words(page.button[0].click().run())
    page.text_input(key="secret:sign").set_value(PASSWORD)
    page.button[0].click().run()
    (signed,) = store.readings.of_study(study_id)
    assert signed.signed_at is not None
    page = open_page("reading", study=study_id)
    assert f"/reports/{signed.id}.pdf" in words(page)
    assert not [area for area in page.text_area if str(area.key).endswith(":report")]


def test_a_text_that_changed_under_the_signature_is_shown_again_and_not_signed(
    study_id: str, store: Store, reader: Caller, cookies: dict[str, str]
) -> None:
    draft = readings.draft(store, reader, study_id)
    draft = readings.save_draft(store, reader, draft.id, revision=draft.revision, report="As looked at.")
    page = AppTest.from_function(_dialog, args=(study_id,), default_timeout=30).run()
    assert "As looked at." in words(page)
    readings.save_draft(store, reader, draft.id, revision=draft.revision, report="Written elsewhere.")
    page.text_input(key="secret:sign").set_value(PASSWORD)
    drawn = words(page.button[0].click().run())
    assert "reading-changed-elsewhere" in drawn
    assert "Written elsewhere." in drawn
    assert store.readings.of_study(study_id)[0].signed_at is None
    page.text_input(key="secret:sign").set_value(PASSWORD)
    page.button[0].click().run()
    (signed,) = store.readings.of_study(study_id)
    assert signed.signed_at
    assert signed.report == "Written elsewhere."


def _verdict(page: AppTest) -> ButtonGroup[Verdict]:
    return next(group for group in page.segmented_control if str(group.key).endswith(":verdict"))


def test_a_verdict_is_taken_back(study_id: str, open_page: OpenPage, store: Store) -> None:
    page = _write_impression(open_page("reading", study=study_id), "Patchy.")
    _verdict(page).set_value(Verdict.AGREE).run()
    assert store.readings.of_study(study_id)[0].verdict is Verdict.AGREE
    _verdict(page).set_value(None).run()
    assert store.readings.of_study(study_id)[0].verdict is None


def test_a_window_that_is_behind_leaves_a_verdict_alone(
    study_id: str, open_page: OpenPage, store: Store, reader: Caller
) -> None:
    page = _write_impression(open_page("reading", study=study_id), "Patchy.")
    _verdict(page).set_value(Verdict.AGREE).run()
    (draft,) = store.readings.of_study(study_id)
    readings.save_draft(store, reader, draft.id, revision=draft.revision, verdict=Verdict.DISAGREE)
    page.text_area(key=_field(page, "report")).set_value("Text.").run()
    (draft,) = store.readings.of_study(study_id)
    assert (draft.verdict, draft.report) == (Verdict.DISAGREE, "Text.")
    assert _verdict(page).value is Verdict.DISAGREE
    assert "Changed in another window" in words(page)
    readings.save_draft(store, reader, draft.id, revision=draft.revision, verdict=Verdict.PARTLY)
    _verdict(page).set_value(Verdict.NOT_USED).run()
    (draft,) = store.readings.of_study(study_id)
    assert draft.verdict is Verdict.PARTLY
    assert "not used" in draft.comment


def test_the_verdict_stays_with_its_answer_when_another_view_is_opened(
    store: Store, reader: Caller, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    frontal, lateral = brought_in(store, reader, film(), film(1, view="LL"))
    study_id = frontal.study_id or ""
    page = _write_impression(open_page("reading", study=study_id), "Patchy.")
    _verdict(page).set_value(Verdict.AGREE).run()
    opened = ViewerEvents(current_image=lateral.image_id)
    monkeypatch.setattr("medai_core.ui.viewer.viewer", lambda *images, **options: opened)
    drawn = words(page.run())
    assert "Not assessed by the model" in drawn
    assert "This is on the answer to" in drawn
    page.text_area(key=_field(page, "report")).set_value("Both views.").run()
    (draft,) = store.readings.of_study(study_id)
    assert (draft.verdict, draft.image_id, draft.report) == (Verdict.AGREE, frontal.image_id, "Both views.")
    assert draft.prediction
    assert draft.prediction.refused is None


def test_a_typed_impression_outlives_the_page(study_id: str, open_page: OpenPage, store: Store) -> None:
    page = open_page("reading", study=study_id)
    page.text_area(key=_field(page, "impression")).set_value("Half a thou").run()
    assert "operating point" not in words(page)
    again = open_page("reading", study=study_id)
    assert again.text_area(key=_field(again, "impression")).value == "Half a thou"
    assert "operating point" not in words(again)
    again.text_area(key=_field(again, "impression")).set_value("").run()
    assert again.text_area(key=_field(again, "impression")).value == "Half a thou"
    (draft,) = store.readings.of_study(study_id)
    assert draft.first_impression == "Half a thou"
    assert draft.first_impression_at is None
    _write_impression(again, "Half a thought, finished.")
    (draft,) = store.readings.of_study(study_id)
    assert draft.first_impression == "Half a thought, finished."
    assert draft.first_impression_at


def test_an_impression_written_in_two_windows_is_looked_at_before_it_is_recorded(
    study_id: str, open_page: OpenPage, store: Store, reader: Caller
) -> None:
    page = open_page("reading", study=study_id)
    draft = readings.draft(store, reader, study_id)
    readings.keep_impression(store, reader, draft.id, "Elsewhere.")
    page.text_area(key=_field(page, "impression")).set_value("Here.")
    page.button(key="reading:impression").click().run()
    shown = page.text_area(key=_field(page, "impression")).value
    assert "Elsewhere." in shown
    assert "Here." in shown
    assert store.readings.of_study(study_id)[0].first_impression_at is None
    page.button(key="reading:impression").click().run()
    (draft,) = store.readings.of_study(study_id)
    assert draft.first_impression == shown
    assert draft.first_impression_at


@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize("name", ["impression", "report"])
def test_what_is_typed_last_outlives_the_way_to_another_page(
    name: str, elsewhere: bool, study_id: str, open_page: OpenPage, store: Store, reader: Caller
) -> None:
    page = open_page("reading", study=study_id)
    page.text_area(key=_field(page, name)).set_value("One.").run()
    (draft,) = store.readings.of_study(study_id)
    if elsewhere:
        readings.keep_impression(store, reader, draft.id, "Elsewhere.", seen=draft.first_impression)
        (draft,) = store.readings.of_study(study_id)
        readings.save_draft(store, reader, draft.id, revision=draft.revision, report="Elsewhere.")
    page.text_area(key=_field(page, name)).set_value("One. Two.")
    page.button(key="reading:back").click().run()
    assert not page.text_area
    page.switch_page("../../pages/reading.py")
    page.query_params["study"] = study_id
    page.run()
    shown = page.text_area(key=_field(page, name)).value
    (draft,) = store.readings.of_study(study_id)
    assert shown == {"impression": draft.first_impression, "report": draft.report}[name]
    assert "One. Two." in shown
    assert ("Elsewhere." in shown) is elsewhere


def test_a_comment_is_not_emptied_where_its_field_is_drawn_later(
    study_id: str, store: Store, reader: Caller, open_page: OpenPage
) -> None:
    draft = readings.draft(store, reader, study_id)
    readings.save_draft(store, reader, draft.id, revision=draft.revision, comment="Written before.")
    page = open_page("reading", study=study_id)
    assert not [area for area in page.text_area if str(area.key).endswith(":comment")]
    page.button(key="reading:back").click().run()
    page.switch_page("../../pages/reading.py")
    page.query_params["study"] = study_id
    _write_impression(page.run(), "Patchy.")
    assert page.text_area(key=_field(page, "comment")).value == "Written before."
    page.text_area(key=_field(page, "report")).set_value("Text.").run()
    (draft,) = store.readings.of_study(study_id)
    assert (draft.report, draft.comment) == ("Text.", "Written before.")


def test_a_claim_is_renewed_while_its_owner_works(
    study_id: str, open_page: OpenPage, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page("reading", study=study_id)
    page.button(key="reading:claim").click().run()
    first = store.studies.get(study_id)
    assert first
    assert first.claim
    later = clock.now() + timedelta(minutes=5)
    monkeypatch.setattr(clock, "now", lambda: later)
    page.text_area(key=_field(page, "report")).set_value("Still reading.").run()
    after = store.studies.get(study_id)
    assert after
    assert after.claim
    assert after.claim.at > first.claim.at
    assert len(store.audit.search(action="study-claimed")) == 1


def test_a_study_that_no_model_reads_is_said_so_at_once(
    store: Store, reader: Caller, open_page: OpenPage
) -> None:
    (line,) = brought_in(store, reader, film(modality="CT"))
    page = open_page("reading", study=line.study_id or "")
    drawn = words(page)
    assert "No model applies" in drawn
    assert "this study holds CT" in drawn
    assert not [area for area in page.text_area if str(area.key).endswith(":impression")]
    page.text_area(key=_field(page, "report")).set_value("Read without one.").run()
    assert store.readings.of_study(line.study_id or "")[0].report == "Read without one."


def test_findings_go_by_the_words_of_the_models_card(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"bacterial": "Bacterial pneumonia"}
    monkeypatch.setattr("medai_core.charts.cards.label_names", lambda card: names)
    assert "Bacterial pneumonia (62" in case.answer_words(PREDICTION)
    assert case.answer_words(None) == "No model has answered for this image."
    gone = replace(PREDICTION, model="gone")
    assert "Bacterial (62" in case.answer_words(gone)


@pytest.mark.parametrize("of_demo", [True, False])
def test_a_film_of_the_demo_names_its_source(
    of_demo: bool, study_id: str, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("medai_core.services.demo.is_demo_film", lambda store, header: of_demo)
    shown = [caption for caption in _captions(open_page("reading", study=study_id)) if "CC BY 4.0" in caption]
    assert len(shown) == of_demo


@pytest.mark.parametrize(("of_prior", "taken"), [(True, False), (False, True)])
def test_a_key_image_is_of_this_study(
    of_prior: bool,
    taken: bool,
    store: Store,
    reader: Caller,
    open_page: OpenPage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    prior, own = (
        brought_in(store, reader, film(number, study_date=date(2025 + number, 1, 5)))[0]
        for number in range(2)
    )
    image_id = (prior if of_prior else own).image_id
    events = ViewerEvents(key_image=b"\x89PNG\r\n\x1a\n", key_image_of=image_id)
    monkeypatch.setattr("medai_core.ui.viewer.viewer", lambda *images, **options: events)
    page = open_page("reading", study=own.study_id or "")
    drawn = " ".join(toast.value for toast in page.toast)
    assert ("Key image taken" in drawn) is taken
    assert ("Not taken: that image is of the prior" in drawn) is not taken
    kept = [key for key in page.session_state._state.filtered_state if str(key).endswith(":key image")]
    assert bool(kept) is taken


def test_an_addendum_leaves_the_signed_text_as_it_is(
    study_id: str, open_page: OpenPage, store: Store, reader: Caller
) -> None:
    first = readings.draft(store, reader, study_id)
    first = readings.save_draft(store, reader, first.id, revision=first.revision, report="First.")
    readings.sign(store, reader, first.id, PASSWORD)
    page = open_page("reading", study=study_id)
    page.button(key="reading:addendum").click().run()
    page.text_area(key=_field(page, "report")).set_value("Second.").run()
    signed, addendum = store.readings.of_study(study_id)
    assert (signed.report, addendum.report, addendum.addendum_to) == ("First.", "Second.", signed.id)


def test_a_draft_written_in_another_window_loses_no_word(
    study_id: str, open_page: OpenPage, store: Store, reader: Caller
) -> None:
    page = open_page("reading", study=study_id)
    page.text_area(key=_field(page, "report")).set_value("Mine.").run()
    (draft,) = store.readings.of_study(study_id)
    readings.save_draft(store, reader, draft.id, revision=draft.revision, report="Theirs.")
    page.text_area(key=_field(page, "report")).set_value("Mine, longer.").run()
    text = store.readings.of_study(study_id)[0].report
    assert "Theirs." in text
    assert "Mine, longer." in text
    assert page.text_area(key=_field(page, "report")).value == text
    assert "Changed in another window" in words(page)


def test_a_save_after_the_models_answer_is_no_conflict(
    study_id: str, open_page: OpenPage, store: Store
) -> None:
    page = open_page("reading", study=study_id)
    page.text_area(key=_field(page, "report")).set_value("One.").run()
    _write_impression(page, "Patchy.")
    page.text_area(key=_field(page, "report")).set_value("Two.").run()
    assert store.readings.of_study(study_id)[0].report == "Two."
    assert "Changed in another window" not in words(page)


def test_nothing_of_the_patient_before_is_left(
    study_id: str, open_page: OpenPage, store: Store, reader: Caller
) -> None:
    other = {"patient_id": "P-2", "patient_name": "Berg^Otto", "age": "004Y"}
    (line,) = brought_in(store, reader, film(3, **other))
    page = open_page("reading", study=study_id)
    page.text_area(key=_field(page, "report")).set_value("About Anna.").run()
    page.text_area(key=_field(page, "impression")).set_value("Anna's impression").run()
    page.query_params["study"] = line.study_id or ""
    drawn = words(page.run())
    assert "Berg Otto" in drawn
    for word in ("Lindt", "Anna"):
        assert word not in drawn
    kept = [str(key) for key in page.session_state._state.filtered_state]
    assert not [key for key in kept if study_id in key]


def test_a_virtual_image_is_viewed_and_never_scored(
    store: Store, reader: Caller, open_page: OpenPage
) -> None:
    from medai_core.imaging.phantom import phantom_dicom

    (line,) = brought_in(store, reader, phantom_dicom(opacity=True))
    readings.set_model_first(store, reader, True)
    drawn = words(open_page("reading", study=line.study_id or ""))
    assert "Not assessed by the model" in drawn
    assert "VIRTUAL" in drawn
    assert "0 %" not in drawn


def test_a_picture_is_asked_about_before_it_is_scored(
    store: Store, reader: Caller, open_page: OpenPage
) -> None:
    from io import BytesIO

    from PIL import Image

    from tests.support.films import ANNA

    png = BytesIO()
    Image.effect_noise((64, 64), 40).save(png, "png")
    (line,) = brought_in(store, reader, png.getvalue(), identity=ANNA)
    readings.set_model_first(store, reader, True)
    page = open_page("reading", study=line.study_id or "")
    assert "About this picture" in words(page)
    assert "operating point" not in words(page)
    page.number_input[0].set_value(44.0)
    next(button for button in page.button if button.label == "Ask the model").click().run()
    drawn = words(page)
    assert "Not assessed by the model" in drawn
    assert "44 years" in drawn


def test_read_only_users_write_nothing(
    study_id: str, sign_in: SignIn, open_page: OpenPage, store: Store
) -> None:
    sign_in(Role.READ_ONLY, "visitor")
    page = open_page("reading", study=study_id)
    assert not page.text_area
    assert "No reading of this study is signed yet" in words(page)
    assert store.readings.of_study(study_id) == ()


def test_a_draft_is_thrown_away(study_id: str, open_page: OpenPage, store: Store) -> None:
    page = open_page("reading", study=study_id)
    page.text_area(key=_field(page, "report")).set_value("Not this.").run()
    page.button(key="reading:discard").click().run()
    assert store.readings.of_study(study_id) == ()
    assert page.text_area(key=_field(page, "report")).value == ""


def test_fields_that_the_browser_emptied_by_itself_are_filled_again(
    study_id: str, open_page: OpenPage, store: Store
) -> None:
    page = open_page("reading", study=study_id)
    page.text_area(key=_field(page, "report")).set_value("Written with care.").run()
    mark = next(field for field in page.text_input if str(field.key).endswith(":mark"))
    mark.set_value("")
    page.text_area(key=_field(page, "report")).set_value("").run()
    assert store.readings.of_study(study_id)[0].report == "Written with care."
    assert page.text_area(key=_field(page, "report")).value == "Written with care."
    page.text_area(key=_field(page, "report")).set_value("").run()
    assert store.readings.of_study(study_id)[0].report == ""


def test_a_callback_checks_the_session_too(
    study_id: str, open_page: OpenPage, store: Store, cookies: dict[str, str]
) -> None:
    page = open_page("reading", study=study_id)
    cookies.clear()
    drawn = words(page.button(key="reading:claim").click().run())
    assert "/auth/sign-in" in drawn
    assert "Lindt Anna" not in drawn
    record = store.studies.get(study_id)
    assert record is not None
    assert record.claim is None


def test_two_readers_see_each_other(
    study_id: str, reader: Caller, sign_in: SignIn, open_page: OpenPage
) -> None:
    open_page("reading", study=study_id).button(key="reading:claim").click().run()
    sign_in(Role.CLINICIAN, "second")
    drawn = words(open_page("reading", study=study_id))
    assert "Another reader" in drawn
    assert "claimed by Clinician" in drawn


def test_the_heat_map_comes_on_demand_with_its_caveat(study_id: str, open_page: OpenPage) -> None:
    page = _write_impression(open_page("reading", study=study_id), "Patchy.")
    assert answer.HEAT_MAP_CAVEAT not in _captions(page)
    heat = next(group for group in page.pills if str(group.key).endswith(":heat"))
    heat.set_value("pneumonia").run()
    assert answer.HEAT_MAP_CAVEAT in _captions(page)


def _captions(page: AppTest) -> list[str]:
    return [caption.value for caption in page.caption]


@pytest.mark.parametrize("word", ["normal", "clear", "healthy", "safe", "detected"])
def test_words_that_are_never_said(word: str) -> None:
    root = Path(__file__).resolve().parents[2]
    files = [*(root / "pages").glob("*.py"), *(root / "medai_core" / "ui").rglob("*.py")]
    assert [path.name for path in files if word.lower() in " ".join(_texts(path)).lower().split()] == []


def _texts(path: Path) -> list[str]:
    """The strings of a file without its docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = [
        node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docstrings
    ]
    return [node.value for node in constants if isinstance(node.value, str)]
