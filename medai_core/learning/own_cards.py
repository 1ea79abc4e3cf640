"""The card and the files of a model that somebody trained on a table of their own.

The same table, choices and program give the same files.
"""

import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.inputs import Input
from medai_core.learning import cards, judging, metrics, table_cards
from medai_core.learning.cards import CARD_FILE
from medai_core.learning.population import POPULATION_FILE
from medai_core.learning.tabular import MODEL_FILE, TabularModel
from medai_core.learning.weights import file_digest

LABEL: Final = "outcome"
LOCAL: Final = "local, not validated"
RELEASED: Final = "local, released"

Values = NDArray[np.float64]

SCHEMA: Final = "schema.json"
_ADDRESS: Final = re.compile(r'"__id__": (\d+)|"(\d+)\.np[yz]"')
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)

HELD_OUT: Final = "rows held out"
COMPARED: Final = "nested cross-validation"


def measured(
    truth: Values, score: Values, group: NDArray[np.int64], threshold: float
) -> dict[str, dict[str, Any]]:
    """All figures of probabilities of rows that the model has not seen."""
    return judging.figures(truth, score, group) | judging.at_threshold(truth, score, group, threshold)


def curves(truth: Values, score: Values, group: NDArray[np.int64]) -> dict[str, Any]:
    """The card's curves and calibration, of one set of rows."""
    edges = metrics.equal_groups(score, 10 if len(score) >= 200 else 5)
    return {
        "operating_characteristic": {"points": {LABEL: cards.operating_curve(truth, score)}},
        "precision_recall": {
            "points": {
                LABEL: [
                    one
                    for one in cards.precision_recall_curve(truth, score)
                    if np.isfinite([one["precision"], one["recall"]]).all()
                ]
            }
        },
        "calibration": {"labels": {LABEL: cards.calibration_figures(truth, score, group, edges=edges)}},
    }


def inputs_of(model: TabularModel, columns: Sequence[Input]) -> dict[str, Any]:
    """The card's columns with the ranges of the training; nothing is refused by rule."""
    return table_cards.inputs_of(columns, model.population, ())


def _the_same_each_time(path: Path) -> None:
    """A file of skops written anew without moments, and with numbers in place of addresses in memory."""
    with zipfile.ZipFile(path) as pack:
        schema = pack.read(SCHEMA).decode()
        found = dict.fromkeys(one or other for one, other in _ADDRESS.findall(schema))
        numbers = {address: str(place) for place, address in enumerate(found, start=1)}
        parts = {_renamed(name, numbers): pack.read(name) for name in pack.namelist() if name != SCHEMA}

    def number(match: re.Match[str]) -> str:
        address = match[1] or match[2]
        return match[0].replace(address, numbers[address])

    parts[SCHEMA] = _ADDRESS.sub(number, schema).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
        for name in sorted(parts):
            pack.writestr(zipfile.ZipInfo(name, _LONG_AGO), parts[name], zipfile.ZIP_DEFLATED)


def _renamed(name: str, numbers: Mapping[str, str]) -> str:
    stem, dot, ending = name.partition(".")
    return f"{numbers.get(stem, stem)}{dot}{ending}"


def write(card: Mapping[str, Any], model: TabularModel, out: Path) -> Path:
    """Write the model's files and its card into `out`; the card's path."""
    model.save(out)
    _the_same_each_time(out / MODEL_FILE)
    table_cards.write_golden(model, out)
    named = {"served": MODEL_FILE, "population": POPULATION_FILE,
             "golden": cards.GOLDEN_FILE, "oof": table_cards.OOF_FILE}  # fmt: skip
    files = {
        key: {
            "name": name,
            "sha256": file_digest(out / name),
            "bytes": (out / name).stat().st_size,
        }
        for key, name in named.items()
        if (out / name).is_file()
    }
    path = out / CARD_FILE
    path.write_text(cards.as_text({**card, "files": files}), encoding="utf-8")
    return path
