"""Images that no model answers for: the refusal, said before an impression is asked for, and reading on.

A refusal is no answer, so it may be shown at once; the draft is linked to it without counting as having
seen a model first.
"""

from datetime import datetime
from typing import Final

from medai_core.domain.people import Caller, Role
from medai_core.domain.prediction import PictureAnswers, Prediction
from medai_core.services.access import allowed_image
from medai_core.services.ages import with_known_age
from medai_core.services.scoring import best_model, pixels_refused, score
from medai_core.serving import gate, registry
from medai_core.store.database import Store

REFUSAL_SHOWN: Final = "refusal-shown"
_OPENED: Final = "opened-as-picture"


def candidates(
    store: Store, caller: Caller, image_id: str, answers: PictureAnswers | None = None
) -> tuple[str, ...]:
    """Models that may answer by what is known of an image; several only where no age is."""
    image = allowed_image(store, caller, image_id)
    return tuple(gate.choose(image.header, with_known_age(store, image, answers)))


def refusals(
    store: Store, caller: Caller, image_id: str, answers: PictureAnswers | None = None
) -> dict[str, str]:
    """Model -> why it may not answer by what is known of an image; those that may are left out."""
    image = allowed_image(store, caller, image_id)
    known = with_known_age(store, image, answers)
    said = {one.name: gate.applicable(image.header, one, known)[0] for one in registry.available()}
    return {name: sentence for name, sentence in said.items() if sentence}


def refusal(
    store: Store,
    caller: Caller,
    image_id: str,
    *,
    answers: PictureAnswers | None = None,
    model: str | None = None,
) -> tuple[str, Prediction] | None:
    """The refusal of an image with its stored id; None where a model may answer, and none is asked then.

    Raises Refusal "not-allowed", "no-model", "age-contradicts", or as the file cannot be read.
    """
    image = allowed_image(store, caller, image_id, Role.CLINICIAN)
    answers = with_known_age(store, image, answers)
    name = model or best_model(store, image, answers)
    by_header = gate.applicable(image.header, registry.card(name), answers)[0]
    if by_header is None and not pixels_refused(store, image, name):
        return None
    stored = score(store, caller, image, name, answers=answers)
    if stored.prediction.refused is None:
        return None
    with store.transaction():
        last = store.audit.search(caller.user_id, REFUSAL_SHOWN, image.study_id, limit=1)
        if not last or last[0].detail["prediction"] != stored.id:
            detail = {"prediction": stored.id, "image": image_id}
            store.audit.append(caller.user_id, REFUSAL_SHOWN, image.study_id, detail)
    return stored.id, stored.prediction


def open_as_picture(store: Store, caller: Caller, image_id: str, prediction_id: str) -> None:
    """Read an image on without any model after its refusal; written down once."""
    image = allowed_image(store, caller, image_id, Role.CLINICIAN)
    if opened_as_picture(store, caller, image_id, prediction_id) is None:
        detail = {"study": image.study_id, "prediction": prediction_id}
        store.audit.append(caller.user_id, _OPENED, image_id, detail)


def opened_as_picture(store: Store, caller: Caller, image_id: str, prediction_id: str) -> datetime | None:
    """When the caller chose to read this image on after this refusal; None where they have not."""
    allowed_image(store, caller, image_id)
    lines = store.audit.search(actor=caller.user_id, action=_OPENED, object_id=image_id, limit=100)
    return next((one.at for one in lines if one.detail.get("prediction") == prediction_id), None)
