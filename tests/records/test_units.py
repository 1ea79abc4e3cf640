"""Units: what is written, what it means in UCUM, and what may become what."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_core.domain.record import Code
from medai_core.records.analytes import ANALYTES, LOINC
from medai_core.records.ucum import read_unit
from medai_core.records.units import converted, ucum

SODIUM, CREATININE = Code(LOINC, "2951-2"), Code(LOINC, "2160-0")
SPELLINGS = {
    "mm[Hg]": "mm[Hg]", "mmHg": "mm[Hg]", "mm Hg": "mm[Hg]", "kg/m2": "kg/m2", "kg/m^2": "kg/m2",
    "kg/m\u00b2": "kg/m2", "mmol/L": "mmol/L", "mmol/l": "mmol/L", "MMOL/L": "mmol/L", "mg/dL": "mg/dL",
    "MG/DL": "mg/dL", "mg/dl": "mg/dL", "10*3/uL": "10*3/uL", "x10^3/uL": "10*3/uL", "K/uL": "10*3/uL",
    "10\u2079/L": "10*9/L", "x10E9/L": "10*9/L", "10^9/l": "10*9/L", "giga.l-1": "10*9/L",
    "[degF]": "[degF]", "\u00b0F": "[degF]", "deg F": "[degF]", "Cel": "Cel", "degC": "Cel",
    "[in_i]": "[in_i]", "inches": "[in_i]", "in": "[in_i]", "{beats}/min": "/min", "beats/min": "/min",
    "bpm": "/min", "/min": "/min", "U/L": "U/L", "[IU]/L": "[IU]/L", "IU/L": "[IU]/L", "[iU]/L": "[IU]/L",
    "mIU/L": "m[IU]/L", "%": "%", "meq/L": "meq/L", "mEq/L": "meq/L", "MEQ/L": "meq/L", "ug/L": "ug/L",
    "mcg/L": "ug/L", "\u00b5mol/L": "umol/L", "\u03bcmol/L": "umol/L", "{score}": "{score}", "TAB": "{tbl}",
    "mL/min/{1.73_m2}": "mL/min/{1.73_m2}", "mL/min/1.73 m2": "mL/min/{1.73_m2}",
    "mL/min/1.73m\u00b2": "mL/min/{1.73_m2}", "mg/24h": "mg/(24.h)", "mg/(24.h)": "mg/(24.h)",
    "mcg/kg/min": "ug/kg/min", "lb": "[lb_av]", "/hpf": "/[HPF]", "hour(s)": "h", "ML": "mL", "MG": "mg",
    "mg/g{creat}": "mg/g", "ug/mL{FEU}": "ug/mL{FEU}", "cmH2O": "cm[H2O]", "mosm/kg": "mosm/kg",
    "fL": "fL", "pg": "pg", "10*12/L": "10*12/L", "mmol/mol": "mmol/mol", "L/L": "L/L", "kPa": "kPa",
}  # fmt: skip


@pytest.mark.parametrize(("written", "meant"), SPELLINGS.items())
def test_spellings(written: str, meant: str) -> None:
    assert ucum(written) == meant
    assert ucum(meant) == meant


@pytest.mark.parametrize(
    "written",
    [
        "",
        "  ",
        "foo",
        "mg//dL",
        "mg/",
        "M",
        "0",
        "Cel/min",
        "g/L-1",
        "mg crea",
        "m" * 65,
        "/",
        "(",
        "{",
        "10*",
    ],
)
def test_unknown_stays_unknown(written: str) -> None:
    assert ucum(written) is None
    assert ucum(None) is None


@pytest.mark.parametrize(
    ("number", "source", "target", "expected"),
    [
        (98.6, "[degF]", "Cel", 37.0),
        (37.0, "Cel", "[degF]", 98.6),
        (0.0, "Cel", "K", 273.15),
        (70, "[in_i]", "cm", 177.8),
        (150, "lb", "kg", 68.0388555),
        (120, "mmHg", "kPa", 15.9986864),
        (7.2, "10*3/uL", "10*9/L", 7.2),
        (45, "%", "L/L", 0.45),
        (5, "mg/dL", "mg/L", 50),
        (1, "kat", "U", 6e7),
    ],
)
def test_known_conversions(number: float, source: str, target: str, expected: float) -> None:
    assert converted(number, source, target) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize(
    ("loinc", "mass", "amount"),
    [
        ("2345-7", 100, 5.551), ("2160-0", 1, 0.0884), ("2093-3", 200, 5.172), ("2571-8", 150, 1.694),
        ("3094-0", 20, 7.139), ("1975-2", 1, 0.0171), ("17861-6", 10, 2.495), ("3084-1", 6, 0.3569),
        ("2777-1", 3.5, 1.130), ("19123-9", 2, 0.8229),
    ],
)  # fmt: skip
def test_mass_becomes_amount_where_the_molar_mass_is_known(loinc: str, mass: float, amount: float) -> None:
    code = Code(LOINC, loinc)
    assert converted(mass, "mg/dL", "mmol/L", code=code) == pytest.approx(amount, rel=1e-3)
    assert converted(mass, "mg/dL", "mmol/L") is None
    assert converted(mass, "mg/dL", "mmol/L", code=Code(LOINC, "1751-7")) is None


def test_never_a_guess() -> None:
    pairs = [("U/L", "[IU]/L"), ("mL/min", "mL/min/{1.73_m2}"), ("%", "mmol/mol"), ("{tbl}", "{puff}")]
    pairs += [("ug/mL{FEU}", "ug/mL{DDU}"), ("mg", "mL"), ("meq/L", "mmol/L"), ("/[HPF]", "1"), ("Cel", "m")]
    pairs += [("bushel", "L"), ("kg", "stones throw"), ("pg", "pg/{cell}")]
    for one, other in pairs:
        assert converted(1.0, one, other) is None, (one, other)
        assert converted(1.0, other, one) is None, (other, one)


def test_equivalents_need_the_charge() -> None:
    assert converted(140, "meq/L", "mmol/L", code=SODIUM) == pytest.approx(140)
    assert converted(2, "meq/L", "mg/dL", code=Code(LOINC, "17861-6")) == pytest.approx(4.0078)
    assert converted(140, "meq/L", "mmol/L", code=CREATININE) is None


def test_haemoglobin_a1c_follows_its_master_equation() -> None:
    code = Code(LOINC, "4548-4")
    assert converted(48, "mmol/mol", "%", code=code) == pytest.approx(6.543, abs=1e-3)
    assert converted(6.5, "%", "mmol/mol", code=code) == pytest.approx(47.53, abs=1e-2)


def test_molar_masses_are_those_of_the_formulas() -> None:
    masses = {analyte.name: analyte.molar_mass for analyte in ANALYTES}
    assert masses["creatinine"] == pytest.approx(113.12, abs=0.01)
    assert masses["bilirubin"] == pytest.approx(584.67, abs=0.01)
    assert masses["cholesterol"] == pytest.approx(386.66, abs=0.01)
    codes = [code for analyte in ANALYTES for code in analyte.loinc]
    assert len(codes) == len(set(codes))


_FAMILIES = [
    (None, ["mm[Hg]", "kPa", "cm[H2O]"]), (None, ["Cel", "[degF]", "K"]),
    (None, ["m", "cm", "[in_i]", "[ft_i]"]),
    (None, ["kg", "g", "[lb_av]", "[oz_av]"]), (CREATININE, ["mg/dL", "umol/L", "mmol/L", "g/L"]),
    (SODIUM, ["mmol/L", "meq/L", "mg/dL"]), (None, ["/min", "Hz", "/h"]), (None, ["%", "L/L", "1"]),
    (None, ["ug/kg/min", "mg/kg/h"]), (Code(LOINC, "4548-4"), ["%", "mmol/mol"]),
]  # fmt: skip


@given(st.sampled_from(_FAMILIES), st.data(), st.floats(0.001, 1e5))
def test_there_and_back(family: tuple[Code | None, list[str]], data: st.DataObject, number: float) -> None:
    code, units = family
    one, other = data.draw(st.sampled_from(units)), data.draw(st.sampled_from(units))
    there = converted(number, one, other, code=code)
    assert there is not None
    back = converted(there, other, one, code=code)
    assert back is not None
    assert math.isclose(back, number, rel_tol=1e-9, abs_tol=1e-9)


@given(st.text(max_size=70))
def test_any_text_is_a_unit_or_none(text: str) -> None:
    unit = read_unit(text)
    if unit is not None:
        again = read_unit(unit.code)
        assert again is not None
        assert again.code == unit.code
        assert math.isclose(again.scale, unit.scale)


@given(st.text("mgkulLcd[]{}()/.*10^3%Hhin_ -ME", max_size=14))
def test_any_unit_like_text_keeps_its_meaning_when_canonical(text: str) -> None:
    unit = read_unit(text)
    if unit is not None:
        again = read_unit(unit.code)
        assert again is not None
        assert (again.code, sorted(again.parts)) == (unit.code, sorted(unit.parts))
