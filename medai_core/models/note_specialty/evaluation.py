"""Figures for the card, from the table of out-of-fold answers."""

import gzip
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.refusal import Refusal
from medai_core.learning import cards, metrics
from medai_core.learning.cards import BOOTSTRAP_SEED, CALIBRATION_FILE, CARD_FILE, GOLDEN_FILE
from medai_core.learning.texts import MODEL_FILE, load
from medai_core.learning.weights import file_digest
from medai_core.models.note_specialty.facts import FACTS
from medai_core.models.note_specialty.notes import FOLDS, Notes

OOF_FILE: Final = "oof.csv.gz"
PART: Final = "texts out of fold"
MODELS: Final = {"linear": "TF-IDF and linear SVM", "network": "Keras text network"}
TOP: Final = 3
_WANTED: Final = ("auroc", "auprc", "sensitivity", "specificity", "ppv")

GOLDEN: Final = (
    "PROCEDURE: Colonoscopy with polypectomy. The scope was advanced to the cecum and a sessile polyp of the "
    "sigmoid colon was removed with a snare. The patient tolerated the procedure.",
    "HISTORY: The patient fell on the right knee. MRI shows a tear of the medial meniscus. Knee flexion is "
    "limited and there is tenderness of the joint line. PLAN: Arthroscopy of the knee.",
    "Left ventricular ejection fraction is 45 percent with mild mitral regurgitation. Cardiac "
    "catheterization showed stenosis of the left anterior descending coronary artery; a stent was placed.",
    "The patient is gravida 2, para 1 at 39 weeks with contractions. Fetal heart tones are reassuring. She "
    "was taken for a low transverse cesarean section under spinal anesthesia.",
)
"""Invented notes whose answers a model must repeat."""

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Answers:
    """The out-of-fold table: truth and both models' probabilities, shape (n_texts, n_labels)."""

    group: NDArray[np.int64]
    fold: NDArray[np.int64]
    truth: Matrix
    given: dict[str, Matrix]


# ---- written by training


def write_out_of_fold(notes: Notes, answers: Mapping[str, Matrix], out: Path) -> None:
    """The table: text number, group, fold, labels, and a column a model and label; no text."""
    import pandas as pd

    named = [
        "|".join(label for label, has in zip(notes.labels, row, strict=True) if has) for row in notes.target
    ]
    columns: dict[str, Any] = {
        "text": np.arange(len(notes.texts)), "group": notes.group, "fold": notes.fold, "labels": named,
    }  # fmt: skip
    for model, values in answers.items():
        columns |= {f"{model}_{label}": values[:, at].round(5) for at, label in enumerate(notes.labels)}
    buffer = io.BytesIO()
    pd.DataFrame(columns).to_csv(buffer, index=False)
    (out / OOF_FILE).write_bytes(gzip.compress(buffer.getvalue(), mtime=0))


def freeze(notes: Notes, answers: Mapping[str, Matrix], out: Path) -> None:
    """Operating points of the served model: for each label the one of the highest F1, of all texts."""
    points = operating_points(notes.target, answers["linear"])
    held = {label: cards.short(float(point)) for label, point in zip(notes.labels, points, strict=True)}
    (out / CALIBRATION_FILE).write_text(cards.as_text({"thresholds": held}), encoding="utf-8")


def operating_points(truth: Matrix, score: Matrix) -> NDArray[np.float64]:
    """For each label the score from which on flagging gives the highest F1."""
    found = np.full(truth.shape[1], 0.5)
    for label in range(truth.shape[1]):
        order = np.argsort(-score[:, label], kind="stable")
        hits = np.cumsum(truth[order, label])
        if hits[-1]:
            worth = 2 * hits / (np.arange(1, len(order) + 1) + hits[-1])
            found[label] = score[order[int(worth.argmax())], label]
    return found


def write_golden(out: Path) -> None:
    """The served model's answers to the invented notes."""
    answers = load(out / MODEL_FILE).probabilities(GOLDEN)
    cases = [
        {"text": text, "probabilities": [round(float(one), 6) for one in row]}
        for text, row in zip(GOLDEN, answers, strict=True)
    ]
    golden = {"input": "text", "tolerance": 1e-4, "cases": cases}
    (out / GOLDEN_FILE).write_text(cards.as_text(golden), encoding="utf-8")


# ---- measured


def measure(notes: Notes, names: Mapping[str, str], out: Path, *, say: Callable[[str], None] = print) -> Path:
    """Write the card from the table of out-of-fold answers. Raises Refusal "data-missing" without it."""
    import json

    answers = read_out_of_fold(notes, out)
    thresholds = json.loads((out / CALIBRATION_FILE).read_text(encoding="utf-8"))["thresholds"]
    overall = {title: _overall(answers, model) for model, title in MODELS.items()}
    for title, figures in overall.items():
        said = ", ".join(f"{name} {one['value']:.3f}" for name, one in figures.items())
        say(f"{title}: {said}")
    card = {
        **FACTS,
        "labels": list(notes.labels),
        "label_names": dict(names),
        "label_meaning": {label: f"listed under “{names[label]}”" for label in notes.labels},
        "thresholds": thresholds,
        "operating_points": {
            "every specialty": "the highest F1 on all out-of-fold answers; figures on this card use points "
            "from the other folds",
            "frozen": "once, after training",
        },
        "texts": {"distinct": len(notes.texts), "groups": len(np.unique(notes.group))},
        "left_out": notes.left_out,
        **_figures(notes, answers, overall),
        "files": _files(out),
    }
    path = out / CARD_FILE
    path.write_text(cards.as_text(card), encoding="utf-8")
    return path


def read_out_of_fold(notes: Notes, out: Path) -> Answers:
    """The table in the model's folder, held against the data. Raises Refusal "data-missing"."""
    import pandas as pd

    path = out / OOF_FILE
    if not path.is_file():
        raise Refusal(
            "data-missing",
            expected="the table of out-of-fold answers that training wrote",
            found="none",
            what_to_do="Train the model first.",
        )
    table = pd.read_csv(path, keep_default_na=False)
    truth = np.array([[label in one.split("|") for label in notes.labels] for one in table["labels"]], float)
    if len(table) != len(notes.texts) or not np.array_equal(truth, notes.target):
        raise Refusal(
            "data-missing",
            expected="the data that the model was trained on",
            found="others",
            what_to_do="Train the model again on these data.",
        )
    given = {
        model: table[[f"{model}_{label}" for label in notes.labels]].to_numpy(np.float64) for model in MODELS
    }
    return Answers(table["group"].to_numpy(np.int64), table["fold"].to_numpy(np.int64), truth, given)


def _figures(notes: Notes, answers: Answers, overall: Mapping[str, Any]) -> dict[str, Any]:
    own, other = answers.given["linear"], answers.given["network"]
    results, against, curves, recalls, bins = {}, {}, {}, {}, {}
    for at, label in enumerate(notes.labels):
        truth, score = answers.truth[:, at], own[:, at]
        flagged = _flags(answers, "linear")[:, at]
        results[label] = _of_label(truth, score, flagged, answers.group)
        against[label] = {"auroc": _auroc(truth, other[:, at], answers.group)}
        curves[label] = cards.operating_curve(truth, score)
        recalls[label] = cards.precision_recall_curve(truth, score)
        edges = metrics.equal_groups(score, 5)
        bins[label] = cards.calibration_figures(truth, score, answers.group, edges=edges)
    return {
        "results": {PART: results},
        "overall": dict(overall),
        "mean_auroc": {PART: _means(answers, list(notes.labels))},
        "reference": {"name": MODELS["network"], "results": {PART: against}},
        "baselines": {"top-3 hit rate of the three most frequent labels": _most_frequent(answers)},
        "operating_characteristic": {"points": curves},
        "precision_recall": {"points": recalls},
        "calibration": {"labels": bins},
        "training_prevalence": {
            label: cards.short(float(answers.truth[:, at].mean())) for at, label in enumerate(notes.labels)
        },
    }


def _of_label(
    truth: Matrix, score: Matrix, flagged: Matrix, group: NDArray[np.int64]
) -> dict[str, dict[str, float | int]]:
    found = {}
    for name in _WANTED:
        statistic, of_score = cards.STATISTICS[name]
        values = score if of_score else flagged
        one = cards.measured(metrics.estimate(statistic, truth, values, group, seed=BOOTSTRAP_SEED))
        if one is not None:
            found[name] = one
    return found


def _auroc(truth: Matrix, score: Matrix, group: NDArray[np.int64]) -> dict[str, float | int]:
    return metrics.estimate(metrics.auroc, truth, score, group, seed=BOOTSTRAP_SEED).as_dict()


def _flags(answers: Answers, model: str) -> Matrix:
    """What is flagged at operating points that were chosen on the other folds."""
    score = answers.given[model]
    flagged = np.zeros_like(score)
    for fold in range(FOLDS):
        held = answers.fold == fold
        points = operating_points(answers.truth[~held], score[~held])
        flagged[held] = score[held] >= points
    return flagged


def _overall(answers: Answers, model: str) -> dict[str, dict[str, float | int]]:
    """F1 over all answers and over labels, and how often a true label is first, or among the first three."""
    flagged, truth, group = _flags(answers, model), answers.truth, answers.group
    ranks = np.argsort(-answers.given[model], axis=1, kind="stable")
    true_first = np.take_along_axis(truth, ranks, axis=1)
    parts = (flagged * truth, flagged, truth)

    def micro(weight: Matrix) -> float:
        hits, given, there = (float((weight @ part).sum()) for part in parts)
        return 2 * hits / max(given + there, 1e-12)

    def macro(weight: Matrix) -> float:
        hits, given, there = (weight @ part for part in parts)
        return float(np.mean(2 * hits / np.maximum(given + there, 1e-12)))

    found: dict[str, Callable[[Matrix], float]] = {"micro_f1": micro, "macro_f1": macro}
    found |= {
        f"top_{most}": _share_of(true_first[:, :most].max(axis=1), truth.max(axis=1)) for most in (1, TOP)
    }
    return {
        name: metrics.estimate_of(one, group, seed=BOOTSTRAP_SEED).as_dict() for name, one in found.items()
    }


def _share_of(right: Matrix, among: Matrix) -> Callable[[Matrix], float]:
    """The weighted share of `right` among the texts that have any of the labels."""
    return lambda weight: float((weight * right * among).sum() / max((weight * among).sum(), 1e-12))


def _means(answers: Answers, labels: list[str]) -> dict[str, Any]:
    def of(model: str) -> Callable[[Matrix], float]:
        return metrics.mean_auroc(
            [(answers.truth[:, at], answers.given[model][:, at]) for at in range(len(labels))]
        )

    own, other = of("linear"), of("network")
    found = {"this_model": own, "reference": other, "difference": lambda weight: own(weight) - other(weight)}
    return {
        "findings": labels,
        **{
            name: metrics.estimate_of(one, answers.group, seed=BOOTSTRAP_SEED).as_dict()
            for name, one in found.items()
        },
    }


def _most_frequent(answers: Answers) -> dict[str, float | int]:
    first = np.argsort(-answers.truth.sum(axis=0))[:TOP]
    share = _share_of(answers.truth[:, first].max(axis=1), answers.truth.max(axis=1))
    return metrics.estimate_of(share, answers.group, seed=BOOTSTRAP_SEED).as_dict()


def _files(out: Path) -> dict[str, dict[str, Any]]:
    names = {"served": MODEL_FILE, "calibration": CALIBRATION_FILE, "golden": GOLDEN_FILE, "oof": OOF_FILE}
    return {
        key: {"name": name, "sha256": file_digest(out / name), "bytes": (out / name).stat().st_size}
        for key, name in names.items()
    }
