"""The prevalence on the pages: set by an administrator, changed for one reading, there after a reload."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from medai_core.domain.people import Caller, Role
from medai_core.domain.prevalence import Origin, PrevalenceChoice
from medai_core.services import prevalence
from medai_core.services import reading as readings
from medai_core.serving import registry
from medai_core.store.database import Store
from tests.pages.conftest import OpenPage, SignIn, words
from tests.support.films import PASSWORD
from tests.support.prevalence import CLINIC, MODEL, WARD, card_with_settings


@pytest.fixture(autouse=True)
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model with two settings on its card."""
    training = {"pneumonia": 0.742, "bacterial": 0.48, "viral": 0.262}
    monkeypatch.setattr(registry, "MODELS", card_with_settings(tmp_path / "models", training=training))


def said(page: AppTest) -> str:
    """What the page drew, with plain blanks."""
    return words(page).replace("\u202f", " ").replace("\\342\\200\\257", " ")


def field(page: AppTest, ending: str) -> str:
    """The key of a field by the end of its name."""
    keys = [str(one.key) for kind in (page.selectbox, page.number_input) for one in kind]
    return next(key for key in keys if key.endswith(ending))


@pytest.fixture
def answered(store: Store, reader: Caller, study_id: str) -> str:
    """The study with its first impression recorded and the answer shown."""
    draft = readings.draft(store, reader, study_id)
    readings.record_first_impression(store, reader, draft.id, "Streaky", revision=draft.revision)
    return study_id


def test_an_administrator_sets_a_figure_and_the_site_s_setting(
    store: Store, sign_in: SignIn, open_page: OpenPage
) -> None:
    caller = sign_in(Role.ADMINISTRATOR)
    page = open_page("admin")
    assert "Made up for the tests." in said(page)
    assert "Card's default: 30 %; training: 74.2 %" in said(page).replace("\\'", "'")
    widget = f"admin:prevalence:{MODEL}:{WARD}:pneumonia"
    assert page.number_input(key=widget).value == 30
    page.number_input(key=widget).set_value(None)
    next(one for one in page.button if one.label == "Keep these figures").click().run()
    assert page.number_input(key=widget).value == 30
    page.number_input(key=widget).set_value(22.5)
    next(one for one in page.button if one.label == "Keep these figures").click().run()
    page.selectbox(key=f"admin:prevalence:{MODEL}:site").set_value(WARD).run()
    assert page.number_input(key=widget).value == 22.5
    assert "Now: set by this site" in said(page)
    setting = prevalence.settings(store, caller, MODEL).site_setting
    assert setting is not None
    assert (setting.name, setting.shares) == (WARD, {"pneumonia": 0.225})
    (line,) = store.audit.search(action="local-prevalence-set")
    assert line.detail == {"setting": WARD, "pneumonia": "30 % to 22.5 %"}
    next(one for one in page.button if one.label == "Reset to the card's figures").click().run()
    assert page.number_input(key=widget).value == 30


def test_another_setting_is_added_and_removed(store: Store, sign_in: SignIn, open_page: OpenPage) -> None:
    caller = sign_in(Role.ADMINISTRATOR)
    page = open_page("admin")
    page.text_input(key="admin:prevalence:name").set_value("night *clinic*")
    next(one for one in page.button if one.label == "Add it").click().run()
    assert r"Figures: night \*clinic\*" in [one.label for one in page.expander]
    assert [one.name for one in prevalence.settings(store, caller, MODEL).settings][-1] == "night *clinic*"
    page.text_input(key="admin:prevalence:name").set_value(WARD)
    next(one for one in page.button if one.label == "Add it").click().run()
    assert "setting-known" in said(page)
    next(one for one in page.button if one.label == "Remove this setting").click().run()
    assert [one.name for one in prevalence.settings(store, caller, MODEL).settings] == [WARD, CLINIC]


def test_the_reading_page_says_which_prevalence_it_shows(answered: str, open_page: OpenPage) -> None:
    drawn = said(open_page("reading", study=answered))
    assert "At the training prevalence: no local one is set." in drawn
    assert "Of 100 images flagged here for pneumonia" in drawn
    assert "as trained, at a prevalence of 74.2 %" in drawn


def test_a_reader_s_change_holds_after_a_reload_and_is_signed(
    store: Store, reader: Caller, answered: str, open_page: OpenPage
) -> None:
    page = open_page("reading", study=answered)
    page.selectbox(key=field(page, f"prevalence:setting:{MODEL}")).set_value(CLINIC).run()
    assert f"At the prevalence of {CLINIC}, chosen by the reader." in said(page)
    page.selectbox(key=field(page, "prevalence:finding")).set_value("pneumonia").run()
    page.number_input(key=field(page, ":pneumonia")).set_value(12.0).run()
    again = open_page("reading", study=answered)
    drawn = said(again)
    assert (
        f"At the prevalence of {CLINIC}, chosen by the reader; changed by the reader for this reading."
        in drawn
    )
    draft = readings.draft(store, reader, answered)
    assert draft.prevalence_choice == PrevalenceChoice(MODEL, CLINIC, (("pneumonia", 0.12),))
    draft = readings.save_draft(
        store, reader, draft.id, revision=draft.revision, report="Report", verdict=readings.Verdict.AGREE
    )
    signed = readings.sign(store, reader, draft.id, PASSWORD)
    assert signed.prevalence is not None
    whole = signed.prevalence.of("pneumonia")
    assert whole is not None
    assert (whole.prevalence, whole.origin) == (0.12, Origin.READER)
    after = open_page("reading", study=answered)
    assert "As it was signed." in said(after)
    assert not [one for one in after.number_input if "prevalence" in str(one.key)]


def test_a_reset_goes_back_to_the_site_s(
    store: Store, reader: Caller, sign_in: SignIn, answered: str, open_page: OpenPage
) -> None:
    page = open_page("reading", study=answered)
    with pytest.raises(KeyError):
        page.button(key="reading:prevalence:reset")
    page.selectbox(key=field(page, f"prevalence:setting:{MODEL}")).set_value(WARD).run()
    page.button(key="reading:prevalence:reset").click().run()
    assert readings.draft(store, reader, answered).prevalence_choice is None
    assert "no local one is set" in said(page)


def test_a_field_that_a_browser_empties_changes_nothing(
    store: Store, reader: Caller, answered: str, open_page: OpenPage
) -> None:
    page = open_page("reading", study=answered)
    page.selectbox(key=field(page, "prevalence:finding")).set_value("pneumonia").run()
    page.number_input(key=field(page, ":pneumonia")).set_value(None).run()
    assert readings.draft(store, reader, answered).prevalence_choice is None
    assert page.number_input(key=field(page, ":pneumonia")).value == 74.2


def test_who_only_looks_sees_the_site_s_figures_and_no_field(
    store: Store, answered: str, sign_in: SignIn, open_page: OpenPage
) -> None:
    open_page("reading", study=answered)
    sign_in(Role.READ_ONLY)
    page = open_page("reading", study=answered)
    assert "no local one is set" in said(page)
    assert not [one for one in page.number_input if "prevalence" in str(one.key)]
