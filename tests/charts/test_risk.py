"""Risks in words and pictures: never 0 % or 100 %, grouped icons, peers where they are known."""

import pytest

from medai_core.charts import risk as said
from medai_core.domain.inputs import YES_NO, Input
from medai_core.domain.risk import Kind, Peers, RiskEstimate


def estimate(value: float | None, kind: Kind = Kind.SCORE, **more: object) -> RiskEstimate:
    """An answer with this value."""
    whole: dict[str, object] = {
        "name": "made_up", "title": "Made-up risk in 10 years", "kind": kind, "version": "1", "unit": "1",
        "outcome": "the outcome within 10 years", "topic": "Other", "inputs": (), "values": {},
        "value": value,
    }  # fmt: skip
    return RiskEstimate(**{**whole, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("risk", "high", "counts"),
    [
        (0.09, None, (9, 0, 91)),
        (0.09, 0.17, (9, 8, 83)),
        (0.001, 0.02, (0, 2, 98)),
        (0.999, None, (99, 0, 1)),
        (0.5, 0.4, (50, 0, 50)),
    ],
)
def test_a_hundred_people_grouped_from_the_bottom(
    risk: float, high: float | None, counts: tuple[int, int, int]
) -> None:
    found = said.icons(risk, high)
    assert tuple(sum(one.look == look for one in found) for look in ("with", "maybe", "without")) == counts
    places = [one.row * 10 + one.column for one in found if one.look == "with"]
    assert places == list(range(len(places)))
    assert len({(one.row, one.column) for one in found}) == 100


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0004, "Fewer than 1 of 100 people like this one have the outcome within 10 years."),
        (0.094, "About 9 of 100 people like this one have the outcome within 10 years."),
        (0.9999, "More than 99 of 100 people like this one have the outcome within 10 years."),
    ],
)
def test_the_sentence_is_one_of_natural_frequencies(value: float, words: str) -> None:
    assert said.sentence(estimate(value)) == words


def test_a_trained_predictor_speaks_of_association() -> None:
    spoken = said.sentence(estimate(0.18, Kind.PREDICTOR, low=0.11, high=0.24))
    assert "about 18 (11 to 24)" in spoken
    assert "an association, not a cause" in spoken


def test_a_refusal_is_its_sentence_and_no_number() -> None:
    assert said.sentence(estimate(None, refused="It is for adults.")) == "It is for adults."
    assert said.value_words(estimate(None)) == "no answer"


def test_points_and_measured_quantities_have_their_unit() -> None:
    points = estimate(4.0, unit="points", highest=9.0, category="high")
    assert said.sentence(points) == "Made-up risk in 10 years: 4 of 9 points, high."
    assert said.value_words(estimate(73.19, unit="mL/min/1.73 m2")).startswith("73.2")


def test_peers_are_named_with_their_number_and_their_source() -> None:
    peers = Peers("women of 55 years", "of the training data", (0.05, 0.5, 0.95), (0.02, 0.05, 0.2), 400)
    spoken = said.peers_words(estimate(0.05, peers=peers))
    assert "higher than that of about 50 of 100 women of 55 years" in spoken
    assert "400; of the training data" in spoken
    assert "at least 95 of 100" in said.peers_words(estimate(0.6, peers=peers))
    assert said.peers_words(estimate(0.05, no_peers="Not known.")) == "Not known."


def test_the_overview_draws_every_risk_and_reaches_beyond_each() -> None:
    peers = Peers("women", "made up", (0.05, 0.25, 0.5, 0.75, 0.95), (0.02, 0.03, 0.05, 0.1, 0.2), 400)
    shown = [estimate(0.02), estimate(0.31, Kind.PREDICTOR, low=0.2, high=0.43, peers=peers)]
    figure = said.overview([*shown, estimate(3.0, unit="points")])
    assert figure is not None
    assert list(figure.data[-1].x) == [0.02, 0.31]
    assert figure.layout.xaxis.range[1] >= 0.43
    assert len(figure.layout.annotations) == 2
    assert said.overview([estimate(3.0, unit="points")]) is None
    assert "31" in said.overview_alt(shown)


def test_labels_keep_abbreviations() -> None:
    assert said.label_of("hdl", Input("hdl", "HDL cholesterol")) == "HDL cholesterol"
    assert said.label_of("x", Input("x", "smokes now", YES_NO)) == "Smokes now"
    assert said.ago_words(1) == "1 day old"
    assert said.ago_words(400) == "13 months old"
    assert said.ago_words(1100) == "3.0 years old"
