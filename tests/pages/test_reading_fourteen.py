"""The reading page with a model of fourteen findings: groups, refusals, reading on, which model answers."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from medai_core.charts.whereabouts import whereabouts as answer_place
from medai_core.domain.imaging import Scan
from medai_core.domain.people import Caller
from medai_core.domain.prediction import HeatMap, PictureAnswers, Prediction
from medai_core.services import reading as readings
from medai_core.services import without_model
from medai_core.services.scoring import predict
from medai_core.serving import gate, registry
from medai_core.store.database import Store
from medai_core.ui.reading import answer
from tests.pages.conftest import OpenPage, words
from tests.support import chest
from tests.support.films import brought_in, film

ADULT = {"age": "044Y", "birth_date": date(1981, 12, 1), "patient_id": "P-7", "patient_name": "Berg^Otto"}


@pytest.fixture(autouse=True)
def made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model of fourteen findings for adults beside the one for children."""
    chest.install(monkeypatch, tmp_path / "models", chest.card())

    def answered(scan: Scan, name: str, *, answers: PictureAnswers | None = None) -> Prediction:
        if name != chest.NAME:
            return predict(scan, name, answers=answers)
        refused, cautions = gate.applicable(scan.header, registry.card(name), answers)
        if refused is not None:
            return chest.prediction(input_digest=scan.digest, refused=refused, findings=())
        return chest.prediction(input_digest=scan.digest, cautions=cautions)

    monkeypatch.setattr("medai_core.services.scoring.predict", answered)


@pytest.fixture
def adult_id(store: Store, reader: Caller) -> str:
    """An adult's study whose model's answer may be shown at once."""
    readings.set_model_first(store, reader, True)
    return _brought(store, reader, **ADULT)


def _folded(page: AppTest) -> set[str]:
    """The labels of what can be unfolded."""
    return {expander.label for expander in page.expander}


def _brought(store: Store, reader: Caller, **changes: object) -> str:
    (line,) = brought_in(store, reader, film(**changes))
    assert line.study_id is not None, line
    return line.study_id


def test_findings_stand_in_groups_the_flagged_first(adult_id: str, open_page: OpenPage) -> None:
    page = open_page("reading", study=adult_id)
    drawn = words(page)
    assert {"Below the operating point (9)", "Why the other models did not answer"} <= _folded(page)
    assert "At or above the operating point (2)" in drawn
    assert "Not reliable enough here (3)" in drawn
    assert "Nodule, Pneumonia, Hernia." in drawn
    above, below = drawn.index("Bar chart of 2 findings"), drawn.index("Bar chart of 9 findings")
    assert above < below
    assert "Fourteen findings on made-up films" in drawn
    assert "Expected an age of 1 to 5 years; found 44 years." in drawn


def test_a_finding_that_is_not_reliable_has_no_probability_and_no_heat_map(
    adult_id: str, open_page: OpenPage
) -> None:
    page = open_page("reading", study=adult_id)
    drawn = words(page)
    for label in chest.WEAK:
        assert f"{label}: " not in drawn
        assert f"<b>{label}</b>" not in drawn
        assert f'<td dir=\\"auto\\">{label}</td>' not in drawn
    offered = next(box for box in page.selectbox if str(box.key).endswith(":heat")).options
    assert sorted(offered) == sorted(
        label.replace("_", " ").capitalize() for label in chest.LABELS if label not in chest.WEAK
    )


def test_a_wide_interval_is_said_in_words(adult_id: str, open_page: OpenPage) -> None:
    drawn = words(open_page("reading", study=adult_id))
    assert "Cardiomegaly, Effusion: wide interval: little is known for this film." in drawn


@pytest.mark.parametrize(
    ("label", "orientation", "said"),
    [
        ("Effusion", ("L", "F"), "Effusion: strongest evidence in the lower third, the patient's left side."),
        ("Effusion", (), "Effusion: strongest evidence in the lower third; side not known"),
        ("Cardiomegaly", ("L", "F"), ""),
    ],
)
def test_a_place_is_named_only_where_the_pointing_game_bears_it_out(
    label: str,
    orientation: tuple[str, ...],
    said: str,
    store: Store,
    reader: Caller,
    open_page: OpenPage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = np.zeros((64, 64), np.float32)
    values[60, 55] = 1.0
    monkeypatch.setattr(
        "medai_core.serving.explain.heat_map", lambda scan, name, label: HeatMap(label, values)
    )
    monkeypatch.setattr(
        "medai_core.ui.reading.answer.whereabouts",
        lambda heat, given: answer_place(heat, orientation),
    )
    readings.set_model_first(store, reader, True)
    page = open_page("reading", study=_brought(store, reader, **ADULT))
    heat = next(box for box in page.selectbox if str(box.key).endswith(":heat"))
    heat.set_value(label).run()
    captions = [caption.value for caption in page.caption]
    assert answer.HEAT_MAP_CAVEAT in captions
    assert any("strongest evidence" in caption for caption in captions) is bool(said)
    assert any(caption.startswith(said) for caption in captions)


def test_an_adult_is_refused_before_an_impression_is_asked_for_and_read_on(
    store: Store, reader: Caller, open_page: OpenPage
) -> None:
    study_id = _brought(store, reader, **(ADULT | {"age": "008Y", "birth_date": date(2017, 12, 1)}))
    page = open_page("reading", study=study_id)
    drawn = words(page)
    assert "Not assessed by the model" in drawn
    assert "found 8 years" in drawn
    assert "No model covers this age" in drawn
    assert not [area for area in page.text_area if str(area.key).endswith(":impression")]
    page.button(key="reading:as_picture").click().run()
    assert "Read as a picture" in words(page)
    assert len(store.audit.search(action="opened-as-picture")) == 1
    page.text_area(key=next(str(area.key) for area in page.text_area)).set_value("Read by eye.").run()
    again = open_page("reading", study=study_id)
    assert "Not assessed by the model" not in words(again)
    assert "Why no model answers" in _folded(again)
    (draft,) = store.readings.of_study(study_id)
    assert draft.report == "Read by eye."
    assert draft.prediction is not None
    assert draft.prediction.refused is not None
    assert not draft.saw_model_first


def test_what_the_pixels_say_is_a_refusal_too(
    store: Store, reader: Caller, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    turned = "Expected an upright film; found one upside down. Turn it, then send it again."
    monkeypatch.setattr(without_model, "pixels_refused", lambda store, image, model: True)
    monkeypatch.setattr(
        "medai_core.services.scoring.predict",
        lambda scan, name, *, answers=None: chest.prediction(
            input_digest=scan.digest, refused=turned, findings=()
        ),
    )
    page = open_page("reading", study=_brought(store, reader, **ADULT))
    assert turned in words(page)
    assert page.button(key="reading:as_picture")
    assert not [area for area in page.text_area if str(area.key).endswith(":impression")]


def test_a_study_may_be_signed_without_a_word_on_a_refusal(store: Store, reader: Caller) -> None:
    from tests.support.films import PASSWORD

    study_id = _brought(store, reader, **(ADULT | {"age": "008Y", "birth_date": date(2017, 12, 1)}))
    (image,) = store.images.of_study(study_id)
    assert without_model.refusal(store, reader, image.id) is not None
    draft = readings.draft(store, reader, study_id)
    draft = readings.save_draft(store, reader, draft.id, revision=draft.revision, report="By eye.")
    signed = readings.sign(store, reader, draft.id, PASSWORD)
    assert signed.verdict is None
    assert signed.prediction is not None
    assert signed.prediction.refused is not None


def test_without_an_age_the_reader_says_which_model_is_meant(
    store: Store, reader: Caller, open_page: OpenPage
) -> None:
    readings.set_model_first(store, reader, True)
    study_id = _brought(store, reader, **(ADULT | {"age": "", "birth_date": None}))
    page = open_page("reading", study=study_id)
    assert "Which model?" in words(page)
    assert store.predictions.of_study(study_id) == ()
    page.radio[0].set_value(chest.NAME).run()
    assert "At or above the operating point (2)" in words(page)
    assert {one.prediction.model for one in store.predictions.of_study(study_id)} == {chest.NAME}


def test_nothing_is_scored_before_the_own_impression(
    store: Store, reader: Caller, open_page: OpenPage
) -> None:
    study_id = _brought(store, reader, **ADULT)
    page = open_page("reading", study=study_id)
    assert [area for area in page.text_area if str(area.key).endswith(":impression")]
    assert store.predictions.of_study(study_id) == ()
