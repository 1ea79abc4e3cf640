"""Finding records that may be one person, and deciding: merge, keep apart, take back.

run, newest, at_threshold; queue, opened, decided, merge, keep_apart, take_back. For clinicians. All records
are compared, those of restricted patients too; pairs are shown only to those who may see both.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from medai_core.domain.people import Caller, Patient, Role
from medai_core.domain.record import Json
from medai_core.domain.refusal import Refusal
from medai_core.records.people import Person, person_of
from medai_core.security.access import require, require_patient, sees_all
from medai_core.services.identities import reason_given
from medai_core.store.database import Store
from medai_core.store.pairs import APART, MERGED, OPEN, Pair
from medai_core.store.quality import MATCHING, Run

LEAST_KEPT: Final = -10.0
"""Bits: pairs under it are counted, not listed."""
MOST_KEPT: Final = 5000
SHOWN: Final = 200
UNKNOWN: Final = "not known of both"
"""The level of a field that one of the two records lacks."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of two compared records: what is known, and who it is now (`owner` is another where merged)."""

    patient: Patient
    phone: str
    address: str
    owner: str


@dataclass(frozen=True, slots=True)
class Review:
    """A pair with both descriptions. `weights` is as `weights_of` makes it, empty where none was compared."""

    pair: Pair
    first: Side
    second: Side

    @property
    def weights(self) -> Json:
        """What the comparison of the two found."""
        return self.pair.weights


@dataclass(frozen=True, slots=True)
class AtThreshold:
    """What a threshold of so many bits would ask people about, from the stored counts.

    `right` and `missed` are expected numbers: pairs of one person at or above it, and below it.
    """

    pairs: int
    right: float
    missed: float


def run(
    store: Store,
    caller: Caller,
    *,
    progress: Callable[[float], None] = lambda share: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> bool:
    """Compare all records, put the likely pairs on the review list, keep the counts. False if cancelled."""
    require(caller, Role.CLINICIAN)
    from medai_core.records.linkage import linked

    run_id = store.quality.start(MATCHING, caller.user_id)
    people = [person_of(one.patient.id, one.patient.identity, one.content) for one in store.quality.people()]
    progress(0.1)
    found = linked(people, progress=lambda share: progress(0.1 + 0.8 * share), cancelled=cancelled)
    if found is None or cancelled():
        store.quality.drop(run_id)
        return False
    certain = deterministic(people)
    pairs = _listed(people, found, certain)
    with store.transaction():
        listed = store.pairs.replace_matches(pairs)
        store.quality.finish(run_id, {**_counts(people, found), "listed": listed, "certain": len(certain)})
        store.audit.append(caller.user_id, "patients-compared", run_id, {"records": str(len(people))})
    progress(1.0)
    return True


def deterministic(people: Sequence[Person]) -> dict[tuple[str, str], str]:
    """{(record, record): which identifier both have}: the same issuer's, or one that a person has once."""
    from medai_core.records.people import STRONG

    holders: dict[tuple[str, str], list[str]] = {}
    for one in people:
        for issuer, value in one.keys:
            holders.setdefault((f"identifier of the same issuer\n{issuer}", value), []).append(one.id)
        for kind, value in one.strong:
            holders.setdefault((f"{STRONG[kind]}\n", value), []).append(one.id)
    found: dict[tuple[str, str], str] = {}
    for (kind, _), ids in holders.items():
        for other in ids[1 : 1 + MOST_KEPT]:
            found.setdefault((ids[0], other), kind.split("\n")[0])
    return found


def _listed(people: Sequence[Person], found: Any, certain: dict[tuple[str, str], str]) -> list[Any]:
    """Pairs for the review list: certain ones, then the best of the others."""
    import numpy as np

    from medai_core.records.linkage import weigh

    place = {one.id: number for number, one in enumerate(people)}
    codes = np.array([[place[first], place[second]] for first, second in certain], dtype=np.int64)
    rows = []
    if len(codes):
        sure = weigh(people, np.sort(codes, axis=1), found.weights)
        rows = [(sure, number, word) for number, word in enumerate(certain.values())]
    known = {frozenset(pair) for pair in certain}
    order = np.argsort(-found.score, kind="stable")
    for number in order[: MOST_KEPT + len(known)]:
        if found.score[number] < LEAST_KEPT or len(rows) >= MOST_KEPT:
            break
        first, second = found.pairs[number]
        if frozenset((people[first].id, people[second].id)) not in known:
            rows.append((found, int(number), ""))
    return [
        (people[one.pairs[number][0]].id, people[one.pairs[number][1]].id, weights_of(one, number, word),
         float(one.score[number]))
        for one, number, word in rows
    ]  # fmt: skip


def weights_of(found: Any, number: int, certain: str = "") -> Json:
    """A pair's weights for the review list: words and bits, nothing of the patients."""
    from medai_core.records.comparing import FIELDS

    fields: list[Json] = []
    for column, field in enumerate(FIELDS):
        level = int(found.levels[number][column])
        word = UNKNOWN if level < 0 else field.levels[level]
        bits = round(float(found.bits[number][column]), 2)
        fields.append({"field": field.name, "level": word, "bits": bits})
    score = round(float(found.score[number]), 2)
    return {
        "fields": fields,
        "before": round(score - sum(float(one["bits"]) for one in fields), 2),
        "score": score,
        "household": bool(found.household[number]),
        "certain": certain,
    }


def _counts(people: Sequence[Person], found: Any) -> Json:
    from medai_core.records.comparing import FIELDS
    from medai_core.records.linkage import ENOUGH, histogram

    weights = found.weights
    return {
        "records": len(people),
        "compared": len(found.pairs),
        "histogram": histogram(found),
        "expected": weights.expected,
        "enough": weights.expected >= ENOUGH,
        "shares": list(weights.shares),
        "passed_over": found.passed_over,
        "tables": [
            {"field": field.name, "levels": list(field.levels), "m": list(m), "u": list(u), "h": list(h)}
            for field, m, u, h in zip(FIELDS, weights.m, weights.u, weights.h, strict=True)
        ],
    }


def newest(store: Store, caller: Caller) -> Run | None:
    """The counts of the last comparison."""
    require(caller, Role.CLINICIAN)
    return store.quality.newest(MATCHING)


def at_threshold(counts: Json, bits: float) -> AtThreshold:
    """Count again from the stored histogram; nothing is compared."""
    bins = counts["histogram"]
    above = [place for place, begin in enumerate(bins["from"]) if begin >= bits]
    first = above[0] if above else len(bins["from"])
    return AtThreshold(
        pairs=round(sum(bins["pairs"][first:])),
        right=sum(bins["expected"][first:]),
        missed=sum(bins["expected"][:first]),
    )


def probability(bits: float) -> float:
    """The probability, 0..1, of a score in bits."""
    return 1.0 / (1.0 + math.exp2(-max(min(bits, 200.0), -200.0)))


def queue(
    store: Store, caller: Caller, *, least: float = 0.0, limit: int = SHOWN, offset: int = 0
) -> tuple[Pair, ...]:
    """Open pairs of records that the caller may see: messages and same keys, certain ones, then those of
    at least `least` bits, the most likely first."""
    require(caller, Role.CLINICIAN)
    if caller.store_name != store.name:
        return ()
    return store.pairs.shown_to(_asking(caller), (OPEN,), least=least, limit=limit, offset=offset)


def queue_length(store: Store, caller: Caller, *, least: float = 0.0) -> int:
    """How many pairs `queue` has in all."""
    require(caller, Role.CLINICIAN)
    if caller.store_name != store.name:
        return 0
    return store.pairs.count_shown_to(_asking(caller), (OPEN,), least=least)


def decided(store: Store, caller: Caller, *, limit: int = SHOWN) -> tuple[Pair, ...]:
    """Merged pairs and those kept apart, newest first, of records that the caller may see."""
    require(caller, Role.CLINICIAN)
    if caller.store_name != store.name:
        return ()
    return store.pairs.shown_to(_asking(caller), (MERGED, APART), limit=limit)


def _asking(caller: Caller) -> str | None:
    return None if sees_all(caller) else caller.user_id


def opened(store: Store, caller: Caller, pair_id: str, *, again: bool = False) -> Review:
    """Both descriptions of a pair; audited, unless drawn `again`. Refusals "pair-missing", "not-allowed"."""
    require(caller, Role.CLINICIAN)
    pair = store.pairs.get(pair_id)
    if pair is None:
        raise Refusal(
            "pair-missing",
            expected="a pair of the review list",
            found="none under this id; a new comparison may have replaced it",
            what_to_do="Load the list again.",
        )
    for record in (pair.patient_a, pair.patient_b):
        require_patient(store, caller, record)
    found = {one.patient.id: one for one in store.quality.people((pair.patient_a, pair.patient_b))}
    first, second = (
        _side(store, found[record].patient, found[record].content)
        for record in (pair.patient_a, pair.patient_b)
    )
    if not again:
        for one in (first, second):
            store.audit.append(caller.user_id, "patient-viewed", one.patient.id, {"pair": pair_id})
    return Review(pair, first, second)


def merge(store: Store, caller: Caller, pair_id: str, *, survivor: str, reason: str) -> None:
    """Show both records of a pair under `survivor`; nothing is moved. Audited with opaque ids.

    Refusals "pair-decided", "same-person", "reason-missing", "not-allowed".
    """
    require(caller, Role.CLINICIAN)
    words = reason_given(reason)
    with store.transaction():
        pair = _mine(store, caller, pair_id)
        store.pairs.merge(pair_id, survivor=survivor, reason=words, decided_by=caller.user_id)
        other = pair.patient_b if survivor == pair.patient_a else pair.patient_a
        store.audit.append(caller.user_id, "patients-merged", survivor, {"merged": other, "pair": pair_id})


def keep_apart(store: Store, caller: Caller, pair_id: str, *, reason: str) -> None:
    """Both records stay two persons, and no comparison asks about them again. Audited."""
    require(caller, Role.CLINICIAN)
    words = reason_given(reason)
    with store.transaction():
        pair = _mine(store, caller, pair_id)
        store.pairs.keep_apart(pair_id, reason=words, decided_by=caller.user_id)
        detail = {"other": pair.patient_b, "pair": pair_id}
        store.audit.append(caller.user_id, "patients-kept-apart", pair.patient_a, detail)


def take_back(store: Store, caller: Caller, pair_id: str) -> None:
    """Un-merge, or ask again about a pair that was kept apart; all stands as it was before. Audited."""
    require(caller, Role.CLINICIAN)
    with store.transaction():
        pair = _mine(store, caller, pair_id)
        done = store.pairs.unmerge(pair_id) if pair.state == MERGED else store.pairs.reopen(pair_id)
        if not done:
            raise Refusal(
                "pair-open",
                expected="a pair that was decided",
                found="an open one",
                what_to_do="Load the list again.",
            )
        action = "patients-unmerged" if pair.state == MERGED else "patients-asked-again"
        detail = {"other": pair.patient_b, "pair": pair_id}
        store.audit.append(caller.user_id, action, pair.patient_a, detail)


def _mine(store: Store, caller: Caller, pair_id: str) -> Pair:
    """The pair, both of whose records the caller may see."""
    return opened(store, caller, pair_id, again=True).pair


def _side(store: Store, patient: Patient, content: Json | None) -> Side:
    telecom = [one for one in (content or {}).get("telecom") or () if isinstance(one, dict)]
    phone = next((str(one["value"]) for one in telecom if one.get("value")), "")
    places = [one for one in (content or {}).get("address") or () if isinstance(one, dict)]
    parts: list[str] = []
    for place in places[:1]:
        parts = [
            *map(str, place.get("line") or ()),
            *(str(place.get(name) or "") for name in ("postalCode", "city")),
        ]
    return Side(patient, phone, ", ".join(filter(None, parts)), store.pairs.owner(patient.id))
