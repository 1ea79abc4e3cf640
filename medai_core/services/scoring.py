"""Models on stored images: asked once for each version and kept; what they say for the worklist."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from medai_core.domain.people import Caller
from medai_core.domain.prediction import PictureAnswers, Prediction
from medai_core.domain.refusal import Refusal
from medai_core.imaging.decode import decode
from medai_core.services.inputs import inputs_of
from medai_core.serving import gate, image_gate, registry
from medai_core.serving.predict import predict
from medai_core.store.database import Store
from medai_core.store.rows import ImageRecord, StoredPrediction

_LOG: Final = logging.getLogger(__name__)

MODEL_RAISES: Final = "model_raises"
"""The store's preference: whether a model may raise a study on the worklist."""

NOT_SCORED: Final = "not scored"
NOTHING_ABOVE: Final = "no finding above threshold"
ABOVE: Final = "finding above threshold"
REFUSED: Final = "refused"


def best_model(store: Store, image: ImageRecord, answers: PictureAnswers | None = None) -> str:
    """The model to ask: the first that may answer, else the first there is, whose refusal says why.

    Raises Refusal "no-model" where none is installed.
    """
    names = _to_ask(store, image, answers) or [card.name for card in registry.available()]
    if not names:
        raise Refusal(
            "no-model",
            expected="a model",
            found="none installed",
            what_to_do="Read the study without a model.",
        )
    return names[0]


def score(
    store: Store, caller: Caller, image: ImageRecord, model: str, *, answers: PictureAnswers | None = None
) -> StoredPrediction:
    """The model's answer to a stored image; the kept one where weights, input and answers are the same."""
    kept = _kept(store, image, registry.card(model), answers)
    if kept is not None and (kept.prediction.refused or not pixels_refused(store, image, model)):
        return kept
    scan = decode(store.blobs.path(image.digest), digest=image.digest)
    prediction = predict(scan, model, answers=answers)
    inputs = inputs_of(scan, answers)
    with store.transaction():
        prediction_id = store.predictions.add(image.id, prediction, inputs)
        detail = {"model": model, "version": prediction.version, "weights": prediction.weights_digest}
        detail["outcome"] = "refused" if prediction.refused else "answered"
        store.audit.append(caller.user_id, "image-predicted", image.id, detail)
        _tell_worklist(store, image.study_id)
    stored = store.predictions.get(prediction_id)
    assert stored is not None
    return stored


def score_on_arrival(store: Store, caller: Caller, image_id: str) -> None:
    """Ask the models that apply to a new DICOM image, where they may raise studies.

    Never stops an import: where a model fails, the study stays "not scored" on the worklist.
    """
    image = store.images.get(image_id)
    if image is None or image.header.source != "dicom" or not store.preferences.get(MODEL_RAISES, False):
        return
    with _no_model_stops_an_import():
        for name in _to_ask(store, image):
            with _no_model_stops_an_import():
                score(store, caller, image, name)


def pixels_refused(store: Store, image: ImageRecord, model: str) -> bool:
    """Whether the image gate, where one is installed, keeps the picture itself from `model`."""
    if not any(one.name == image_gate.NAME for one in registry.available(image_gate.KIND)):
        return False
    look = image_gate.known_look(image.digest)
    if look is None:
        look = image_gate.look(decode(store.blobs.path(image.digest), digest=image.digest))
    return look.accepts.get(model) is not None


def _to_ask(store: Store, image: ImageRecord, answers: PictureAnswers | None = None) -> list[str]:
    """Models that may answer; where no age tells which, the one whose own films the image is most like."""
    names = gate.choose(image.header, answers)
    said = answers.age_years if answers and image.header.source == "picture" else None
    if image.header.age_years is not None or said is not None or len(names) < 2:
        return names
    try:
        look = image_gate.look(decode(store.blobs.path(image.digest), digest=image.digest))
    except Refusal:  # pixels that cannot be read: whichever is asked says so
        return names[:1]
    return [min(names, key=lambda name: look.out_of_distribution.get(name, float("inf")))]


@contextmanager
def _no_model_stops_an_import() -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        _LOG.warning("An image could not be scored on arrival: %s.", refusal.code)
    except Exception as error:  # whatever a model's runtime raises; its text may hold anything
        _LOG.error("A model failed on an image on arrival: %s.", type(error).__name__)


def _kept(
    store: Store, image: ImageRecord, card: registry.ModelCard, answers: PictureAnswers | None
) -> StoredPrediction | None:
    """The stored answer of these very weights to this very file, given the same answers of a person.

    What the header says is compared again. The image gate's refusal stays good as long as the weights that
    said it are those installed; an answer stays good as long as the gate lets the picture pass, which
    `score` asks: it may be older than the gate.
    """
    refused, cautions = gate.applicable(image.header, card, answers)
    weights = {card.weights_digest, card.keras_digest}
    looked = image_gate.installed_digest()
    for stored in store.predictions.of_image(image.id, card.name):
        prediction = stored.prediction
        by_gate = refused is None and prediction.refused is not None and prediction.weights_digest == looked
        by_model = (
            prediction.weights_digest in weights
            and prediction.refused == refused
            and prediction.cautions[: len(cautions)] == cautions
        )
        same_input = prediction.version == card.version and prediction.input_digest == image.digest
        if same_input and (by_gate or by_model):
            return stored
    return None


def _tell_worklist(store: Store, study_id: str) -> None:
    """What the newest answers to the study's images say, and why a model would raise it."""
    newest: dict[tuple[str, str], Prediction] = {}
    for stored in store.predictions.of_study(study_id):
        newest.setdefault((stored.image_id, stored.prediction.model), stored.prediction)
    flagged = [one for one in newest.values() if any(finding.flagged for finding in one.findings)]
    reason = _reason(flagged[0]) if flagged else ""
    store.studies.set_model_state(study_id, _words(list(newest.values()), bool(flagged)), raised_by=reason)


def _words(predictions: list[Prediction], flagged: bool) -> str:
    if not predictions:
        return NOT_SCORED
    if flagged:
        return ABOVE
    return NOTHING_ABOVE if any(one.refused is None for one in predictions) else REFUSED


def _reason(prediction: Prediction) -> str:
    """Why a model raises a study, as a clause."""
    labels = [finding.label for finding in prediction.findings if finding.flagged]
    title = registry.card(prediction.model).title
    return f"{title}: {', '.join(labels)} at or above threshold"
