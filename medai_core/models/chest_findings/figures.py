"""Figures for the card, from the out-of-fold answers and the published network's alone."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.learning import cards, metrics
from medai_core.learning.calibration import logistic
from medai_core.models.chest_findings.films import (
    ADULT_YEARS,
    ENRICHED,
    FOLDS,
    LABELS,
    NATURAL,
    read_reference,
    require,
)
from medai_core.models.chest_findings.outoffold import OutOfFold

UNSEEN: Final = "films never seen"
"""Every figure is of a network's answers to films of patients that it was not trained on."""

NATURAL_PART: Final = "natural"
ENRICHED_PART: Final = "enriched"
SHARED_PART: Final = "natural, where the reference has not seen the film either"

ENOUGH_PATIENTS: Final = 8
"""Fewer patients with a finding give no AUROC."""

RELIABLE_FROM: Final = 0.70
RULE: Final = (
    "A finding is not reliable enough to be shown where the lower end of the 95 % interval (patients "
    f"resampled) of its AUROC on the natural films never seen lies under {RELIABLE_FROM:.2f}."
)

SOURCE_FILE: Final = f"{ENRICHED}/reference_predictions_fold.csv.gz"
SETTINGS: Final = {
    "ambulatory (standing, PA films)": "PA",
    "ward and bedside (AP films)": "AP",
}

Values = NDArray[np.float64]
Rows = NDArray[np.bool_]


def results(
    table: OutOfFold, thresholds: Mapping[str, float], reference: Values
) -> dict[str, dict[str, dict[str, Any]]]:
    """Figures of each part of the films, by finding. `reference` (n, 14) is NaN where there is none."""
    natural, enriched = table.source == NATURAL, table.source == ENRICHED
    shared = natural & np.isfinite(reference[:, 0])
    wanted = {
        NATURAL_PART: (natural, ("auroc", "auprc", "sensitivity", "specificity", "ppv", "npv")),
        ENRICHED_PART: (enriched, ("auroc", "sensitivity", "specificity")),
        SHARED_PART: (shared, ("auroc",)),
    }
    return {
        part: {UNSEEN: _by_label(table.part(rows), thresholds, names)}
        for part, (rows, names) in wanted.items()
    }


def _by_label(
    table: OutOfFold, thresholds: Mapping[str, float], names: tuple[str, ...]
) -> dict[str, dict[str, Any]]:
    """Figures of every finding that enough patients have."""
    found = {}
    for column, label in _measurable(table):
        one = cards.figures(
            table.truth[:, column], table.answer[:, column], thresholds[label], table.patient, names
        )
        if one:
            found[label] = one
    return found


def _measurable(table: OutOfFold) -> Iterator[tuple[int, str]]:
    patients = table.positive_patients()
    return ((column, label) for column, label in enumerate(LABELS) if patients[column] >= ENOUGH_PATIENTS)


def reference_of(data: Path, table: OutOfFold) -> Values:
    """The published network's probabilities for the table's films, NaN where it was trained on them."""
    require(data, SOURCE_FILE)
    return read_reference(data, table.image.tolist()).astype(np.float64)


def reference_figures(table: OutOfFold, reference: Values) -> dict[str, Any]:
    """What the published network reaches on the same films, by part and finding."""
    known = np.isfinite(reference[:, 0])
    found = {}
    for part, source in ((ENRICHED_PART, ENRICHED), (SHARED_PART, NATURAL)):
        rows = known & (table.source == source)
        here, scores = table.part(rows), reference[rows]
        found[part] = {
            UNSEEN: {
                label: cards.figures(here.truth[:, column], scores[:, column], 0.5, here.patient, ("auroc",))
                for column, label in _measurable(here)
            }
        }
    return found


def mean_auroc(table: OutOfFold, reference: Values) -> dict[str, Any]:
    """The mean over findings that enough patients have, beside the published network's where there is one."""
    known = np.isfinite(reference[:, 0])
    natural, enriched = table.source == NATURAL, table.source == ENRICHED
    found: dict[str, Any] = {}
    for part, rows in (
        (NATURAL_PART, natural),
        (ENRICHED_PART, enriched & known),
        (SHARED_PART, natural & known),
    ):
        found[part] = _mean(table.part(rows), None if part == NATURAL_PART else reference[rows])
    return found


def mean_auroc_within(table: OutOfFold, reference: Values) -> dict[str, Any]:
    """The same beside the published network within one view, one sex, one age band; by part and dimension.

    A group in which enough patients have no finding at all is left out.
    """
    known = np.isfinite(reference[:, 0])
    found: dict[str, Any] = {}
    for part, source in ((ENRICHED_PART, ENRICHED), (SHARED_PART, NATURAL)):
        rows = known & (table.source == source)
        here, scores = table.part(rows), reference[rows]
        found[part] = {
            dimension: {
                name: _mean(group, scores[of_group])
                for name, of_group in groups.items()
                if any(_measurable(group := here.part(of_group)))
            }
            for dimension, groups in groups_of(here).items()
        }
    return found


def _mean(table: OutOfFold, reference: Values | None) -> dict[str, Any]:
    """One mean AUROC, beside the published network's on the same films where there is one."""
    columns = [column for column, _ in _measurable(table)]
    own = metrics.mean_auroc([(table.truth[:, one], table.answer[:, one]) for one in columns])
    found = {"findings": [LABELS[one] for one in columns], "this_model": _estimate(own, table)}
    if reference is None:
        return found
    other = metrics.mean_auroc([(table.truth[:, one], reference[:, one]) for one in columns])
    found["reference"] = _estimate(other, table)
    found["difference"] = _estimate(_difference(own, other), table)
    return found


def _difference(one: Any, other: Any) -> Any:
    def weighted(weight: Values) -> float:
        return float(one(weight) - other(weight))

    return weighted


def _estimate(weighted: Any, table: OutOfFold) -> dict[str, float | int] | None:
    return cards.measured(metrics.estimate_of(weighted, table.patient, seed=cards.BOOTSTRAP_SEED))


def not_reliable(found: Mapping[str, Any]) -> list[str]:
    """Labels that `RULE` leaves out, or that could not be measured at all; `found` are the `results`."""
    measured = found[NATURAL_PART][UNSEEN]
    return [
        label for label in LABELS if label not in measured or measured[label]["auroc"]["low"] < RELIABLE_FROM
    ]


def subgroups(table: OutOfFold, thresholds: Mapping[str, float]) -> dict[str, dict[str, Any]]:
    """Figures within one view, one sex, one age band of the natural films."""
    return {
        dimension: {
            name: _by_label(table.part(rows), thresholds, ("auroc", "sensitivity", "specificity"))
            for name, rows in groups.items()
        }
        for dimension, groups in groups_of(table).items()
    }


def groups_of(table: OutOfFold) -> dict[str, dict[str, Rows]]:
    """Which films belong to each group."""
    ages = ((ADULT_YEARS, 39), (40, 59), (60, 79), (80, 200))
    return {
        "view": {view: table.view == view for view in ("AP", "PA")},
        "sex": {"women": table.sex == "F", "men": table.sex == "M"},
        "age": {
            (f"{first} to {last} years" if last < 200 else f"{first} years and over"): (table.age >= first)
            & (table.age < last + 1)
            for first, last in ages
        },
    }


def calibration(table: OutOfFold) -> dict[str, Any]:
    """Calibration error and reliability of every finding on the natural films."""
    return {
        "method": "one Platt map a finding, fitted on the natural films out of fold",
        "judged": "each film by a network and by maps that were fitted without its patient",
        "bins_meaning": "ten bins with about as many films each; ends: 95 % of the observed share",
        "labels": {
            label: cards.calibration_figures(
                table.truth[:, column],
                table.probability[:, column],
                table.patient,
                edges=metrics.equal_groups(table.probability[:, column]),
            )
            for column, label in enumerate(LABELS)
        },
    }


def curves(table: OutOfFold) -> tuple[dict[str, Any], dict[str, Any]]:
    """Points of the operating characteristic and of precision against recall, by finding."""
    operating, precision = {}, {}
    for column, label in enumerate(LABELS):
        truth, score = table.truth[:, column], table.answer[:, column]
        # even steps over all films, then over those with the finding: the upper end is what matters
        levels = np.unique(np.concatenate([cards.levels_of(score), cards.levels_of(score[truth > 0.5])]))
        operating[label] = cards.operating_curve(truth, score, levels)
        precision[label] = cards.precision_recall_curve(truth, score, levels)
    on = "natural films never seen"
    return {"on": on, "points": operating}, {"on": on, "points": precision}


def prevalence(table: OutOfFold) -> dict[str, float]:
    """Share of films that carry each finding."""
    return {label: cards.short(table.truth[:, column].mean()) for column, label in enumerate(LABELS)}


def prevalence_by_view(table: OutOfFold) -> dict[str, dict[str, float]]:
    """The same within each view: a network sees the view, so its probability holds that share already."""
    return {view: prevalence(table.part(rows)) for view, rows in groups_of(table)["view"].items()}


def local_prevalence(data: Path) -> dict[str, Any]:
    """Shares of each finding where films are taken standing or at the bedside; adults of one clinic."""
    import pandas as pd

    require(data, SOURCE_FILE)
    table = pd.read_csv(data / SOURCE_FILE, usecols=["patient", "age", "view", "finding_labels"])
    table = table[table["age"] >= ADULT_YEARS]
    found = {}
    for setting, view in SETTINGS.items():
        here = table[table["view"] == view]
        names = [set(one.split("|")) for one in here["finding_labels"]]
        found[setting] = {
            "prevalence": {
                label: cards.short(float(np.mean([label in one for one in names]))) for label in LABELS
            },
            "source": f"{len(here):,} {view} films of {here['patient'].nunique():,} adults of NIH "
            "ChestX-ray14, labels mined from reports (Wang et al. 2017): a research clinic, so findings may "
            "be more frequent than elsewhere.",
        }
    return found


def without_the_picture(table: OutOfFold) -> tuple[dict[str, Any], list[str]]:
    """Two trials on the natural films, validated by patient: age, sex and view without the picture, and with
    it. Gives the baselines, and what the second one came to in a sentence."""
    columns = [column for column, _ in _measurable(table)]
    known = np.column_stack(
        [np.ones(len(table.age)), table.view == "AP", table.sex == "M", (table.age - 50) / 20]
    )
    view, alone = known[:, :2], known
    found = {
        "view alone, mean AUROC": _mean_of(table, columns, lambda _: view),
        "view, sex and age alone, mean AUROC": _mean_of(table, columns, lambda _: alone),
    }
    picture = [(table.truth[:, one], table.answer[:, one]) for one in columns]
    both = _regressed(table, columns, lambda column: np.column_stack([known, table.logit[:, column]]))
    gain = metrics.estimate_of(
        _difference(metrics.mean_auroc(both), metrics.mean_auroc(picture)),
        table.patient,
        seed=cards.BOOTSTRAP_SEED,
    )
    return found, [_about_gain(gain)]


def _about_gain(gain: metrics.Estimate) -> str:
    figure = f"{gain.value:+.3f} ({gain.low:+.3f} to {gain.high:+.3f})"
    start = "View, sex and age beside the picture, validated by patient: mean AUROC on the natural films "
    if gain.low > 0:
        return (
            f"{start}{figure}. Left out all the same: the gain is that AP films are of sicker patients, and "
            "a picture without view or age is to get the same answer."
        )
    return f"{start}{figure}. No gain, left out."


def _mean_of(table: OutOfFold, columns: list[int], design: Any) -> dict[str, float | int] | None:
    return _estimate(metrics.mean_auroc(_regressed(table, columns, design)), table)


def _regressed(table: OutOfFold, columns: list[int], design: Any) -> list[tuple[Values, Values]]:
    """(truth, score) of each finding: logistic regressions on `design(column)`, each fold from the others.

    The folds' log-odds are brought to one mean, so that what differs between regressions does not count.
    """
    found = []
    for column in columns:
        truth, rows = table.truth[:, column], design(column)
        score = np.empty(len(truth))
        for number in range(FOLDS):
            rest = table.fold != number
            solution = logistic(
                rows[rest], truth[rest], np.ones(int(rest.sum())), start=np.zeros(rows.shape[1])
            )
            answer = rows[~rest] @ solution
            score[~rest] = answer - answer.mean()
        found.append((truth, score))
    return found
