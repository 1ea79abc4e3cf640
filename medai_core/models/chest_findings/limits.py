"""Known limits of each finding in sentences: what was written down, and what the figures show."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from medai_core.learning import metrics
from medai_core.models.chest_findings.facts import LIMITS_PER_FINDING
from medai_core.models.chest_findings.films import LABELS
from medai_core.models.chest_findings.outoffold import OutOfFold

FEW_PATIENTS: Final = 100
LARGE_SHARE: Final = 0.15
"""Part of a finding's films that three patients make up, from which on it is worth a sentence."""

FAR_APART: Final = 0.05
"""Difference of AUROC between groups that is worth a sentence."""


def per_finding(natural: OutOfFold, card: Mapping[str, Any]) -> dict[str, list[str]]:
    """Sentences by finding; `natural` are the natural films' answers, `card` what was measured of them."""
    return {
        label: [
            *LIMITS_PER_FINDING[label],
            *_patients(natural, column),
            *_view(natural, column),
            *_groups(card["subgroups"], label),
            *_alarms(card, label),
        ]
        for column, label in enumerate(LABELS)
    }


def _share(value: float) -> str:
    """A share in words, with a decimal where it is small."""
    return f"{value * 100:.1f} %" if value < 0.095 else f"{value * 100:.0f} %"


def _patients(natural: OutOfFold, column: int) -> list[str]:
    positive = natural.truth[:, column] > 0.5
    films, (_, counts) = int(positive.sum()), np.unique(natural.patient[positive], return_counts=True)
    said = []
    if len(counts) < FEW_PATIENTS:
        said.append(f"Measured on {films} films of {len(counts)} patients with it only.")
    share = np.sort(counts)[-3:].sum() / max(1, films)
    if share >= LARGE_SHARE:
        said.append(f"Three patients make up {_share(share)} of the films with it.")
    return said


def _view(natural: OutOfFold, column: int) -> list[str]:
    """How much of the finding the view alone foretells."""
    shares = {
        view: float(natural.truth[natural.view == view, column].mean()) if (natural.view == view).any() else 0
        for view in ("AP", "PA")
    }
    alone = metrics.auroc(natural.truth[:, column], (natural.view == "AP").astype(np.float64))
    if not np.isfinite(alone) or abs(alone - 0.5) < FAR_APART:
        return []
    return [
        f"On {_share(shares['AP'])} of AP and {_share(shares['PA'])} of PA films: the view alone, without "
        f"the picture, reaches an AUROC of {max(alone, 1 - alone):.2f}."
    ]


def _groups(subgroups: Mapping[str, Any], label: str) -> list[str]:
    """Groups between which the AUROC differs by more than chance is likely to make it."""
    said = []
    for groups in subgroups.values():
        found = {name: one[label]["auroc"] for name, one in groups.items() if "auroc" in one.get(label, {})}
        if len(found) < 2:
            continue
        worst, best = (pick(found, key=lambda name: found[name]["value"]) for pick in (min, max))
        apart = found[worst]["high"] < found[best]["low"]
        if apart and found[best]["value"] - found[worst]["value"] >= FAR_APART:
            said.append(
                f"Less well told apart in one group than in another: AUROC {found[worst]['value']:.2f} "
                f"({worst}) against {found[best]['value']:.2f} ({best})."
            )
    return said


def _alarms(card: Mapping[str, Any], label: str) -> list[str]:
    """What a flag and its absence are worth on the natural films."""
    found = next(iter(card["results"]["natural"].values())).get(label, {})
    if not {"sensitivity", "ppv"} <= set(found):
        return []
    return [
        f"At the operating point {_share(found['sensitivity']['value'])} of the films with it are flagged, "
        f"and {_share(found['ppv']['value'])} of the flagged films have it (natural films)."
    ]
