"""Names and codes: held against the package that ships ICD-10-CM, and against each other."""

import gzip
import re

from medai_core.notes import icd10cm
from medai_core.notes.drug_terms import DRUGS
from medai_core.notes.items import ICD10CM, RXNORM, SNOMED, Kind
from medai_core.notes.measure_terms import LABS, UNITS, VITALS
from medai_core.notes.vocabulary import names


def _lines() -> list[str]:
    return [line for line in (VITALS + LABS).splitlines() if line.strip()]


def test_the_file_is_that_of_the_package() -> None:
    """Codes, descriptions and names are the package's; a code that it does not have would be missing."""
    stored = gzip.decompress(icd10cm.FILE.read_bytes()).decode().splitlines()
    assert stored == list(icd10cm.lines_of_package())


def test_every_name_has_a_code_of_its_system_or_none() -> None:
    shapes = {
        ICD10CM: r"[A-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?",
        RXNORM: r"\d{2,7}",
        SNOMED: r"\d{6,18}",
        "": r"",
    }
    for name in names():
        assert re.fullmatch(shapes[name.code.system], name.code.code), name
        assert name.code.display
        assert name.words == " ".join(name.words.split())


def test_what_our_lists_say_wins() -> None:
    codes = {name.words: name.code.code for name in names() if name.kind is Kind.PROBLEM}
    assert codes["pneumonia"] == "J18.9"
    assert codes["hypertension"] == "I10"
    assert codes["diabetes"] == "E11.9"


def test_numbers_stand_once() -> None:
    numbers = [line.split(" ", 1)[0] for line in DRUGS.strip().splitlines()]
    assert len(set(numbers)) == len(numbers)
    loinc = [line.split("|")[0] for line in _lines()]
    given = [one for one in loinc if one]
    assert len(set(given)) == len(given)


def test_loinc_numbers_have_their_check_digit() -> None:
    """LOINC's last digit is a Luhn (mod 10) check of the others."""
    for line in _lines():
        number = line.split("|")[0]
        if number:
            body, check = number.split("-")
            digits = [int(one) * (2 if place % 2 == 0 else 1) for place, one in enumerate(reversed(body))]
            total = sum(sum(divmod(one, 10)) for one in digits)
            assert (10 - total % 10) % 10 == int(check), number


def test_snomed_numbers_have_their_check_digit() -> None:
    """SNOMED CT's last digit is a Verhoeff check of the whole."""
    for name in names():
        if name.code.system == SNOMED:
            assert _verhoeff(name.code.code), name


def _times(a: int, b: int) -> int:
    """The product in the dihedral group of the pentagon."""
    if a < 5:
        return (a + b) % 5 if b < 5 else 5 + (a + b - 5) % 5
    return 5 + (a - 5 - b) % 5 if b < 5 else (a - b) % 5


def _verhoeff(number: str) -> bool:
    turn = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
    check = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit)
        for _ in range(place % 8):
            value = turn[value]
        check = _times(check, value)
    return check == 0


def test_units_that_are_written_stand_for_units_that_are_known() -> None:
    known = {line.split(":", 1)[0] for line in UNITS.strip().splitlines()}
    wanted = {unit for line in _lines() for unit in line.split("|")[3].split()}
    assert wanted - known - {"{INR}"} == set()
