"""A card to take away: as a document, and in the form of CycloneDX 1.6."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from medai_core.reports.card_bom import card_bom
from medai_core.reports.card_pdf import card_pdf
from medai_core.serving import registry
from medai_core.serving.registry import ModelCard
from tests.support import chest


@pytest.fixture
def cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, ModelCard]:
    """The made-up model and gate, and a real one."""
    chest.install(monkeypatch, tmp_path / "models", chest.card(), chest.gate_card())
    return {card.name: card for card in registry.available(None)}


def _text(card: ModelCard) -> str:
    reader = PdfReader(io.BytesIO(card_pdf(card)))
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in reader.pages))


def test_the_document_holds_every_part_of_the_card(cards: dict[str, ModelCard]) -> None:
    said = _text(cards[chest.NAME])
    for expected in (
        "Fourteen findings on made-up films",
        "Model card: film_findings, version 0.1.0",
        "Nobody, nowhere.",
        "0.840 (0.810 to 0.860)",
        "DenseNet",
        "Nodule (not reliable enough here)",
        "Operating point 30\u202f%".replace("\u202f", " "),
        "ECE 0.031 (0.001 to 0.051)",
        "40 of 50",
        "Small effusions are missed.",
        "Larger pictures: no gain.",
        "A finding whose lower bound is under 0.70 is not shown.",
        "Research software, not a medical device",
        "5e" * 32,
    ):
        assert expected in said.replace("\u202f", " "), expected
    assert "NOT SIGNED" not in said


def test_the_document_of_a_gate_holds_what_it_refuses(cards: dict[str, ModelCard]) -> None:
    said = _text(cards[chest.GATE]).replace("\u202f", " ")
    assert "Upside down" in said
    assert "95 % to 99.2 %" in said
    assert "Held-out results" not in said


def test_the_same_card_gives_the_same_bytes(cards: dict[str, ModelCard]) -> None:
    for card in cards.values():
        assert card_pdf(card) == card_pdf(card)
        assert card_bom(card) == card_bom(card)


_ALLOWED = {
    "bom": {"$schema", "bomFormat", "specVersion", "serialNumber", "version", "metadata", "components"},
    "component": {
        "type", "bom-ref", "name", "version", "description", "hashes", "licenses", "components", "modelCard",
    },
    "modelCard": {"bom-ref", "modelParameters", "quantitativeAnalysis", "considerations", "properties"},
    "modelParameters": {
        "approach", "task", "architectureFamily", "modelArchitecture", "datasets", "inputs", "outputs",
    },
    "dataset": {"bom-ref", "type", "name", "contents", "classification", "description", "governance"},
    "metric": {"type", "value", "slice", "confidenceInterval"},
    "considerations": {"users", "useCases", "technicalLimitations"},
}  # fmt: skip


def _check(node: dict[str, Any], kind: str) -> None:
    assert set(node) <= _ALLOWED[kind], set(node) - _ALLOWED[kind]


@pytest.mark.parametrize("name", [chest.NAME, chest.GATE, "paediatric_pneumonia"])
def test_the_bom_is_built_as_cyclonedx_says(name: str, cards: dict[str, ModelCard]) -> None:
    bom = json.loads(card_bom(cards[name]))
    _check(bom, "bom")
    assert (bom["bomFormat"], bom["specVersion"], bom["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", bom["serialNumber"])
    (component,) = bom["components"]
    _check(component, "component")
    assert component["type"] == "machine-learning-model"
    for file in component["components"]:
        assert file["type"] == "file"
        (digest,) = file["hashes"]
        assert digest["alg"] == "SHA-256"
        assert re.fullmatch(r"[0-9a-f]{64}", digest["content"])
    card = component["modelCard"]
    _check(card, "modelCard")
    parameters = card["modelParameters"]
    _check(parameters, "modelParameters")
    assert parameters["approach"] == {"type": "supervised"}
    for dataset in parameters["datasets"]:
        _check(dataset, "dataset")
        assert dataset["type"] == "dataset"
    assert all(set(one) == {"format"} for one in (*parameters["inputs"], *parameters["outputs"]))
    for metric in card["quantitativeAnalysis"]["performanceMetrics"]:
        _check(metric, "metric")
        assert all(isinstance(metric[key], str) for key in ("type", "value", "slice"))
        interval = metric.get("confidenceInterval", {"lowerBound": "0", "upperBound": "1"})
        assert float(interval["lowerBound"]) <= float(interval["upperBound"])
    _check(card["considerations"], "considerations")
    assert all(set(one) == {"name", "value"} for one in card["properties"])
    references = [component["bom-ref"], card["bom-ref"], bom["metadata"]["component"]["bom-ref"]]
    assert len(set(references)) == len(references)


def test_the_bom_says_the_cards_own_numbers(cards: dict[str, ModelCard]) -> None:
    bom = json.loads(card_bom(cards[chest.NAME]))
    card = bom["components"][0]["modelCard"]
    metrics = card["quantitativeAnalysis"]["performanceMetrics"]
    assert {
        "type": "AUROC",
        "value": "0.816",
        "slice": "Effusion, natural films, n = 900",
        "confidenceInterval": {"lowerBound": "0.786", "upperBound": "0.836"},
    } in metrics
    limits = card["considerations"]["technicalLimitations"]
    assert "Hernia: not reliable enough here" in limits
    assert {"name": "medai:operating-point:Mass", "value": "0.3"} in card["properties"]
