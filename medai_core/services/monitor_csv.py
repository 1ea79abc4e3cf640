"""The monitor's numbers as a table for a spreadsheet; counts as the page shows them."""

import csv
import io
from collections.abc import Iterator

from medai_core.domain.monitor import Cell, Share
from medai_core.domain.monitored import Monitor, Shift
from medai_core.domain.reading import Verdict
from medai_core.services.spreadsheet import safe_cell

HEADER = ("section", "of", "period", "quantity", "value", "low", "high", "count", "total")
Row = tuple[str, ...]


def file_name(found: Monitor) -> str:
    """``"monitor_MODEL_VERSION_FIRST_to_LAST.csv"``."""
    window = f"{found.window.first.isoformat()}_to_{found.window.last.isoformat()}"
    return f"monitor_{found.status.model}_{found.status.version}_{window}.csv"


def content(found: Monitor) -> bytes:
    """All rows, UTF-8; a number that is kept back says so in words, and one that is missing is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows([safe_cell(cell) for cell in row] for row in _rows(found))
    return text.getvalue().encode("utf-8")


def _rows(found: Monitor) -> Iterator[Row]:
    window = found.window.words
    status = found.status
    yield ("status", status.model, window, "state", status.state.value, "", "", "", status.n.words)
    for reason in status.reasons:
        yield ("status", status.model, window, "reason", reason, "", "", "", "")
    for period, share in zip(found.periods, found.answers.shares(1), strict=True):
        yield _share("answers", status.model, period.words, "refused", share)
    for reason, cell in found.refusals:
        yield ("refusals", f"expected {reason}", window, "refused", "", "", "", cell.words, "")
    for one in found.inputs:
        yield from _shift("input", one, window)
    for one in found.scores:
        yield from _shift("probability", one, window)
    for flags in found.flags:
        for period, share in zip(found.periods, flags.over_time, strict=True):
            yield _share("flags", flags.label, period.words, "flagged", share)
        yield _share("flags", flags.label, window, "flagged", flags.overall)
        yield _number("flags", flags.label, window, "expected share", flags.expected)
    yield from _agreement(found)


def _agreement(found: Monitor) -> Iterator[Row]:
    verdicts = tuple(Verdict)
    for agreement in found.agreement:
        for column, verdict in enumerate(verdicts):
            shares = agreement.table.shares(column)
            for period, share in zip(found.periods, shares, strict=True):
                yield _share("agreement", agreement.order.value, period.words, verdict.value, share)
    for judged in found.judged:
        for column, verdict in enumerate(verdicts):
            share = judged.table.shares(column)[0]
            of = f"{judged.label}, {judged.order.value}"
            yield _share("agreement where flagged", of, found.window.words, verdict.value, share)
    for calibration in found.calibration:
        for one in calibration.bins:
            of = f"{calibration.label}, {calibration.order.value}"
            quantity = f"agree, probability {one.low:.3f} to {one.high:.3f}"
            yield _share("agreement by probability", of, found.window.words, quantity, one.now)


def _shift(section: str, one: Shift, window: str) -> Iterator[Row]:
    against = f" against {one.against}" if one.against else ""
    yield _number(section, one.name, window, f"PSI{against}", one.psi, one.n)
    yield _number(section, one.name, window, "PSI by chance, 1 in 1,000", one.chance)
    yield _number(section, one.name, window, "KS distance to the days before", one.distance, one.n_before)
    yield _number(section, one.name, window, "KS p", one.p)
    yield (section, one.name, window, "state", one.state.value, "", "", "", one.n.words)
    for place, share in enumerate(one.shares):
        yield _share(section, one.name, window, f"share {one.bin_words(place)}", share)


def _share(section: str, of: str, period: str, quantity: str, share: Share) -> Row:
    ends = share.ends
    low, high = (f"{end:.4f}" for end in ends) if ends else ("", "")
    value = "" if share.value is None else f"{share.value:.4f}"
    return (section, of, period, quantity, value, low, high, share.count.words, share.total.words)


def _number(
    section: str, of: str, period: str, quantity: str, value: float | None, total: Cell | None = None
) -> Row:
    words = "" if value is None else f"{value:.4f}"
    return (section, of, period, quantity, words, "", "", "", total.words if total else "")
