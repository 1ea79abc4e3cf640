"""What the card of a survival predictor measures: answers out of fold, order, error, calibration, groups."""

import gzip
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.refusal import Refusal
from medai_core.learning import metrics
from medai_core.learning import survival_metrics as measures
from medai_core.learning.cards import BOOTSTRAP_SEED, short
from medai_core.learning.survival_learners import cox
from medai_core.learning.table_cards import OOF_FILE

FEWEST_EVENTS: Final = 20
"""Groups with fewer people with the event are named and not measured."""

FEWEST_REFERENCE: Final = 25
LEVELS: Final = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
REPEATS: Final = 300
SLOPE_REPEATS: Final = 100

Values = NDArray[np.float64]
Figure = dict[str, float | int]


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers to people whom the answering model has not seen, all of shape (n,).

    `row` is the row in the data, `person` whose it is, `fold` where it was held out; `time` in years.
    `survival` has one column for each of `years`; `others` are scores of methods that were compared.
    """

    row: NDArray[np.int64]
    person: NDArray[np.int64]
    fold: NDArray[np.int64]
    time: Values
    event: Values
    score: Values
    years: tuple[float, ...]
    survival: Values
    others: Mapping[str, Values]

    def at(self, year: float) -> Values:
        """Survival at one of `years`."""
        found: Values = self.survival[:, self.years.index(year)]
        return found

    def among(self, chosen: NDArray[np.bool_]) -> "Answers":
        """The answers to some of the people."""
        return Answers(
            self.row[chosen], self.person[chosen], self.fold[chosen], self.time[chosen], self.event[chosen],
            self.score[chosen], self.years, self.survival[chosen],
            {name: values[chosen] for name, values in self.others.items()},
        )  # fmt: skip

    def write(self, out: Path) -> None:
        """As a table without any input."""
        import pandas as pd

        columns: dict[str, Any] = {"row": self.row, "group": self.person, "fold": self.fold}
        columns |= {"years": np.round(self.time, 4), "event": self.event.astype(int)}
        columns |= {"score": np.round(self.score, 5)}
        columns |= {
            f"survival_{one:g}": np.round(self.survival[:, at], 5) for at, one in enumerate(self.years)
        }
        columns |= {f"score_{name}": np.round(values, 5) for name, values in self.others.items()}
        buffer = io.BytesIO()
        pd.DataFrame(columns).to_csv(buffer, index=False)
        out.mkdir(parents=True, exist_ok=True)
        (out / OOF_FILE).write_bytes(gzip.compress(buffer.getvalue(), mtime=0))

    @staticmethod
    def read(out: Path, row: NDArray[np.int64], event: Values) -> "Answers":
        """The table in a model's folder, held against the data's rows and events.

        Raises Refusal "data-missing".
        """
        import pandas as pd

        path = out / OOF_FILE
        if not path.is_file():
            raise _missing("the table of out-of-fold answers that training wrote", "none")
        table = pd.read_csv(path)
        if not np.array_equal(table["row"], row) or not np.array_equal(table["event"], event):
            raise _missing("the data that the model was trained on", "others")
        years = tuple(float(name[9:]) for name in table if name.startswith("survival_"))
        survival = table[[name for name in table if name.startswith("survival_")]].to_numpy(np.float64)
        others = {name[6:]: table[name].to_numpy(np.float64) for name in table if name.startswith("score_")}
        row, person, fold = (table[name].to_numpy(np.int64) for name in ("row", "group", "fold"))
        time, event, score = (table[name].to_numpy(np.float64) for name in ("years", "event", "score"))
        return Answers(row, person, fold, time, event, score, years, survival, others)


def _missing(expected: str, found: str) -> Refusal:
    return Refusal("data-missing", expected=expected, found=found, what_to_do="Train the model first.")


# ---- the parts of a card


def figures(
    answers: Answers,
    label: str,
    part: str,
    *,
    main: float,
    groups: Mapping[str, Mapping[str, NDArray[np.bool_]]],
) -> dict[str, Any]:
    """Results, calibration and subgroups; `main` is the horizon of groups, `part` says whose answers."""
    return {
        "results": {part: {label: _results(answers)}},
        "calibration": {
            "years": {f"{one:g}": calibration(answers, one) for one in answers.years},
            "main_years": main,
        },
        "subgroups": {
            dimension: {
                name: {label: _of_group(answers.among(at))}
                for name, at in named.items()
                if answers.event[at].sum() >= FEWEST_EVENTS
            }
            for dimension, named in groups.items()
        },
        "calibration_within": {
            dimension: {name: calibration_of_group(answers.among(at), main) for name, at in named.items()}
            for dimension, named in groups.items()
        },
    }


def _results(answers: Answers) -> dict[str, Figure]:
    time, event = answers.time, answers.event
    found = {"concordance": _concordance(answers, answers.score)}
    for one in answers.years:
        for name, measure in _at_year(answers, one).items():
            found[f"{name}_{one:g}_years"] = _estimate(answers, measure)
    if len(answers.years) > 1:
        found["integrated_brier"] = _estimate(
            answers,
            lambda weight: measures.integrated_brier(time, event, answers.survival, answers.years, weight),
        )
    return found


def _at_year(answers: Answers, year: float) -> dict[str, Callable[[Values], float]]:
    """AUC and Brier score at a horizon, as functions of how often each row counts."""
    time, event, survival = answers.time, answers.event, answers.at(year)

    def auc(weight: Values) -> float:
        return measures.auc_at(time, event, 1 - survival, year, weight)

    def brier(weight: Values) -> float:
        return measures.brier_at(time, event, survival, year, weight)

    return {"auc": auc, "brier": brier}


def _concordance(answers: Answers, score: Values) -> Figure:
    return measures.concordance_estimate(
        answers.time, answers.event, score, answers.person, seed=BOOTSTRAP_SEED, repeats=REPEATS
    ).as_dict()


def concordance_of(answers: Answers, event: Values) -> Figure:
    """C of the served score for another definition of the event, shape (n,)."""
    return measures.concordance_estimate(
        answers.time, event, answers.score, answers.person, seed=BOOTSTRAP_SEED, repeats=REPEATS
    ).as_dict()


def _estimate(answers: Answers, weighted: Callable[[Values], float], repeats: int = REPEATS) -> Figure:
    return metrics.estimate_of(weighted, answers.person, seed=BOOTSTRAP_SEED, repeats=repeats).as_dict()


def _of_group(answers: Answers) -> dict[str, Figure]:
    return {"concordance": _concordance(answers, answers.score)}


def calibration(answers: Answers, year: float) -> dict[str, Any]:
    """At one horizon: bins of predicted risk with what Kaplan-Meier saw, slope, observed over expected."""
    bins = measures.calibration_at(answers.time, answers.event, answers.at(year), year)
    return {
        "bins": [
            {
                "predicted": short(1 - one.predicted), "observed": short(1 - one.observed),
                "low": short(1 - one.high), "high": short(1 - one.low), "n": one.n,
            }
            for one in reversed(bins)
        ],
        "slope": slope(answers, year),
        "observed_to_expected": observed_to_expected(answers, year),
    }  # fmt: skip


def calibration_of_group(answers: Answers, year: float) -> dict[str, Any]:
    """Observed and expected risk of a group at a horizon, and whether the interval of their ratio holds 1."""
    found: dict[str, Any] = {"n": len(answers.time), "people": len(np.unique(answers.person))}
    if answers.event.sum() < FEWEST_EVENTS:
        return {**found, "measured": False, "why": f"fewer than {FEWEST_EVENTS} with the event"}
    ratio, line = observed_to_expected(answers, year), slope(answers, year)
    curve = measures.kaplan_meier(answers.time, answers.event)
    return {
        **found, "measured": True,
        "expected": short(float(1 - answers.at(year).mean())),
        "observed": short(float(1 - curve.at([year])[0])),
        "observed_to_expected": ratio, "slope": line,
        "holds": all(one["low"] <= 1 <= one["high"] for one in (ratio, line)),
    }  # fmt: skip


def slope(answers: Answers, year: float) -> Figure:
    """The calibration slope: Cox's coefficient of log(-log S) at the horizon; 1 is exact.

    References
    ----------
    Crowson CS, Atkinson EJ, Therneau TM. Stat Methods Med Res 2016;25:1692.
    """
    held = np.clip(answers.at(year), 1e-6, 1 - 1e-6)
    line = np.log(-np.log(held))[:, None]
    stop = answers.time <= year
    time, event = np.minimum(answers.time, year), answers.event * stop

    def of(at: NDArray[np.int64]) -> float:
        return float(cox(line[at], time[at], event[at], np.zeros(1))[0])

    return _resampled(answers, of)


def observed_to_expected(answers: Answers, year: float) -> Figure:
    """The risk that Kaplan-Meier saw over the mean risk that was predicted; 1 is exact."""
    risk = 1 - answers.at(year)

    def of(at: NDArray[np.int64]) -> float:
        seen = 1 - float(measures.kaplan_meier(answers.time[at], answers.event[at]).at([year])[0])
        return seen / max(1e-12, float(risk[at].mean()))

    return _resampled(answers, of)


def _resampled(answers: Answers, of: Callable[[NDArray[np.int64]], float]) -> Figure:
    rows = np.arange(len(answers.time))
    return _estimate(answers, lambda weight: of(np.repeat(rows, weight.astype(int))), repeats=SLOPE_REPEATS)


def compared(answers: Answers, titles: Mapping[str, str], served: str) -> dict[str, Any]:
    """C of every method on the same folds, and how much more the served one has."""
    found: dict[str, Any] = {served: {"concordance": _concordance(answers, answers.score), "served": True}}
    for name, values in answers.others.items():
        gain = measures.concordance_gain(
            answers.time, answers.event, answers.score, values, answers.person,
            seed=BOOTSTRAP_SEED, repeats=REPEATS,
        )  # fmt: skip
        found[titles[name]] = {
            "concordance": _concordance(answers, values), "difference": gain.as_dict(), "served": False
        }  # fmt: skip
    return found


def tried(found: Mapping[str, Any]) -> list[str]:
    """A sentence a method that is not served."""
    said = []
    for title, one in found.items():
        if not one["served"]:
            own, gain = one["concordance"], one["difference"]
            said.append(
                f"{title}: C {own['value']:.3f} ({own['low']:.3f} to {own['high']:.3f}) on the same folds; "
                f"the served one has {gain['value']:+.3f} ({gain['low']:+.3f} to {gain['high']:+.3f})."
            )
    return said


def population_curve(time: Values, event: Values, last: float) -> dict[str, Any]:
    """Kaplan-Meier of the training at even steps, with its band and the numbers at risk."""
    years = np.linspace(0, last, 41)
    curve = measures.kaplan_meier(time, event)
    low, high = curve.band_at(years.tolist())
    table = measures.at_risk_table(time, event, years.tolist())
    return {
        "years": [round(float(one), 4) for one in years],
        "survival": [round(float(one), 4) for one in curve.at(years.tolist())],
        "low": [round(float(one), 4) for one in low],
        "high": [round(float(one), 4) for one in high],
        "at_risk": list(table.at_risk),
        "events": list(table.events),
    }


def reference_risk(
    answers: Answers, sex: Sequence[str], age: Values, bands: Sequence[tuple[float, float]], year: float
) -> list[dict[str, Any]]:
    """Quantiles of out-of-fold risk at a horizon by sex and age band, of bands with enough people."""
    named, risk = np.array(sex), 1 - answers.at(year)
    found = []
    for one in dict.fromkeys(sex):
        for low, high in bands:
            at = (named == one) & (age >= low) & (age < high)
            people = len(np.unique(answers.person[at]))
            if people < FEWEST_REFERENCE:
                continue
            curve = measures.kaplan_meier(answers.time[at], answers.event[at])
            found.append(
                {
                    "sex": one, "age_from": low, "age_to": high, "n": int(at.sum()), "people": people,
                    "levels": list(LEVELS),
                    "quantiles": [short(float(value)) for value in np.quantile(risk[at], LEVELS)],
                    "mean": short(float(risk[at].mean())),
                    "observed": short(float(1 - curve.at([year])[0])),
                }
            )  # fmt: skip
    return found
