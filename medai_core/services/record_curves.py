"""Which measured values a patient's page draws, in which unit, and what of a long history."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from medai_core.domain.overview import Curve, CurveName, Point, Stretch
from medai_core.domain.record import Code, Lane
from medai_core.store.database import Store
from medai_core.store.overview import CurveKey, Measurement

SINGLE: Final = 800
"""So many of the newest measured entries are drawn value by value; older ones by month."""
SHOWN: Final = 12
"""So many curves are shown at once; the others when they are asked for."""

_LOINC: Final = "http://loinc.org"
_FIRST: Final = (
    "8480-6", "8462-4", "8867-4", "9279-1", "8310-5", "2708-6", "59408-5", "29463-7", "39156-5",
)  # fmt: skip
"""LOINC codes of the vital signs that are shown first: blood pressure, heart and respiratory rate,
temperature, oxygen saturation, weight, body mass index."""


def curves(
    store: Store, group: Sequence[str], *, hidden: bool, more: Collection[CurveKey] = ()
) -> tuple[tuple[Curve, ...], tuple[CurveName, ...], tuple[str, ...]]:
    """The curves to draw, the names of the others, and sentences that say what was thinned."""
    since = store.overviews.newest_since(group, SINGLE, hidden=hidden)
    if since is not None:
        since = since.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found = _by_key(store.overviews.measurements(group, since, hidden=hidden))
    months = store.overviews.curve_months(group) if since is not None else {}
    totals = _totals(found, months)
    chosen = _chosen(totals, more)
    found = _with_last(store, group, found, months, chosen, hidden=hidden)
    drawn = [_curve(key, found.get(key, []), months.get(key, []), totals[key]) for key in chosen]
    merged = _in_one_unit(drawn)
    others = tuple(
        CurveName(key, _name(key, found.get(key, [])), totals[key])
        for key in totals
        if key not in set(chosen)
    )
    return tuple(merged), others, _sentences(merged, others)


def _by_key(measurements: Sequence[Measurement]) -> dict[CurveKey, list[Measurement]]:
    found: dict[CurveKey, list[Measurement]] = {}
    for one in measurements:
        found.setdefault(one.key, []).append(one)
    return found


def _totals(
    found: dict[CurveKey, list[Measurement]], months: dict[CurveKey, list[Stretch]]
) -> dict[CurveKey, int]:
    """How many current values each curve holds, vital signs first, then the most frequent."""
    if months:
        totals = {key: sum(month.count for month in stretches) for key, stretches in months.items()}
        totals.update({key: 0 for key in found if key not in totals})
    else:
        totals = {key: sum(one.point.current for one in values) for key, values in found.items()}
    order = sorted(totals, key=lambda key: (_rank(key), -totals[key], key))
    return {key: totals[key] for key in order}


def _rank(key: CurveKey) -> int:
    system, code, _ = key
    return _FIRST.index(code) if system == _LOINC and code in _FIRST else len(_FIRST)


def _chosen(totals: dict[CurveKey, int], more: Collection[CurveKey]) -> list[CurveKey]:
    """The curves with numbers that are shown first, with every unit of their code, and those asked for."""
    codes: list[tuple[str, str]] = []
    for system, code, _ in totals:
        if (system, code) not in codes:
            codes.append((system, code))
    first = set(codes[:SHOWN])
    return [key for key in totals if key[:2] in first or key in more]


def _with_last(
    store: Store,
    group: Sequence[str],
    found: dict[CurveKey, list[Measurement]],
    months: dict[CurveKey, list[Stretch]],
    chosen: list[CurveKey],
    *,
    hidden: bool,
) -> dict[CurveKey, list[Measurement]]:
    """The values of the last month of curves whose newest values all lie before the single ones."""
    waiting = [
        key for key in chosen if key in months and not any(one.point.current for one in found.get(key, ()))
    ]
    wanted = {(months[key][-1].year, months[key][-1].month) for key in waiting}
    result = dict(found)
    for year, month in wanted:
        for one in store.overviews.of_month(group, year, month, hidden=hidden):
            if one.key in waiting:
                last = months[one.key][-1]
                if (last.year, last.month) == (year, month):
                    result[one.key] = [*result.get(one.key, []), one]
    return {key: sorted(values, key=lambda one: one.point.at.at) for key, values in result.items()}


def _curve(key: CurveKey, values: list[Measurement], months: list[Stretch], total: int) -> Curve:
    """One curve: months before the first single value, then the values themselves."""
    points = tuple(one.point for one in values)
    first = min((f"{one.point.at.at:%Y-%m}" for one in values if one.point.current), default="9999")
    stretches = tuple(month for month in months if f"{month.year:04d}-{month.month:02d}" < first)
    older = sum(month.count for month in stretches)
    notes = (f"{older} older values stand by month, from the lowest to the highest.",) if older else ()
    lane = values[-1].lane if values else Lane.OBSERVATION
    code = Code(key[0], key[1], _name(key, values))
    return Curve(code, lane, key[2], points, total, stretches, notes)


def _name(key: CurveKey, values: Sequence[Measurement]) -> str:
    """What most of the values are called."""
    names = Counter(one.code.display for one in values if one.code.display)
    return names.most_common(1)[0][0] if names else key[1]


def _in_one_unit(drawn: list[Curve]) -> list[Curve]:
    """Curves of one code in several units as one where the units can be exchanged, else side by side."""
    by_code: dict[tuple[str, str], list[Curve]] = {}
    for curve in drawn:
        by_code.setdefault((curve.code.system, curve.code.code), []).append(curve)
    found: list[Curve] = []
    for same in by_code.values():
        found += same if len(same) == 1 else _joined(same)
    return found


def _joined(same: list[Curve]) -> list[Curve]:
    """The curve whose value is the newest takes in those that can be given in its unit."""
    numeric = [curve for curve in same if any(point.number is not None for point in curve.points)]
    if len(numeric) < 2:
        return same
    main = max(
        numeric, key=lambda curve: max((p.at.at for p in curve.points if p.current), default=_EARLIEST)
    )
    kept = []
    whole = main
    for curve in same:
        if curve is main:
            continue
        given = _given_in(curve, main) if curve in numeric else None
        if given is None:
            kept.append(replace(curve, notes=(*curve.notes, _APART.format(main.unit or "no unit"))))
        else:
            whole = _together(whole, given, f"{curve.total} given in {curve.unit or 'no unit'}, converted.")
    return [whole, *kept]


def _together(one: Curve, other: Curve, note: str) -> Curve:
    return replace(
        one,
        points=tuple(sorted([*one.points, *other.points], key=lambda point: point.at.at)),
        stretches=tuple(
            sorted([*one.stretches, *other.stretches], key=lambda month: (month.year, month.month))
        ),
        total=one.total + other.total,
        notes=(*one.notes, *other.notes, note),
    )


def _given_in(curve: Curve, main: Curve) -> Curve | None:
    """The curve in the unit of another; None where one of its values cannot be."""
    points = [_converted(point, curve.unit, main.unit, main.code) for point in curve.points]
    months = [_month_in(month, curve.unit, main.unit, main.code) for month in curve.stretches]
    if any(point is None for point in points) or any(month is None for month in months):
        return None
    return replace(
        curve,
        points=tuple(point for point in points if point is not None),
        stretches=tuple(month for month in months if month is not None),
    )


def _month_in(month: Stretch, from_unit: str, to_unit: str, code: Code) -> Stretch | None:
    from medai_core.records.units import converted

    if month.lowest is None or month.highest is None:
        return month
    ends = [converted(end, from_unit, to_unit, code=code) for end in (month.lowest, month.highest)]
    if ends[0] is None or ends[1] is None:
        return None
    return replace(month, lowest=min(ends[0], ends[1]), highest=max(ends[0], ends[1]))


def _converted(point: Point, from_unit: str, to_unit: str, code: Code) -> Point | None:
    """A value in another unit with what was written beside it; None where it cannot be."""
    from medai_core.records.units import converted

    if point.number is None:
        return point
    number = converted(point.number, from_unit, to_unit, code=code)
    if number is None:
        return None
    low, high = (
        None if end is None else converted(end, from_unit, to_unit, code=code)
        for end in (point.low, point.high)
    )
    given = f"{point.comparator} {point.number:g} {from_unit}".strip()
    return replace(point, number=number, low=low, high=high, given=point.given or given)


def _sentences(drawn: Sequence[Curve], others: Sequence[CurveName]) -> tuple[str, ...]:
    said = []
    if others:
        said.append(f"{len(others)} more measured quantities can be chosen below the charts.")
    months = sum(month.count for curve in drawn for month in curve.stretches)
    if months:
        said.append(f"{months} older values are drawn by month, from the lowest to the highest of each.")
    return tuple(said)


_EARLIEST: Final = datetime.min.replace(tzinfo=UTC)
_APART: Final = "Shown apart: no known way to convert it to {}."
