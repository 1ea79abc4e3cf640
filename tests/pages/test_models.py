"""The Models page: every card as a page of its own, from the card and nothing else."""

from html import unescape
from pathlib import Path

import pytest

from medai_core.charts import forest
from medai_core.domain.people import Caller
from medai_core.serving.registry import available
from tests.pages.conftest import OpenPage, words
from tests.support import chest


@pytest.fixture
def made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The made-up model and gate beside the installed ones."""
    chest.install(monkeypatch, tmp_path / "models", chest.card(), chest.gate_card())


def test_the_list_names_every_model_and_its_state(reader: Caller, open_page: OpenPage) -> None:
    drawn = unescape(words(open_page("models")))
    for card in available(None):
        for word in (card.title, card.version, card.inputs.text or card.inputs.ages, card.task):
            assert word in drawn
    assert "As measured: all digests are those of the card" in drawn


@pytest.mark.parametrize("name", [card.name for card in available(None)])
def test_every_card_is_a_page_with_an_address(name: str, reader: Caller, open_page: OpenPage) -> None:
    drawn = unescape(words(open_page("models", model=name)))
    card = next(one for one in available(None) if one.name == name)
    for word in (card.title, card.version, card.weights_digest, card.limits[0], f"/cards/{name}.cdx.json"):
        assert word in drawn


def test_a_card_is_opened_and_left_again(reader: Caller, open_page: OpenPage) -> None:
    page = open_page("models")
    page.button(key="models:open:paediatric_pneumonia").click().run()
    assert page.query_params["model"] == "paediatric_pneumonia"
    assert "Held-out results" in words(page)
    page.button(key="models:back").click().run()
    assert "model" not in page.query_params
    assert "Open the card" in words(page)


def test_an_unknown_model_is_a_refusal_with_the_list_below(reader: Caller, open_page: OpenPage) -> None:
    drawn = words(open_page("models", model="../nothing"))
    assert "unknown-model" in drawn
    assert "Open the card" in drawn


def test_fourteen_findings_stand_beside_the_reference(
    made_up: None, reader: Caller, open_page: OpenPage
) -> None:
    page = open_page("models", model=chest.NAME)
    drawn = words(page)
    for word in (
        "0.816 (0.786 to 0.836)",  # effusion
        "0.860 (0.830 to 0.880)",  # the reference's
        "\u22120.044",
        "DenseNet-121, AUROC",
        "Hernia (not reliable enough here)",
        "A finding whose lower bound is under 0.70 is not shown.",
        "Small effusions are missed.",
        "Larger pictures: no gain.",
        "40 of 50 (80\u202f%)",
        "of the flagged images, the share that has the finding",
        "Nobody, nowhere.",
        "The file model.tflite is missing.",
    ):
        assert word in drawn, word


@pytest.mark.parametrize(
    ("order", "first"), [("auroc", "Pneumothorax"), ("name", "Consolidation"), ("gap", "Consolidation")]
)
def test_findings_are_sorted_as_the_address_says(
    order: str, first: str, made_up: None, reader: Caller, open_page: OpenPage
) -> None:
    page = open_page("models", model=chest.NAME, order=forest.ORDERS[order])
    assert page.segmented_control(key="order").value == order
    drawn = words(page)
    table = drawn[drawn.index("On natural films") :]
    found = sorted(("Pneumothorax", "Consolidation"), key=lambda name: table.index(f">{name}"))
    assert found[0] == first


def test_the_chosen_finding_has_its_charts_and_groups(
    made_up: None, reader: Caller, open_page: OpenPage
) -> None:
    page = open_page("models", model=chest.NAME, finding="Edema")
    assert page.selectbox(key="finding").value == "Edema"
    drawn = words(page)
    assert "Edema: at the operating point 30\u202f% sensitivity 70\u202f%, specificity 80\u202f%" in drawn
    assert "PPV 25\u202f%" in drawn
    assert "Edema: ECE 0.031 (0.001 to 0.051)" in drawn
    assert "Sex, F" in drawn
    assert f"{chest.auroc('Edema'):.3f}" in drawn
    page.selectbox(key="finding").set_value("Hernia").run()
    assert "Pages show no probability of it" in words(page)


def test_a_gate_shows_what_it_refuses(made_up: None, reader: Caller, open_page: OpenPage) -> None:
    drawn = words(open_page("models", model=chest.GATE))
    assert "Upside down, n = 200: 98\u202f% (95\u202f% to 99.2\u202f%)" in drawn
    assert "Held-out results" not in drawn


def test_a_card_without_a_part_has_no_heading_for_it(reader: Caller, open_page: OpenPage) -> None:
    drawn = words(open_page("models", model="paediatric_pneumonia"))
    for heading in ("Refused images", "Heat maps against boxes"):
        assert heading not in drawn


def test_the_models_can_be_checked(reader: Caller, open_page: OpenPage) -> None:
    page = open_page("models")
    page.button(key="models:verify").click().run()
    assert "As measured" in words(page)


def test_the_reference_has_a_part_of_its_own_where_it_saw_other_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: Caller, open_page: OpenPage
) -> None:
    shared = {label: {"auroc": chest.estimate(0.7, 300)} for label in chest.LABELS}
    card = chest.card()
    card["results"]["shared films"] = shared
    card["reference"]["results"] = {"shared films": shared}
    card["mean_auroc"] = {
        "shared films": {
            "findings": list(chest.LABELS),
            "this_model": chest.estimate(0.7),
            "reference": chest.estimate(0.75),
            "difference": chest.estimate(-0.05),
        }
    }
    chest.install(monkeypatch, tmp_path / "models", card)
    drawn = words(open_page("models", model=chest.NAME))
    assert "Beside DenseNet-121 on the same images" in drawn
    table = drawn[drawn.index("On shared films") :]
    assert "DenseNet-121, AUROC" in table
    assert "Mean AUROC of 14 findings: 0.700 (0.670 to 0.720); DenseNet-121: 0.750" in drawn
    first = drawn[drawn.index("On natural films") : drawn.index("On shared films")]
    assert "DenseNet-121, AUROC" not in first


def test_what_passes_is_shown_by_size_and_age(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: Caller, open_page: OpenPage
) -> None:
    gate = chest.gate_card()
    gate["passes"] = {"128": {"adults": chest.estimate(0.97, 500)}}
    chest.install(monkeypatch, tmp_path / "models", gate)
    drawn = words(open_page("models", model=chest.GATE))
    assert "128 pixels, adults, n = 500: 97" in drawn
