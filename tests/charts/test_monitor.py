"""The monitor's charts: what is kept back is drawn as nothing, and every chart can be said in words."""

from datetime import date

import pytest

from medai_core.charts import monitor
from medai_core.domain.monitor import Share, Step, periods, protected
from medai_core.domain.monitored import (
    Agreement,
    AgreementBin,
    Calibration,
    Flags,
    Order,
    Shift,
    State,
)

MONTHS = periods(date(2026, 8, 1), date(2026, 11, 30), Step.MONTH)
REFUSED = protected([[40, 10], [60, 2], [70, 3], [80, 20]])


def _shares(*counts: int) -> tuple[Share, ...]:
    table = protected([list(counts)])
    return tuple(Share(cell, table.total) for cell in table.cells[0])


def test_a_gap_where_a_count_is_small() -> None:
    (line,) = monitor.refused_chart(MONTHS, REFUSED.shares(1)).data
    assert [None if y is None else round(y) for y in line.y] == [20, None, None, 20]
    assert line.connectgaps is False
    assert line.error_y.array[1] is None
    assert list(line.x) == ["2026-08", "2026-09", "2026-10", "2026-11"]


def test_words_hold_no_small_count() -> None:
    said = monitor.shares_alt("Refused", MONTHS, REFUSED.shares(1))
    assert "2026-08: 20" in said
    assert "2026-09: not shown (<5 of 62)" in said


def test_bins_stand_beside_their_reference() -> None:
    shift = Shift(
        "mean_grey", protected([[100]]).total, State.WATCH, "the card's films", 0.2, 0.1,
        edges=(0.1, 0.2, 0.3, 0.4), shares=_shares(60, 37, 3), reference=(0.3, 0.4, 0.3),
    )  # fmt: skip
    figure = monitor.shift_chart(shift)
    assert figure is not None
    reference, now = figure.data
    assert list(reference.y) == pytest.approx([30, 40, 30])
    assert list(now.x) == ["below 0.2", "0.2 to 0.3", "from 0.3"]
    assert now.y[2] is None
    assert "from 0.3: not shown" in monitor.shift_alt(shift)
    assert monitor.shift_chart(Shift("x", protected([[3]]).total, State.TOO_FEW)) is None


def test_the_expected_share_is_a_line() -> None:
    flags = Flags(
        "mass", REFUSED.shares(1), REFUSED.share_of_all(1), 0.25, "the training prevalence", State.STABLE
    )
    figure = monitor.flags_chart(MONTHS, flags)
    assert figure.layout.shapes[0].y0 == 25
    assert "expected 25" in figure.layout.annotations[0].text


def test_both_orders_differ_by_more_than_colour() -> None:
    table = protected([[40, 10, 5, 5]] * 4)
    figure = monitor.agreement_chart(MONTHS, [Agreement(order, table) for order in Order])
    own, model = figure.data
    assert own.line.dash != model.line.dash
    assert own.marker.symbol != model.marker.symbol
    assert [own.name, model.name] == [order.value for order in Order]


def test_agreement_by_probability_marks_where_flags_begin() -> None:
    edges = (0.0, 0.3, 0.6, 0.9, 0.93, 0.97, 1.0)
    shares = protected([[20, 10]] * 6).shares(0)
    bins = tuple(
        AgreementBin(edges[n], edges[n + 1], n >= 3, shares[n], shares[n] if n else shares[0])
        for n in range(6)
    )
    figure = monitor.calibration_chart(Calibration("mass", Order.OWN_FIRST, bins))
    assert len(figure.data) == 2
    assert figure.layout.shapes[0].x0 == 2.5
    assert "0 to 30 %: 67" in monitor.calibration_alt(Calibration("mass", Order.OWN_FIRST, bins))


def test_volume_is_not_drawn_where_small() -> None:
    totals = protected([[10, 0], [2, 1], [30, 0]]).shares(1)
    three = periods(date(2026, 9, 1), date(2026, 11, 30), Step.MONTH)
    (bars,) = monitor.volume_chart(three, totals).data
    assert bars.y[1] is None
    assert "<5" in monitor.volume_alt(three, totals)
