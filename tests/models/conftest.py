"""A small made-up copy of the data of `chest_findings`: the same folders, files and columns."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from medai_core.models.chest_findings.films import ENRICHED, LABELS, NATURAL, PNEUMONIA

SIDES = {NATURAL: 96, ENRICHED: 112, PNEUMONIA: 112}


def _set(
    folder: Path, source: str, patients: range, per_patient: int, generator: np.random.Generator
) -> None:
    """Films whose brightness in one corner tells the first finding; the others are drawn at random."""
    (folder / source / "images").mkdir(parents=True)
    rows = []
    for patient in patients:
        for number in range(per_patient):
            found = generator.random(len(LABELS)) < (0.3 if source == ENRICHED else 0.15)
            if source == PNEUMONIA:
                found = np.array([label == "Pneumonia" for label in LABELS])
            name = f"{patient:08d}_{number:03d}"
            side = SIDES[source]
            pixels = generator.integers(40, 160, (side, side))
            pixels[: side // 3, : side // 3] += 80 * found[0]
            Image.fromarray(pixels.astype(np.uint8)).save(folder / source / "images" / f"{name}.png")
            rows.append(
                {
                    "file": f"{name}.png",
                    "image_index": f"{name}.png",
                    "patient": patient,
                    # every ninth patient is young
                    "age": 12 if patient % 9 == 0 else 18 + 7 * patient % 70,
                    "sex": "FM"[patient % 2],
                    "view": "AP" if generator.random() < 0.4 else "PA",
                    **{label: int(one) for label, one in zip(LABELS, found, strict=True)},
                }
            )
    pd.DataFrame(rows).to_csv(folder / source / "labels.csv", index=False)


def _boxes(folder: Path, source: str, label: str) -> None:
    names = pd.read_csv(folder / source / "labels.csv")
    grown = names[names["age"] >= 18]["file"].head(4)
    pd.DataFrame(
        [{"file": name, "label": label, "x": 0.0, "y": 0.0, "w": 512.0, "h": 512.0} for name in grown]
    ).to_csv(folder / source / "bbox.csv", index=False)


def _reference(folder: Path, generator: np.random.Generator) -> None:
    """A published network that answered the enriched films and half of the natural ones."""
    names = [pd.read_csv(folder / source / "labels.csv") for source in (ENRICHED, NATURAL)]
    table = pd.concat([names[0], names[1].iloc[::2]])
    table["finding_labels"] = [
        "|".join(label for label in LABELS if row[label]) or "No Finding" for _, row in table.iterrows()
    ]
    for label in LABELS:
        table[f"prob_{label}"] = np.clip(0.3 * table[label] + 0.7 * generator.random(len(table)), 0, 1)
    columns = ["image_index", *(f"prob_{label}" for label in LABELS)]
    table[["patient", "age", "view", "finding_labels", *columns]].to_csv(
        folder / ENRICHED / "reference_predictions_fold.csv.gz", index=False
    )
    table[columns].head(len(names[0])).to_csv(folder / ENRICHED / "reference_predictions.csv", index=False)


@pytest.fixture(scope="session")
def chest_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the made-up data."""
    folder = tmp_path_factory.mktemp("data")
    generator = np.random.default_rng(3)
    _set(folder, NATURAL, range(1000, 1100), 2, generator)
    _set(folder, ENRICHED, range(2000, 2060), 1, generator)
    _set(folder, PNEUMONIA, range(3000, 3012), 1, generator)
    _boxes(folder, ENRICHED, "Infiltrate")
    _boxes(folder, PNEUMONIA, "Pneumonia")
    _reference(folder, generator)
    return folder
