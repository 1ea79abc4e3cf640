"""The card, measured as often as asked: from `outoffold.OOF_FILE`, what was frozen, the served weights and
the films. The same files give the same card. TensorFlow is not needed."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.refusal import Refusal
from medai_core.imaging import statistics
from medai_core.learning import metrics
from medai_core.learning.augment import PERTURBED
from medai_core.learning.calibration import Calibration, read_calibration
from medai_core.learning.cards import BOOTSTRAP_SEED, CARD_FILE, Say, as_text, files_of
from medai_core.learning.served import served_outputs
from medai_core.learning.weights import SERVED_FILE
from medai_core.models.chest_findings import figures, limits, outoffold, pointing
from medai_core.models.chest_findings.facts import FACTS, SIZE
from medai_core.models.chest_findings.films import (
    ENRICHED,
    LABELS,
    NATURAL,
    PNEUMONIA,
    Films,
    augmented,
    inputs,
    read_films,
)
from medai_core.models.chest_findings.freezing import SPECIFICITY, read_frozen

SEED: Final = 43
CHANGED_FILMS: Final = 400

Values = NDArray[np.float64]

_MEANING: Final = {
    figures.NATURAL_PART: "adults of one range of patient numbers, nothing chosen by finding (cxr_nih_more)",
    figures.ENRICHED_PART: "one film each of other adults, chosen for their findings (cxr_nih): shares that "
    "depend on prevalence do not carry over, so none are given",
    figures.SHARED_PART: "those natural films that the published network was not trained on either",
    figures.UNSEEN: "each film answered by the one of three networks that was trained without its patient; "
    "the networks' answers were brought to one mean and spread, whatever the films show",
    "subgroups": "natural films never seen; a group's figures need the finding in "
    f"{figures.ENOUGH_PATIENTS} patients at least",
    "interval": "95 %, patients resampled 1,000 times",
}

NO_HEAT_MAP: Final = (
    "No heat map is shown: on films with boxes drawn by a radiologist its maximum did not hit the box "
    "clearly more often than chance does."
)


def measure(data: Path, folder: Path, *, say: Say = print) -> Path:
    """Measure with what is frozen in `folder` and write the card; gives its path.

    Raises Refusal "data-missing": the films are needed for the statistics of the inputs and for changed
    copies; tables of the sets for boxes, for the published network's answers and for local prevalence.
    """
    frozen = read_frozen(folder)
    table = outoffold.read(folder)
    films = _films(data)
    _same_films(table, films)
    card = {**FACTS, **_frozen_part(frozen, table), **_measured(data, table, frozen["thresholds"])}
    card["training_prevalence"] = figures.prevalence(table.natural)
    card["training_prevalence_by_view"] = figures.prevalence_by_view(table.natural)
    card["local_prevalence_defaults"] = figures.local_prevalence(data)
    card["pointing_game"] = _pointing(data, frozen)
    if not pointing.better_than_chance(card["pointing_game"]):
        card["heat_map"]["not_shown"] = NO_HEAT_MAP
    card["robustness"] = _changed_copies(films, folder, frozen)
    card["limits_per_finding"] = limits.per_finding(table.natural, card)
    card["input_reference"] = statistics.references(
        (
            statistics.describe_picture(one.astype(np.float32) / 255.0)
            for one, source in zip(films.pictures, films.source, strict=True)
            if source == NATURAL
        ),
        shape=False,
    )
    card["input_reference"]["age_years"] = statistics.reference(table.natural.age)
    card["input_reference"]["view"] = statistics.reference_of_names(table.natural.view.tolist())
    card["score_reference"] = {
        label: statistics.reference(table.natural.answer[:, column]) for column, label in enumerate(LABELS)
    }
    card["files"] = files_of(folder, oof=outoffold.OOF_FILE)
    path = folder / CARD_FILE
    path.write_text(as_text(card), encoding="utf-8")
    _tell(card, say)
    return path


def _films(data: Path) -> Films:
    """All films of the recipe. Raises Refusal "data-missing"."""
    try:
        return read_films(data, ENRICHED, PNEUMONIA, NATURAL)
    except FileNotFoundError:
        raise Refusal(
            "data-missing",
            expected="the films of the training sets in the data folder",
            found="tables without all of their films",
            what_to_do="Statistics of the inputs and changed copies need the films: give the whole data.",
        ) from None


def _same_films(table: outoffold.OutOfFold, films: Films) -> None:
    """Raises Refusal "data-missing" where the answers kept are not those to the films read."""
    if set(table.image.tolist()) != set(films.names):
        raise Refusal(
            "data-missing",
            expected="the very films that the model's out-of-fold answers are about",
            found="others",
            what_to_do="Give the data that the model was trained with, or train it again.",
        )


def _frozen_part(frozen: dict[str, Any], table: outoffold.OutOfFold) -> dict[str, Any]:
    """What is not measured again: operating points, the heat map, and the numbers of films."""
    sets = {NATURAL: "natural", ENRICHED: "enriched", PNEUMONIA: "pneumonia only"}
    return {
        "thresholds": frozen["thresholds"],
        "operating_points": {
            "every finding": f"a specificity of {SPECIFICITY * 100:.0f} % on the natural films: one "
            "false alarm in ten, alike for all findings, and steady where few patients have the finding",
            "frozen": "once, after training and before any other measurement",
        },
        "films": {name: int((table.source == source).sum()) for source, name in sets.items()},
        "patients": {
            name: len(np.unique(table.patient[table.source == source])) for source, name in sets.items()
        },
        "heat_map": frozen["heat_map"]
        | {"label": "logit above that of a typical film without the finding at the same place"},
        "served_network": {
            "meaning": "The served network's logits were brought to mean and spread of the fold networks' on "
            "films of the young, which neither has seen; the correlation is that of both on these films.",
            **{name: frozen["transfer"][name] for name in ("films", "patients", "correlation")},
        },
    }


def _measured(data: Path, table: outoffold.OutOfFold, thresholds: dict[str, float]) -> dict[str, Any]:
    """Everything that the out-of-fold answers tell."""
    reference = figures.reference_of(data, table)
    natural = table.natural
    results = figures.results(table, thresholds, reference)
    baselines, tried = figures.without_the_picture(natural)
    operating, precision = figures.curves(natural)
    return {
        "results": results,
        "results_meaning": _MEANING,
        "mean_auroc": figures.mean_auroc(table, reference),
        "mean_auroc_within": figures.mean_auroc_within(table, reference),
        "not_reliable": figures.not_reliable(results),
        "reliability_rule": figures.RULE,
        "reference": {
            "name": "DenseNet-121 (published)",
            "citation": "Zech JR, reproduce-chexnet (2018), after Rajpurkar et al., CheXNet, "
            "arXiv:1711.05225: trained on about 70,000 films at full size",
            "results": figures.reference_figures(table, reference),
        },
        "operating_characteristic": operating,
        "precision_recall": precision,
        "subgroups": figures.subgroups(natural, thresholds),
        "calibration": figures.calibration(natural),
        "baselines": baselines,
        "tried": [*FACTS["tried"], *tried],
    }


def _pointing(data: Path, frozen: dict[str, Any]) -> dict[str, Any]:
    """The pointing game, of the points frozen and the boxes in `data`."""
    return {
        "meaning": "How often the maximum of the heat map of a network that had not seen the film lies in "
        "the box that a radiologist drew; chance is the boxes' mean share of the film. The places of the "
        "maxima were noted when the model was trained, for the three networks are not kept; boxes and films "
        "are read anew.",
        **pointing.game(frozen["points"], pointing.read_boxes(data)),
    }


def _changed_copies(films: Films, folder: Path, frozen: dict[str, Any]) -> dict[str, Any]:
    """How often a random change of the picture leaves the served network on the same side of its point."""
    generator = np.random.default_rng(SEED)
    natural = np.flatnonzero(films.source == NATURAL)
    rows = np.sort(generator.choice(natural, min(len(natural), CHANGED_FILMS), replace=False))
    calibration = read_calibration(frozen)
    changed = np.stack([augmented(films.pictures[row], SIZE, PERTURBED, generator) for row in rows.tolist()])
    before, after = (
        _flags(calibration, served_outputs(folder / SERVED_FILE, one)[0], frozen["thresholds"])
        for one in (inputs(films, rows, SIZE), changed)
    )
    return {
        "on": "natural films and a copy of each, changed at random: stretch, crop, blur, resize, "
        "compression, contrast, borders",
        "flag_kept": {
            label: metrics.estimate(
                metrics.flagged_share,
                np.zeros(len(rows)),
                (before[:, column] == after[:, column]).astype(np.float64),
                films.patient[rows],
                seed=BOOTSTRAP_SEED,
            ).as_dict()
            for column, label in enumerate(LABELS)
        },
    }


def _flags(
    calibration: Calibration, logits: NDArray[np.float32], thresholds: dict[str, float]
) -> NDArray[np.bool_]:
    return calibration.probabilities(logits) >= np.array([thresholds[label] for label in LABELS])


def _tell(card: dict[str, Any], say: Say) -> None:
    for part, found in card["mean_auroc"].items():
        line = ", ".join(
            f"{name} {one['value']:.4f} ({one['low']:.4f} to {one['high']:.4f})"
            for name, one in found.items()
            if isinstance(one, dict)
        )
        say(f"mean AUROC over {len(found['findings'])} findings, {part}: {line}")
    say(f"not reliable: {', '.join(card['not_reliable']) or 'none'}")
