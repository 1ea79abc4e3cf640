"""What is shown of a cohort as tables for a spreadsheet; what is kept back says so in words."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from medai_core.domain.cohort_views import CalibrationView, Grid, GroupTable, Histogram, SurvivalView
from medai_core.domain.monitor import Cell
from medai_core.domain.people import Caller, Role
from medai_core.security.access import require
from medai_core.services.cohort import Selection, audit
from medai_core.services.spreadsheet import safe_cell
from medai_core.store.database import Store

MAY_HAVE_ROWS: Final = Role.ADMINISTRATOR
"""Who may take a row a patient out of the store at once."""

Line = Sequence[object]


def _content(header: Line, lines: Iterable[Line]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([[safe_cell(cell) for cell in line] for line in lines])
    return text.getvalue().encode("utf-8")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _count(cell: Cell) -> str:
    """A count without thousands' commas."""
    return cell.words.replace(",", "")


def share_words(cell: Cell, size: Cell) -> str:
    """``"120 (12%)"``, or how it is kept back."""
    if cell.value is None or not size.value:
        return cell.words
    share = cell.value / size.value
    if cell.value in (0, size.value):
        return cell.words
    words = "<1%" if share < 0.01 else ">99%" if share > 0.99 else f"{share:.0%}"
    return f"{cell.words} ({words})"


def table(found: GroupTable) -> bytes:
    """Table 1: a line each quantity or level and group."""
    lines: list[Line] = [
        ("people", "", "", group, _count(size), "", "", "")
        for group, size in zip(found.groups, found.sizes, strict=True)
    ]
    for line in found.lines:
        for place, group in enumerate(found.groups):
            if line.summaries:
                one = line.summaries[place]
                ends = (_number(one.median), _number(one.low), _number(one.high))
                lines.append((line.variable, "", line.unit, group, _count(one.count), *ends))
            else:
                lines.append((line.variable, line.level, "", group, _count(line.counts[place]), "", "", ""))
    return _content(("variable", "level", "unit", "group", "n", "median", "q1", "q3"), lines)


def histogram(found: Histogram) -> bytes:
    """A line each bin and group, then who has no value."""
    lines: list[Line] = []
    for place, group in enumerate(found.groups):
        for number, cell in enumerate(found.counts[place]):
            ends = found.edges[number], found.edges[number + 1]
            low = "" if number == 0 else _number(ends[0])
            high = "" if number == len(found.edges) - 2 else _number(ends[1])
            lines.append((found.name, found.unit, group, low, high, _count(cell)))
        lines.append((found.name, found.unit, group, "missing", "", _count(found.missing[place])))
        if found.refused:
            lines.append((found.name, found.unit, group, "refused", "", _count(found.refused[place])))
    return _content(("quantity", "unit", "group", "from", "to", "n"), lines)


def grid(found: Grid) -> bytes:
    """A line each cell of the grid."""
    lines: list[Line] = [
        (
            _number(found.x_edges[column]), _number(found.x_edges[column + 1]),
            _number(found.y_edges[row]), _number(found.y_edges[row + 1]), _count(cell),
        )
        for row, cells in enumerate(found.counts)
        for column, cell in enumerate(cells)
    ]  # fmt: skip
    x, y = (f"{name} ({unit})" for name, unit in ((found.x_name, found.x_unit), (found.y_name, found.y_unit)))
    return _content((f"{x} from", f"{x} to", f"{y} from", f"{y} to", "n"), lines)


def survival(found: SurvivalView) -> bytes:
    """The curves' steps, then the numbers at risk, then the test."""
    lines: list[Line] = []
    for curve in found.curves:
        for at, value, low, high in zip(curve.times, curve.survival, curve.low, curve.high, strict=True):
            lines.append(("curve", curve.name, _number(at), _number(value), _number(low), _number(high), ""))
        for at, cell in zip(found.times, curve.at_risk, strict=bool(curve.at_risk)):
            lines.append(("at risk", curve.name, _number(at), "", "", "", _count(cell)))
        lines.append(("people", curve.name, "", "", "", "", _count(curve.size)))
        lines.append(("events", curve.name, "", "", "", "", _count(curve.events)))
    for words, cell in found.left_out:
        lines.append(("follow-up", words, "", "", "", "", _count(cell)))
    if found.statistic is not None:
        lines.append(("log-rank", "chi-squared", "", _number(found.statistic), "", "", found.degrees))
        lines.append(("log-rank", "p", "", _number(found.p), "", "", ""))
    return _content(("part", "group", "years", "value", "low", "high", "n"), lines)


def calibration(found: CalibrationView) -> bytes:
    """A line each bin."""
    lines: list[Line] = [
        (
            _number(one.low), _number(one.high), _count(one.size), _number(one.predicted),
            _number(one.observed), _number(one.observed_low), _number(one.observed_high), one.kept_back,
        )
        for one in found.bins
    ]  # fmt: skip
    lines += [(words, "", _count(cell), "", "", "", "", "") for words, cell in found.left_out]
    header = ("from", "to", "n", "predicted", "observed", "observed_low", "observed_high", "note")
    return _content(header, lines)


def audit_aggregate(store: Store, caller: Caller, selection: Selection, name: str) -> None:
    """Note that a view's numbers were handed out."""
    require(caller, Role.CLINICIAN)
    audit(store, caller, selection, f"cohort-{name.replace('_', '-')}-handed-out")


def rows(store: Store, caller: Caller, selection: Selection) -> bytes:
    """A row each patient: opaque id, age, sex, death. Audited; raises Refusal "not-allowed"."""
    import numpy as np

    require(caller, MAY_HAVE_ROWS)
    people = selection.basis.people
    ages = people.ages_now()
    lines: list[Line] = []
    for place in np.flatnonzero(selection.chosen):
        died = "" if np.isnat(people.died[place]) else str(people.died[place])
        age = "" if np.isnan(ages[place]) else f"{ages[place]:.0f}"
        lines.append((people.ids[place], age, people.sex[place], "yes" if people.dead[place] else "", died))
    detail = {"rows": str(len(lines)), "criteria": ", ".join(one.kind.value for one in selection.criteria)}
    store.audit.append(caller.user_id, "cohort-rows-handed-out", "cohort", detail)
    return _content(("patient", "age", "sex", "died", "death_date"), lines)
