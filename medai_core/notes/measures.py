"""Vital signs and laboratory values with their numbers and units."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from medai_core.domain.record import Code
from medai_core.notes.items import LOINC, Kind, Measure, Mention
from medai_core.notes.measure_terms import LABS, UNITS, VITALS

_NUMBER: Final = r"\d{1,3}(?:,\d{3})+(?![\d,])|\d+(?:\.\d+)?|\.\d+"
_LINK: Final = (
    r"(?:\s*(?:\+|\([A-Za-z ]{1,12}\)))?(?:\s*(?:is|was|were|of|at|are|remained|measured|"
    r"has been|had been|level|levels|count|today|"
    r"currently|on admission|approximately|about|with a|a|:,|:|=|-|–|,|\())*\s*"
)
_SHORT_LINK: Final = r"\+?\s*(?:[:=]|\bis\b|\bof\b|\bwas\b)?\s*"

BLOOD_PRESSURE: Final = re.compile(
    r"(?<!\w)(?P<name>blood pressure|bp|b/p|b\.p\.)(?!\w)"
    + _LINK
    + r"(?P<high>\d{2,3})\s*(?:/|over)\s*(?P<low>\d{2,3})(?![\d/])(?:\s*mm\s?hg)?",
    re.IGNORECASE,
)
HEIGHT: Final = re.compile(
    r"(?<!\w)(?P<name>height|ht)(?!\w)"
    + _LINK
    + (
        r"(?P<feet>[3-8])\s*(?:feet|foot|ft\.?|['’′])\s*(?:and\s*)?(?:(?P<inches>\d{1,2}(?:\.\d+)?)\s*(?:inches|"
        r"inch|in\.?|[\"”″]|['’]{2})?)?(?!\w)"
    ),
    re.IGNORECASE,
)

_PANEL: Final = Code(LOINC, "85354-9", "Blood pressure panel with all children optional")
_SYSTOLIC: Final = Code(LOINC, "8480-6", "Systolic blood pressure")
_DIASTOLIC: Final = Code(LOINC, "8462-4", "Diastolic blood pressure")
_HEIGHT: Final = Code(LOINC, "8302-2", "Body height")

_RANGES: Final[dict[str, tuple[float, float]]] = {
    "p": (25, 250),
    "hr": (20, 300),
    "r": (4, 80),
    "rr": (4, 80),
    "t": (30, 110),
    "k": (1, 12),
    "na": (90, 200),
    "cl": (60, 150),
    "ca": (3, 20),
    "mg": (0.3, 10),
    "cr": (0.1, 25),
    "pt": (5, 150),
    "ph": (6.8, 7.9),
    "ht": (20, 250),
    "wt": (1, 700),
    "hb": (2, 25),
    "ck": (5, 100000),
    "crit": (5, 70),
    "sat": (40, 100),
    "sats": (40, 100),
    "saturation": (40, 100),
    "saturations": (40, 100),
    "temp": (30, 110),
    "tmax": (30, 110),
    "temperature": (30, 110),
    "co2": (5, 60),
    "pulse": (20, 300),
    "spo2": (40, 100),
    "alt": (1, 20000),
    "ast": (1, 20000),
    "resp": (4, 80),
    "respiration": (4, 80),
    "respirations": (4, 80),
    "weight": (0.3, 1200),
    "bmi": (8, 120),
    "calcium": (3, 20),
    "magnesium": (0.3, 10),
    "potassium": (1, 12),
    "sodium": (90, 200),
    "chloride": (60, 150),
}
"""Numbers that a short name can stand before; others are a list number, a date, a dose."""

_CASED: Final = {
    "p": "P",
    "r": "R",
    "t": "T",
    "k": "K",
    "na": "Na",
    "cl": "Cl",
    "ca": "Ca",
    "mg": "Mg",
    "cr": "Cr",
    "pt": "PT",
    "ph": "pH",
}
"""Short names that stand in these letters, or all in capitals, only."""


@dataclass(frozen=True, slots=True)
class _Kind:
    code: Code
    kind: Kind
    units: tuple[str, ...]


def measures(text: str, start: int = 0, end: int | None = None) -> Iterator[Mention]:
    """Every vital sign and laboratory value in ``text[start:end]``, as they stand; none within another."""
    stop = len(text) if end is None else end
    taken = start
    found = sorted(
        (*_pressures(text, start, stop), *_heights(text, start, stop), *_numbers(text, start, stop)),
        key=lambda one: (one.start, -one.end),
    )
    for one in found:
        if one.start >= taken:
            taken = one.end
            yield one


def _pressures(text: str, start: int, stop: int) -> Iterator[Mention]:
    for one in BLOOD_PRESSURE.finditer(text, start, stop):
        high, low = float(one["high"]), float(one["low"])
        if 40 <= high <= 320 and 15 <= low < high:
            yield Mention(
                Kind.VITAL,
                *one.span(),
                one["name"],
                (_PANEL,),
                (Measure(_SYSTOLIC, high, "mm[Hg]"), Measure(_DIASTOLIC, low, "mm[Hg]")),
            )


def _heights(text: str, start: int, stop: int) -> Iterator[Mention]:
    for one in HEIGHT.finditer(text, start, stop):
        inches = float(one["feet"]) * 12 + float(one["inches"] or 0)
        yield Mention(Kind.VITAL, *one.span(), one["name"], (_HEIGHT,), (Measure(_HEIGHT, inches, "[in_i]"),))


def _numbers(text: str, start: int, stop: int) -> Iterator[Mention]:
    pattern, kinds, units = _grammar()
    for one in pattern.finditer(text, start, stop):
        name = " ".join(one["name"].lower().replace("’", "'").split())
        kind = kinds[name]
        number = float(one["number"].replace(",", ""))
        if not _plausible(one, name, number, text):
            continue
        written = (one["unit"] or "").lower()
        unit, end = _unit(kind, written, units), one.end()
        if not unit:
            end = one.end("number")
        if not unit and kind.code.code == "8310-5":
            unit = "Cel" if number < 46 else "[degF]"
        code = kind.code
        yield Mention(
            kind.kind,
            one.start(),
            end,
            one["name"],
            (code,) if code.code else (Code("", "", code.display),),
            (Measure(code, number, unit),),
        )


def _plausible(one: re.Match[str], name: str, number: float, text: str) -> bool:
    low, high = _RANGES.get(name, (0.0, 1e7))
    if not low <= number <= high:
        return False
    if name in _CASED and one["name"] not in (_CASED[name], name.upper()):
        return False
    if len(name) <= 2 and not re.fullmatch(_SHORT_LINK, text[one.end("name") : one.start("number")]):
        return False
    after = text[one.end("number") : one.end("number") + 1]
    return not (after == "/" and not one["unit"]) and not re.match(r"[-/]\d", text[one.end("number") :][:2])


def _unit(kind: _Kind, written: str, units: dict[str, tuple[str, ...]]) -> str:
    """The first UCUM unit of this kind that the written unit can stand for; empty where none can."""
    written = " ".join(written.split())
    return next((one for one in kind.units if written in units.get(one, ())), "")


@lru_cache(maxsize=1)
def _grammar() -> tuple[re.Pattern[str], dict[str, _Kind], dict[str, tuple[str, ...]]]:
    kinds: dict[str, _Kind] = {}
    for kind, block in ((Kind.VITAL, VITALS), (Kind.LAB, LABS)):
        for line in block.strip().splitlines():
            number, shown, listed, fitting = line.split("|")
            value = _Kind(Code(LOINC if number else "", number, shown), kind, tuple(fitting.split()))
            for name in listed.split(";"):
                kinds.setdefault(name.strip(), value)
    units = {}
    for line in UNITS.strip().splitlines():
        unit, written = line.split(":", 1)
        units[unit.strip()] = tuple(" ".join(one.split()) for one in written.split(";"))
    every = sorted({one for written in units.values() for one in written}, key=len, reverse=True)
    listed_units = "|".join(
        re.escape(one).replace(r"\ ", r"\s*") + (r"(?![\w/])" if one[-1].isalnum() else "") for one in every
    )
    listed_names = "|".join(
        re.escape(one).replace(r"\ ", r"\s+") for one in sorted(kinds, key=len, reverse=True)
    )
    pattern = re.compile(
        rf"(?<![\w.-])(?P<name>{listed_names})(?![\w])\.?{_LINK}(?P<number>{_NUMBER})(?!\w*\d)(?:\s*(?P<unit>{listed_units}))?",
        re.IGNORECASE,
    )
    return pattern, kinds, units
