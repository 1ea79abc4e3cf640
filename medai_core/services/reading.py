"""Reading a study: one's own impression, the model's answer, the draft, the signature, the addendum."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from medai_core.domain.people import Caller, Role
from medai_core.domain.prediction import HeatMap, PictureAnswers, Prediction
from medai_core.domain.prevalence import Localised
from medai_core.domain.reading import Reading, StudyState, Verdict
from medai_core.domain.refusal import Refusal
from medai_core.imaging.decode import decode
from medai_core.security.accounts import check_password
from medai_core.services.access import allowed_image, allowed_reading, allowed_study, own_draft
from medai_core.services.ages import with_known_age
from medai_core.services.completeness import kept_key_image, require_complete
from medai_core.services.drafts import both, merged
from medai_core.services.preferences import model_first, set_model_first
from medai_core.services.prevalence import of_reading
from medai_core.services.scoring import best_model, score
from medai_core.services.without_model import REFUSAL_SHOWN
from medai_core.serving import explain
from medai_core.store.database import Store
from medai_core.store.rows import DraftChanges, ImageRecord

__all__ = [
    "addendum",
    "discard_draft",
    "draft",
    "heat_map",
    "keep_impression",
    "key_image",
    "model_first",
    "predict_image",
    "record_first_impression",
    "save_draft",
    "set_model_first",
    "sign",
]

_LONGEST_TEXT: Final = 100_000
_SHOWN: Final = "model-shown"


@dataclass(frozen=True, slots=True)
class _Shown:
    """When somebody was first shown a model's answer to a study; then (image, answer), newest first."""

    first_at: datetime
    answers: tuple[tuple[str, str], ...]


def predict_image(
    store: Store,
    caller: Caller,
    image_id: str,
    *,
    answers: PictureAnswers | None = None,
    model: str | None = None,
) -> tuple[str, Prediction]:
    """The model's answer to an image with its stored id: the kept one where nothing has changed.

    Showing it is audited, and that is how a reading knows what its author saw, and when. Read-only callers
    see kept answers only. Refusals: "impression-first" where the caller's own impression is due,
    "not-predicted", "not-allowed", "age-contradicts" where the age said of a picture is not that of the
    patient's record, or as the pixels cannot be read.
    """
    image = allowed_image(store, caller, image_id)
    if not caller.role.covers(Role.CLINICIAN):
        return _kept(store, image)
    _require_order(store, caller, image.study_id)
    answers = with_known_age(store, image, answers)
    stored = score(store, caller, image, model or best_model(store, image, answers), answers=answers)
    with store.transaction():
        _touch(store, image.study_id)
        last = _shown(store, caller, image.study_id)
        if last is None or last.answers[0][1] != stored.id:
            detail = {"prediction": stored.id, "image": image_id}
            store.audit.append(caller.user_id, _SHOWN, image.study_id, detail)
    return stored.id, stored.prediction


def heat_map(store: Store, caller: Caller, image_id: str, model: str, label: str) -> HeatMap:
    """Where the evidence for one finding lies; under the same rules as the answer itself."""
    image = allowed_image(store, caller, image_id)
    if caller.role.covers(Role.CLINICIAN):
        _require_order(store, caller, image.study_id)
    newest = next(iter(store.predictions.of_image(image_id, model)), None)
    if newest is None or newest.prediction.refused is not None:
        raise Refusal(
            "not-predicted",
            expected="an image that the model has answered for",
            found="none of its answers",
            what_to_do="Ask the model first; where it refuses, there is no heat map either.",
        )
    return explain.heat_map(decode(store.blobs.path(image.digest), digest=image.digest), model, label)


def draft(store: Store, caller: Caller, study_id: str) -> Reading:
    """The caller's open draft of the study, an empty one where there is none.

    An answer that has been shown meanwhile is linked to it; take `revision` from what is returned.
    """
    allowed_study(store, caller, study_id, Role.CLINICIAN)
    with store.transaction():
        reading = store.readings.draft_of(study_id, caller.user_id)
        if reading is None:
            reading = store.readings.start(study_id, caller)
            store.audit.append(caller.user_id, "draft-started", reading.id, {"study": study_id})
            _touch(store, study_id)
        return _linked(store, caller, reading)


def record_first_impression(
    store: Store, caller: Caller, reading_id: str, text: str, *, revision: int | None = None
) -> Reading:
    """What the reader thought before the model was seen; written once, whatever `revision` the draft has.

    Refusals: "impression-empty", "impression-recorded".
    """
    reading = own_draft(store, caller, reading_id)
    words = _text(text.strip())
    if not words:
        raise Refusal(
            "impression-empty",
            expected="a few words on what you see",
            found="an empty field",
            what_to_do="Write your impression, or choose to be shown the model's answer at once.",
        )
    with store.transaction():
        current = store.readings.get(reading_id) or reading
        after = store.readings.record_first_impression(reading_id, words, revision=current.revision)
        detail = {"study": reading.study_id}
        store.audit.append(caller.user_id, "first-impression-recorded", reading_id, detail)
    return after


def keep_impression(store: Store, caller: Caller, reading_id: str, text: str, *, seen: str = "") -> Reading:
    """Keep an impression that is still being typed; it is not recorded, so the model's answer stays closed.

    `seen` is what the window showed before: where another window has kept other words since, both are kept.
    Refusals: "impression-recorded", "reading-signed".
    """
    own_draft(store, caller, reading_id)
    with store.transaction():
        current = own_draft(store, caller, reading_id)
        words = _text(text if current.first_impression == seen else both(current.first_impression, text))
        if words == current.first_impression:
            return current
        return store.readings.keep_impression(reading_id, words, revision=current.revision)


def save_draft(
    store: Store,
    caller: Caller,
    reading_id: str,
    *,
    revision: int,
    report: str | None = None,
    comment: str | None = None,
    verdict: Verdict | None = None,
    clear_verdict: bool = False,
    image_id: str | None = None,
    prediction_id: str | None = None,
) -> Reading:
    """Keep the draft; None leaves a field as it is. Texts are whole.

    A verdict stays with the answer that it was given on: image and prediction change with a new verdict
    only, or while there is none. `clear_verdict` takes the choice back.
    Where another window has saved since `revision`, nothing is lost: texts that differ are kept one below
    the other under a line that says so. The returned `revision` is then above ``revision + 1``.
    """
    reading = own_draft(store, caller, reading_id)
    judged = reading.verdict is not None and verdict in (None, reading.verdict) and not clear_verdict
    if judged and reading.prediction_id:
        image_id, prediction_id = reading.image_id, reading.prediction_id
    given = DraftChanges(
        report=reading.report if report is None else _text(report),
        comment=reading.comment if comment is None else _text(comment),
        verdict=None if clear_verdict else verdict or reading.verdict,
        image_id=image_id or reading.image_id,
        prediction_id=prediction_id or reading.prediction_id,
        saw_model_first=reading.saw_model_first,
    )
    with store.transaction():
        current = own_draft(store, caller, reading_id)
        if current.revision == revision:
            return store.readings.save(reading_id, given, revision=revision)
        store.audit.append(caller.user_id, "draft-merged", reading_id)
        return store.readings.save(reading_id, merged(current, given), revision=current.revision)


def discard_draft(store: Store, caller: Caller, reading_id: str) -> None:
    """Throw the caller's own draft away; a study of which nothing is left is new again."""
    reading = own_draft(store, caller, reading_id)
    with store.transaction():
        if store.readings.discard(reading_id, caller.user_id):
            store.audit.append(caller.user_id, "draft-discarded", reading_id, {"study": reading.study_id})
        if not store.readings.of_study(reading.study_id) and not store.predictions.of_study(reading.study_id):
            store.studies.set_state(reading.study_id, StudyState.NEW)


def sign(
    store: Store,
    caller: Caller,
    reading_id: str,
    password: str,
    key_image: bytes | None = None,
    *,
    revision: int | None = None,
    shown: Localised | None = None,
) -> Reading:
    """Make the draft final for ever, once the caller's password has been asked for again.

    `key_image` is a PNG with its marks drawn in. `revision` guards against a text that was saved elsewhere,
    `shown`, the answer as the author saw it, against a prevalence that was set meanwhile. The answer at the
    prevalence here is kept with the reading, whatever the site sets later.
    Refusals: "password-wrong", "sign-in-blocked", "reading-empty", "verdict-missing", "impression-first",
    "key-image", "reading-changed-elsewhere", "prevalence-changed-elsewhere", "reading-signed".
    """
    own_draft(store, caller, reading_id)
    check_password(store, caller, password)
    picture = kept_key_image(store, key_image)
    with store.transaction():
        reading = own_draft(store, caller, reading_id)
        if revision is not None and reading.revision != revision:
            raise _changed_elsewhere()
        reading = _with_impression(store, caller, _linked(store, caller, reading))
        require_complete(reading)
        local = of_reading(store, caller, reading)
        if shown is not None and shown != local:
            raise _prevalence_changed()
        after = store.readings.sign(
            reading_id,
            caller,
            revision=reading.revision,
            key_image_digest=picture,
            prevalence=local,
        )
        store.studies.release(reading.study_id, caller.user_id)
    return after


def addendum(store: Store, caller: Caller, reading_id: str) -> Reading:
    """A draft that adds to a signed reading; the signed one never changes."""
    reading = allowed_reading(store, caller, reading_id, Role.CLINICIAN)
    with store.transaction():
        after = store.readings.start(reading.study_id, caller, addendum_to=reading.addendum_to or reading_id)
        detail = {"to": after.addendum_to or "", "study": reading.study_id}
        if after.revision == 0 and not after.report:
            store.audit.append(caller.user_id, "addendum-started", after.id, detail)
    return after


def key_image(store: Store, caller: Caller, reading_id: str) -> bytes | None:
    """The PNG that was kept with a reading."""
    allowed_reading(store, caller, reading_id)
    digest = store.readings.key_image(reading_id)
    return store.blobs.read(digest) if digest else None


def _kept(store: Store, image: ImageRecord) -> tuple[str, Prediction]:
    """The newest kept answer, for those who may look only."""
    for stored in store.predictions.of_image(image.id):
        return stored.id, stored.prediction
    raise Refusal(
        "not-predicted",
        expected="an image that a reader has asked a model about",
        found="none of its answers",
        what_to_do="Ask a clinician to read the study.",
    )


def _require_order(store: Store, caller: Caller, study_id: str) -> None:
    """Raise Refusal "impression-first" where the caller has yet to write what they see themselves."""
    if model_first(store, caller):
        return
    mine = [one for one in store.readings.of_study(study_id) if one.author_id == caller.user_id]
    if any(one.signed_at or one.first_impression_at or one.saw_model_first for one in mine):
        return
    raise Refusal(
        "impression-first",
        expected="your own impression before the model's answer",
        found="none yet",
        what_to_do="Write what you see, or choose to be shown the model's answer at once.",
    )


def _shown(store: Store, caller: Caller, study_id: str) -> _Shown | None:
    """What the audit says of the caller and the models' answers to this study."""
    lines = store.audit.search(actor=caller.user_id, action=_SHOWN, object_id=study_id, limit=1000)
    if not lines:
        return None
    return _Shown(lines[-1].at, tuple((line.detail["image"], line.detail["prediction"]) for line in lines))


def _to_judge(store: Store, shown: _Shown) -> tuple[str, str]:
    """The (image, answer) that a reading is about: of each image's newest the first that is no refusal."""
    newest: dict[str, str] = {}
    for image_id, prediction_id in shown.answers:
        newest.setdefault(image_id, prediction_id)
    for image_id, prediction_id in newest.items():
        stored = store.predictions.get(prediction_id)
        if stored is not None and stored.prediction.refused is None:
            return image_id, prediction_id
    return shown.answers[0]


def _linked(store: Store, caller: Caller, reading: Reading) -> Reading:
    """The draft with the answer that its author was shown, and whether that came before the impression.

    Once there is a verdict, the answer that it was given on stays, whatever was shown later; before, an
    answer goes before another image's refusal.
    """
    shown = _shown(store, caller, reading.study_id)
    if shown is None:
        return _linked_to_refusal(store, caller, reading)
    impression_at = reading.first_impression_at
    saw_first = reading.addendum_to is None and (impression_at is None or shown.first_at < impression_at)
    image_id, prediction_id = _to_judge(store, shown)
    if reading.verdict is not None and reading.prediction_id is not None:
        image_id, prediction_id = reading.image_id or image_id, reading.prediction_id
    if reading.prediction_id == prediction_id and reading.saw_model_first == saw_first:
        return reading
    changes = DraftChanges(
        report=reading.report,
        comment=reading.comment,
        verdict=reading.verdict,
        image_id=image_id,
        prediction_id=prediction_id,
        saw_model_first=saw_first,
    )
    return store.readings.save(reading.id, changes, revision=reading.revision)


def _linked_to_refusal(store: Store, caller: Caller, reading: Reading) -> Reading:
    """The draft with the refusal that its author was shown, where no model has answered."""
    lines = store.audit.search(
        actor=caller.user_id, action=REFUSAL_SHOWN, object_id=reading.study_id, limit=1
    )
    if not lines or reading.prediction_id == lines[0].detail["prediction"]:
        return reading
    changes = DraftChanges(
        report=reading.report,
        comment=reading.comment,
        verdict=reading.verdict,
        image_id=lines[0].detail["image"],
        prediction_id=lines[0].detail["prediction"],
        saw_model_first=reading.saw_model_first,
    )
    return store.readings.save(reading.id, changes, revision=reading.revision)


def _with_impression(store: Store, caller: Caller, reading: Reading) -> Reading:
    """An impression that was typed and never recorded is recorded with the signature, at its hour."""
    if reading.first_impression_at is not None or not reading.first_impression.strip():
        return reading
    words = reading.first_impression.strip()
    after = store.readings.record_first_impression(reading.id, words, revision=reading.revision)
    store.audit.append(caller.user_id, "first-impression-recorded", reading.id, {"study": reading.study_id})
    return after


def _touch(store: Store, study_id: str) -> None:
    """A new study is new no more."""
    study = store.studies.get(study_id)
    if study is not None and study.row.state is StudyState.NEW:
        store.studies.set_state(study_id, StudyState.READ)


def _text(text: str) -> str:
    if len(text) > _LONGEST_TEXT:
        raise Refusal(
            "text-long",
            expected=f"a text of at most {_LONGEST_TEXT:,} characters",
            found="a longer one",
            what_to_do="Shorten it.",
        )
    return text


def _prevalence_changed() -> Refusal:
    return Refusal(
        "prevalence-changed-elsewhere",
        expected="the probabilities as they were shown",
        found="others, because the prevalence here was set anew meanwhile",
        what_to_do="Look at them as they stand now, then sign.",
    )


def _changed_elsewhere() -> Refusal:
    return Refusal(
        "reading-changed-elsewhere",
        expected="the draft as this window last read it",
        found="one that was saved elsewhere meanwhile",
        what_to_do="Look at the text as it stands now, then sign.",
    )
