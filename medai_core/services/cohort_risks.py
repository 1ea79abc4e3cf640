"""Published scores and served predictors over a selection, from the records; and held against what happened.

askable, computed (in a worker, with progress), spread, calibration.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from medai_core.domain.cohort import Criterion
from medai_core.domain.cohort_views import CalibrationBin, CalibrationView, Histogram
from medai_core.domain.inputs import CHOICE, RISK_UNIT, YES_NO, Input, Need, Value
from medai_core.domain.monitor import SMALLEST_SHOWN, protected
from medai_core.domain.risk import Kind
from medai_core.scores.frame import Score, evaluate
from medai_core.services.cohort import Selection
from medai_core.services.cohort_facts import AsOf
from medai_core.services.cohort_groups import grouped, histogram, kept_back
from medai_core.services.cohort_survival import Followed, Outcome, follow, outcome_words
from medai_core.services.risk_answers import FEWEST_SHARE
from medai_core.services.risk_askers import everything
from medai_core.services.risk_questions import Asker
from medai_core.services.scores import score_of
from medai_core.serving import registry
from medai_core.store import clock

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_STEP: Final = 500
_BINS: Final = 10
_FEWEST_A_BIN: Final = 20
_RISK_EDGES: Final = (0, 1, 2, 3, 5, 7.5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100)
"""Per cent: finer where risks are low."""


@dataclass(frozen=True, slots=True)
class Risks:
    """What one score or predictor says of everybody of a selection, as of a day.

    `values` are of all persons of the basis: NaN where there is no answer; `refused` marks those for whom
    it is not meant, as far as that is known.
    """

    asker: Asker
    unit: str
    day: date
    silence_is_no: bool
    selection: Selection
    values: "NDArray[np.float64]"
    refused: "NDArray[np.bool_]"


def askable() -> tuple[Asker, ...]:
    """Scores and predictors that can be asked of records alone."""
    return tuple(asker for asker in everything()[0] if _of_records(asker))


def _of_records(asker: Asker) -> bool:
    return asker.kind is Kind.SCORE or registry.card(asker.name).kind == registry.TABLE


def unit_of(asker: Asker) -> str:
    """The unit of its answer; "1" for a risk."""
    return score_of(asker.name).unit if asker.kind is Kind.SCORE else RISK_UNIT


def computed(
    selection: Selection,
    asker: Asker,
    *,
    day: date | None = None,
    silence_is_no: bool = False,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> Risks | None:
    """Ask one of them of everybody chosen, as of a day (today); None where it was cancelled."""
    import numpy as np

    if not selection.shown:
        raise kept_back()
    on = day or clock.now().date()
    known = AsOf(selection.basis, on, silence_is_no)
    columns, asked = {}, everything()[1]
    inputs = (*asker.conditions, *asker.inputs)
    for number, one in enumerate(inputs):
        columns[one.key] = known.column(asker, one, asked)
        progress(0.5 * (number + 1) / len(inputs))
        if cancelled():
            return None
    values, refused = (
        np.full(len(selection.basis.people), np.nan),
        np.zeros(len(selection.basis.people), bool),
    )
    places = np.flatnonzero(selection.chosen)
    for begin in range(0, len(places), _STEP):
        if cancelled():
            return None
        part = places[begin : begin + _STEP]
        values[part], refused[part] = _ask(asker, inputs, columns, part)
        progress(0.5 + 0.5 * min(1.0, (begin + _STEP) / len(places)))
    return Risks(asker, unit_of(asker), on, silence_is_no, selection, values, refused)


def _ask(
    asker: Asker, inputs: tuple[Input, ...], columns: "dict[str, NDArray[np.float64]]",
    part: "NDArray[np.int64]",
) -> "tuple[NDArray[np.float64], NDArray[np.bool_]]":  # fmt: skip
    if asker.kind is Kind.SCORE:
        return _ask_score(asker, score_of(asker.name), inputs, columns, part)
    return _ask_table(asker.name, columns, part)


def _ask_score(
    asker: Asker, score: Score, inputs: tuple[Input, ...], columns: "dict[str, NDArray[np.float64]]",
    part: "NDArray[np.int64]",
) -> "tuple[NDArray[np.float64], NDArray[np.bool_]]":  # fmt: skip
    """Each person's answer; refused where a value is against it, missing where one lacks."""
    import numpy as np

    values, refused = np.full(len(part), np.nan), np.zeros(len(part), dtype=bool)
    for place, person in enumerate(part):
        given = {
            one.key: _value(one, number)
            for one in inputs
            if np.isfinite(number := float(columns[one.key][person]))
        }
        if any(given.get(one.key) is False for one in asker.conditions):
            refused[place] = True
            continue
        if any(one.key not in given for one in asker.conditions):
            continue
        answer = evaluate(score, given)
        if answer.value is not None:
            values[place] = answer.value
        elif not answer.missing or not (answer.refused or "").startswith("Not computed without"):
            refused[place] = True
    return values, refused


def _value(one: Input, number: float) -> Value:
    if one.kind == YES_NO:
        return number == 1.0
    return one.choices[int(number)] if one.kind == CHOICE else number


def _ask_table(
    name: str, columns: "dict[str, NDArray[np.float64]]", part: "NDArray[np.int64]"
) -> "tuple[NDArray[np.float64], NDArray[np.bool_]]":
    """A predictor's probabilities, where at least half of what it reads is known."""
    import numpy as np

    from medai_core.learning.columns import Columns
    from medai_core.serving import tabular

    card = registry.card(name)
    matrix = np.stack([columns[one.key][part] for one in card.inputs.columns], axis=1)
    found = Columns(card.inputs.columns, matrix, matrix, {}, {}, ())
    against, _ = tabular.checked(card, found)
    read = [place for place, one in enumerate(card.inputs.columns) if one.need is not Need.SCOPE]
    enough = np.isfinite(matrix[:, read]).mean(axis=1) >= FEWEST_SHARE
    refused = np.array([row in against and against[row] != tabular.NOTHING_KNOWN for row in range(len(part))])
    asked = enough & ~refused
    values = np.full(len(part), np.nan)
    if asked.any():
        values[asked] = tabular.function(name)(found.of(tabular.inputs(name))[asked])
    return values, refused


def spread(found: Risks, by: str | Criterion) -> Histogram:
    """How the answers are spread, by group; who has none is counted."""
    groups = grouped(found.selection, by)
    if found.unit != RISK_UNIT:
        return histogram(found.asker.title, found.unit, found.values, groups, refused=found.refused)
    return histogram(
        found.asker.title, "%", 100 * found.values, groups, refused=found.refused, edges=_RISK_EDGES
    )


# ---- against what happened


def calibration(found: Risks, outcome: Outcome, years: float) -> CalibrationView:
    """Predictions as of the day against what happened within `years` of it, by groups of alike risk."""
    import numpy as np

    if not found.selection.shown:
        raise kept_back()
    told = follow(found.selection, found.day, outcome)
    known = told.followed & np.isfinite(found.values)
    places = np.flatnonzero(known)
    order = places[np.argsort(found.values[places], kind="stable")]
    count = max(1, min(_BINS, len(order) // _FEWEST_A_BIN))
    parts = [part for part in np.array_split(order, count) if len(part)]
    if parts and len(parts[0]) < SMALLEST_SHOWN:
        parts = []
    ends = _ends(found, parts)
    bins = tuple(_bin(found, told, part, years, pair) for part, pair in zip(parts, ends, strict=True))
    whole = _observed(told, order, years) if len(order) >= SMALLEST_SHOWN else None
    reasons = [(words, int(mask.sum())) for words, mask in told.reasons]
    reasons.append(
        ("no prediction: something is missing", int((told.followed & ~known & ~found.refused).sum()))
    )
    reasons.append(("no prediction: not meant for them", int((told.followed & ~known & found.refused).sum())))
    reasons = [(words, number) for words, number in reasons if number]
    cells = protected([[len(order), *(number for _, number in reasons)]]).cells[0]
    shown = whole is not None and cells[0].value is not None
    return CalibrationView(
        found.asker.title, outcome_words(found.selection, outcome), years, bins if shown else (),
        tuple(zip((words for words, _ in reasons), cells[1:], strict=True)), cells[0],
        _longest(told, order), float(found.values[order].mean()) if shown else None,
        *(whole if shown and whole else (None, None, None)),
    )  # fmt: skip


def _longest(told: Followed, part: "NDArray[np.int64]") -> float | None:
    """The years, in tenths, that at least five people were followed."""
    import numpy as np

    if len(part) < SMALLEST_SHOWN:
        return None
    years = float(np.sort(told.years[part])[-SMALLEST_SHOWN])
    return float(np.floor(10 * years) / 10)


def _ends(found: Risks, parts: "list[NDArray[np.int64]]") -> list[tuple[float, float]]:
    """Where bins begin and end: between two neighbours, never at one person's risk."""
    inner = [
        float(found.values[before].max() + found.values[after].min()) / 2
        for before, after in zip(parts, parts[1:], strict=False)
    ]
    return list(zip([0.0, *inner], [*inner, 1.0], strict=True)) if parts else []


def _bin(
    found: Risks, told: Followed, part: "NDArray[np.int64]", years: float, ends: tuple[float, float]
) -> CalibrationBin:
    """One bin; its events and the others are at least five each, or what happened is kept back."""
    risks = found.values[part]
    low, high = ends
    happened = int(told.event[part][told.years[part] <= years].sum())
    size = protected([[len(part)]]).cells[0][0]
    few = happened < SMALLEST_SHOWN or len(part) - happened < SMALLEST_SHOWN
    if few:
        why = f"Fewer than {SMALLEST_SHOWN} had it, or fewer than {SMALLEST_SHOWN} did not."
        return CalibrationBin(low, high, size, float(risks.mean()), kept_back=why)
    observed = _observed(told, part, years)
    if observed is None:
        return CalibrationBin(low, high, size, float(risks.mean()), kept_back="Followed too shortly.")
    return CalibrationBin(low, high, size, float(risks.mean()), *observed)


def _observed(told: Followed, part: "NDArray[np.int64]", years: float) -> tuple[float, float, float] | None:
    """The share that had it by the horizon with its 95 % band (Kaplan-Meier); None with too few to tell."""
    from medai_core.learning.survival_metrics import kaplan_meier

    happened = told.event[part][told.years[part] <= years].sum()
    still = int((told.years[part] >= years).sum())
    if still < SMALLEST_SHOWN or happened < SMALLEST_SHOWN:
        return None
    made = kaplan_meier(told.years[part], told.event[part])
    low, high = made.band_at([years])
    return 1 - float(made.at([years])[0]), 1 - float(high[0]), 1 - float(low[0])
