"""Which models there are: every folder of `medai_core/models` that holds a card."""

import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from medai_core.domain.inputs import Input
from medai_core.domain.refusal import Refusal
from medai_core.learning.population import from_dict
from medai_core.settings import settings

FINDINGS: Final = "findings"
"""The kind of a model that answers on films; a gate says which pictures such a model may read."""

NOTE: Final = "note"
"""The kind of a model that answers on the text of notes."""

TABLE: Final = "table"
"""The kind of a model that gives the probability of one outcome for the rows of a table."""

VALUE: Final = "value"
"""The kind of a model that gives a number for the rows of a table."""

SURVIVAL: Final = "survival"
"""The kind of a model that gives survival over time for the rows of a table."""

TABLES: Final = frozenset({TABLE, VALUE, SURVIVAL})
"""The kinds of models that read tables."""

MODELS: Final = Path(__file__).resolve().parent.parent / "models"

OWN: Final = "own_"
"""How the names of models begin that people trained themselves."""

OWN_FOLDER: Final = "models"
"""Under `MEDAI_HOME`: models that people trained themselves, a folder each."""


@dataclass(frozen=True, slots=True)
class ModelInputs:
    """What a model declares to read. Ages in years: from `age_min_years` to below `age_max_years` + 1.

    A child "aged five" is one until the sixth birthday. `size` is rows and columns of the model's input.
    `text` says in words what a model reads that reads no pictures: then the others are empty. `columns` are
    the inputs of a model that reads tables.
    """

    age_min_years: float
    age_max_years: float
    views: tuple[str, ...]
    modalities: tuple[str, ...]
    size: int
    text: str = ""
    columns: tuple[Input, ...] = ()

    def covers_age(self, age_years: float) -> bool:
        """Whether a person of this age is within the declared range."""
        return self.age_min_years <= age_years < self.age_max_years + 1.0

    @property
    def ages(self) -> str:
        """The range in words."""
        return f"{self.age_min_years:g} to {self.age_max_years:g} years"


@dataclass(frozen=True, slots=True)
class ModelCard:
    """One version of one model, as its card says. `data` is the whole card.

    `kind` is "findings" for a model that answers on films, "gate" for one that says which pictures those may
    read, "note" for one that answers on notes, and one of `TABLES` for one that reads tables. `not_reliable`
    are the labels that the measurements do not bear out.
    `weights_digest` is the SHA-256 (hex) of the file that answers on a CPU, `keras_digest` of the weights
    that answer on a GPU (the same file where a model needs no GPU).
    """

    name: str
    title: str
    version: str
    task: str
    labels: tuple[str, ...]
    intended_use: str
    inputs: ModelInputs
    thresholds: dict[str, float]
    limits: tuple[str, ...]
    weights_digest: str
    keras_digest: str
    folder: Path
    data: dict[str, Any] = field(repr=False, compare=False)
    kind: str = FINDINGS
    not_reliable: tuple[str, ...] = ()

    @property
    def is_own(self) -> bool:
        """Whether somebody trained it here, and it does not come with MedAI."""
        return "local" in self.data

    @property
    def is_released(self) -> bool:
        """Whether it is open to everybody: all that come with MedAI, and own ones that were released."""
        return not self.is_own or bool(self.data["local"].get("released_at"))

    @property
    def author(self) -> str:
        """The opaque id of who trained it; empty for what comes with MedAI."""
        return str(self.data.get("local", {}).get("author", ""))

    @property
    def no_heat_map(self) -> str:
        """Why this model's heat maps are not shown, as a sentence; empty where they are."""
        return str(self.data.get("heat_map", {}).get("not_shown", ""))


def available(kind: str | None = FINDINGS) -> tuple[ModelCard, ...]:
    """Cards of all models of a kind, by name; of every kind where it is None.

    What people trained themselves is among them once it was released.
    """
    cards = (_read(path, path.stat().st_mtime_ns) for path in sorted(MODELS.glob("*/card.json")))
    found = (*cards, *(one for one in own_models() if one.is_released))
    return tuple(card for card in found if kind in (None, card.kind))


def own_models(home: Path | None = None) -> tuple[ModelCard, ...]:
    """Cards of all that people trained under a home (`MEDAI_HOME`), released or not, by name."""
    folder = (settings().home if home is None else home) / OWN_FOLDER
    return tuple(
        _read(path, path.stat().st_mtime_ns)
        for path in sorted(folder.glob("[!.]*/card.json"))
        if path.parent.name.startswith(OWN)
    )


def card(name: str) -> ModelCard:
    """The card of model `name`. Raises Refusal "unknown-model"."""
    path = (settings().home / OWN_FOLDER if name.startswith(OWN) else MODELS) / name / "card.json"
    if Path(name).name != name or not path.is_file() or not _read(path, path.stat().st_mtime_ns).is_released:
        known = ", ".join(one.name for one in available(None)) or "none"
        raise Refusal(
            "unknown-model",
            expected=f"the name of a model ({known})",
            found="a name that no model has",
            what_to_do="Choose one of these names.",
        )
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _read(path: Path, changed: int) -> ModelCard:
    """Parse one card; read again when the file has changed."""
    data = json.loads(path.read_text(encoding="utf-8"))
    served = data["files"]["served"]["sha256"]
    return ModelCard(
        name=data["name"],
        title=data["title"],
        version=data["version"],
        task=data["task"],
        labels=tuple(data["labels"]),
        intended_use=data["intended_use"],
        inputs=_inputs(data["inputs"]),
        thresholds={label: float(value) for label, value in data["thresholds"].items()},
        limits=tuple(data["limits"]),
        weights_digest=served,
        keras_digest=data["files"].get("keras", data["files"]["served"])["sha256"],
        folder=path.parent,
        data=data,
        kind=data.get("kind", FINDINGS),
        not_reliable=tuple(data.get("not_reliable", ())),
    )


def _inputs(inputs: dict[str, Any]) -> ModelInputs:
    columns = tuple(from_dict(one) for one in inputs.get("columns", ()))
    if columns:
        return ModelInputs(0.0, 0.0, (), (), 0, f"tables of {len(columns)} columns", columns)
    text = inputs.get("text")
    if text is not None:
        said = f"{text['language']} notes of at least {text['from_terms']} known words"
        return ModelInputs(0.0, 0.0, (), (), 0, said)
    return ModelInputs(
        age_min_years=float(inputs["age_years"]["from"]),
        age_max_years=float(inputs["age_years"]["to"]),
        views=tuple(inputs["views"]),
        modalities=tuple(inputs["modalities"]),
        size=int(inputs["size"]),
    )
