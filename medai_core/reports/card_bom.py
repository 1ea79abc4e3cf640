"""A model's card in the machine-readable form of CycloneDX 1.6 (ECMA-424), as an ML-BOM.

One component of type ``machine-learning-model`` with its ``modelCard``, its files with their digests, and
the data that it learned from. The same card gives the same bytes.

References
----------
CycloneDX 1.6 JSON reference, https://cyclonedx.org/docs/1.6/json/
"""

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Final

from medai_core.charts import card_results, cards, words
from medai_core.charts.cards import Figure
from medai_core.serving.registry import ModelCard

SCHEMA: Final = "http://cyclonedx.org/schema/bom-1.6.schema.json"
_SPDX: Final = frozenset({"Apache-2.0", "MIT", "BSD-3-Clause", "CC-BY-4.0", "CC0-1.0"})
_NAMESPACE: Final = uuid.UUID("7b6a1f2e-6b0f-5c6e-9f0a-2f6f2b7d9c11")


def card_bom(card: ModelCard) -> bytes:
    """The card as a CycloneDX 1.6 document in UTF-8 JSON, ending with a line break."""
    digest = hashlib.sha256(json.dumps(card.data, sort_keys=True).encode()).hexdigest()
    document = {
        "$schema": SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, digest)}",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": "medai", "name": "MedAI"}},
        "components": [_component(card)],
    }
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _component(card: ModelCard) -> dict[str, Any]:
    licence = card.data.get("licence")
    return {
        "type": "machine-learning-model",
        "bom-ref": f"{card.name}@{card.version}",
        "name": card.name,
        "version": card.version,
        "description": f"{card.title}. {card.task}",
        "hashes": [{"alg": "SHA-256", "content": card.weights_digest}],
        **({"licenses": [_licence(licence)]} if isinstance(licence, str) else {}),
        "components": [
            {
                "type": "file",
                "name": entry["name"],
                "hashes": [{"alg": "SHA-256", "content": entry["sha256"]}],
            }
            for entry in card.data["files"].values()
        ],
        "modelCard": {
            "bom-ref": f"{card.name}@{card.version}#card",
            "modelParameters": _parameters(card),
            "quantitativeAnalysis": {"performanceMetrics": list(_metrics(card))},
            "considerations": _considerations(card),
            "properties": list(_properties(card)),
        },
    }


def _licence(name: str) -> dict[str, Any]:
    return {"license": {"id": name} if name in _SPDX else {"name": name}}


def _parameters(card: ModelCard) -> dict[str, Any]:
    inputs = card.inputs
    network = card.data.get("start", {})
    architecture = network.get("network") if isinstance(network, Mapping) else None
    names = cards.label_names(card.data)
    pictures = (
        f"{' or '.join(inputs.modalities)} image, {' or '.join(inputs.views)} view, ages {inputs.ages}; "
        f"{inputs.size} x {inputs.size} grey values"
    )
    return {
        "approach": {"type": "supervised"},
        "task": card.task,
        "architectureFamily": _family(card),
        **({"modelArchitecture": architecture} if isinstance(architecture, str) else {}),
        "datasets": [_dataset(card)],
        "inputs": [{"format": inputs.text or pictures}],
        "outputs": [{"format": f"probability, 0 to 1: {words.label(one, names)}"} for one in card.labels],
    }


def _family(card: ModelCard) -> str:
    given = card.data.get("architecture")
    if isinstance(given, str):
        return given
    return "linear model" if card.inputs.text else "convolutional neural network"


def _dataset(card: ModelCard) -> dict[str, Any]:
    """The training data in one entry: name, and everything that the card says of it."""
    data = card.data.get("training_data", {})
    part = data if isinstance(data, Mapping) else {"name": str(data)}
    said = [f"{key.replace('_', ' ')}: {value}" for key, value in part.items() if isinstance(value, str)]
    return {"type": "dataset", "name": str(part.get("name", "training data")), "description": "; ".join(said)}


def _metrics(card: ModelCard) -> Iterator[dict[str, Any]]:
    """Every measured figure with its interval; the slice says of which finding, on what, in which group."""
    names = cards.label_names(card.data)
    for section in ("results", "subgroups"):
        for one in card_results.measured(card.data, section):
            where = [words.label(one.label, names), *one.on, f"n = {one.figure.n}" if one.figure.n else ""]
            yield _metric(one.figure, ", ".join(part for part in where if part))
    for label in card.labels:
        error = card_results.calibration_error(card.data, label)
        if error is not None:
            yield _metric(error, words.label(label, names))
    for section, share in (("refusals", "refused"), ("passes", "passed")):
        for rate in card_results.rates(card.data, section, share):
            figure = Figure(share, rate.name, rate.share, rate.low, rate.high, rate.n)
            yield _metric(figure, f"{rate.name}, n = {rate.n}")


def _metric(figure: Figure, slice_: str) -> dict[str, Any]:
    metric = {
        "type": cards.METRICS.get(figure.metric, figure.metric),
        "value": f"{figure.value:g}",
        "slice": slice_,
    }
    if figure.low is None or figure.high is None:
        return metric
    return metric | {
        "confidenceInterval": {"lowerBound": f"{figure.low:g}", "upperBound": f"{figure.high:g}"}
    }


def _considerations(card: ModelCard) -> dict[str, Any]:
    names = cards.label_names(card.data)
    single = [
        f"{words.label(label, names)}: {' '.join(said)}"
        for label in card.labels
        if (said := card_results.limits_of(card.data, label))
    ]
    weak = [f"{words.label(label, names)}: {words.NOT_RELIABLE}" for label in card.not_reliable]
    not_for = [f"Not for: {one}" for one in card_results.sentences(card.data, "not_for")]
    return {
        "users": [
            f"Clinicians who {'know the person' if card.inputs.columns else 'read the image'} themselves; "
            "research use, not a medical device"
        ],
        "useCases": [card.intended_use],
        "technicalLimitations": [*not_for, *card.limits, *single, *weak],
    }


def _properties(card: ModelCard) -> Iterator[dict[str, str]]:
    """What the form has no place for: operating points, training prevalence, what was tried."""
    for label, threshold in card.thresholds.items():
        yield {"name": f"medai:operating-point:{label}", "value": f"{threshold:g}"}
    prevalence = card.data.get("training_prevalence")
    for label in card.labels:
        share = cards.number(prevalence.get(label)) if isinstance(prevalence, Mapping) else None
        if share is not None:
            yield {"name": f"medai:training-prevalence:{label}", "value": f"{share:g}"}
    for sentence in card_results.sentences(card.data, "tried"):
        yield {"name": "medai:tried", "value": sentence}
