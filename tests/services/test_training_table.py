"""What the profile says of tables as people bring them, and what is refused, each with a clear sentence."""

import io
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medai_core.domain.refusal import Refusal
from medai_core.domain.training import WARN, Choices, ColumnProfile, Kind, TableProfile
from medai_core.services import training_data, training_table
from medai_core.services.training_table import Table, profile, read
from tests.support.own_tables import risk_table


def looked_at(text: str | bytes) -> tuple[Table, TableProfile]:
    table = read(text if isinstance(text, bytes) else text.encode(), "table.csv")
    return table, profile(table)


def column(text: str, name: str) -> ColumnProfile:
    found = looked_at(text)[1].column(name)
    assert found is not None
    return found


def codes(one: ColumnProfile | TableProfile) -> set[str]:
    return {issue.code for issue in one.issues}


def lines(name: str, cells: Sequence[object]) -> str:
    return f"row,{name}\n" + "\n".join(f"r{place},{cell}" for place, cell in enumerate(cells))


def test_what_columns_hold() -> None:
    text = "a,b,c,d,e\n" + "\n".join(
        f"{n / 2},{'yes' if n % 2 else 'no'},{'xyz'[n % 3]},2020-01-{n % 28 + 1:02d}," for n in range(60)
    )
    _, found = looked_at(text)
    assert [one.kind for one in found.columns] == [
        Kind.NUMBER, Kind.YES_NO, Kind.CATEGORY, Kind.DATE, Kind.EMPTY,
    ]  # fmt: skip
    assert codes(found.columns[4]) == {"column-empty"}


def test_text_in_numbers_counts_as_missing() -> None:
    one = column(lines("glucose", [*range(80, 110), "high", "not fasting"]), "glucose")
    assert (one.kind, one.odd) == (Kind.NUMBER, 2)
    assert "2 cells of 32 hold words" in one.issues[0].text


def test_two_units_in_the_cells() -> None:
    one = column(lines("chol", [f"{n} mg/dl" for n in range(150, 190)] + ["5.1 mmol/l"] * 3), "chol")
    assert one.unit == "mg/dl"
    assert one.odd == 3
    assert "units-mixed" in codes(one)


def test_two_units_without_a_word() -> None:
    one = column(
        lines("creatinine", [0.7 + n / 50 for n in range(30)] + [70 + n for n in range(30)]), "creatinine"
    )
    assert "two-heaps" in codes(one)


def test_ages_of_two_hundred_cannot_be_true() -> None:
    text = lines("age", [*range(20, 90), 200, 250])
    table, found = looked_at(text)
    one = found.column("age")
    assert one is not None
    assert "impossible-values" in codes(one)
    values = training_data._values(table, one, Choices("x", ("y",), ("age",)))
    assert np.isnan(values[-2:]).all()
    assert not np.isnan(values[:-2]).any()


def test_zeros_far_from_everything_else() -> None:
    one = column(lines("chol", [*range(150, 250), 0, 0, 0]), "chol")
    assert "zero-far-off" in codes(one)
    assert "zero-far-off" not in codes(column(lines("visits", [*range(60), 0, 0]), "visits"))


def test_constant_columns_stop() -> None:
    assert "column-constant" in codes(column(lines("site", ["A"] * 30), "site"))


def test_ids_are_named() -> None:
    assert "id-like" in codes(column(lines("mrn", range(5000, 5060)), "mrn"))
    assert "id-like" in codes(column(lines("x", range(60)), "row"))
    generator = np.random.default_rng(0)
    assert "id-like" not in codes(column(lines("weight", generator.normal(70, 9, 60).round(2)), "weight"))


def test_semicolons_and_decimal_commas() -> None:
    text = "age;hba1c\n" + "\n".join(f"{40 + n};{5 + n / 10:.1f}".replace(".", ",") for n in range(30))
    _, found = looked_at(text)
    one = found.column("hba1c")
    assert one is not None
    assert (one.low, one.high, one.decimal) == (5.0, 7.9, ",")
    assert "decimal-comma" in codes(found)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("alter,größe\n40,klein\n".encode("cp1252"), "encoding"),
        ("alter,grÃ¶ÃŸe\n40,klein\n".encode(), "encoding-broken"),
    ],
)
def test_wrong_encodings_are_said(content: bytes, code: str) -> None:
    assert code in codes(looked_at(content)[1])


def test_rows_that_stand_twice() -> None:
    text = risk_table(80).decode()
    doubled = text + "\n" + "\n".join(text.splitlines()[1:6])
    table, found = looked_at(doubled)
    assert found.duplicates == 5
    rows = training_data.prepared(table, found, Choices("outcome", ("1",), ("age", "sbp")))
    assert rows.left_out == {"copies of a row before": 5}
    kept = training_data.prepared(table, found, Choices("outcome", ("1",), ("age", "sbp"), deduplicate=False))
    assert len(kept.data) == 85
    assert len(np.unique(kept.data.group)) == 80  # copies stay on one side


def test_excel_is_read_too() -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [["age", "case"], *([30 + n, "yes" if n % 2 else "no"] for n in range(20))]:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    _, found = looked_at(file.getvalue())
    assert [(one.name, one.kind) for one in found.columns] == [("age", Kind.NUMBER), ("case", Kind.YES_NO)]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "table-unreadable"),
        (b"a,b\n", "table-empty"),
        (b"\x00\x01\x02\x03" * 40, "table-unreadable"),
        ((",".join(f"c{n}" for n in range(100_000)) + "\n1,2\n").encode(), "table-too-wide"),
    ],
)
def test_what_is_no_table(content: bytes, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        read(content, "table.csv")
    assert caught.value.code == code
    assert caught.value.what_to_do


def refused(content: bytes, choices: Choices) -> Refusal:
    table, found = looked_at(content)
    with pytest.raises(Refusal) as caught:
        training_data.prepared(table, found, choices)
    return caught.value


def test_five_rows_are_too_few() -> None:
    refusal = refused(risk_table(5), Choices("outcome", ("1",), ("age",)))
    assert refusal.code in ("training-too-few", "training-one-class")
    assert "5 rows" in refusal.found or "one value" in refusal.found


def test_one_class_alone() -> None:
    text = risk_table(100).decode().replace(",0\n", ",1\n").encode()
    text = text[:-1] + b"1"
    assert refused(text, Choices("outcome", ("1",), ("age",))).code == "training-one-class"


def test_a_number_is_no_target() -> None:
    refusal = refused(risk_table(100), Choices("sbp", ("120",), ("age",)))
    assert refusal.code == "training-target"
    assert "yes or no" in refusal.expected


def test_no_column_is_left() -> None:
    assert refused(risk_table(100), Choices("outcome", ("1",), ())).code == "training-no-inputs"


def test_a_target_of_several_classes_is_asked_as_one_against_the_rest() -> None:
    text = "age,grade\n" + "\n".join(f"{40 + n % 37},{'abc'[n % 3]}" for n in range(120))
    table, found = looked_at(text)
    rows = training_data.prepared(table, found, Choices("grade", ("a", "b"), ("age",)))
    assert rows.data.y.mean() == pytest.approx(2 / 3)


# ---- what would give the outcome away


def leaking() -> str:
    generator = np.random.default_rng(1)
    lines_ = ["person_id,age,score,copy,cause,lab,time_to_event,outcome"]
    for place in range(200):
        outcome = int(generator.random() < 0.4)
        lines_.append(
            f"{place // 2},{generator.normal(60, 9):.0f},{outcome + generator.normal(0, 0.1):.2f},"
            f"{'ill' if outcome else 'well'},{('MI' if place % 2 else 'stroke') if outcome else ''},"
            f"{generator.normal(1, 0.3):.2f},{generator.normal(300, 80):.0f},{outcome}"
        )
    return "\n".join(lines_)


def test_columns_that_give_the_outcome_away_are_left_out() -> None:
    table, found = looked_at(leaking())
    issues = training_data.leaks(table, found, "outcome", ["1"])
    assert {(one.column, one.code) for one in issues if one.severity == WARN} == {
        ("score", "tells-alone"),
        ("copy", "tells-alone"),
        ("cause", "gaps-are-the-outcome"),
        ("cause", "implies-the-outcome"),
        ("cause", "known-afterwards"),
        ("time_to_event", "known-afterwards"),
        ("person_id", "names-people"),
    }
    assert training_data.proposed(found, "outcome", issues) == ("age", "lab")


def test_a_value_that_implies_the_outcome() -> None:
    generator = np.random.default_rng(2)
    outcome = generator.random(300) < 0.4
    stroke = outcome & (generator.random(300) < 0.4)
    text = "stroke,cvd\n" + "\n".join(f"{int(a)},{int(b)}" for a, b in zip(stroke, outcome, strict=True))
    table, found = looked_at(text)
    assert [one.code for one in training_data.leaks(table, found, "cvd", ["1"])] == ["implies-the-outcome"]


def test_an_honest_column_is_not_accused() -> None:
    table, found = looked_at(risk_table(300))
    issues = training_data.leaks(table, found, "outcome", ["1"])
    assert training_data.proposed(found, "outcome", issues) == ("age", "sbp", "smoker")


def test_groups_and_times_are_kept_apart() -> None:
    table, found = looked_at(leaking())
    choices = Choices("outcome", ("1",), ("age", "lab", "person_id"), split="group", group="person_id")
    rows = training_data.prepared(table, found, choices)
    assert [one.key for one in rows.inputs] == ["age", "lab"]
    assert len(np.unique(rows.data.group)) == 100
    late = Choices("outcome", ("1",), ("age", "lab"), split="time", time="time_to_event")
    assert training_data.prepared(table, found, late).data.order.std() > 0
    with pytest.raises(Refusal, match="dates or numbers"):
        training_data.prepared(table, found, Choices("outcome", ("1",), ("age",), split="time", time="copy"))


cells = st.one_of(
    st.none(), st.integers(-999, 999).map(str), st.floats(-1e6, 1e6).map(lambda one: f"{one:.3g}"),
    st.text("abcxyz", min_size=1, max_size=5), st.dates().map(str),
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(cells, min_size=1, max_size=40))
def test_every_column_has_a_profile_that_adds_up(given_cells: list[str | None]) -> None:
    table = Table(("x",), (given_cells,))
    (one,) = profile(table).columns
    assert one.present + one.missing == len(given_cells)
    assert one.distinct <= one.present
    assert TableProfile.from_dict(profile(table).as_dict()) == profile(table)
    if one.kind is Kind.NUMBER:
        values = training_table.numbers(given_cells, one)
        assert np.isnan(values).sum() == one.missing + one.odd
        assert np.nanmin(values) == one.low
        assert np.nanmax(values) == one.high
