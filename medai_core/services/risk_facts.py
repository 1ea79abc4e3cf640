"""Which problems and drugs of a record answer a yes-or-no question of a risk: codes and names as data.

SNOMED CT and ICD-10(-CM) by code, drugs by the ATC code of the WHO or by the ingredient in their name.
A code that is not here answers nothing: what a record does not say is asked, and never taken as "no" without
a person's word.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from medai_core.domain.record import Code, Entry, Lane

SNOMED: Final = "http://snomed.info/sct"
_ICD10: Final = re.compile(r"icd-?10|2\.16\.840\.1\.113883\.6\.(?:90|3)\b", re.IGNORECASE)
_ATC: Final = re.compile(r"whocc\.no/atc|2\.16\.840\.1\.113883\.6\.73\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fact:
    """What answers one question with yes.

    Parameters
    ----------
    icd10, atc : tuple of str
        Beginnings of codes, without the dot.
    drugs : tuple of str
        Words of a drug's name, in small letters.
    ever : bool
        What is over counts too ("has had").
    unless : tuple of str
        Beginnings of ICD-10 codes that do not count.
    """

    snomed: frozenset[str] = frozenset()
    icd10: tuple[str, ...] = ()
    atc: tuple[str, ...] = ()
    drugs: tuple[str, ...] = ()
    ever: bool = False
    unless: tuple[str, ...] = ()

    @property
    def of_drugs(self) -> bool:
        """Whether drugs answer it, not problems."""
        return bool(self.drugs)


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


_INFARCTION: Final = "22298006 57054005 401303003 401314000 399211009"
_ARTERIES: Final = "399957001 400047006"
_STROKE: Final = "230690007 422504002 432504007 266257000 275526006 161511000"
_FAILURE: Final = "84114007 42343007 88805009 85232009 441481004 441530006"
_CORONARY: Final = "53741008 414545008 194828000"
_DIABETES: Final = (
    "73211009 44054006 46635009 8801005 111552007 237599002 422034002 368581000119106 1551000119108 "
    "1501000119109 127013003"
)
_HYPERTENSION: Final = Fact(_codes("38341003 59621000"), ("I10", "I11", "I12", "I13", "I15"))
_PRESSURE_DRUGS: Final = tuple(
    "lisinopril enalapril ramipril captopril benazepril quinapril perindopril fosinopril trandolapril "
    "losartan valsartan irbesartan telmisartan candesartan olmesartan azilsartan eprosartan amlodipine "
    "nifedipine felodipine lercanidipine nitrendipine diltiazem verapamil hydrochlorothiazide "
    "chlorthalidone indapamide metoprolol atenolol bisoprolol nebivolol carvedilol propranolol "
    "labetalol furosemide torsemide spironolactone eplerenone clonidine hydralazine methyldopa "
    "doxazosin moxonidine aliskiren".split()
)
_STATINS: Final = tuple(
    "atorvastatin simvastatin simvistatin pravastatin rosuvastatin lovastatin fluvastatin "
    "pitavastatin".split()
)
_BLEEDING: Final = tuple(
    "aspirin clopidogrel prasugrel ticagrelor dipyridamole ibuprofen naproxen diclofenac indomethacin "
    "meloxicam ketorolac celecoxib piroxicam".split()
)

FACTS: Final[dict[str, Fact]] = {
    "diabetes": Fact(_codes(_DIABETES), ("E08", "E09", "E10", "E11", "E12", "E13", "E14")),
    "high_glucose_ever": Fact(
        _codes(f"{_DIABETES} 15777000"), ("E10", "E11", "E13", "R730", "O24"), ever=True
    ),
    "hypertension": _HYPERTENSION,
    "heart_failure": Fact(_codes(_FAILURE), ("I50", "I110", "I130", "I132")),
    "atrial_fibrillation": Fact(
        _codes("49436004 282825002 440059007 440028005"),
        ("I480", "I481", "I482", "I4891"),
    ),
    "stroke": Fact(
        _codes(_STROKE), ("I63", "I64", "I74", "G45", "Z8673"), ever=True, unless=("G453", "G454")
    ),
    "vascular_disease": Fact(
        _codes(f"{_INFARCTION} {_ARTERIES}"), ("I21", "I22", "I252", "I700", "I702", "I739"), ever=True
    ),
    "prior_cvd": Fact(
        _codes(f"{_INFARCTION} {_ARTERIES} {_STROKE} {_FAILURE} {_CORONARY}"),
        ("I20", "I21", "I22", "I23", "I24", "I25", "I50", "I60", "I61", "I63", "I64", "I65", "I66", "I69",
         "I70", "I739", "I74", "G45", "Z8673", "Z951", "Z955"),
        ever=True, unless=("G453", "G454"),
    ),
    "prevchd": Fact(
        _codes(f"{_CORONARY} {_INFARCTION}"), ("I20", "I21", "I22", "I23", "I24", "I25", "Z951", "Z955"),
        ever=True,
    ),
    "prevap": Fact(_codes("194828000"), ("I20", "I2511", "I257"), ever=True),
    "prevmi": Fact(_codes(_INFARCTION), ("I21", "I22", "I252"), ever=True),
    "prevstrk": Fact(
        _codes("230690007 422504002 432504007 275526006"), ("I60", "I61", "I63", "I64", "Z8673"), ever=True
    ),
    "cirrhosis": Fact(_codes("19943007"), ("K703", "K743", "K744", "K745", "K746")),
    "biliary_cholangitis": Fact(_codes("31712002"), ("K743",)),
    "breast_cancer": Fact(_codes("254837009"), ("C50",)),
    "pneumonia": Fact(_codes("233604007 385093006"), ("J12", "J13", "J14", "J15", "J16", "J18")),
    "prior_vte": Fact(
        _codes("128053003 59282003 706870000"), ("I26", "I801", "I802", "I82", "Z8671"), ever=True
    ),
    "prior_dvt": Fact(_codes("128053003"), ("I801", "I802", "I82", "Z86718"), ever=True),
    "dialysis": Fact(_codes("105502003"), ("Z992",)),
    "pregnant": Fact(_codes("77386006 72892002"), ("Z33", "Z34")),
    "bp_treated": Fact(atc=("C02", "C03", "C07", "C08", "C09"), drugs=_PRESSURE_DRUGS),
    "bp_treated_ever": Fact(atc=("C02", "C03", "C07", "C08", "C09"), drugs=_PRESSURE_DRUGS, ever=True),
    "statin": Fact(atc=("C10AA", "C10BA", "C10BX"), drugs=_STATINS),
    "bleeding_drugs": Fact(atc=("B01AC", "M01A"), drugs=_BLEEDING),
}  # fmt: skip
"""By the key of the question."""

NEEDS_PROBLEM: Final = {"bp_treated": _HYPERTENSION, "bp_treated_ever": _HYPERTENSION}
"""Drugs with several uses answer a question only beside the problem that they would be for."""


def told_by(fact: Fact, entries: Iterable[Entry], ongoing: Iterable[bool | None]) -> tuple[Entry, ...]:
    """The current entries that answer with yes, the newest first as they came."""
    found = []
    for entry, holds in zip(entries, ongoing, strict=True):
        lane = Lane.MEDICATION if fact.of_drugs else Lane.PROBLEM
        if entry.current and entry.draft.lane is lane and (fact.ever or holds is not False):
            if _matches(fact, entry):
                found.append(entry)
    return tuple(found)


def means(fact: Fact, code: Code) -> bool:
    """Whether a code, or for drugs the name beside it, answers with yes."""
    return _coded(fact, code) or bool(fact.drugs and _words(fact.drugs).search(code.display))


def _matches(fact: Fact, entry: Entry) -> bool:
    if any(_coded(fact, code) for code in entry.draft.codes):
        return True
    if not fact.drugs:
        return False
    names = " ".join([entry.draft.title, *(code.display for code in entry.draft.codes)])
    return _words(fact.drugs).search(names) is not None


def _coded(fact: Fact, code: Code) -> bool:
    if code.system == SNOMED:
        return code.code in fact.snomed
    plain = code.code.replace(".", "").upper()
    if _ICD10.search(code.system):
        return plain.startswith(fact.icd10) and not (fact.unless and plain.startswith(fact.unless))
    return bool(fact.atc) and _ATC.search(code.system) is not None and plain.startswith(fact.atc)


@lru_cache(maxsize=32)
def _words(drugs: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(drugs)})\b", re.IGNORECASE)


SMOKING: Final = "72166-2"
"""LOINC: tobacco smoking status."""
_SMOKES: Final = _codes(
    "449868002 428041000124106 77176002 428071000124103 428061000124105 LA18976-3 LA18977-1 LA18979-7 "
    "LA18981-3 LA18982-1"
)
_SMOKES_NOT: Final = _codes("266919005 8517006 LA18978-9 LA15920-4")


def smokes(codes: Iterable[str]) -> bool | None:
    """What codes of a smoking status (SNOMED CT, LOINC answers) say of smoking now; None where nothing."""
    given = set(codes)
    if given & _SMOKES:
        return True
    return False if given & _SMOKES_NOT else None
