"""Which scores and predictors there are for a person, and for which occasion each of them is."""

from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from medai_core.domain.inputs import YES_NO, Input, Need
from medai_core.domain.risk import Kind
from medai_core.scores.catalogue import SCORES
from medai_core.scores.frame import Score
from medai_core.services.risk_questions import Asker, Catalogue, catalogue
from medai_core.serving import registry
from medai_core.serving.registry import ModelCard

HEART: Final = "Heart and vessels"
METABOLISM: Final = "Diabetes and kidney"
FIBRILLATION: Final = "Atrial fibrillation"
ACUTE: Final = "Acute illness"
CLOT: Final = "Suspected clot"
LIVER: Final = "Liver"
CANCER: Final = "Cancer"
OTHER: Final = "Other"
TOPICS: Final = (HEART, METABOLISM, FIBRILLATION, ACUTE, CLOT, LIVER, CANCER, OTHER)

_TOPICS: Final = {
    "findrisc": METABOLISM,
    "egfr_ckdepi_2021": METABOLISM,
    "cha2ds2_vasc": FIBRILLATION,
    "has_bled": FIBRILLATION,
    "news2": ACUTE,
    "qsofa": ACUTE,
    "sofa": ACUTE,
    "curb65": ACUTE,
    "wells_pe": CLOT,
    "wells_dvt": CLOT,
    "meld3": LIVER,
    "child_pugh": LIVER,
}
_WORDS: Final = (
    (HEART, ("cardio", "heart", "coronary", "stroke", "vascular")),
    (METABOLISM, ("diabetes", "kidney")),
    (CANCER, ("cancer", "breast", "tumour", "tumor", "cytology", "malignan")),
    (LIVER, ("liver", "biliary", "cirrhosis")),
)
"""What a trained predictor's title, or else its task, speaks of."""


def _condition(key: str, help_: str, sentence: str) -> Input:
    return Input(key, help_, YES_NO, need=Need.SCOPE, without=sentence)


_FIBRILLATION: Final = _condition(
    "atrial_fibrillation", "has atrial fibrillation", "It is for people with atrial fibrillation."
)
CONDITIONS: Final[dict[str, tuple[Input, ...]]] = {
    "cha2ds2_vasc": (_FIBRILLATION,),
    "has_bled": (_FIBRILLATION,),
    "curb65": (
        _condition(
            "pneumonia", "has pneumonia acquired outside hospital", "It is for people with pneumonia."
        ),
    ),
    "qsofa": (
        _condition("infection", "an infection is suspected", "It is for people with a suspected infection."),
    ),
    "sofa": (_condition("intensive_care", "is in intensive care", "It is for people in intensive care."),),
    "child_pugh": (_condition("cirrhosis", "has cirrhosis", "It is for people with cirrhosis."),),
    "meld3": (_condition("liver_disease", "has chronic liver disease", "It is for chronic liver disease."),),
    "wells_pe": (
        _condition(
            "pe_suspected", "a pulmonary embolism is suspected", "It is for suspected pulmonary embolism."
        ),
    ),
    "wells_dvt": (
        _condition(
            "dvt_suspected",
            "a deep vein thrombosis is suspected",
            "It is for suspected deep vein thrombosis.",
        ),
    ),
    "coronary_disease": (
        _condition(
            "angiography", "coronary disease is suspected, and angiography is planned",
            "It is for people who are sent to angiography because coronary disease is suspected.",
        ),
    ),
    "breast_cytology": (
        _condition(
            "breast_mass", "cells of a breast mass were aspirated", "It is for cells of a breast mass."
        ),
    ),
    "parkinsons_voice": (
        _condition(
            "voice_recorded", "the voice was recorded and measured", "It is for measurements of a voice."
        ),
    ),
    "survival_gbsg": (
        _condition(
            "node_positive", "had surgery for node-positive breast cancer",
            "It is for node-positive breast cancer after surgery.",
        ),
    ),
    "survival_metabric": (
        _condition("breast_cancer", "has breast cancer", "It is for people with breast cancer."),
    ),
    "survival_support": (
        _condition(
            "seriously_ill", "is seriously ill in hospital", "It is for seriously ill people in hospital."
        ),
    ),
    "survival_pbc": (
        _condition(
            "biliary_cholangitis", "has primary biliary cholangitis",
            "It is for people with primary biliary cholangitis.",
        ),
    ),
}  # fmt: skip
"""What must hold for a score or predictor to be meant for a person, where its inputs do not say it; `without`
says why. A setting of MedAI after each publication's or card's own words."""

_KNOWN_DIABETES: Final = Input(
    "diabetes", "has diabetes", YES_NO, need=Need.SCOPE, refuses="It is for people without diabetes."
)
_KNOWN_CORONARY: Final = Input(
    "prevchd", "has coronary heart disease", YES_NO, need=Need.SCOPE,
    refuses="It is for people who are not known to have coronary disease.",
)  # fmt: skip
EXCLUSIONS: Final[dict[str, tuple[Input, ...]]] = {
    "coronary_disease": (_KNOWN_CORONARY,),
    "findrisc": (_KNOWN_DIABETES,),
    "diabetes": (_KNOWN_DIABETES,),
}
"""What must not hold, where the inputs do not say it; what is not known excludes nobody."""

ANSWERED: Final = frozenset({registry.TABLE, registry.SURVIVAL})
"""The kinds of models whose answer is a risk."""


def asker_of_score(score: Score) -> Asker:
    """A published score as it asks."""
    return Asker(
        score.name, score.title, Kind.SCORE, _TOPICS.get(score.name, HEART), score.inputs,
        CONDITIONS.get(score.name, ()), EXCLUSIONS.get(score.name, ()), score.either,
    )  # fmt: skip


def asker_of_model(card: ModelCard) -> Asker:
    """A trained predictor as it asks: the columns on its card."""
    kind = Kind.SURVIVAL if card.kind == registry.SURVIVAL else Kind.PREDICTOR
    return Asker(
        card.name, card.title, kind, _topic(card.data), card.inputs.columns,
        CONDITIONS.get(card.name, ()), EXCLUSIONS.get(card.name, ()),
    )  # fmt: skip


def _topic(data: dict[str, Any]) -> str:
    if data.get("topic") in TOPICS:
        return str(data["topic"])
    for text in (str(data.get("title", "")), str(data.get("task", ""))):
        for topic, words in _WORDS:
            if any(word in text.lower() for word in words):
                return topic
    return OTHER


def predictors() -> tuple[ModelCard, ...]:
    """The cards of all trained predictors that give a risk from a person's values."""
    return tuple(card for card in registry.available(None) if card.kind in ANSWERED)


def everything() -> tuple[tuple[Asker, ...], Catalogue]:
    """All scores and predictors, and their questions; made again when a model has come or gone."""
    return _everything(tuple((card.name, card.version) for card in predictors()))


@lru_cache(maxsize=4)
def _everything(models: tuple[tuple[str, str], ...]) -> tuple[tuple[Asker, ...], Catalogue]:
    cards = {card.name: card for card in predictors()}
    askers = (
        *(asker_of_score(score) for score in SCORES),
        *(asker_of_model(cards[name]) for name, _ in models if name in cards),
    )
    return askers, catalogue(askers)


def unanswered(asked: Catalogue) -> Catalogue:
    """The same questions without what any record says."""
    return replace(
        asked, questions={key: replace(one, recorded=None) for key, one in asked.questions.items()}
    )
