"""Who of the stored patients meets a list of criteria, with what each of them leaves; nobody is named.

selected, audit, said, checked; Selection. Restricted patients are left out for callers who are not on their
lists.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from medai_core.domain.cohort import ANY, CODED, CURRENT, SEXES, Criterion, Kind, Step, protected_descent
from medai_core.domain.people import Caller
from medai_core.domain.record import Code
from medai_core.domain.refusal import Refusal
from medai_core.services.cohort_basis import Basis, basis, linear, still_holds
from medai_core.store.database import Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_CRITERIA: Final = 12


@dataclass(frozen=True, slots=True)
class Selection:
    """The people whom all criteria leave.

    `steps` is the funnel, everyone first. `chosen` marks people of the basis: never to be shown one by one.
    `shown` says whether anything of the group may be shown: where it is small, or differs from an earlier
    step by a small group, nothing is.
    """

    basis: Basis
    criteria: tuple[Criterion, ...]
    steps: tuple[Step, ...]
    chosen: "NDArray[np.bool_]"

    @property
    def shown(self) -> bool:
        """Whether its number may be shown, and with it what is counted in it."""
        return self.steps[-1].count.value is not None

    @property
    def size(self) -> int:
        """How many they are; for use inside, not to be shown."""
        return int(self.chosen.sum())


def selected(store: Store, caller: Caller, criteria: Sequence[Criterion]) -> Selection:
    """Ask the criteria one after another. Audited by their kinds; raises Refusal "cohort-criteria"."""
    if len(criteria) > MOST_CRITERIA:
        raise _not_askable(f"more than {MOST_CRITERIA} criteria")
    found = basis(store, caller)
    import numpy as np

    chosen = np.ones(len(found.people), dtype=bool)
    counts, words = [len(found.people)], ["All patients open to you"]
    for one in criteria:
        chosen = chosen & found.kept(one, lambda one=one: holds(found, one))  # type: ignore[misc]
        counts.append(int(chosen.sum()))
        words.append(said(found, one))
    cells = protected_descent(counts)
    names = (None, *criteria)
    steps = tuple(Step(one, text, cell) for one, text, cell in zip(names, words, cells, strict=True))
    return Selection(found, tuple(criteria), steps, chosen)


def audit(store: Store, caller: Caller, selection: Selection, action: str = "cohort-asked") -> None:
    """One line of the audit log: which kinds of criteria, and whether the group could be shown."""
    kinds = ", ".join(one.kind.value for one in selection.criteria)
    shown = "shown" if selection.shown else "kept back"
    store.audit.append(caller.user_id, action, "cohort", {"criteria": kinds or "none", "result": shown})


def holds(found: Basis, one: Criterion) -> "NDArray[np.bool_]":
    """For whom a criterion holds."""
    mask = _mask(found, one)
    return ~mask if one.without else mask


def _mask(found: Basis, one: Criterion) -> "NDArray[np.bool_]":
    import numpy as np

    if one.kind is Kind.AGE:
        ages = found.people.ages_now()
        low = -np.inf if one.low is None else one.low
        high = np.inf if one.high is None else one.high
        return (ages >= low) & (ages <= high)
    if one.kind is Kind.SEX:
        return np.isin(found.people.sex, list(one.sexes))
    if one.kind is Kind.IMAGING:
        return found.mask(found.store.cohorts.flagged(one.system, one.code, one.since, one.until))
    if one.kind is Kind.VALUE:
        return _value_mask(found, one)
    entries = found.coded(one, lasting=one.mode == CURRENT)
    if one.mode == CURRENT:
        entries = [entry for entry in entries if still_holds(entry)]
    return found.mask({entry.record for entry in entries})


def _value_mask(found: Basis, one: Criterion) -> "NDArray[np.bool_]":
    import numpy as np

    code = Code(one.system, one.code)
    if one.mode != ANY:
        values, _ = found.newest(code, one.unit, one.since, one.until)
        low = -np.inf if one.low is None else one.low
        high = np.inf if one.high is None else one.high
        return (values >= low) & (values <= high)
    ranges = {}
    for name in found.store.cohorts.units(code):
        line = linear(name, one.unit, code)
        if line is not None:
            ends = [None if end is None else (end - line[0]) / line[1] for end in (one.low, one.high)]
            ranges[name] = (ends[0], ends[1])
    if not ranges:
        return found.mask(())
    return found.mask(found.store.cohorts.within(code, ranges, one.since, one.until))


# ---- in words


def said(found: Basis, one: Criterion) -> str:
    """A criterion as a phrase."""
    return ("Without: " if one.without else "") + _phrase(found, one) + _days(one)


def _phrase(found: Basis, one: Criterion) -> str:
    if one.kind is Kind.AGE:
        return f"Age {_range(one.low, one.high)} years"
    if one.kind is Kind.SEX:
        return "Sex " + " or ".join(SEXES.get(sex, sex) for sex in one.sexes)
    if one.kind is Kind.IMAGING:
        return f"{one.code}: flagged by {one.system} on an image"
    name = named(found, one)
    if one.kind is Kind.VALUE:
        which = "newest value" if one.mode != ANY else "any value"
        return f"{name}: {which} {_range(one.low, one.high)} {one.unit}".rstrip()
    state = ", not over" if one.mode == CURRENT else ""
    return f"{one.kind.value.capitalize()}: {name}{state}"


def named(found: Basis, one: Criterion) -> str:
    """The name of a criterion's code as the store has it, with the code; else the code alone."""
    if one.kind is Kind.ENCOUNTER and not one.code:
        return "any visit"
    code = Code(one.system, one.code.rstrip("*"))
    display = found.kept(("name", code), lambda: found.store.cohorts.name(code))
    return f"{display} ({one.code})" if display and display != one.code else one.code


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    if low is not None:
        return f"from {low:g}"
    return f"up to {high:g}" if high is not None else "known"


def _days(one: Criterion) -> str:
    if one.since and one.until:
        return f", {one.since.isoformat()} to {one.until.isoformat()}"
    if one.since:
        return f", since {one.since.isoformat()}"
    return f", until {one.until.isoformat()}" if one.until else ""


def checked(one: Criterion) -> Criterion:
    """A criterion that can be asked; raises Refusal "cohort-criteria"."""
    if one.low is not None and one.high is not None and one.low > one.high:
        raise _not_askable("a range whose end lies before its beginning")
    if one.since and one.until and one.since > one.until:
        raise _not_askable("days whose last lies before the first")
    if one.kind is Kind.SEX and (not one.sexes or set(one.sexes) - set(SEXES)):
        raise _not_askable("no sex that was chosen")
    if one.kind in (*CODED, Kind.VALUE, Kind.IMAGING) and not one.code and one.kind is not Kind.ENCOUNTER:
        raise _not_askable("no code")
    if one.kind is Kind.AGE and one.low is None and one.high is None:
        raise _not_askable("an age without an end")
    return one


def _not_askable(found: str) -> Refusal:
    return Refusal(
        "cohort-criteria",
        expected="criteria that can be asked",
        found=found,
        what_to_do="Change the criterion, or take it away.",
    )
