"""The risks of one person: what is asked, what is known, and what all scores and predictors say of it.

questions_of, questions_by_hand, read, assess; again answers one of them anew from changed values.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from medai_core.domain.inputs import Value
from medai_core.domain.people import Caller, Patient
from medai_core.domain.refusal import Refusal
from medai_core.domain.risk import Assessment, Kind, Known, RiskEstimate
from medai_core.services.risk_answers import answered
from medai_core.services.risk_askers import everything, unanswered
from medai_core.services.risk_inputs import filled
from medai_core.services.risk_peers import with_peers
from medai_core.services.risk_questions import Asker, Catalogue, Given, given_to, known_of, read, token
from medai_core.store import clock
from medai_core.store.database import Store

__all__ = ["again", "assess", "questions_by_hand", "questions_of", "read", "token"]


def questions_of(store: Store, caller: Caller, patient: Patient) -> Catalogue:
    """All questions, with what the record of a patient says. Raises Refusal "not-allowed"."""
    return filled(store, caller, patient, everything()[1])


def questions_by_hand() -> Catalogue:
    """All questions, for a person who is not in the store."""
    return unanswered(everything()[1])


def assess(
    asked: Catalogue,
    typed: Mapping[str, Value],
    confirmed: Collection[str] = (),
    *,
    gone: Collection[str] = (),
    patient_id: str | None = None,
    topics: Collection[str] | None = None,
    trained: bool = True,
    before: Assessment | None = None,
) -> Assessment:
    """What is said of a person.

    Parameters
    ----------
    typed : mapping
        By question, in its unit: what a person gave goes before the record.
    confirmed : collection of str
        `token` of questions whose statement in the record is to be used though it is old or uncertain.
    gone : collection of str
        Questions whose recorded value is not to be used.
    topics : collection of str, optional
        The occasions to answer for; all where it is None.
    trained : bool
        Whether trained predictors are asked too; the first one of a process takes seconds to load.
    before : Assessment, optional
        Of the same person: what a trained predictor said of the very same values is not computed again.
    """
    known = known_of(asked, typed, confirmed, gone=gone)
    found: dict[str, list[RiskEstimate]] = {"answered": [], "lacking": [], "outside": []}
    for asker in asked.askers:
        if (topics is None or asker.topic in topics) and (trained or asker.kind is Kind.SCORE):
            one = _of(asker, asked, known, before)
            where = "answered" if one.answered else "outside" if one.refused else "lacking"
            found[where].append(one)
    return Assessment(
        clock.now(), patient_id, known, tuple(found["answered"]), tuple(found["lacking"]),
        tuple(found["outside"]),
    )  # fmt: skip


def _of(
    asker: Asker, asked: Catalogue, known: Mapping[str, Known], before: Assessment | None
) -> RiskEstimate:
    """One answer; a model that cannot be opened is one that does not answer, with its sentence."""
    given = given_to(asker, asked, known)
    last = None if before is None or asker.kind is Kind.SCORE else before.estimate(asker.name)
    if last is not None and last.answered and _same(last, asker, given):
        return last
    try:
        return with_peers(answered(asker, given.values, given.waiting), asker, asked, known)
    except Refusal as refusal:
        empty = RiskEstimate(
            asker.name, asker.title, asker.kind, "", "1", "", asker.topic, asker.inputs, given.values
        )
        return replace(empty, refused=refusal.sentence)


def _same(last: RiskEstimate, asker: Asker, given: Given) -> bool:
    """Whether an answer was given to these values, of a person to whom the same conditions apply."""
    own = {one.key: given.values[one.key] for one in asker.inputs if one.key in given.values}
    met = all(given.values.get(one.key) is True for one in asker.conditions)
    free = not any(given.values.get(one.key) is True for one in asker.exclusions)
    return met and free and last.waiting == given.waiting and dict(last.values) == own


def again(name: str, values: Mapping[str, Value]) -> RiskEstimate:
    """What one score or predictor says of other values, by the keys and in the units of its inputs."""
    asker = next((one for one in everything()[0] if one.name == name), None)
    if asker is None:
        raise Refusal(
            "usage", expected="the name of a score or of a trained predictor", found="another name",
            what_to_do="Open the Risk page again.",
        )  # fmt: skip
    return answered(replace(asker, conditions=(), exclusions=()), values)
