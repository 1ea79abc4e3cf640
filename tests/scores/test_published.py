"""The papers' own worked examples, and answers that independent public programs were tested on."""

from collections.abc import Mapping

import pytest

from medai_core.domain.inputs import Value
from medai_core.scores.catalogue import score_named
from medai_core.scores.frame import Answer, evaluate


def ask(name: str, values: Mapping[str, Value]) -> Answer:
    score = score_named(name)
    assert score is not None
    return evaluate(score, values)


def value_of(name: str, values: Mapping[str, Value]) -> float:
    answer = ask(name, values)
    assert answer.refused is None
    assert answer.value is not None
    return answer.value


PCE = {
    "age": 55.0, "total_cholesterol": 213.0, "hdl_cholesterol": 50.0, "systolic_bp": 120.0,
    "bp_treated": False, "smoker": False, "diabetes": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("race", "sex", "percent"),
    [("white", "female", 2.1), ("black", "female", 3.0), ("white", "male", 5.3), ("black", "male", 6.1)],
)
def test_pce_gives_the_guidelines_example(race: str, sex: str, percent: float) -> None:
    """Goff 2014, appendix 7, table A: the example person of 55 years in each of the four groups."""
    found = value_of("pce_ascvd", {**PCE, "race": race, "sex": sex})
    assert found * 100 == pytest.approx(percent, abs=0.1)


def test_pce_agrees_with_the_program_cvrisk() -> None:
    man = {**PCE, "race": "white", "sex": "male", "systolic_bp": 140.0}
    assert value_of("pce_ascvd", man) * 100 == pytest.approx(7.01, abs=0.05)
    woman = {**PCE, "race": "white", "sex": "female", "age": 45.0, "systolic_bp": 125.0}
    woman |= {"total_cholesterol": 200.0, "bp_treated": True}
    assert value_of("pce_ascvd", woman) * 100 == pytest.approx(1.22, abs=0.05)


@pytest.mark.parametrize(
    ("change", "percents"),
    [({"bp_treated": True}, (4.6, 2.8, 9.9, 6.3)), ({"smoker": True}, (5.9, 5.0, 10.3, 10.0))],
)
def test_pce_agrees_with_the_program_pooledcohort(
    change: dict[str, Value], percents: tuple[float, ...]
) -> None:
    groups = (("black", "female"), ("white", "female"), ("black", "male"), ("white", "male"))
    for (race, sex), percent in zip(groups, percents, strict=True):
        found = value_of("pce_ascvd", {**PCE, **change, "race": race, "sex": sex})
        assert found * 100 == pytest.approx(percent, abs=0.06)
    man = {
        "age": 54.0, "sex": "male", "race": "white", "smoker": True, "diabetes": True, "bp_treated": False,
        "total_cholesterol": 170.0, "hdl_cholesterol": 50.0, "systolic_bp": 157.0,
    }  # fmt: skip
    assert value_of("pce_ascvd", man) * 100 == pytest.approx(20.8, abs=0.06)


def test_pce_uses_the_equation_of_white_people_for_others_and_says_so() -> None:
    answer = ask("pce_ascvd", {**PCE, "race": "other", "sex": "male"})
    assert answer.value == value_of("pce_ascvd", {**PCE, "race": "white", "sex": "male"})
    assert any("White people were used" in caution for caution in answer.cautions)


PREVENT = {
    "age": 50.0, "total_cholesterol": 200.0, "hdl_cholesterol": 45.0, "systolic_bp": 160.0,
    "bp_treated": True, "statin": False, "smoker": False, "diabetes": True, "egfr": 90.0, "bmi": 35.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "sex", "risk", "digits"),
    [
        ("prevent_cvd_10y", "female", 0.1468, 4),
        ("prevent_cvd_10y", "male", 0.1632, 4),
        ("prevent_ascvd_10y", "female", 0.092, 3),
        ("prevent_hf_10y", "female", 0.0806, 4),
        ("prevent_hf_10y", "male", 0.1059, 4),
        ("prevent_cvd_30y", "female", 0.53, 3),
        ("prevent_ascvd_30y", "female", 0.354, 3),
        ("prevent_ascvd_30y", "male", 0.349, 3),
        ("prevent_hf_30y", "female", 0.39, 3),
    ],
)
def test_prevent_gives_the_supplements_example(name: str, sex: str, risk: float, digits: int) -> None:
    """Khan 2024, supplemental table S12, as the tests of PooledCohort and the manual of preventr have it."""
    assert round(value_of(name, {**PREVENT, "sex": sex}), digits) == risk


@pytest.mark.parametrize(
    ("sex", "region", "percent"),
    [
        ("male", "low", 5.9),
        ("male", "very_high", 14.0),
        ("female", "low", 4.2),
        ("female", "very_high", 13.7),
    ],
)
def test_score2_gives_the_abstracts_example(sex: str, region: str, percent: float) -> None:
    """SCORE2 working group 2021: a smoker of 50 years, 140 mmHg, 5.5 and 1.3 mmol/L."""
    found = value_of(
        "score2",
        {
            "age": 50.0, "sex": sex, "region": region, "smoker": True, "systolic_bp": 140.0,
            "total_cholesterol": 5.5, "hdl_cholesterol": 1.3,
        },
    )  # fmt: skip
    assert found * 100 == pytest.approx(percent, abs=0.051)


@pytest.mark.parametrize("sex", ["female", "male"])
def test_score2_rises_from_region_to_region(sex: str) -> None:
    person = {
        "age": 50.0, "sex": sex, "smoker": True, "systolic_bp": 140.0, "total_cholesterol": 5.5,
        "hdl_cholesterol": 1.3,
    }  # fmt: skip
    risks = [
        value_of("score2", {**person, "region": one}) for one in ("low", "moderate", "high", "very_high")
    ]
    assert risks == sorted(risks)
    assert len(set(risks)) == 4


@pytest.mark.parametrize(
    ("age", "smoker", "category"),
    [
        (40.0, False, "low to moderate"),
        (49.0, True, "high"),
        (65.0, False, "high"),
        (69.0, True, "very high"),
    ],
)
def test_score2_has_the_categories_of_the_guideline(age: float, smoker: bool, category: str) -> None:
    """2021 ESC: 2.5 and 7.5% below 50 years, 5 and 10% from 50 to 69."""
    person = {
        "age": age, "sex": "male", "smoker": smoker, "systolic_bp": 140.0, "total_cholesterol": 5.5,
        "hdl_cholesterol": 1.3, "region": "low",
    }  # fmt: skip
    assert ask("score2", person).category == category


def test_framingham_agrees_with_the_program_cvrisk() -> None:
    values = {key: value for key, value in PCE.items() if key != "race"}
    man = {**values, "sex": "male", "systolic_bp": 140.0}
    assert value_of("framingham_2008", man) * 100 == pytest.approx(13.53, abs=0.005)
    woman = {**values, "sex": "female", "age": 45.0, "systolic_bp": 125.0}
    woman |= {"total_cholesterol": 200.0, "bp_treated": True}
    assert value_of("framingham_2008", woman) * 100 == pytest.approx(4.68, abs=0.005)


@pytest.mark.parametrize(
    ("sex", "age", "creatinine", "rate", "grade"),
    [
        ("female", 50, 0.7, 142 * 0.9938**50 * 1.012, "G1"),
        ("male", 20, 0.9, 142 * 0.9938**20, "G1"),
        ("male", 60, 1.8, 142 * 2**-1.2 * 0.9938**60, "G3b"),
        ("female", 40, 0.35, 142 * 0.5**-0.241 * 0.9938**40 * 1.012, "G1"),
        ("male", 70, 9.0, 142 * 10**-1.2 * 0.9938**70, "G5"),
    ],
)
def test_egfr_is_the_equation_of_its_table(
    sex: str, age: float, creatinine: float, rate: float, grade: str
) -> None:
    """Inker 2021, table 2, where creatinine is a round multiple of kappa."""
    answer = ask("egfr_ckdepi_2021", {"sex": sex, "age": age, "creatinine": creatinine})
    assert answer.value == pytest.approx(rate, rel=1e-12)
    assert answer.category == grade


FINDRISC = {
    "age": 40.0, "sex": "female", "bmi": 22.0, "waist": 75.0, "physically_active": True,
    "vegetables_daily": True, "bp_treated": False, "high_glucose_ever": False, "family_diabetes": "none",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "points"),
    [
        ({}, 0),
        ({"age": 45.0}, 2),
        ({"age": 54.9}, 2),
        ({"age": 55.0}, 3),
        ({"age": 64.0}, 3),
        ({"age": 65.0}, 4),
        ({"bmi": 25.0}, 1),
        ({"bmi": 30.0}, 1),
        ({"bmi": 30.1}, 3),
        ({"waist": 79.9}, 0),
        ({"waist": 80.0}, 3),
        ({"waist": 88.0}, 3),
        ({"waist": 88.1}, 4),
        ({"sex": "male", "waist": 93.0}, 0),
        ({"sex": "male", "waist": 94.0}, 3),
        ({"sex": "male", "waist": 102.5}, 4),
        ({"physically_active": False}, 2),
        ({"vegetables_daily": False}, 1),
        ({"bp_treated": True}, 2),
        ({"high_glucose_ever": True}, 5),
        ({"family_diabetes": "second_degree"}, 3),
        ({"family_diabetes": "first_degree"}, 5),
    ],
)
def test_findrisc_gives_the_points_of_the_form(change: dict[str, Value], points: int) -> None:
    assert value_of("findrisc", {**FINDRISC, **change}) == points


def test_findrisc_reaches_26_and_names_the_share() -> None:
    worst = ask(
        "findrisc",
        {
            "age": 70.0, "sex": "male", "bmi": 35.0, "waist": 110.0, "physically_active": False,
            "vegetables_daily": False, "bp_treated": True, "high_glucose_ever": True,
            "family_diabetes": "first_degree",
        },
    )  # fmt: skip
    assert (worst.value, worst.category) == (26, "very high (about 1 in 2)")
    assert any("35 to 64" in caution for caution in worst.cautions)


CHA2DS2 = {
    "age": 50.0, "sex": "male", "heart_failure": False, "hypertension": False, "diabetes": False,
    "stroke": False, "vascular_disease": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "points", "category"),
    [
        ({}, 0, "low"),
        ({"sex": "female"}, 1, "low"),
        ({"age": 65.0}, 1, "intermediate"),
        ({"age": 74.9}, 1, "intermediate"),
        ({"age": 75.0}, 2, "high"),
        ({"stroke": True}, 2, "high"),
        ({"heart_failure": True}, 1, "intermediate"),
        ({"sex": "female", "hypertension": True}, 2, "intermediate"),
        ({"diabetes": True, "vascular_disease": True}, 2, "high"),
        (dict.fromkeys(CHA2DS2, True) | {"age": 80.0, "sex": "female"}, 9, "high"),
    ],
)
def test_cha2ds2_vasc_gives_the_points_of_table_2(
    change: dict[str, Value], points: int, category: str
) -> None:
    answer = ask("cha2ds2_vasc", {**CHA2DS2, **change})
    assert (answer.value, answer.category) == (points, category)


STEADY = {
    "respiratory_rate": 16.0, "spo2": 97.0, "supplemental_oxygen": False, "systolic_bp": 120.0,
    "heart_rate": 70.0, "consciousness": "A", "temperature": 37.0, "spo2_scale": "1",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "points"),
    [
        ({}, 0),
        *[
            ({"respiratory_rate": float(n)}, p)
            for n, p in [(8, 3), (9, 1), (11, 1), (12, 0), (20, 0), (21, 2)]
        ],
        *[({"respiratory_rate": float(n)}, p) for n, p in [(24, 2), (25, 3)]],
        *[({"spo2": float(n)}, p) for n, p in [(91, 3), (92, 2), (93, 2), (94, 1), (95, 1), (96, 0)]],
        *[({"systolic_bp": float(n)}, p) for n, p in [(90, 3), (91, 2), (100, 2), (101, 1), (110, 1)]],
        *[({"systolic_bp": float(n)}, p) for n, p in [(111, 0), (219, 0), (220, 3)]],
        *[({"heart_rate": float(n)}, p) for n, p in [(40, 3), (41, 1), (50, 1), (51, 0), (90, 0), (91, 1)]],
        *[({"heart_rate": float(n)}, p) for n, p in [(110, 1), (111, 2), (130, 2), (131, 3)]],
        *[({"temperature": n}, p) for n, p in [(35.0, 3), (35.1, 1), (36.0, 1), (36.1, 0), (38.0, 0)]],
        *[({"temperature": n}, p) for n, p in [(38.1, 1), (39.0, 1), (39.1, 2)]],
        *[({"consciousness": letter}, 3) for letter in "CVPU"],
        ({"supplemental_oxygen": True}, 2),
    ],
)
def test_news2_gives_the_points_of_chart_1(change: dict[str, Value], points: int) -> None:
    assert value_of("news2", {**STEADY, **change}) == points


@pytest.mark.parametrize(
    ("saturation", "oxygen", "points"),
    [
        (83, False, 3), (84, False, 2), (85, False, 2), (86, False, 1), (87, False, 1), (88, False, 0),
        (92, False, 0), (93, False, 0), (99, False, 0), (88, True, 2), (92, True, 2), (93, True, 3),
        (94, True, 3), (95, True, 4), (96, True, 4), (97, True, 5), (83, True, 5),
    ],
)  # fmt: skip
def test_news2_has_the_second_scale_of_saturation(saturation: int, oxygen: bool, points: int) -> None:
    values = {**STEADY, "spo2": float(saturation), "supplemental_oxygen": oxygen, "spo2_scale": "2"}
    assert value_of("news2", values) == points


def test_news2_names_its_thresholds() -> None:
    assert ask("news2", STEADY).category == "low"
    assert ask("news2", {**STEADY, "consciousness": "C"}).category == "low-medium (3 in one parameter)"
    five = {**STEADY, "consciousness": "V", "supplemental_oxygen": True}
    assert ask("news2", five).category == "medium"
    assert ask("news2", {**five, "respiratory_rate": 22.0}).category == "high"
    without_scale = {key: value for key, value in STEADY.items() if key != "spo2_scale"}
    answer = ask("news2", without_scale)
    assert answer.value == 0
    assert answer.missing == ("spo2_scale",)
    assert any("scale 1 was used" in caution for caution in answer.cautions)


SOFA = {
    "pao2_fio2": 450.0, "platelets": 200.0, "bilirubin": 0.8, "map": 80.0, "gcs": 15.0, "creatinine": 0.9,
    "urine_output": 1500.0, "dopamine": 0.0, "dobutamine": 0.0, "epinephrine": 0.0, "norepinephrine": 0.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "points"),
    [
        ({}, 0),
        *[({"pao2_fio2": n}, p) for n, p in [(400.0, 0), (399.0, 1), (299.0, 2), (200.0, 2)]],
        ({"pao2_fio2": 199.0, "ventilated": True}, 3),
        ({"pao2_fio2": 99.0, "ventilated": True}, 4),
        ({"pao2_fio2": 99.0, "ventilated": False}, 2),
        *[({"platelets": n}, p) for n, p in [(150.0, 0), (149.0, 1), (99.0, 2), (49.0, 3), (19.0, 4)]],
        *[({"bilirubin": n}, p) for n, p in [(1.1, 0), (1.2, 1), (2.0, 2), (6.0, 3), (12.0, 4)]],
        *[({"map": n}, p) for n, p in [(70.0, 0), (69.0, 1)]],
        *[({"dopamine": n}, p) for n, p in [(5.0, 2), (5.1, 3), (15.0, 3), (15.1, 4)]],
        ({"dobutamine": 1.0}, 2),
        *[({"epinephrine": n}, p) for n, p in [(0.1, 3), (0.11, 4)]],
        *[({"norepinephrine": n}, p) for n, p in [(0.1, 3), (0.11, 4)]],
        *[({"gcs": float(n)}, p) for n, p in [(14, 1), (13, 1), (12, 2), (10, 2), (9, 3), (6, 3), (5, 4)]],
        *[({"creatinine": n}, p) for n, p in [(1.1, 0), (1.2, 1), (2.0, 2), (3.5, 3), (5.0, 4)]],
        *[({"urine_output": n}, p) for n, p in [(500.0, 0), (499.0, 3), (200.0, 3), (199.0, 4)]],
    ],
)
def test_sofa_gives_the_points_of_table_3(change: dict[str, Value], points: int) -> None:
    answer = ask("sofa", {**SOFA, **change})
    assert (answer.value, answer.interval, answer.missing) == (points, None, ())


def test_sofa_says_how_far_what_was_not_told_could_raise_it() -> None:
    told = {key: value for key, value in SOFA.items() if key not in {"norepinephrine", "urine_output"}}
    answer = ask("sofa", told)
    assert (answer.value, answer.interval) == (0, (0, 8))
    assert answer.missing == ("norepinephrine", "urine_output")
    split = {key: value for key, value in SOFA.items() if key != "pao2_fio2"} | {"pao2": 90.0, "fio2": 0.3}
    assert value_of("sofa", split) == 1 + 0 + (90 / 0.3 < 300)
    assert ask("sofa", {key: value for key, value in SOFA.items() if key != "pao2_fio2"}).missing == (
        "pao2_fio2",
    )
    assert ask("sofa", {**SOFA, "pao2_fio2": 150.0}).missing == ("ventilated",)


CURB = {
    "confusion": False, "urea": 7.0, "respiratory_rate": 29.0, "systolic_bp": 90.0, "diastolic_bp": 61.0,
    "age": 64.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "points"),
    [
        ({}, 0),
        ({"confusion": True}, 1),
        ({"urea": 7.1}, 1),
        ({"respiratory_rate": 30.0}, 1),
        ({"systolic_bp": 89.0}, 1),
        ({"diastolic_bp": 60.0}, 1),
        ({"systolic_bp": 89.0, "diastolic_bp": 60.0}, 1),
        ({"age": 65.0}, 1),
    ],
)
def test_curb65_gives_a_point_each(change: dict[str, Value], points: int) -> None:
    assert value_of("curb65", {**CURB, **change}) == points


def test_curb65_takes_urea_nitrogen_where_urea_is_not_told() -> None:
    other = {key: value for key, value in CURB.items() if key != "urea"}
    assert value_of("curb65", {**other, "urea_nitrogen": 19.0}) == 0
    assert value_of("curb65", {**other, "urea_nitrogen": 20.0}) == 1
    assert ask("curb65", other).missing == ("urea",)


def test_the_other_points_are_those_of_their_tables() -> None:
    liver = {
        "bilirubin": 3.2, "albumin": 2.6, "inr": 2.0, "ascites": "mild", "encephalopathy": "grade_1_2",
    }  # fmt: skip
    assert (ask("child_pugh", liver).value, ask("child_pugh", liver).category) == (12, "C")
    best = {"bilirubin": 1.0, "albumin": 4.0, "inr": 1.0, "ascites": "none", "encephalopathy": "none"}
    assert (ask("child_pugh", best).value, ask("child_pugh", best).category) == (5, "A")
    septic = {"respiratory_rate": 22.0, "systolic_bp": 100.0, "gcs": 14.0}
    assert (ask("qsofa", septic).value, ask("qsofa", septic).category) == (3, "high")
    assert value_of("qsofa", {"respiratory_rate": 21.0, "systolic_bp": 101.0, "gcs": 15.0}) == 0


def test_meld3_keeps_its_bounds_and_its_constant() -> None:
    """All at their bounds the formula is its constant, 6; women get 1.33 more; the most is 40."""
    mild = {"bilirubin": 0.5, "inr": 0.9, "creatinine": 0.8, "sodium": 140.0, "albumin": 4.0, "sex": "male"}
    assert value_of("meld3", mild) == 6
    assert value_of("meld3", {**mild, "sex": "female"}) == 7
    assert value_of("meld3", {**mild, "sodium": 125.0}) == 16
    assert (
        value_of("meld3", {**mild, "creatinine": 3.0}) == value_of("meld3", {**mild, "dialysis": True}) == 18
    )
    worst = {"bilirubin": 30.0, "inr": 5.0, "creatinine": 4.0, "sodium": 120.0, "albumin": 1.0, "sex": "male"}
    assert value_of("meld3", worst) == 40


@pytest.mark.parametrize(
    ("name", "most", "least"), [("wells_pe", 12.5, 0), ("wells_dvt", 9, -2), ("has_bled", 9, 0)]
)
def test_yes_and_no_reach_the_ends_of_the_range(name: str, most: float, least: float) -> None:
    score = score_named(name)
    assert score is not None
    numbers = {"age": (80.0, 40.0), "heart_rate": (120.0, 60.0)}
    high: dict[str, Value] = {one.key: True for one in score.inputs if one.key not in numbers}
    high |= {one.key: numbers[one.key][0] for one in score.inputs if one.key in numbers}
    low: dict[str, Value] = {one.key: False for one in score.inputs if one.key not in numbers}
    low |= {one.key: numbers[one.key][1] for one in score.inputs if one.key in numbers}
    if name == "wells_dvt":
        high["alternative_likely"], low["alternative_likely"] = False, True
    assert (value_of(name, high), value_of(name, low)) == (most, least)
    assert (score.low, score.high) == (least, most)
