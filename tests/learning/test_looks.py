"""Judging: distances, limits, and the sentences of several reasons at once."""

from dataclasses import replace

import numpy as np
import pytest

from medai_core.imaging.quality import Quality
from medai_core.learning.looks import (
    MIRRORED,
    READ_WITHOUT,
    SIGNS,
    TURNS,
    UNUSUAL,
    VIEWS,
    Limits,
    Seen,
    fit_reference,
    judge,
    pack_references,
    read_limits,
    seen,
    unpack_references,
)

GOOD = Quality(400, 400, 0.9, 0.01, 0.01)
FEATURES = np.random.default_rng(0).standard_normal((600, 12)).astype(np.float32) * np.arange(1, 13)
REFERENCE = {"one": fit_reference(FEATURES.astype(np.float32), 6)}
LIMITS = Limits(0.4, 0.5, 0.9, 0.8, 0.7, {"one": 8.0}, {"one": 6.0})
FILM = Seen(
    dict(zip(VIEWS, (0.98, 0.01, 0.01), strict=True)),
    dict(zip(TURNS, (0.97, 0.01, 0.01, 0.01), strict=True)),
    mirrored=0.1,
    inverted=0.1,
    cropped=0.1,
    features=FEATURES[0].astype(np.float32),
)


def _turned(turn: str) -> dict[str, float]:
    return {name: 0.91 if name == turn else 0.03 for name in TURNS}


def test_a_good_film_is_accepted_without_a_word() -> None:
    judgement = judge(FILM, GOOD, REFERENCE, LIMITS)
    assert judgement.sentence("one") is None
    assert judgement.cautions == {"one": ()}
    assert judgement.orientation == "upright"


def test_two_reasons_are_two_sentences_and_one_step() -> None:
    wrong = replace(FILM, turns=_turned("turned left"), inverted=0.9)
    assert judge(wrong, GOOD, REFERENCE, LIMITS).sentence("one") == (
        "Expected an upright film; found one that looks turned by a quarter to the left. "
        "Expected a film with bright bones; found one whose grey values look inverted. " + READ_WITHOUT
    )


@pytest.mark.parametrize(
    ("scores", "words"),
    [((0.2, 0.7, 0.1), "found what looks like a lateral view"), ((0.2, 0.1, 0.7), "does not look like one")],
)
def test_what_is_not_frontal_is_refused_for_that_alone(
    scores: tuple[float, float, float], words: str
) -> None:
    wrong = replace(FILM, scores=dict(zip(VIEWS, scores, strict=True)), turns=_turned("upside down"))
    judgement = judge(wrong, GOOD, REFERENCE, LIMITS)
    assert [one.code for one in judgement.refusals] == ["not-frontal-chest"]
    assert words in (judgement.sentence("one") or "")


def test_a_poor_picture_is_not_judged_further() -> None:
    wrong = replace(FILM, scores=dict(zip(VIEWS, (0.0, 0.0, 1.0), strict=True)))
    judgement = judge(wrong, replace(GOOD, rows=40), REFERENCE, LIMITS)
    assert judgement.sentence("one") == (
        "Expected an image of at least 96 x 96 pixels; found 400 x 40 pixels. "
        "Give the image in its original size. " + READ_WITHOUT
    )


def test_a_film_unlike_the_models_own_is_refused_for_that_model_only() -> None:
    references = REFERENCE | {"two": fit_reference((FEATURES + 300).astype(np.float32), 6)}
    limits = replace(LIMITS, distance={"one": 8.0, "two": 8.0}, usual={"one": 6.0, "two": 6.0})
    judgement = judge(FILM, GOOD, references, limits)
    assert judgement.sentence("one") is None
    refused = judgement.sentence("two")
    assert refused is not None
    assert "unlike them" in refused
    assert judgement.sentence("a model without a reference") is None


def test_mirrored_and_unusual_films_are_cautioned() -> None:
    direction = REFERENCE["one"].basis[:, 0]
    far = replace(FILM, mirrored=0.95, features=direction * 7 * FEATURES.std() * 1.7)
    distance = REFERENCE["one"].distance(far.features[None])[0]
    limits = replace(LIMITS, distance={"one": distance * 1.1}, usual={"one": distance * 0.9})
    judgement = judge(far, GOOD, REFERENCE, limits)
    assert judgement.sentence("one") is None
    assert judgement.cautions == {"one": (MIRRORED, UNUSUAL)}


def test_distance_is_small_among_its_own_and_large_away() -> None:
    reference = REFERENCE["one"]
    own = reference.distance(FEATURES.astype(np.float32))
    assert np.sqrt((own**2).mean()) == pytest.approx(np.sqrt(7), rel=0.05)  # seven whitened numbers
    beside = np.zeros((1, 12), dtype=np.float32)
    beside[0, 0] = 500.0  # the direction of least spread, outside the plane
    assert reference.distance(beside)[0] > own.max()


def test_references_and_limits_survive_storage() -> None:
    again = unpack_references(pack_references(REFERENCE))
    features = FEATURES[:5].astype(np.float32)
    assert again["one"].distance(features) == pytest.approx(REFERENCE["one"].distance(features), rel=1e-6)
    assert read_limits(LIMITS.as_dict()) == LIMITS


def test_the_networks_numbers_become_shares() -> None:
    logits = np.array([[2.0, 0.0, -1.0], [0.0, 0.0, 0.0]], dtype=np.float32)
    evidence = np.zeros((2, len(SIGNS) + 4), dtype=np.float32)
    evidence[0, :7] = (0, 0, 5, 0, 30, -30, 0)
    first, second = seen(logits, evidence)
    assert sum(first.scores.values()) == pytest.approx(1)
    assert first.scores["frontal_chest"] > 0.8
    assert second.scores["other"] == pytest.approx(1 / 3)
    assert first.turns["upside down"] > 0.95
    assert (first.mirrored, first.inverted, first.cropped) == pytest.approx((1, 0, 0.5), abs=1e-9)
    assert first.features.shape == (4,)
