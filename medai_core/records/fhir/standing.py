"""How far a resource may be used, from what it says of its own status.

Only what is `Standing.CURRENT` is shown as current or fed to a model; everything is stored.
"""

from typing import Final

from medai_core.domain.record import Json, Standing
from medai_core.records.fhir.codes import codings, text_of

_C, _P, _W = Standing.CURRENT, Standing.PRELIMINARY, Standing.WITHDRAWN

REASONS: Final[dict[str, tuple[Standing, str]]] = {
    "entered-in-error": (_W, "It was written by mistake and never was true."),
    "cancelled": (_W, "It was called off before anything happened."),
    "nullified": (_W, "It was annulled."),
    "not-done": (_W, "It did not happen."),
    "not-taken": (_W, "The patient does not take it."),
    "noshow": (_W, "The patient did not come."),
    "declined": (_W, "It was declined."),
    "rejected": (_W, "It was not accepted."),
    "revoked": (_W, "It was taken back."),
    "refuted": (_W, "It was found to be untrue."),
    "superseded": (_W, "Another document stands in its place."),
    "abandoned": (_W, "It was given up before anything happened."),
    "failed": (_W, "It was tried and did not happen."),
    "draft": (_P, "It is not signed yet."),
    "preliminary": (_P, "Somebody has still to verify it."),
    "registered": (_P, "It is announced; there is no result yet."),
    "partial": (_P, "Results are still missing."),
    "provisional": (_P, "It is a working diagnosis."),
    "differential": (_P, "It is one of several possible diagnoses."),
    "unconfirmed": (_P, "Nobody has confirmed it."),
    "proposed": (_P, "It is proposed, not agreed."),
    "proposal": (_P, "It is proposed, not ordered."),
    "option": (_P, "It is one of several ways to go."),
    "pending": (_P, "It is not agreed yet."),
    "waitlist": (_P, "It has no time yet."),
    "planned": (_P, "It has not happened yet."),
    "preparation": (_P, "It has not happened yet."),
    "intended": (_P, "The patient means to take it."),
    "requested": (_P, "It has not happened yet."),
    "unknown": (_P, "The source does not know how far it got."),
}
"""Every status that keeps a resource from being current, and why. Statuses of R4 that are not
named here (active, completed, final, amended, corrected, stopped ...) say what is or was so: current."""

_CURRENT: Final = frozenset(
    "accepted account-only achieved active amended appended arrived available balanced booked checked-in "
    "complete completed confirmed corrected current ended entered error exposed fulfilled finished final "
    "generated improving in-effect in-progress in-review inactive intended-for-use issued leave messaged "
    "no-change no-progress not-achieved off offered on on-hold onleave onhold operational parsed partial-lot "
    "posted published queued ready received recorded recurrence relapse remission replaced resolved retired "
    "stopped stored suspended sustaining terminated triaged ok executed executable renewed policy "
    "negotiable disputed withdrawn-from-sale out-of-service not-attained worsening".split()
)

_LENIENT: Final[dict[tuple[str, str], Standing]] = {
    ("AllergyIntolerance", "unconfirmed"): _C,
    ("Goal", "planned"): _C,
    ("CareTeam", "proposed"): _P,
    ("Media", "preparation"): _P,
    ("Task", "failed"): _C,
    ("Task", "requested"): _C,
}
"""Where the same word weighs differently: an allergy that nobody has confirmed (as most that a patient tells)
still warns, with the word beside it; a planned goal is what the patient works towards; a task that was
requested or failed is a fact about the task."""

_INTENDED: Final = frozenset(
    {"MedicationRequest", "ServiceRequest", "CarePlan", "DeviceRequest", "NutritionOrder", "RequestGroup"}
)
_WEIGHT: Final = {_C: 0, _P: 1, _W: 2}


def standing_of(resource: Json) -> tuple[Standing, str]:
    """The standing of a resource, and its status in the source's own words ("active, unconfirmed")."""
    kind = str(resource.get("resourceType"))
    words = _words(resource)
    judged = [_judged(kind, word) for word in words]
    if kind in _INTENDED and (intent := text_of(resource.get("intent"))) in ("proposal", "option"):
        judged.append(REASONS[intent][0])
    if resource.get("doNotPerform") is True:
        judged.append(_W)
        words.append("do not perform")
    if resource.get("modifierExtension"):
        judged.append(_P)
    return max(judged, key=_WEIGHT.__getitem__, default=_C), ", ".join(words)


def _words(resource: Json) -> list[str]:
    """Its status words, be they codes or, as those of Condition and AllergyIntolerance, concepts."""
    found = [text_of(resource.get(name)) for name in ("status", "docStatus", "lifecycleStatus")]
    for name in ("clinicalStatus", "verificationStatus"):
        found += [code.code or code.display for code in codings(resource.get(name))][:1]
    kept = [word for word in found if word]
    return [word for word in kept if word != "confirmed"] or kept


def _judged(kind: str, word: str) -> Standing:
    word = word.lower()
    if (kind, word) in _LENIENT:
        return _LENIENT[kind, word]
    if word in REASONS:
        return REASONS[word][0]
    return _C if word in _CURRENT else _P
