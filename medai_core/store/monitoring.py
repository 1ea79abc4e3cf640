"""What the monitor counts: all answers of a model in a span of time, and the verdicts of signed readings.

versions, answers, verdicts. Numbers only: no id of a patient, study, image or reading leaves this module.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Text, and_, case, cast, func, literal_column, not_, select

from medai_core.domain.prediction import Finding
from medai_core.store import tables
from medai_core.store.connection import Database, Repository
from medai_core.store.documents import finding_from_json

_PREDICTIONS: Final = tables.predictions.c
_READINGS: Final = tables.readings.c
_VIEW: Final = "view"
_MONTHS_KEPT: Final = 60

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class VersionCount:
    """One version of a model with the number of its answers (refusals included), and the first and last."""

    model: str
    version: str
    count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers of one version, in no order; n of them.

    `at` is in seconds since 1970, `refused` whether it was a refusal, `reasons` the sentences of those.
    `scores` has shape (n, labels): probabilities in the order of `findings`, which are an example with the
    version's labels and operating points; NaN where refused. `statistics` holds {name: values, shape (n,)},
    NaN where not known, ages in years among them as ``"age_years"``; `views` is empty where not known.
    """

    at: Values
    refused: NDArray[np.bool_]
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...]
    scores: Values
    statistics: dict[str, Values]
    views: NDArray[np.str_]

    def part(self, chosen: NDArray[np.bool_]) -> "Answers":
        """The chosen ones."""
        kept = chosen[self.refused]
        return Answers(
            at=self.at[chosen],
            refused=self.refused[chosen],
            reasons=tuple(reason for reason, keep in zip(self.reasons, kept, strict=True) if keep),
            findings=self.findings,
            scores=self.scores[chosen],
            statistics={name: values[chosen] for name, values in self.statistics.items()},
            views=self.views[chosen],
        )


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Verdicts of signed readings (no addenda) on answers of one version, n of them.

    `at` is when they were signed, in seconds since 1970; `saw_model_first` whether the model's answer was
    seen before an impression was written; `scores` as in `Answers`.
    """

    at: Values
    verdict: NDArray[np.str_]
    saw_model_first: NDArray[np.bool_]
    findings: tuple[Finding, ...]
    scores: Values

    def part(self, chosen: NDArray[np.bool_]) -> "Verdicts":
        """The chosen ones."""
        return Verdicts(
            self.at[chosen],
            self.verdict[chosen],
            self.saw_model_first[chosen],
            self.findings,
            self.scores[chosen],
        )


class Monitoring(Repository):
    """Counts of one store."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._kept: OrderedDict[tuple[str, str, str, int], Answers] = OrderedDict()
        self._lock = threading.Lock()

    def versions(self) -> tuple[VersionCount, ...]:
        """All versions that have answered or refused, by model and version."""
        query = select(
            _PREDICTIONS.model,
            _PREDICTIONS.version,
            func.count(),
            func.min(_PREDICTIONS.created_at),
            func.max(_PREDICTIONS.created_at),
        )
        query = query.group_by(_PREDICTIONS.model, _PREDICTIONS.version)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(_PREDICTIONS.model, _PREDICTIONS.version))
            return tuple(VersionCount(*row) for row in rows)

    def answers(
        self, model: str, version: str, since: datetime | None = None, until: datetime | None = None
    ) -> Answers:
        """The answers of a version from `since` up to `until` (not included).

        Answers never change, so those of a calendar month (UTC) are read again only if there are more.
        """
        first = (
            since.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0) if since else None
        )
        mine = and_(_of(model, version), *_between(_PREDICTIONS.created_at, first, until))
        month = func.substr(cast(_PREDICTIONS.created_at, Text), literal_column("1"), literal_column("7"))
        with self._database.reading() as connection:
            findings = _example(connection, model, version)
            counted = connection.execute(select(month, func.count()).where(mine).group_by(month)).all()
            parts = [
                self._month(connection, (model, version, name, len(findings)), count)
                for name, count in counted
            ]
        found = _joined(parts, findings)
        inside = np.ones(len(found.at), dtype=bool)
        if since:
            inside &= found.at >= since.timestamp()
        if until:
            inside &= found.at < until.timestamp()
        return found if inside.all() else found.part(inside)

    def _month(self, connection: Connection, key: tuple[str, str, str, int], count: int) -> Answers:
        """The answers of one month, at least `count`; kept for the next time."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and len(kept.at) == count:
                self._kept.move_to_end(key)
                return kept
        model, version, name, labels = key
        first = datetime.fromisoformat(f"{name}-01").replace(tzinfo=UTC)
        after = (first + timedelta(days=32)).replace(day=1)
        found = _read(connection, model, version, (first, after), labels)
        with self._lock:
            self._kept[key] = found
            self._kept.move_to_end(key)
            while len(self._kept) > _MONTHS_KEPT:
                self._kept.popitem(last=False)
        return found

    def verdicts(
        self, model: str, version: str, since: datetime | None = None, until: datetime | None = None
    ) -> Verdicts:
        """Verdicts on answers of a version, signed from `since` up to `until` (not included)."""
        old_findings = case((_PREDICTIONS.scores.is_(None), cast(_PREDICTIONS.findings, Text)))
        query = select(
            cast(_READINGS.signed_at, Text),
            _READINGS.verdict,
            _READINGS.saw_model_first,
            cast(_PREDICTIONS.scores, Text),
            old_findings,
        ).select_from(tables.readings.join(tables.predictions, _READINGS.prediction_id == _PREDICTIONS.id))
        query = query.where(
            _READINGS.signed_at.is_not(None),
            _READINGS.verdict.is_not(None),
            _READINGS.addendum_to.is_(None),
            _PREDICTIONS.refused.is_(None),
            func.coalesce(_PREDICTIONS.model, "") == model,  # not through its index: readings lead, by time
            func.coalesce(_PREDICTIONS.version, "") == version,
            *_between(_READINGS.signed_at, since, until),
        )
        with self._database.reading() as connection:
            findings = _example(connection, model, version)
            rows = connection.execute(query).all()
        texts = [row[3] or _scores_text(json.loads(row[4])) for row in rows]
        return Verdicts(
            at=_seconds([row[0] for row in rows]),
            verdict=np.array([row[1] for row in rows], dtype=np.str_),
            saw_model_first=np.array([row[2] for row in rows], dtype=bool),
            findings=findings,
            scores=_scores(texts, len(findings)),
        )


def _read(
    connection: Connection, model: str, version: str, span: tuple[datetime, datetime], labels: int
) -> Answers:
    """The answers of a span; old ones, which have no scores of their own, by their findings."""
    mine = and_(_of(model, version), *_between(_PREDICTIONS.created_at, *span))
    old = and_(_PREDICTIONS.scores.is_(None), _PREDICTIONS.refused.is_(None))
    columns = (cast(_PREDICTIONS.created_at, Text), _PREDICTIONS.refused, cast(_PREDICTIONS.inputs, Text))
    query = select(*columns, cast(_PREDICTIONS.scores, Text)).where(mine, not_(old))
    new_rows = connection.execute(query).all()
    old_rows = connection.execute(select(*columns, _PREDICTIONS.findings).where(mine, old)).all()
    rows = [*new_rows, *old_rows]
    texts = [row[3] for row in new_rows] + [_scores_text(row[3]) for row in old_rows]
    statistics, views = _inputs([row[2] for row in rows])
    return Answers(
        at=_seconds([row[0] for row in rows]),
        refused=np.array([row[1] is not None for row in rows], dtype=bool),
        reasons=tuple(row[1] for row in rows if row[1] is not None),
        findings=(),
        scores=_scores(texts, labels),
        statistics=statistics,
        views=views,
    )


def _joined(parts: Sequence[Answers], findings: tuple[Finding, ...]) -> Answers:
    """The answers of all parts; NaN where a part does not know a statistic."""
    names = dict.fromkeys(name for part in parts for name in part.statistics)
    nothing = [np.empty(0)]
    return Answers(
        at=np.concatenate([part.at for part in parts] or nothing),
        refused=np.concatenate([part.refused for part in parts] or nothing).astype(bool),
        reasons=tuple(reason for part in parts for reason in part.reasons),
        findings=findings,
        scores=np.concatenate([part.scores for part in parts] or [np.empty((0, len(findings)))]),
        statistics={
            name: np.concatenate([part.statistics.get(name, np.full(len(part.at), np.nan)) for part in parts])
            for name in names
        },
        views=np.concatenate([part.views for part in parts] or nothing).astype(np.str_),
    )


def _of(model: str, version: str) -> ColumnElement[bool]:
    return and_(_PREDICTIONS.model == model, _PREDICTIONS.version == version)


def _between(column: Any, since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    return [*([column >= since] if since else []), *([column < until] if until else [])]


def _example(connection: Connection, model: str, version: str) -> tuple[Finding, ...]:
    """The findings of the newest answer: labels and operating points are the same in all of a version."""
    query = select(_PREDICTIONS.findings).where(_of(model, version), _PREDICTIONS.refused.is_(None))
    found = connection.scalar(query.order_by(_PREDICTIONS.created_at.desc()).limit(1))
    return tuple(map(finding_from_json, found or ()))


def _seconds(texts: Sequence[str]) -> Values:
    """Moments as the database keeps them (UTC), in seconds since 1970."""
    moments = np.array(texts, dtype="datetime64[us]")
    return moments.astype(np.int64) / 1e6


def _scores_text(findings: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps([finding["probability"] for finding in findings])


def _scores(texts: Sequence[str | None], labels: int) -> Values:
    """Lists of probabilities as JSON, None where refused: shape (n, labels)."""
    scores = np.full((len(texts), labels), np.nan)
    lists = json.loads(f"[{','.join(text or 'null' for text in texts)}]")
    rows = [place for place, found in enumerate(lists) if found is not None and len(found) == labels]
    if rows and labels:
        scores[rows] = np.array([lists[place] for place in rows], dtype=np.float64)
    return scores


def _inputs(texts: Sequence[str | None]) -> tuple[dict[str, Values], NDArray[np.str_]]:
    """What images were like, as JSON: every statistic with NaN where not known, and the views."""
    documents = json.loads(f"[{','.join(text or '{}' for text in texts)}]")
    views = np.array([document.get(_VIEW, "") for document in documents], dtype=np.str_)
    names = sorted(set().union(*documents) - {_VIEW})
    if not names:
        return {}, views
    try:
        rows = list(map(itemgetter(*names), documents)) if len(names) > 1 else []
    except KeyError:  # some know less than others
        rows = []
    if not rows:
        rows = [tuple(document.get(name, np.nan) for name in names) for document in documents]
    values = np.array(rows, dtype=np.float64).T.copy()
    statistics = dict(zip(names, values, strict=True))
    return statistics, views
