"""Whether shifting the prior does what it says, on real films with their natural prevalence.

    python -m tests.benchmarks.bench_prevalence --data ../shared/data/cxr_nih [--repeats 200]

Reads ``reference_predictions_fold.csv.gz`` (a published network's outputs, labels, view, patient). Patients
are halved: one half calibrates and measures, the other is only judged. Calibration is by one map a label on
films of all views. Three questions, means over the labels with enough positives:

1. Films of one view, AP or PA, with the findings as common as they are there, three times as common, and a
   third (by leaving out negatives or positives at random): how far are probabilities from observed shares
   without any shift, shifted from the prevalence of all films, shifted from that of films of the view (what
   the app does), and calibrated on such films themselves?
2. On the same films, how far from the observed PPV and NPV are those that Bayes' theorem gives for the
   prevalence there, with sensitivity and specificity of all films and of films of the view (what the app
   does), and how far is the value that was observed on all films?
3. Calibrated on films enriched to half positives, the same calibration error at the natural prevalence.
"""

import argparse
import csv
import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.prevalence import predictive_values, shifted
from medai_core.learning import metrics
from medai_core.learning.calibration import platt, sigmoid

SEED = 8
FEWEST = 50
"""Positives that a label needs in each part to be judged."""
SPECIFICITY = 0.9

Values = NDArray[np.float64]
Rows = NDArray[np.bool_]


@dataclass(frozen=True)
class Films:
    """Predictions of one label: outcome 0 or 1, logit of the score, patient; one entry a film."""

    truth: Values
    logit: Values
    patient: NDArray[np.int64]

    def part(self, rows: Rows | NDArray[np.int64]) -> "Films":
        """Some of the films."""
        return Films(self.truth[rows], self.logit[rows], self.patient[rows])

    @property
    def prevalence(self) -> float:
        """Share of positives."""
        return float(self.truth.mean())


@dataclass(frozen=True)
class Carried:
    """Expected calibration errors of probabilities on other films than those they were calibrated on."""

    as_trained: float
    from_all: float
    from_view: float
    own: float


@dataclass(frozen=True)
class Predicted:
    """A predictive value: as observed on all films, by Bayes from all films, from the view's, as observed."""

    as_trained: float
    from_all: float
    from_view: float
    observed: metrics.Estimate

    def is_inside(self, value: float) -> bool:
        """Whether a value lies in the interval of what was observed."""
        return self.observed.low <= value <= self.observed.high


def maps_of(films: Films) -> tuple[float, float]:
    """Slope and offset of the map that calibrates on these films."""
    return platt(films.logit, films.truth, np.ones(len(films.truth)))


def probabilities(films: Films, maps: tuple[float, float]) -> Values:
    """Calibrated probabilities."""
    return sigmoid(maps[0] * films.logit + maps[1])


def shifted_all(probability: Values, training: float, local: float) -> Values:
    """`shifted`, film by film."""
    return np.array([shifted(float(one), training, local) for one in probability])


def error(films: Films, probability: Values) -> float:
    """Expected calibration error over ten bins of as many films each."""
    return metrics.expected_calibration_error(
        films.truth, probability, edges=metrics.equal_groups(probability)
    )


def thinned(films: Films, times: float, *, seed: int) -> Films:
    """With the odds of the finding multiplied by `times`, by leaving out negatives or positives at random."""
    chance = np.random.default_rng(seed).random(len(films.truth))
    negative = films.truth < 0.5
    return films.part(np.where(negative, chance < min(1, 1 / times), chance < min(1, times)))


def carried(everything: Films, view: Films, local: Films, judged: Films) -> Carried:
    """Calibrated on `everything`, brought to the prevalence of `local`, judged on `judged` (as `local`)."""
    raw = probabilities(judged, maps_of(everything))
    return Carried(
        error(judged, raw),
        error(judged, shifted_all(raw, everything.prevalence, local.prevalence)),
        error(judged, shifted_all(raw, view.prevalence, local.prevalence)),
        error(judged, probabilities(judged, maps_of(local))),
    )


def predicted(
    everything: Films, view: Films, local: Films, judged: Films, *, repeats: int
) -> list[Predicted]:
    """PPV and NPV on `judged` at the point with a specificity of 90 % on `everything`."""
    point = float(np.quantile(everything.logit[everything.truth < 0.5], SPECIFICITY))
    expected = [
        predictive_values(
            metrics.sensitivity(films.truth, flagged(films, point)),
            metrics.specificity(films.truth, flagged(films, point)),
            local.prevalence,
        )
        for films in (everything, view)
    ]
    found = []
    for index, statistic in enumerate((metrics.positive_predictive_value, metrics.negative_predictive_value)):
        by_all, by_view = (values[index] for values in expected)
        assert by_all is not None
        assert by_view is not None
        observed = metrics.estimate(
            statistic, judged.truth, flagged(judged, point), judged.patient, seed=SEED, repeats=repeats
        )
        as_trained = statistic(everything.truth, flagged(everything, point))
        found.append(Predicted(as_trained, by_all, by_view, observed))
    return found


def flagged(films: Films, point: float) -> Values:
    """1 where the logit is at or above the point."""
    return (films.logit >= point).astype(np.float64)


def halves(patient: NDArray[np.int64]) -> tuple[Rows, Rows]:
    """Films of one random half of the patients, and of the other."""
    known = np.unique(patient)
    chosen = np.random.default_rng(SEED).permutation(known)[: len(known) // 2]
    first = np.isin(patient, chosen)
    return first, ~first


def read(folder: Path) -> tuple[dict[str, Films], NDArray[np.str_]]:
    """{label: its films} and the view of every film."""
    path = folder / "reference_predictions_fold.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    patient = np.array([int(row["patient"]) for row in rows])
    labels = [name.removeprefix("prob_") for name in rows[0] if name.startswith("prob_")]
    found = {}
    for label in labels:
        score = np.clip([float(row[f"prob_{label}"]) for row in rows], 1e-6, 1 - 1e-6)
        truth = np.array([float(label in row["finding_labels"].split("|")) for row in rows])
        found[label] = Films(truth, np.log(score / (1 - score)), patient)
    return found, np.array([row["view"] for row in rows])


def parts(
    films: dict[str, Films], rows: Rows, times: float
) -> Iterator[tuple[str, tuple[Films, Films, Films, Films]]]:
    """For each label with enough positives: all films, the view's, the local ones, the judged ones."""
    for label, one in films.items():
        measuring, judging = halves(one.patient)
        view = one.part(measuring & rows)
        local, judged = thinned(view, times, seed=1), thinned(one.part(judging & rows), times, seed=2)
        if min(local.truth.sum(), judged.truth.sum()) >= FEWEST:
            yield label, (one.part(measuring), view, local, judged)


def by_view(
    films: dict[str, Films], view: NDArray[np.str_], *, repeats: int, say: Callable[[str], None]
) -> None:
    """Questions 1 and 2."""
    say("\ncalibration error: no shift, from all films' prevalence, from the view's, own calibration")
    lines = []
    for name in ("AP", "PA"):
        for times, words in ((1.0, "as they are"), (3.0, "odds x 3"), (1 / 3, "odds / 3")):
            errors, values = [], []
            for _, (everything, of_view, local, judged) in parts(films, view == name, times):
                one = carried(everything, of_view, local, judged)
                errors.append((one.as_trained, one.from_all, one.from_view, one.own))
                values.append(predicted(everything, of_view, local, judged, repeats=repeats))
            head = f"{name} films, {words:11} ({len(errors):2} labels): "
            say(head + ", ".join(f"{mean:.4f}" for mean in np.mean(errors, axis=0)))
            lines += [head + _distances(index, values) for index in (0, 1)]
    say(
        "\ndistance from the observed (and how many within its interval): as on all films, Bayes from all "
        "films, Bayes from the view's"
    )
    for line in lines:
        say(line)


def _distances(index: int, values: list[list[Predicted]]) -> str:
    ones = [pair[index] for pair in values]
    found = [
        (
            np.mean([abs(value(one) - one.observed.value) for one in ones]),
            sum(one.is_inside(value(one)) for one in ones),
        )
        for value in (lambda one: one.as_trained, lambda one: one.from_all, lambda one: one.from_view)
    ]
    said = ", ".join(f"{mean:.4f} ({inside})" for mean, inside in found)
    return f"{('PPV', 'NPV')[index]} {said}"


def by_enrichment(films: dict[str, Films], *, say: Callable[[str], None]) -> None:
    """Question 3."""
    say("\ncalibrated on half positives, judged at the natural prevalence: no shift, shift, own calibration")
    errors = []
    for label, one in films.items():
        measuring, judging = halves(one.patient)
        local, judged = one.part(measuring), one.part(judging)
        if min(local.truth.sum(), judged.truth.sum()) < FEWEST:
            continue
        enriched = thinned(local, (1 - local.prevalence) / local.prevalence, seed=SEED)
        found = carried(enriched, enriched, local, judged)
        errors.append((found.as_trained, found.from_all, found.own))
        say(f"{label:19} {judged.prevalence:.3f}: " + ", ".join(f"{value:.4f}" for value in errors[-1]))
    say(f"mean of {len(errors):2} labels: " + ", ".join(f"{mean:.4f}" for mean in np.mean(errors, axis=0)))


def main() -> None:
    """Read the data, print the answers."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--repeats", type=int, default=200)
    arguments = parser.parse_args()
    films, view = read(arguments.data)
    patients = len(np.unique(next(iter(films.values())).patient))
    print(f"{len(view):,} films of {patients:,} patients, {np.mean(view == 'AP') * 100:.0f} % AP")
    by_view(films, view, repeats=arguments.repeats, say=print)
    by_enrichment(films, say=print)


if __name__ == "__main__":
    main()
