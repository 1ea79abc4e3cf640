"""What a model's card states of prevalence: in training, and by default in the settings that it names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from medai_core.domain.prevalence import Interval, Origin
from medai_core.learning.calibration import NestedCalibration
from medai_core.serving.calibrated import calibration_of
from medai_core.serving.registry import ModelCard


@dataclass(frozen=True, slots=True)
class Setting:
    """Where images come from, for example a ward, and how common findings are there.

    `shares` holds {label: share 0..1}, `origins` where each comes from; a label that is missing goes by its
    training prevalence. `defaults` are the card's own figures and `source` the sentence they come with.
    """

    name: str
    shares: dict[str, float]
    origins: dict[str, Origin]
    defaults: dict[str, float] = field(default_factory=dict)
    source: str = ""
    from_card: bool = False

    def is_set(self, label: str) -> bool:
        """Whether the site has set another figure than the card's."""
        return self.origins.get(label) is Origin.SITE


@dataclass(frozen=True, slots=True)
class Measured:
    """Sensitivity and specificity of an operating point, and the held-out films they were measured on."""

    on: str
    sensitivity: Interval
    specificity: Interval


@dataclass(frozen=True, slots=True)
class CardPrevalence:
    """What is stated of one model.

    `labels` may be given a prevalence: reliable findings with a stated training prevalence that are no part
    of another. `parts` holds {part: the finding that its parts sum to}. `training` holds {label: share} and
    `training_by_view` the same for AP and PA films where the card tells them apart; `measured` holds {label:
    what the operating point reaches} and `measured_by_view` the same for a view.
    `site_setting` is the one that holds here; None is the training prevalence.
    """

    model: str
    title: str
    labels: tuple[str, ...]
    names: dict[str, str]
    parts: dict[str, str]
    training: dict[str, float]
    training_by_view: dict[str, dict[str, float]]
    measured: dict[str, Measured]
    measured_by_view: dict[str, dict[str, Measured]]
    settings: tuple[Setting, ...] = ()
    site_setting: Setting | None = None

    def of(self, name: str) -> Setting | None:
        """The setting of a name."""
        return next((one for one in self.settings if one.name == name), None)

    def trained(self, view: str) -> dict[str, float]:
        """{label: training prevalence} of films of a view; of all films where the card has no such view."""
        return self.training | self.training_by_view.get(view, {})

    def reached(self, label: str, view: str) -> Measured | None:
        """What the operating point of a label reaches on films of a view, else on all held-out films."""
        return self.measured_by_view.get(view, {}).get(label) or self.measured.get(label)

    def with_site(self, site: Mapping[str, Mapping[str, float]], default: str | None) -> "CardPrevalence":
        """With what a site has set: {setting: {label: share}} and the name of the one that holds here."""
        own = [Setting(name, {}, {}) for name in site if self.of(name) is None]
        changed = tuple(self._changed(one, site.get(one.name, {})) for one in (*self.settings, *own))
        chosen = next((one for one in changed if one.name == default), None)
        return replace(self, settings=changed, site_setting=chosen)

    def _changed(self, setting: Setting, shares: Mapping[str, float]) -> Setting:
        mine = {label: share for label, share in shares.items() if label in self.labels}
        origins = setting.origins | dict.fromkeys(mine, Origin.SITE)
        return replace(setting, shares=setting.shares | mine, origins=origins)


def stated(card: ModelCard) -> CardPrevalence:
    """What the card states; without a training prevalence there is no label to set one for."""
    parts = _parts(card)
    training = _training(card, parts)
    labels = tuple(
        label
        for label in card.labels
        if label in training and label not in parts and label not in card.not_reliable
    )
    views = card.data.get("subgroups", {}).get("view", {})
    return CardPrevalence(
        model=card.name,
        title=card.title,
        labels=labels,
        names=dict(card.data.get("label_names", {})),
        parts=parts,
        training=training,
        training_by_view={
            view: _shares(card, shares)
            for view, shares in card.data.get("training_prevalence_by_view", {}).items()
        },
        measured=_measured(card, card.data.get("results", {})),
        measured_by_view={view: _measured(card, group, f"{view} films") for view, group in views.items()},
        settings=tuple(
            _setting(name, given, labels)
            for name, given in card.data.get("local_prevalence_defaults", {}).items()
        ),
    )


def _parts(card: ModelCard) -> dict[str, str]:
    """Parts of a nested calibration: its first label is the sum of the others."""
    if not isinstance(calibration_of(card), NestedCalibration):
        return {}
    return dict.fromkeys(card.labels[1:], card.labels[0])


def _training(card: ModelCard, parts: Mapping[str, str]) -> dict[str, float]:
    """{label: share among the films that the probabilities are calibrated on}."""
    given = card.data.get("training_prevalence")
    if given is None:
        given = card.data.get("calibration", {}).get("prevalence", {})
    if isinstance(given, int | float):
        given = {card.labels[0]: given} if parts or len(card.labels) == 1 else {}
    return _shares(card, given)


def _shares(card: ModelCard, given: Mapping[str, float]) -> dict[str, float]:
    """What can be shifted from: neither never nor always."""
    return {label: float(share) for label, share in given.items() if label in card.labels and 0 < share < 1}


def _setting(name: str, given: Mapping[str, Any], labels: tuple[str, ...]) -> Setting:
    shares = {
        label: float(share)
        for label, share in given["prevalence"].items()
        if label in labels and 0 < share < 1
    }
    origins = dict.fromkeys(shares, Origin.CARD)
    return Setting(name, shares, origins, shares, str(given.get("source", "")), from_card=True)


def _measured(card: ModelCard, results: Mapping[str, Any], on: str = "") -> dict[str, Measured]:
    """{label: the first of `results` that gives both for it}; without `on`, named by where it stands."""
    found: dict[str, Measured] = {}
    for path, node in _walk(results):
        label = next((part for part in reversed(path) if part in card.labels), None)
        sensitivity, specificity = _interval(node.get("sensitivity")), _interval(node.get("specificity"))
        if label is not None and sensitivity is not None and specificity is not None:
            named = on or ", ".join(part for part in path if part != label)
            found.setdefault(label, Measured(named, sensitivity, specificity))
    return found


def _walk(node: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, node
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from _walk(value, (*path, key))


def _interval(figure: object) -> Interval | None:
    """A card's estimate as it is, within 0..1; one without ends is its own interval."""
    if not isinstance(figure, Mapping) or not isinstance(figure.get("value"), int | float):
        return None
    value = float(figure["value"])
    low, high = (value if figure.get(end) is None else float(figure[end]) for end in ("low", "high"))
    return Interval(value, low, high) if 0 <= low <= value <= high <= 1 else None
