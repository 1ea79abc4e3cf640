"""The image gate's refusals in the store: kept, asked again after a new gate, and in the worklist's words."""

from dataclasses import replace

import pytest

from medai_core.domain.people import Caller
from medai_core.domain.prediction import Finding
from medai_core.services import scoring
from medai_core.services.scoring import score
from medai_core.serving import image_gate, registry, runtime
from medai_core.store.database import Store
from medai_core.store.rows import ImageRecord
from tests.support.films import brought_in, film

MODEL = "paediatric_pneumonia"


@pytest.fixture
def turned(store: Store, reader: Caller) -> ImageRecord:
    """A stored film that lies upside down."""
    (line,) = brought_in(store, reader, film(turns=2))
    assert line.study_id is not None, line
    return store.images.of_study(line.study_id)[0]


def test_a_refusal_by_the_pixels_is_kept(
    store: Store, reader: Caller, turned: ImageRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = score(store, reader, turned, MODEL)
    assert "upside down" in (first.prediction.refused or "")
    assert first.prediction.weights_digest == image_gate.installed_digest()

    def never(*_: object) -> runtime.Output:
        raise AssertionError("what is kept is not computed again")

    monkeypatch.setattr(runtime, "run", never)
    assert score(store, reader, turned, MODEL).id == first.id


def test_a_new_gate_is_asked_again(
    store: Store, reader: Caller, turned: ImageRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = score(store, reader, turned, MODEL)
    monkeypatch.setattr(scoring.image_gate, "installed_digest", lambda: "f" * 64)
    assert score(store, reader, turned, MODEL).id != first.id


def test_an_answer_from_before_the_gate_is_not_shown_where_it_refuses(
    store: Store, reader: Caller, turned: ImageRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = score(store, reader, turned, MODEL).prediction
    finding = Finding("pneumonia", 0.9, 0.8, 0.95, 0.5)
    weights = registry.card(MODEL).weights_digest
    older = replace(refusal, refused=None, findings=(finding,), weights_digest=weights)
    store.predictions.add(turned.id, older)
    assert "upside down" in (score(store, reader, turned, MODEL).prediction.refused or "")


def test_the_worklist_says_refused(store: Store, reader: Caller, turned: ImageRecord) -> None:
    score(store, reader, turned, MODEL)
    assert (
        scoring._words([one.prediction for one in store.predictions.of_image(turned.id)], False) == "refused"
    )


def test_where_no_age_is_known_one_model_is_asked_on_arrival(
    store: Store, administrator: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, unknown = (
        line.image_id or ""
        for line in brought_in(store, administrator, film(1), film(2, age="", birth_date=None))
    )
    store.preferences.set(scoring.MODEL_RAISES, True)
    monkeypatch.setattr(scoring.gate, "choose", lambda header, answers=None: ["chest_findings", MODEL])
    asked: list[str] = []
    monkeypatch.setattr(scoring, "score", lambda store, caller, image, model: asked.append(model))
    scoring.score_on_arrival(store, administrator, unknown)
    assert asked == [MODEL]
    scoring.score_on_arrival(store, administrator, known)
    assert asked == [MODEL, "chest_findings", MODEL]
