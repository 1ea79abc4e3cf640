"""Counts that are kept back, shares, periods of time, reasons of refusals."""

from datetime import date
from itertools import pairwise, product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medai_core.domain.monitor import (
    SMALLEST_SHOWN,
    Cell,
    Share,
    Step,
    moments,
    periods,
    protected,
    reason_group,
)

tables = st.integers(1, 4).flatmap(
    lambda columns: st.lists(
        st.lists(st.integers(0, 25), min_size=columns, max_size=columns), min_size=1, max_size=5
    )
)


def _possible(cells: list[Cell], total: Cell) -> list[set[int]]:
    """What each cell could be, going by its line alone: a small one 0 to 4, one kept back 5 or more."""
    if total.value is None:
        return [
            {cell.value} if cell.value is not None else set(range(5)) if cell.small else {5, 6}
            for cell in cells
        ]
    rest = total.value - sum(cell.value or 0 for cell in cells)
    free = [cell for cell in cells if cell.value is None]
    found: list[set[int]] = [set() for _ in free]
    ranges = [range(SMALLEST_SHOWN) if cell.small else range(SMALLEST_SHOWN, rest + 1) for cell in free]
    for guess in product(*ranges[:-1]):
        last = rest - sum(guess)
        if free and last in ranges[-1]:
            for place, value in enumerate((*guess, last)):
                found[place].add(value)
    places = iter(found)
    return [{cell.value} if cell.value is not None else next(places) for cell in cells]


@settings(max_examples=200, deadline=None)
@given(tables)
def test_no_small_count_is_shown_or_follows_from_its_line(counts: list[list[int]]) -> None:
    table = protected(counts)
    lines = [(list(row), total) for row, total in zip(table.cells, table.row_totals, strict=True)]
    lines += [
        (list(column), total)
        for column, total in zip(zip(*table.cells, strict=True), table.column_totals, strict=True)
    ]
    lines += [(list(table.row_totals), table.total), (list(table.column_totals), table.total)]
    for cells, total in lines:
        for cell, could_be in zip(cells, _possible(cells, total), strict=True):
            assert cell.value is None or cell.value >= SMALLEST_SHOWN
            if cell.small:
                assert len(could_be) >= 2, (cells, total)


@settings(deadline=None)
@given(tables)
def test_what_is_shown_is_true(counts: list[list[int]]) -> None:
    table = protected(counts)
    for row, cells, total in zip(counts, table.cells, table.row_totals, strict=True):
        assert total.value in (None, sum(row))
        for value, cell in zip(row, cells, strict=True):
            assert cell.value in (None, value)
            assert cell.small == (value < SMALLEST_SHOWN)
    assert table.total.value in (None, sum(map(sum, counts)))


def test_large_counts_are_all_shown() -> None:
    table = protected([[10, 20], [30, 40]])
    assert [[cell.words for cell in row] for row in table.cells] == [["10", "20"], ["30", "40"]]
    assert [cell.value for cell in (*table.row_totals, *table.column_totals, table.total)] == [
        30, 70, 40, 60, 100,
    ]  # fmt: skip


def test_one_small_count_takes_another_with_it() -> None:
    (row,) = protected([[80, 3, 9]]).cells
    assert [cell.words for cell in row] == ["80", f"<{SMALLEST_SHOWN}", "kept back"]


def test_nothing_follows_from_no_refusal_at_all() -> None:
    (row,) = protected([[120, 0]]).cells
    assert [cell.value for cell in row] == [None, None]
    assert protected([[120, 0]]).total.value == 120


@pytest.mark.parametrize("counts", [[], [[]], [[1, 2], [3]], [[-1, 2]]])
def test_what_is_no_table_is_refused(counts: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="rows of counts"):
        protected(counts)


def test_a_share_has_its_interval_or_neither() -> None:
    shown = Share(Cell(10), Cell(100))
    assert shown.value == 0.1
    assert shown.ends == pytest.approx((0.0552, 0.1744), abs=1e-4)
    hidden = Share(Cell(None, small=True), Cell(100))
    assert hidden.value is None
    assert hidden.ends is None
    assert hidden.words == "<5 of 100"


@settings(deadline=None)
@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(0, 800), st.sampled_from(list(Step)))
def test_periods_hold_every_day_once(first: date, days: int, step: Step) -> None:
    last = date.fromordinal(first.toordinal() + days)
    found = periods(first, last, step)
    assert found[0].start == first
    assert found[-1].end.toordinal() == last.toordinal() + 1
    assert all(one.end == after.start for one, after in pairwise(found))
    for one in found:
        if step is Step.WEEK and one.whole:
            assert one.start.weekday() == 0
            assert (one.end - one.start).days == 7
        if step is Step.MONTH and one.whole:
            assert one.start.day == one.end.day == 1


def test_periods_in_words() -> None:
    cut, month = periods(date(2026, 10, 12), date(2026, 11, 30), Step.MONTH)
    assert cut.words == "2026-10-12 to 2026-10-31"
    assert month.words == "2026-11"


def test_midnights_are_those_of_the_zone() -> None:
    found = periods(date(2026, 3, 23), date(2026, 4, 5), Step.WEEK)  # the clocks change on 29 March
    begins = moments(found, ZoneInfo("Europe/Berlin"))
    assert [(after - begin) / 3600 for begin, after in pairwise(begins)] == [167, 168]


@pytest.mark.parametrize(
    ("sentence", "group"),
    [
        (
            "Expected an age of 1 to 5 years; found 34 years. Choose another model.",
            "an age of 1 to 5 years",
        ),
        ("Expected AP or PA view; found view LL. Read this image without it.", "AP or PA view"),
        ("Seems no chest film (score 0.031). Open it as a picture.", "Seems no chest film (score …)"),
    ],
)  # fmt: skip
def test_reasons_keep_nothing_of_one_image(sentence: str, group: str) -> None:
    assert reason_group(sentence) == group
