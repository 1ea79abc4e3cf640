"""Pairs of records that may be one person: the review list, and the merging of records.

add, replace_matches, get, of_state, count, of_patient, merge, keep_apart, unmerge, reopen, owner.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, and_, delete, func, insert, or_, select, update

from medai_core.domain.record import Json
from medai_core.domain.refusal import Refusal
from medai_core.store import clock, merged, tables
from medai_core.store.connection import Repository
from medai_core.store.ids import new_id

MESSAGE, SAME_KEY, MATCH = "message", "same key", "match"
OPEN, MERGED, APART = "open", "merged", "apart"

_PAIRS: Final = tables.pair_reviews.c
_PATIENTS: Final = tables.patients.c


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records in doubt. `kind` is "message" (a sender says that they are one), "same key" or "match".

    `weights` is what the comparison found, `score` its sum in bits (None where none was made); `state` is
    "open", "merged" or "apart". `patient_a` stays where the two are merged.
    """

    id: str
    kind: str
    patient_a: str
    patient_b: str
    weights: Json
    score: float | None
    state: str
    reason: str
    found_at: datetime
    decided_by: str | None
    decided_at: datetime | None


class Pairs(Repository):
    """The pairs of one store."""

    def add(self, kind: str, patient_a: str, patient_b: str, *, weights: Json, score: float | None) -> str:
        """A pair to be reviewed, its id; one that is open takes the new weights, a decided one stays."""
        with self._database.transaction() as connection:
            known = self._known(kind, patient_a, patient_b)
            if known is not None:
                mine = (_PAIRS.id == known) & (_PAIRS.state == OPEN)
                connection.execute(
                    update(tables.pair_reviews).where(mine).values(weights=weights, score=score)
                )
                return known
            pair_id = new_id()
            row = _row(pair_id, kind, patient_a, patient_b, weights, score)
            connection.execute(insert(tables.pair_reviews).values(**row))
        return pair_id

    def replace_matches(self, found: Iterable[tuple[str, str, Json, float]]) -> int:
        """Put the pairs of a new comparison in place of the open ones of before; how many are open now.

        A pair that somebody has decided, or that is open for another reason, is not asked about again.
        """
        with self._database.transaction() as connection:
            connection.execute(delete(tables.pair_reviews).where(_PAIRS.kind == MATCH, _PAIRS.state == OPEN))
            rows = connection.execute(select(_PAIRS.patient_a, _PAIRS.patient_b))
            known = {frozenset(row) for row in rows}
            new = [
                _row(new_id(), MATCH, first, second, weights, score)
                for first, second, weights, score in found
                if frozenset((first, second)) not in known
            ]
            if new:
                connection.execute(insert(tables.pair_reviews), new)
        return len(new)

    def get(self, pair_id: str) -> Pair | None:
        """The pair of an opaque id."""
        return next(iter(self._all(_PAIRS.id == pair_id)), None)

    def of_state(self, state: str, *, limit: int | None = None, offset: int = 0) -> tuple[Pair, ...]:
        """Pairs of a state: open ones by what somebody said, then by score; decided ones newest first."""
        return self._all(_PAIRS.state == state, limit=limit, offset=offset)

    def shown_to(
        self, caller_id: str | None, states: Collection[str], *, least: float | None = None,
        limit: int | None = None, offset: int = 0,
    ) -> tuple[Pair, ...]:  # fmt: skip
        """Pairs of these states, both of whose records are open to the caller (None: to whom all are).

        With `least` of the matches only those that are certain or have as many bits. Ordered as `of_state`.
        """
        return self._all(_shown(caller_id, states, least), limit=limit, offset=offset)

    def count_shown_to(
        self, caller_id: str | None, states: Collection[str], *, least: float | None = None
    ) -> int:
        """How many `shown_to` gives in all."""
        query = select(func.count()).where(_shown(caller_id, states, least))
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one()

    def of_patient(self, patient_id: str, *, state: str | None = None) -> tuple[Pair, ...]:
        """Pairs with a record among them, decided ones included."""
        mine = or_(_PAIRS.patient_a == patient_id, _PAIRS.patient_b == patient_id)
        return self._all(mine if state is None else and_(mine, _PAIRS.state == state))

    def count(self) -> dict[str, int]:
        """How many pairs each state has."""
        query = select(_PAIRS.state, func.count()).group_by(_PAIRS.state)
        with self._database.reading() as connection:
            return {state: count for state, count in connection.execute(query)}

    def owner(self, patient_id: str) -> str:
        """The record under which this one shows: itself unless it was merged."""
        with self._database.reading() as connection:
            found = connection.scalar(select(merged.owner()).where(_PATIENTS.id == patient_id))
        return found or patient_id

    def merge(self, pair_id: str, *, survivor: str, reason: str, decided_by: str) -> None:
        """Let both records of an open pair show under one; what was merged into either comes along.

        `survivor` is one of the two; where it shows under a third record, that one stays. Refusals
        "pair-decided" and "same-person" (they show as one already).
        """
        with self._database.transaction() as connection:
            pair = self._open(pair_id)
            first, second = self.owner(pair.patient_a), self.owner(pair.patient_b)
            if first == second:
                raise _same_person()
            stays = self.owner(survivor)
            if stays not in (first, second):
                raise ValueError('"survivor" is none of the two')
            goes = second if stays == first else first
            query = select(_PATIENTS.id, _PATIENTS.merged_into).where(_PATIENTS.id.in_(merged.together(goes)))
            moved = [list(row) for row in connection.execute(query)]
            moving = update(tables.patients).where(_PATIENTS.id.in_([patient for patient, _ in moved]))
            connection.execute(moving.values(merged_into=stays))
            self._decide(pair_id, MERGED, reason, decided_by, moved={"into": stays, "from": moved})

    def keep_apart(self, pair_id: str, *, reason: str, decided_by: str) -> None:
        """Both records stay for good. Refusal "pair-decided"."""
        with self._database.transaction():
            self._open(pair_id)
            self._decide(pair_id, APART, reason, decided_by, moved=None)

    def unmerge(self, pair_id: str) -> bool:
        """Point every record that the merge moved where it pointed before; the pair is open again.

        What has since been taken apart or moved by another decision stays where that put it. False where
        the pair is not merged.
        """
        with self._database.transaction() as connection:
            query = select(_PAIRS.moved).where(_PAIRS.id == pair_id, _PAIRS.state == MERGED)
            moved = connection.scalar(query)
            if moved is None:
                return False
            self._take_back(moved["into"], moved["from"])
            return self._open_again(pair_id, MERGED)

    def reopen(self, pair_id: str) -> bool:
        """Ask again about a pair that was kept apart; False where it was not."""
        return self._open_again(pair_id, APART)

    def _open_again(self, pair_id: str, state: str) -> bool:
        values = {"state": OPEN, "reason": "", "decided_by": None, "decided_at": None, "moved": None}
        query = update(tables.pair_reviews).where(_PAIRS.id == pair_id, _PAIRS.state == state)
        with self._database.transaction() as connection:
            return connection.execute(query.values(**values)).rowcount == 1

    def _take_back(self, into: str, moved: list[list[str | None]]) -> None:
        """Undo one merge; `moved` holds (record, where it pointed before), the merged record's own first."""
        with self._database.transaction() as connection:
            goes = next(patient for patient, before in moved if before is None)
            stays = self.owner(into)  # where the survivor was merged on, the moved ones went along
            back = {patient: before for patient, before in moved}
            query = select(_PATIENTS.id).where(_PATIENTS.merged_into == stays, _PATIENTS.id.in_(list(back)))
            still = set(connection.scalars(query))
            if goes not in still:
                return
            for patient in still:
                changed = update(tables.patients).where(_PATIENTS.id == patient)
                connection.execute(changed.values(merged_into=back[patient]))

    def _open(self, pair_id: str) -> Pair:
        pair = self.get(pair_id)
        if pair is None or pair.state != OPEN:
            raise Refusal(
                "pair-decided",
                expected="an open pair of the review list",
                found="one that has been decided, or none",
                what_to_do="Load the list again.",
            )
        return pair

    def _decide(self, pair_id: str, state: str, reason: str, decided_by: str, *, moved: Json | None) -> None:
        values = {"state": state, "reason": reason, "decided_by": decided_by, "moved": moved}
        with self._database.transaction() as connection:
            query = update(tables.pair_reviews).where(_PAIRS.id == pair_id)
            connection.execute(query.values(decided_at=clock.now(), **values))

    def _known(self, kind: str, patient_a: str, patient_b: str) -> str | None:
        either = or_(
            and_(_PAIRS.patient_a == patient_a, _PAIRS.patient_b == patient_b),
            and_(_PAIRS.patient_a == patient_b, _PAIRS.patient_b == patient_a),
        )
        with self._database.reading() as connection:
            return connection.scalar(select(_PAIRS.id).where(_PAIRS.kind == kind, either))

    def _all(self, condition: Any, *, limit: int | None = None, offset: int = 0) -> tuple[Pair, ...]:
        columns = [_PAIRS[name] for name in Pair.__slots__]
        order = (_PAIRS.decided_at.desc(), _PAIRS.score.is_not(None), _PAIRS.score.desc(), _PAIRS.id)
        query = select(*columns).where(condition).order_by(*order).limit(limit).offset(offset)
        with self._database.reading() as connection:
            return tuple(_pair(row) for row in connection.execute(query).mappings())


def _shown(caller_id: str | None, states: Collection[str], least: float | None) -> ColumnElement[bool]:
    found: ColumnElement[bool] = _PAIRS.state.in_(list(states))
    if caller_id is not None:
        closed = select(merged.hidden(caller_id).subquery())
        found &= _PAIRS.patient_a.not_in(closed) & _PAIRS.patient_b.not_in(closed)
    if least is not None:
        certain = func.coalesce(_PAIRS.weights["certain"].as_string(), "") != ""
        found &= or_(_PAIRS.kind != MATCH, certain, func.coalesce(_PAIRS.score, 0.0) >= least)
    return found


def _row(pair_id: str, kind: str, patient_a: str, patient_b: str, weights: Json, score: float | None) -> Json:
    return {
        "id": pair_id,
        "kind": kind,
        "patient_a": patient_a,
        "patient_b": patient_b,
        "weights": weights,
        "score": score,
        "state": OPEN,
        "reason": "",
        "found_at": clock.now(),
    }


def _pair(row: RowMapping) -> Pair:
    return Pair(**{**row, "weights": dict(row["weights"])})


def _same_person() -> Refusal:
    return Refusal(
        "same-person",
        expected="two records that show as two persons",
        found="two that show as one person already, through other merges",
        what_to_do="Nothing: keep this pair off the list, or take one of the other merges back first.",
    )
