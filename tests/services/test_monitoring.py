"""The monitor: what it finds in a store of a year, what it keeps back, who may ask."""

import csv
import io
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from medai_core.domain.monitor import SMALLEST_SHOWN
from medai_core.domain.monitored import Monitor, Order, State
from medai_core.domain.people import Caller
from medai_core.domain.refusal import Refusal
from medai_core.imaging.statistics import NAMES, reference
from medai_core.services import counting, monitoring
from medai_core.services.preferences import set_model_first
from medai_core.services.reading import predict_image
from medai_core.store.database import Store
from tests.support import watched


class _Clock(datetime):
    """A day on which what the tests make up is recent."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return watched.NOW.astimezone(tz)


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitoring, "datetime", _Clock)


def _monitor(store: Store, caller: Caller, **options: Any) -> Monitor:
    return monitoring.monitor(store, caller, watched.MODEL, **options)


@pytest.mark.usefixtures("made_up")
def test_a_change_of_inputs_is_seen(store: Store, reader: Caller) -> None:
    watched.fill(store)
    found = _monitor(store, reader)
    drifted = {one.name for one in found.inputs if one.state is State.DRIFTED}
    assert {"mean_grey", "sharpness"} <= drifted
    assert found.status.state is State.DRIFTED
    assert any("refuses more often" in reason for reason in found.status.reasons)
    assert any("agree less often" in reason for reason in found.status.reasons)


@pytest.mark.usefixtures("made_up")
def test_what_did_not_change_is_stable(store: Store, reader: Caller) -> None:
    watched.fill(store, watched.Plan(answers=3000, drifted_days=0))
    found = _monitor(store, reader)
    assert {one.state for one in found.inputs if one.against == counting.BEFORE} == {State.STABLE}
    assert not any("before" in reason for reason in found.status.reasons)


@pytest.mark.usefixtures("made_up")
def test_few_answers_say_nothing(store: Store, reader: Caller) -> None:
    assert _monitor(store, reader).status.state is State.TOO_FEW
    watched.fill(store, watched.Plan(answers=40, days=60))
    found = _monitor(store, reader)
    assert found.status.state is State.TOO_FEW
    assert all(one.psi is None for one in (*found.inputs, *found.scores))


@pytest.mark.usefixtures("made_up")
def test_answers_of_before_have_no_inputs_rather_than_zeros(store: Store, reader: Caller) -> None:
    watched.fill(store, watched.Plan(answers=600, described=False))
    found = _monitor(store, reader, days=365)
    assert found.inputs == ()
    assert found.not_described.value == found.answers.column_totals[0].value
    assert found.flags


def _counts_shown(found: Monitor) -> list[int | None]:
    cells = [cell for row in found.answers.cells for cell in row]
    cells += [cell for _, cell in found.refusals]
    for shift in (*found.inputs, *found.scores):
        cells += [share.count for share in shift.shares]
    for flags in found.flags:
        cells += [share.count for share in (*flags.over_time, flags.overall)]
    for one in (*found.agreement, *found.judged):
        cells += [cell for row in one.table.cells for cell in row]
    for calibration in found.calibration:
        cells += [one.now.count for one in calibration.bins]
    return [cell.value for cell in cells]


@pytest.mark.usefixtures("made_up")
@pytest.mark.parametrize("days", monitoring.DAYS)
def test_no_small_count_leaves(store: Store, reader: Caller, days: int | None) -> None:
    watched.fill(store, watched.Plan(answers=500))
    shown = [value for value in _counts_shown(_monitor(store, reader, days=days)) if value is not None]
    assert shown
    assert min(shown) >= SMALLEST_SHOWN
    rows = list(
        csv.DictReader(
            io.StringIO(monitoring.export_csv(store, reader, watched.MODEL, days=days)[1].decode())
        )
    )
    for row in rows:
        for name in ("count", "total"):
            assert not row[name].isdigit() or int(row[name]) >= SMALLEST_SHOWN, row


@pytest.mark.usefixtures("made_up")
def test_agreement_is_told_apart_by_what_came_first(store: Store, reader: Caller) -> None:
    watched.fill(store)
    found = _monitor(store, reader, days=None)
    own, model = found.agreement
    assert (own.order, model.order) == (Order.OWN_FIRST, Order.MODEL_FIRST)
    verdicts = store.monitoring.verdicts(watched.MODEL, "1.0.0")
    assert own.table.total.value == (~verdicts.saw_model_first).sum()
    assert model.table.total.value == verdicts.saw_model_first.sum()
    early, late = own.table.shares(0)[2].value, own.table.shares(0)[-1].value
    assert early is not None
    assert late is not None
    assert early > late


@pytest.mark.usefixtures("made_up")
def test_the_days_are_those_of_the_zone(store: Store, reader: Caller) -> None:
    tokyo = _monitor(store, reader, days=30, zone=ZoneInfo("Pacific/Kiritimati"))
    assert tokyo.window.last.isoformat() == "2026-11-22"
    assert _monitor(store, reader, days=30, zone=UTC).window.words == "2026-10-23 to 2026-11-21"
    assert (tokyo.window.last - tokyo.window.first).days == 29


def test_read_only_people_may_not_ask(store: Store, visitor: Caller) -> None:
    for ask in (
        lambda: monitoring.monitor(store, visitor, watched.MODEL),
        lambda: monitoring.statuses(store, visitor),
        lambda: monitoring.watched(store, visitor),
        lambda: monitoring.export_csv(store, visitor, watched.MODEL),
    ):
        with pytest.raises(Refusal) as caught:
            ask()
        assert caught.value.code == "not-allowed"


@pytest.mark.parametrize(
    ("model", "days", "code"), [("no_model", 90, "unknown-model"), (watched.MODEL, 7, "window-unknown")]
)
def test_what_is_not_there_is_refused(store: Store, reader: Caller, model: str, days: int, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        monitoring.monitor(store, reader, model, days=days)
    assert caught.value.code == code


def test_scoring_keeps_what_the_image_was_like(store: Store, reader: Caller, image_id: str) -> None:
    set_model_first(store, reader, True)
    predict_image(store, reader, image_id)
    (version,) = store.monitoring.versions()
    answers = store.monitoring.answers(version.model, version.version)
    image = store.images.get(image_id)
    assert image is not None
    assert answers.statistics["short_side"].tolist() == [min(image.header.rows, image.header.columns)]
    assert set(answers.statistics) == {*NAMES, "age_years"}
    assert answers.statistics["age_years"].tolist() == [3]
    assert answers.views.tolist() == ["AP"]


@pytest.mark.usefixtures("made_up")
def test_an_export_is_audited(store: Store, reader: Caller) -> None:
    watched.fill(store, watched.Plan(answers=300))
    name, content = monitoring.export_csv(store, reader, watched.MODEL, days=None)
    assert name.startswith(f"monitor_{watched.MODEL}_1.0.0_")
    assert name.endswith("_to_2026-11-21.csv")
    assert content.decode().startswith("section,of,period,")
    (line,) = store.audit.search(action="monitor-exported")
    assert line.actor_id == reader.user_id
    assert line.detail["to"] == "2026-11-21"


def test_a_shift_against_the_card() -> None:
    generator = np.random.default_rng(2)
    card = reference(generator.normal(0, 1, 5000))
    same = counting.shift("x", generator.normal(0, 1, 400), np.empty(0), card)
    other = counting.shift("x", generator.normal(1, 1, 400), generator.normal(0, 1, 400), card)
    assert same.state is State.STABLE
    assert same.against == counting.THE_CARD
    assert same.distance is None
    assert other.state is State.DRIFTED
    assert other.psi is not None
    assert other.psi > 0.25
    assert other.distance == pytest.approx(0.38, abs=0.08)
    few = counting.shift("x", generator.normal(3, 1, counting.FEWEST - 1), np.empty(0), card)
    assert few.state is State.TOO_FEW


def test_chance_is_not_called_a_drift() -> None:
    generator = np.random.default_rng(4)
    card = reference(generator.normal(0, 1, 5000))
    states = [counting.shift("x", generator.normal(0, 1, 60), np.empty(0), card).state for _ in range(300)]
    assert states.count(State.STABLE) >= 297


def test_a_mixture_of_views() -> None:
    before, now = np.array(["PA"] * 180 + ["AP"] * 20), np.array(["PA"] * 60 + ["AP"] * 40 + [""] * 3)
    found = counting.view_shift(now, before, None)
    assert found.state is State.DRIFTED
    assert found.names == ("not given", "AP", "PA")
    assert found.shares[0].value is None
    card = counting.view_shift(now, before, {"categories": ["AP", "PA"], "shares": [0.4, 0.6], "n": 900})
    assert card.state is State.STABLE
    assert card.against == counting.THE_CARD


@pytest.mark.parametrize(
    ("now", "before", "sign"),
    [((30, 100), (5, 100), 1), ((5, 100), (30, 100), -1), ((6, 100), (5, 100), 0), ((9, 10), (1, 10), 0)],
)
def test_a_share_changes_beyond_chance(now: tuple[int, int], before: tuple[int, int], sign: int) -> None:
    assert counting.changed(now, before) == sign


def test_bins_of_probability_meet_at_the_operating_point() -> None:
    edges = counting.probability_edges(0.9)
    assert edges == pytest.approx((0, 0.3, 0.6, 0.9, 0.9333, 0.9667, 1), abs=1e-4)
