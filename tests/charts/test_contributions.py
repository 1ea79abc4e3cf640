"""Bars of contributions: what is shown adds up as shown, and nothing of the inputs' words becomes markup."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_core.charts.contributions import (
    MOST_BARS,
    adding_up,
    contributions_alt,
    contributions_chart,
    contributions_table,
    missing_words,
    rounded,
    shown_parts,
)
from medai_core.domain.explained import Explanation, Part


def explanation(amounts: list[float], *, base: float = 0.12, unit: str = "1") -> Explanation:
    """With parts named a, b, c ..., the largest first."""
    parts = [Part(f"k{n}", f"Input {n}", f"{n} mmHg", amount, 0.004) for n, amount in enumerate(amounts)]
    ordered = tuple(sorted(parts, key=lambda part: -abs(part.amount)))
    return Explanation(
        "made", unit, base + sum(amounts), base, "the mean of people", "How.", ordered, trained=True
    )


@given(
    st.lists(st.floats(-0.05, 0.05), min_size=1, max_size=25),
    st.floats(0.3, 0.6),
    st.sampled_from(["1", "points"]),
)
def test_shown_amounts_add_up_to_the_shown_difference(amounts: list[float], base: float, unit: str) -> None:
    one = explanation(amounts, base=base, unit=unit)
    scale = 1000 if unit == "1" else 100
    difference = int(one.value * scale + 0.5) - int(one.base * scale + 0.5)
    for parts in (one.parts, shown_parts(one)):
        tenths = [amount * (10 if unit == "1" else 100) for amount in rounded(one, parts)]
        if parts:
            assert sum(round(tenth) for tenth in tenths) == difference
        assert all(abs(tenth - round(tenth)) < 1e-6 for tenth in tenths)
        exact = [part.amount * scale for part in parts]
        assert all(abs(tenth - amount) <= 1.0 + 1e-6 for tenth, amount in zip(tenths, exact, strict=True))


def test_the_smallest_become_one_bar() -> None:
    one = explanation([0.02 - 0.001 * n for n in range(18)])
    parts = shown_parts(one)
    assert len(parts) == MOST_BARS
    assert (parts[-1].label, parts[-1].value) == ("all others together", "7 inputs")
    assert sum(part.amount for part in parts) == pytest.approx(sum(part.amount for part in one.parts))


def test_bars_go_to_their_side_and_say_their_amount() -> None:
    figure = contributions_chart(explanation([0.061, -0.024, 0.0]))
    assert figure is not None
    (bars,) = figure.data
    assert list(bars.x) == [6.1, -2.4]
    assert list(bars.text) == ["+6.1", "\u22122.4"]
    assert bars.marker.color[0] != bars.marker.color[1]
    assert [note.text for note in figure.layout.annotations] == [
        "Input 0: <b>0 mmHg</b>",
        "Input 1: <b>1 mmHg</b>",
    ]


def test_words_of_inputs_are_never_markup() -> None:
    part = Part("k", "<b>name</b>", "<img src=x>", 0.1)
    one = Explanation("made", "1", 0.3, 0.2, "others", "", (part,), trained=True)
    figure = contributions_chart(one)
    assert figure is not None
    assert "<img" not in figure.layout.annotations[0].text
    assert "<b>name" not in figure.layout.annotations[0].text


def test_said_as_a_sentence_and_a_table() -> None:
    one = explanation([0.061, -0.024])
    assert adding_up(one) == (
        "The mean of people: 12.0 of 100. The bars add up to +3.7: 15.7 of 100 for this person."
    )
    assert "Input 0, 0 mmHg: adds 6.1 percentage points" in contributions_alt(one)
    heads, rows = contributions_table(one)
    assert heads == ("Input", "Value", "Adds (percentage points)", "Uncertainty")
    assert [row[2] for row in rows] == ["12.0 of 100", "+6.1", "\u22122.4", "15.7 of 100"]
    assert rows[1][3] == "\u00b10.8"


def test_nothing_that_differs_has_no_bars() -> None:
    one = explanation([0.0, 0.0])
    assert contributions_chart(one) is None
    assert adding_up(one).endswith("Nothing differs.")


def test_points_are_whole_where_they_are() -> None:
    one = explanation([4.0, 1.5, -2.0], base=0.0, unit="points")
    assert [row[2] for row in contributions_table(one)[1]] == [
        "0 points", "+4", "\u22122", "+1.5", "3.5 points",
    ]  # fmt: skip


def test_a_small_base_is_never_said_as_nothing() -> None:
    assert "fewer than 0.1 of 100" in adding_up(explanation([0.1], base=0.0004))


def test_what_was_not_given_is_named() -> None:
    parts = (Part("a", "Glucose", "not given", 0.01), Part("b", "Age", "50 years", 0.02))
    one = Explanation("made", "1", 0.13, 0.1, "others", "", parts, trained=True)
    assert missing_words(one).endswith("adds: Glucose.")
    assert missing_words(explanation([0.1])) == ""
