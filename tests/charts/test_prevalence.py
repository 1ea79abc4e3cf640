"""A prevalence, where it comes from and what follows, in words."""

from dataclasses import replace

import pytest

from medai_core.charts import prevalence as said
from medai_core.domain.prevalence import Interval, LocalFinding, Localised, Origin

FINDING = LocalFinding(
    "edema", 0.4, 0.3, 0.5, 0.7, 0.6, 0.35, True, 0.2, 0.05, Origin.SITE,
    Interval(0.234, 0.19, 0.28), Interval(0.988, 0.98, 0.993), "AP films",
)  # fmt: skip
LOCAL = Localised("chest", "1.0", "ward", False, "Counted.", "", (FINDING,))


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.742, "74.2 %"), (0.3, "30 %"), (0.0023, "0.23 %"), (0.001, "0.1 %"), (0.999, "99.9 %"),
     (0.01, "1 %"), (None, "not given")],
)  # fmt: skip
def test_percent(share: float | None, expected: str) -> None:
    assert said.percent(share).replace("\u202f", " ") == expected


def test_natural_frequencies() -> None:
    assert said.frequencies(FINDING, {"edema": "Edema"}) == (
        "Of 100 images flagged here for edema, about 23 have it (19 to 28); "
        "of 100 not flagged, about 1 has it (under 1 to 2)."
    )


@pytest.mark.parametrize(
    ("ppv", "words"),
    [
        (Interval(0.005, 0.001, 0.02), "fewer than 1 has it (under 1 to 2)"),
        (Interval(0.999, 0.97, 1.0), "more than 99 have it (97 to over 99)"),
        (Interval(1.0, 1.0, 1.0), "more than 99 have it (over 99)"),
        (Interval(0.0, 0.0, 0.0), "fewer than 1 has it (under 1)"),
    ],
)
def test_a_count_is_never_none_and_never_all(ppv: Interval, words: str) -> None:
    assert words in said.frequencies(replace(FINDING, ppv=ppv))


def test_one_predictive_value_may_stand_alone_and_none_says_why() -> None:
    assert said.frequencies(replace(FINDING, npv=None)).endswith("about 23 have it (19 to 28).")
    assert said.frequencies(replace(FINDING, ppv=None)).startswith("Of 100 not flagged")
    missing = replace(FINDING, ppv=None, npv=None, why_not="nobody measured it")
    assert said.frequencies(missing) == "No predictive values for edema: nobody measured it."


@pytest.mark.parametrize(
    ("changes", "origin", "expected"),
    [
        ({}, Origin.SITE, "At the prevalence of ward, the site's setting."),
        ({"setting_by_reader": True}, Origin.CARD, "At the prevalence of ward, chosen by the reader."),
        ({"setting": ""}, Origin.TRAINING, "At the training prevalence: no local one is set."),
        ({"setting": "", "setting_by_reader": True}, Origin.TRAINING,
         "At the training prevalence, chosen by the reader."),
        ({}, Origin.READER,
         "At the prevalence of ward, the site's setting; changed by the reader for this reading."),
    ],
)  # fmt: skip
def test_which_prevalence_is_one_sentence(changes: dict[str, object], origin: Origin, expected: str) -> None:
    local = replace(LOCAL, findings=(replace(FINDING, origin=origin),), **changes)  # type: ignore[arg-type]
    assert said.where_from(local) == expected


def test_an_answer_without_a_stated_prevalence_says_so() -> None:
    bare = replace(FINDING, training=None, prevalence=None)
    assert "states no training prevalence" in said.where_from(replace(LOCAL, findings=(bare,)))
    assert said.origin(replace(bare, probability=bare.as_trained), LOCAL) == "not given"
    assert said.as_trained(bare, LOCAL).replace("\u202f", " ") == "70 % as trained"


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (Origin.TRAINING, "as in training"),
        (Origin.CARD, "the card's default for ward"),
        (Origin.SITE, "set by this site for ward"),
        (Origin.READER, "changed by the reader"),
    ],
)
def test_where_a_figure_comes_from(origin: Origin, expected: str) -> None:
    assert said.origin(replace(FINDING, origin=origin), LOCAL) == expected


def test_the_model_s_own_probability_names_its_prevalence_and_films() -> None:
    text = said.as_trained(FINDING, replace(LOCAL, view="AP")).replace("\u202f", " ")
    assert text == "70 % as trained, at a prevalence of 20 % (AP films)"


def test_a_row_holds_both_probabilities_and_both_predictive_values() -> None:
    (row,) = said.table(LOCAL, {"edema": "Edema"})
    assert {name: value.replace("\u202f", " ") for name, value in row.items()} == {
        "Finding": "Edema",
        "Prevalence here": "5 %",
        "In training": "20 %",
        "From": "set by this site for ward",
        "Probability here": "40 %",
        "Interval": "30 to 50 %",
        "As trained": "70 %",
        "PPV": "23 % (19 to 28 %)",
        "NPV": "99 % (98 to over 99 %)",
    }
