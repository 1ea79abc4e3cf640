"""What names and ranges of columns tell: impossible values, two units, ids, what is known only afterwards."""

import re
from dataclasses import replace
from typing import Final

from medai_core.domain.training import NOTE, STOP, WARN, ColumnProfile, Issue, Kind

_RANGES: Final = (
    (r"age|age_?years?|alter|age_?at_?\w+|\w+_age", 0.0, 120.0, "an age in years"),
    (r"(sys|sbp|rr_?sys|systolic|trestbps)\w*", 30.0, 300.0, "a systolic blood pressure in mmHg"),
    (
        r"(dia_?bp|dbp|rr_?dia|diastolic)\w*",
        10.0,
        200.0,
        "a diastolic blood pressure in mmHg",
    ),
    (r"bmi|body_?mass_?index", 7.0, 150.0, "a body mass index"),
    (r"(heart_?rate|pulse|hr|thalach)", 0.0, 350.0, "a heart rate a minute"),
    (r"(spo2|sao2|oxygen_?saturation)", 0.0, 100.0, "a saturation in percent"),
    (r"hba1c(_?percent|_?%)?", 2.0, 200.0, "an HbA1c in percent or mmol/mol"),
)
_ID: Final = re.compile(
    r"(^|[_\s.-])(id|ids|mrn|uid|uuid|guid|key|no|nr|nummer|case|subject|record|rowid|index|seqn|randid|ssn|"
    r"name|surname|phone|email|address|zip|postcode)($|[_\s.-])|id$|^unnamed",
    re.IGNORECASE,
)
_AFTER: Final = re.compile(
    r"(^|[_\s.-])(outcome|event|events|status|death|dead|died|dod|deceased|mortality|survival|surv|"
    r"follow_?up|fu|discharge|los|readmi\w*|relapse|recurrence|complication\w*|cause|censor\w*|censored|"
    r"time_?to\w*|tte|years_?to|days_?to|months_?to|end_?date|last_?seen|vital_?status|diagnosis|dx|"
    r"treatment_?after|therapy_?after|stage_?final)($|[_\s.-])|^time[a-z]{2,}$|^(os|pfs|dfs|rfs)(_|$)",
    re.IGNORECASE,
)
_SPLIT_CASE: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


def plausible(name: str) -> tuple[float, float, str] | None:
    """The widest range that can be true of a column of this name, and what it is; None where nobody knows."""
    plain = "_".join(_SPLIT_CASE.sub("_", name.strip()).lower().split())
    for pattern, low, high, words in _RANGES:
        if re.fullmatch(pattern, plain):
            return low, high, words
    return None


def names_a_person(name: str) -> bool:
    """Whether a column's name says that it names a row, a person or a place."""
    return bool(_ID.search(_SPLIT_CASE.sub("_", name.strip())))


def is_of_afterwards(name: str) -> bool:
    """Whether a column's name says that it is known only when the outcome is."""
    return bool(_AFTER.search(_SPLIT_CASE.sub("_", name.strip())) or _AFTER.search(name.strip()))


def column_issues(column: ColumnProfile, rows: int) -> ColumnProfile:
    """The column with what its values and its name tell of it."""
    found = [*column.issues]
    if column.distinct == 1:
        found.append(Issue("column-constant", STOP, "The same value stands in every row.", column.name))
    if column.kind is Kind.TEXT:
        found.append(Issue("free-text", NOTE, "Text of many kinds: it is not an input.", column.name))
    if column.kind is Kind.DATE:
        found.append(
            Issue("dates", NOTE, "Dates: they can put rows in order and are not an input.", column.name)
        )
    if is_id_like(column, rows):
        text = "Nearly every row has a value of its own: it names rows and says nothing of people to come."
        found.append(Issue("id-like", WARN, text, column.name))
    if column.kind is Kind.NUMBER and (issue := _impossible(column)) is not None:
        found.append(issue)
    if column.missing > rows / 2 and column.present:
        text = f"Missing in {column.missing:,} of {rows:,} rows."
        found.append(Issue("mostly-missing", WARN, text, column.name))
    return replace(column, issues=tuple(found))


def is_id_like(column: ColumnProfile, rows: int) -> bool:
    """Whether a column names rows: nearly all values differ, and they are text or whole numbers in a run."""
    if rows < 20 or column.present < 0.5 * rows or column.distinct < 0.95 * column.present:
        return False
    if column.kind is Kind.TEXT:
        return True
    if column.kind is not Kind.NUMBER or column.low is None or column.high is None:
        return False
    whole = column.low == round(column.low) and column.high == round(column.high)
    in_a_run = column.high - column.low < 1.2 * column.distinct
    return whole and (in_a_run or names_a_person(column.name))


def _impossible(column: ColumnProfile) -> Issue | None:
    known = plausible(column.name)
    if known is None or column.low is None or column.high is None:
        return None
    low, high, words = known
    if low <= column.low and column.high <= high:
        return None
    text = (
        f"Read as {words}: values below {low:g} or above {high:g} cannot be true and count as missing. "
        "Where it is something else, rename the column."
    )
    return Issue("impossible-values", WARN, text, column.name)
