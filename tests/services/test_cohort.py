"""Choosing among all patients, and what is said of those chosen: never of few, nor by a difference."""

import csv
import io
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from medai_core.domain.cohort import ANY, CURRENT, NEWEST, Criterion, Kind, protected_descent
from medai_core.domain.monitor import SMALLEST_SHOWN, Cell
from medai_core.domain.people import Caller
from medai_core.domain.record import Code
from medai_core.domain.refusal import Refusal
from medai_core.services import (
    cohort,
    cohort_basis,
    cohort_csv,
    cohort_groups,
    cohort_risks,
    cohort_survival,
    matching,
)
from medai_core.services.cohort import Selection
from medai_core.services.cohort_facts import AsOf
from medai_core.services.cohort_groups import BY_AGE, BY_SEX, NONE, Quantity
from medai_core.services.cohort_survival import DEATH, FIRST_SEEN
from medai_core.services.risk_askers import everything
from medai_core.store.database import Store
from tests.support.cohort import DIABETES, HBA1C, HYPERTENSION, LOINC, SNOMED, SYSTOLIC, dies, people, someone
from tests.support.measured import value
from tests.support.statements import bundle, imported

COUNT = 80
HAS_HYPERTENSION = Criterion(Kind.PROBLEM, SNOMED, HYPERTENSION)


@pytest.fixture
def filled(store: Store, reader: Caller) -> Store:
    """Eighty people."""
    imported(store, reader, bundle(*people(COUNT)), source="ward")
    return store


def asked(store: Store, reader: Caller, *criteria: Criterion) -> Selection:
    return cohort.selected(store, reader, criteria)


def counts(found: Selection) -> list[str]:
    return [step.count.words for step in found.steps]


# ---- the funnel


def test_each_criterion_leaves_those_for_whom_it_holds(filled: Store, reader: Caller) -> None:
    found = asked(filled, reader, HAS_HYPERTENSION, Criterion(Kind.SEX, sexes=("F",)))
    assert counts(found) == ["80", "27", "14"]
    assert found.steps[1].words == "Problem: Hypertensive disorder (38341003)"
    without = asked(filled, reader, Criterion(Kind.PROBLEM, SNOMED, HYPERTENSION, without=True))
    assert counts(without) == ["80", "53"]


@pytest.mark.parametrize(
    ("one", "meant"),
    [
        (Criterion(Kind.AGE, low=50, high=60), None),
        (Criterion(Kind.PROBLEM, SNOMED, "3834*"), lambda n: n % 3 == 0),
        (Criterion(Kind.PROBLEM, SNOMED, DIABETES, mode=CURRENT), lambda n: n % 5 == 0),
        (Criterion(Kind.PROBLEM, SNOMED, DIABETES, until=date(2018, 1, 1)), lambda n: False),
        (Criterion(Kind.ENCOUNTER, since=date(2024, 6, 1)), lambda n: not dies(n)),
        (Criterion(Kind.ENCOUNTER, SNOMED, "185349003"), lambda n: True),
        (Criterion(Kind.VALUE, LOINC, SYSTOLIC, 140, unit="mm[Hg]", mode=NEWEST),
         lambda n: n % 10 != 9 and 110 + n % 30 * 2 >= 140),
        (Criterion(Kind.VALUE, LOINC, SYSTOLIC, 18.66, unit="kPa", mode=NEWEST),
         lambda n: n % 10 != 9 and 110 + n % 30 * 2 >= 140),
        (Criterion(Kind.VALUE, LOINC, SYSTOLIC, 18.66, unit="kPa", mode=ANY),
         lambda n: n % 10 != 9 and 110 + n % 30 * 2 >= 140),
        (Criterion(Kind.VALUE, LOINC, HBA1C, None, 6.05, unit="%", mode=ANY),
         lambda n: n % 10 != 9 and 5.0 + n % 30 / 10 <= 6.05),
        (Criterion(Kind.VALUE, LOINC, HBA1C, None, 6.05, unit="%", mode=NEWEST),
         lambda n: n % 10 != 9 and 5.2 + n % 30 / 10 <= 6.05),
        (Criterion(Kind.VALUE, LOINC, HBA1C, unit="%", mode=NEWEST, since=date(2024, 6, 1)), lambda n: False),
    ],
)  # fmt: skip
def test_criteria_mean_what_they_say(filled: Store, reader: Caller, one: Criterion, meant: Any) -> None:
    found = asked(filled, reader, one)
    if meant is None:
        ages = found.basis.people.ages_now()
        assert found.size == int(((ages >= 50) & (ages <= 60)).sum()) > 0
        return
    assert found.size == sum(meant(number) for number in range(COUNT))


def test_ages_are_completed_years_and_those_of_the_dead_stand_still(filled: Store, reader: Caller) -> None:
    people_ = cohort_basis.basis(filled, reader).people
    entry = filled.records.find("ward", "Patient", "c0")
    assert entry is not None
    assert entry.patient_id is not None
    place = people_.place[entry.patient_id]
    assert str(people_.born[place]) == "1940-01-01"
    assert people_.ages(date(2009, 12, 31))[place] == 69
    assert people_.ages(date(2010, 1, 1))[place] == 70
    assert people_.ages_now()[place] == 76


def test_two_records_of_one_person_count_once(filled: Store, reader: Caller) -> None:
    ids = []
    for number in (1, 2):
        entry = filled.records.find("ward", "Patient", f"c{number}")
        assert entry is not None
        assert entry.patient_id is not None
        ids.append(entry.patient_id)
    before = asked(filled, reader).size
    review = filled.records.writer.propose("match", ids[0], ids[1], "the same person")
    assert review is not None
    matching.merge(filled, reader, review, survivor=ids[0], reason="the same person")
    assert asked(filled, reader).size == before - 1


def test_those_who_may_only_read_are_refused(filled: Store, visitor: Caller) -> None:
    with pytest.raises(Refusal) as refused:
        asked(filled, visitor)
    assert refused.value.code == "not-allowed"


def test_what_cannot_be_asked_is_refused(filled: Store, reader: Caller) -> None:
    for one in (
        Criterion(Kind.AGE), Criterion(Kind.AGE, low=60, high=50), Criterion(Kind.PROBLEM, SNOMED),
        Criterion(Kind.SEX),
        Criterion(Kind.PROBLEM, SNOMED, "1", since=date(2020, 1, 2), until=date(2020, 1, 1)),
    ):  # fmt: skip
        with pytest.raises(Refusal):
            cohort.checked(one)
    with pytest.raises(Refusal):
        asked(filled, reader, *[HAS_HYPERTENSION] * 13)


# ---- what is kept back


@given(some.lists(some.integers(0, 60), min_size=1, max_size=8))
def test_no_difference_of_shown_counts_is_small(falls: list[int]) -> None:
    steps = [sum(falls)]
    for fall in falls:
        steps.append(steps[-1] - fall)
    cells = protected_descent(steps)
    shown = [cell.value for cell in cells if cell.value is not None]
    assert all(value >= SMALLEST_SHOWN for value in shown)
    apart = {one - other for place, one in enumerate(shown) for other in shown[place + 1 :]}
    assert all(gap == 0 or gap >= SMALLEST_SHOWN for gap in apart)


def test_a_group_that_a_difference_would_show_is_kept_back_everywhere(filled: Store, reader: Caller) -> None:
    few = Criterion(Kind.VALUE, LOINC, SYSTOLIC, None, 165, unit="mm[Hg]", mode=NEWEST)
    known = Criterion(Kind.VALUE, LOINC, SYSTOLIC, 1, unit="mm[Hg]", mode=NEWEST)
    found = asked(filled, reader, known, few)
    assert counts(found) == ["80", "72", "kept back"]
    assert not found.shown
    for ask in (
        lambda: cohort_groups.grouped(found, NONE),
        lambda: cohort_survival.survival(found, FIRST_SEEN, DEATH, NONE),
        lambda: cohort_risks.computed(
            found, everything()[0][0], progress=lambda _: None, cancelled=lambda: False
        ),
    ):
        with pytest.raises(Refusal) as refused:
            ask()
        assert refused.value.code == "cohort-small"


def derivable(cells: list[Cell], counts_: list[int], total: int | None) -> bool:
    """Whether a count under five that is kept back follows from what is shown and the total."""
    gone = [place for place, cell in enumerate(cells) if cell.value is None]
    return total is not None and len(gone) == 1 and counts_[gone[0]] < SMALLEST_SHOWN


@given(some.lists(some.integers(0, 12), min_size=2, max_size=8), some.integers(0, 12), some.integers(0, 12))
def test_a_spread_gives_no_small_count_away(bins: list[int], missing: int, refused: int) -> None:
    if sum(bins) + missing + refused < SMALLEST_SHOWN:
        return
    cells, lacks, told, has = cohort_groups._spread(bins, missing, refused)
    for cell, count in zip(cells, bins, strict=True):
        assert cell.value is None or cell.value == count
        assert cell.value is None or count >= SMALLEST_SHOWN
    without = missing + refused
    if 0 < without < SMALLEST_SHOWN:
        assert has.value is None
        assert any(cell.value is None for cell in cells)
    if has.value is not None and without == 0:
        assert not derivable(list(cells), bins, has.value)
    if lacks.value is not None:
        assert lacks.value >= SMALLEST_SHOWN
    if told.value is not None:
        assert told.value >= SMALLEST_SHOWN


def test_table_one_counts_and_says_who_lacks_a_value(filled: Store, reader: Caller) -> None:
    found = asked(filled, reader)
    groups = cohort_groups.grouped(found, BY_SEX)
    table = cohort_groups.table_one(found, groups, [Quantity(Code(LOINC, HBA1C), "%", "HbA1c")])
    assert table.groups == ("All", "female", "male")
    assert [cell.value for cell in table.sizes] == [80, 40, 40]
    lines = {(line.variable, line.level): line for line in table.lines}
    died = lines["Died", "yes"]
    assert [cell.value for cell in died.counts] == [
        sum(map(dies, range(80))), sum(dies(n) for n in range(0, 80, 2)),
        sum(dies(n) for n in range(1, 80, 2)),
    ]  # fmt: skip
    problem = lines["Problem", "Hypertensive disorder (38341003)"]
    assert problem.counts[0].value == 27
    measured = lines["HbA1c, newest", ""]
    assert measured.summaries[0].count.value == 72
    values = [5.2 + n % 30 / 10 for n in range(80) if n % 10 != 9]
    assert measured.summaries[0].median == pytest.approx(float(np.median(values)))
    assert measured.summaries[1].count.value == 40


def test_a_small_group_hides_itself_and_its_neighbour(filled: Store, reader: Caller) -> None:
    found = asked(filled, reader)
    few = Criterion(Kind.VALUE, LOINC, SYSTOLIC, 166, unit="mm[Hg]", mode=ANY)
    groups = cohort_groups.grouped(found, few)
    assert 0 < int(groups[0].mask.sum()) < SMALLEST_SHOWN
    table = cohort_groups.table_one(found, groups, [])
    assert [cell.words for cell in table.sizes] == ["80", "<5", "kept back"]
    for line in table.lines:
        for cells in (line.counts, tuple(one.count for one in line.summaries)):
            if cells:
                assert cells[1].value is None
                assert cells[2].value is None or cells[0].value is None


def test_two_values_are_counted_in_cells(filled: Store, reader: Caller) -> None:
    found = asked(filled, reader)
    x, y = Quantity(Code(LOINC, HBA1C), "%", "HbA1c"), Quantity(Code(LOINC, SYSTOLIC), "mm[Hg]", "Systolic")
    grid = cohort_groups.grid(found, x, y, None, None)
    assert grid.both.value == 72
    assert grid.missing.value == 8
    assert all(cell.value is None or cell.value >= SMALLEST_SHOWN for row in grid.counts for cell in row)
    assert grid.rho is not None
    assert grid.rho[0] == pytest.approx(1.0)
    lines = list(csv.reader(io.StringIO(cohort_csv.grid(grid).decode())))
    assert len(lines) == 1 + sum(map(len, grid.counts))


# ---- survival


def test_curves_are_those_of_the_textbook_and_lifelines(filled: Store, reader: Caller) -> None:
    from lifelines import KaplanMeierFitter
    from lifelines.statistics import multivariate_logrank_test

    found = asked(filled, reader)
    told = cohort_survival.follow(found, FIRST_SEEN, DEATH)
    assert int(told.followed.sum()) == COUNT
    view = cohort_survival.survival(found, FIRST_SEEN, DEATH, BY_SEX)
    sex = found.basis.people.sex
    for curve, letter in zip(view.curves, "FM", strict=True):
        mine = told.followed & (sex == letter)
        fitted = KaplanMeierFitter().fit(told.years[mine], told.event[mine])
        for at, survival in zip(curve.times, curve.survival, strict=True):
            assert survival == pytest.approx(float(fitted.predict(at)), abs=1e-9)
        assert curve.events.value == int(told.event[mine].sum())
        steps = [round(drop * 40) for drop in -np.diff([1.0, *curve.survival])]
        assert steps
        for at, cell in zip(view.times, curve.at_risk, strict=True):
            still = int((told.years[mine] >= at).sum()) if at else int(mine.sum())
            assert cell.value in (None, still)
    test = multivariate_logrank_test(told.years, sex, told.event)
    assert view.statistic == pytest.approx(test.test_statistic)
    assert view.p == pytest.approx(test.p_value)


def test_an_outcome_of_before_the_start_is_left_out_and_groups_are_those_at_the_start(
    filled: Store, reader: Caller
) -> None:
    found = asked(filled, reader)
    diabetes = Criterion(Kind.PROBLEM, SNOMED, DIABETES)
    told = cohort_survival.follow(found, date(2019, 1, 1), diabetes)
    reasons = {words: int(mask.sum()) for words, mask in told.reasons}
    before = sum(n % 5 == 0 and not (dies(n) and 365 + 7 * n < 1457) for n in range(COUNT))
    assert reasons["the outcome before or at the start"] == before
    assert told.event.sum() == 0
    early = cohort_survival.survival(found, FIRST_SEEN, diabetes, HAS_HYPERTENSION)
    assert early.curves[0].name.endswith("at the start")
    later = Criterion(Kind.PROBLEM, SNOMED, DIABETES)
    assert cohort_survival.survival(found, FIRST_SEEN, DEATH, later).curves[0].name.startswith("Not:")


def test_too_few_events_draw_no_curve(filled: Store, reader: Caller) -> None:
    old = Criterion(Kind.PROBLEM, SNOMED, HYPERTENSION, without=True)
    found = asked(filled, reader, old, Criterion(Kind.ENCOUNTER, since=date(2024, 6, 1)))
    (curve,) = cohort_survival.survival(found, FIRST_SEEN, DEATH, NONE).curves
    assert curve.times == ()
    assert "no curve is drawn" in curve.kept_back


def test_a_value_is_no_beginning(filled: Store, reader: Caller) -> None:
    found = asked(filled, reader)
    one = Criterion(Kind.VALUE, LOINC, HBA1C, 6, unit="%")
    with pytest.raises(Refusal):
        cohort_survival.survival(found, one, DEATH, NONE)


# ---- risks from the records


def smoking(number: int, smokes: bool, day: str) -> dict[str, Any]:
    made = value(f"c{number}-smoke-{day}", "72166-2", 0, "", subject=f"c{number}", day=day)
    del made["valueQuantity"]
    code = "449868002" if smokes else "266919005"
    made["valueCodeableConcept"] = {"coding": [{"system": SNOMED, "code": code}]}
    return made


@pytest.fixture
def measured(filled: Store, reader: Caller) -> Store:
    """Everybody has what PREVENT asks for, in June 2016; some smoke."""
    said = []
    for number in range(COUNT):
        for code, amount, unit in (
            ("2093-3", 190 + number % 50, "mg/dL"), ("2085-9", 50, "mg/dL"),
            (SYSTOLIC, 120 + number % 40, "mm[Hg]"), ("39156-5", 27, "kg/m2"), ("2160-0", 0.9, "mg/dL"),
        ):  # fmt: skip
            said.append(
                value(f"c{number}-{code}-16", code, amount, unit, subject=f"c{number}", day="2016-06-10")
            )
        said.append(smoking(number, number % 7 == 0, "2016-06-10"))
    imported(filled, reader, bundle(*said), source="ward")
    return filled


def computed(found: Selection, name: str, **options: Any) -> cohort_risks.Risks:
    asker = next(one for one in everything()[0] if one.name == name)
    made = cohort_risks.computed(found, asker, progress=lambda _: None, cancelled=lambda: False, **options)
    assert made is not None
    return made


def test_a_risk_is_that_of_the_score_and_silence_is_no_answer(measured: Store, reader: Caller) -> None:
    from medai_core.scores.frame import evaluate
    from medai_core.services.scores import score_of

    found = asked(measured, reader)
    day = date(2016, 9, 1)
    silent = computed(found, "prevent_cvd_10y", day=day)
    assert not np.isfinite(silent.values).any()
    made = computed(found, "prevent_cvd_10y", day=day, silence_is_no=True)
    entry = measured.records.find("ward", "Patient", "c21")
    assert entry is not None
    assert entry.patient_id is not None
    place = found.basis.people.place[entry.patient_id]
    known = AsOf(found.basis, day, silence_is_no=True)
    egfr = known._filtration(365)[place]
    expected = evaluate(
        score_of("prevent_cvd_10y"),
        {
            "age": 54.0, "sex": "male", "total_cholesterol": 211.0, "hdl_cholesterol": 50.0, "bmi": 27.0,
            "systolic_bp": 141.0, "smoker": True, "diabetes": False, "egfr": float(egfr),
            "prior_cvd": False, "bp_treated": False, "statin": False,
        },
    )  # fmt: skip
    assert np.isnan(made.values[place]) or made.values[place] == pytest.approx(expected.value)
    later = computed(found, "prevent_cvd_10y", day=date(2018, 9, 1), silence_is_no=True)
    assert not np.isfinite(later.values).any(), "measurements older than the card allows are not used"


def test_cancelling_gives_nothing(measured: Store, reader: Caller) -> None:
    asker = everything()[0][0]
    found = asked(measured, reader)
    assert cohort_risks.computed(found, asker, progress=lambda _: None, cancelled=lambda: True) is None


def test_every_score_can_be_asked(measured: Store, reader: Caller) -> None:
    found = asked(measured, reader)
    for asker in cohort_risks.askable():
        if asker.kind.value == "score":
            made = computed(found, asker.name, day=date(2016, 9, 1), silence_is_no=True)
            spread = cohort_risks.spread(made, NONE)
            assert len(spread.counts[0]) == len(spread.edges) - 1
            assert cohort_csv.histogram(spread).startswith(b"quantity")


def test_calibration_holds_predictions_against_what_happened(measured: Store, reader: Caller) -> None:
    found = asked(measured, reader)
    made = computed(found, "egfr_ckdepi_2021", day=date(2016, 9, 1))
    ages = found.basis.people.ages(date(2016, 9, 1))
    risks = cohort_risks.Risks(
        made.asker, "1", made.day, silence_is_no=False, selection=found, values=ages / 100,
        refused=made.refused,
    )  # fmt: skip
    view = cohort_risks.calibration(risks, DEATH, 5.0)
    told = cohort_survival.follow(found, date(2016, 9, 1), DEATH)
    happened = int(told.event[told.years <= 5].sum())
    assert view.observed == pytest.approx(happened / int(told.followed.sum()))
    assert view.predicted == pytest.approx(float(np.nanmean(ages[told.followed] / 100)))
    assert view.followed.value == int(told.followed.sum())
    assert sum(one.size.value or 0 for one in view.bins) == view.followed.value
    assert b"predicted" in cohort_csv.calibration(view)


# ---- export


def test_aggregates_and_rows_are_audited_and_rows_are_for_administrators(
    filled: Store, reader: Caller, administrator: Caller
) -> None:
    found = asked(filled, reader, HAS_HYPERTENSION)
    cohort_csv.audit_aggregate(filled, reader, found, "table_1")
    with pytest.raises(Refusal):
        cohort_csv.rows(filled, reader, found)
    mine = asked(filled, administrator, HAS_HYPERTENSION)
    content = cohort_csv.rows(filled, administrator, mine).decode()
    assert len(content.splitlines()) == 28
    assert "Muster" not in content
    assert "MR-" not in content
    (line,) = filled.audit.search(action="cohort-rows-handed-out")
    assert line.detail == {"criteria": "problem", "rows": "27"}
    (other,) = filled.audit.search(action="cohort-table-1-handed-out")
    assert other.detail["result"] == "shown"


def test_tables_go_out_as_they_are_shown(filled: Store, reader: Caller) -> None:
    found = asked(filled, reader)
    table = cohort_groups.table_one(found, cohort_groups.grouped(found, BY_AGE), [])
    lines = list(csv.DictReader(io.StringIO(cohort_csv.table(table).decode())))
    assert {line["n"] for line in lines if line["variable"] == "people"} >= {"80"}
    assert all(line["n"] in ("<5", "kept back") or int(line["n"]) >= SMALLEST_SHOWN for line in lines)
    view = cohort_survival.survival(found, FIRST_SEEN, DEATH, BY_SEX)
    text = cohort_csv.survival(view).decode()
    assert "at risk,female" in text
    assert "log-rank" in text


def test_someone_named_like_a_formula_harms_no_spreadsheet(filled: Store, reader: Caller) -> None:
    made = someone(200)
    imported(filled, reader, bundle(*made), source="ward")
    found = asked(filled, reader, Criterion(Kind.VALUE, LOINC, "=1+1", unit="%"))
    assert found.steps[-1].words.startswith("=1+1")
    assert cohort_csv._content(("a",), [("=1+1",)]).decode().splitlines()[1] != "=1+1"
