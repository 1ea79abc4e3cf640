"""Units as they are written, in UCUM: what is known has one canonical spelling, the rest has none.

UCUM (The Unified Code for Units of Measure, version 2.1, ucum.org) is case-sensitive: ``Mg`` is a megagram.
Laboratories write ``MG/DL`` and mean milligrams, so prefixes above kilo are read only where medicine uses
them (pascal, hertz, international units, joule); capitals are then read by the table of spellings below.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_PREFIXES: Final = {"k": "kilo", "h": "hecto", "d": "deci", "c": "centi", "m": "milli", "u": "micro"} | {
    "n": "nano",
    "p": "pico",
    "f": "femto",
}
_LARGE: Final = {"M": "mega", "G": "giga"}

_METRIC: Final = {
    "m": "meter", "g": "gram", "s": "second", "L": "liter", "mol": "mole", "eq": "medai_equivalent",
    "osm": "medai_osmole", "U": "medai_enzyme_unit", "[IU]": "medai_international_unit", "kat": "katal",
    "Pa": "pascal", "J": "joule", "cal": "calorie", "[Cal]": "kilocalorie", "W": "watt", "Hz": "hertz",
    "bar": "bar", "V": "volt", "A": "ampere", "N": "newton", "Bq": "becquerel", "Gy": "gray",
    "Sv": "sievert", "m[Hg]": "medai_mercury", "m[H2O]": "medai_water", "K": "kelvin", "Ohm": "ohm",
}  # fmt: skip
_LARGE_FOR: Final = {"Pa", "J", "Hz", "[IU]", "U", "Bq", "W"}
_PLAIN: Final = {
    "min": "minute", "h": "hour", "d": "day", "wk": "week", "mo": "medai_month", "a": "year",
    "Cel": "degree_Celsius", "[degF]": "degree_Fahrenheit", "[in_i]": "inch", "[ft_i]": "foot",
    "[mi_i]": "mile", "[lb_av]": "pound", "[oz_av]": "ounce", "[stone_av]": "stone", "[tsp_us]": "teaspoon",
    "[tbs_us]": "tablespoon", "[foz_us]": "fluid_ounce", "[gal_us]": "gallon", "deg": "degree",
    "[pH]": "medai_ph", "[HPF]": "medai_high_power_field", "[LPF]": "medai_low_power_field",
    "[arb'U]": "medai_arbitrary_unit", "[drp]": "medai_drop", "[CFU]": "medai_colony",
    "[diop]": "medai_diopter", "[APL'U]": "medai_apl", "[GPL'U]": "medai_gpl", "[MPL'U]": "medai_mpl",
    "%": "percent", "[ppth]": "permille", "[ppm]": "ppm",
}  # fmt: skip
OFFSET: Final = frozenset({"Cel", "[degF]"})
"""Units with a zero of their own; they stand alone, never inside a compound unit."""
BODY_SURFACE: Final = "{1.73_m2}"
_KINDS: Final = {"{FEU}", "{DDU}"}
"""Annotations that change the number: D-dimer as fibrinogen equivalents is twice that as D-dimer units."""

_ALIASES: Final = {"l": "L", "[iU]": "[IU]"}

_WHOLE: Final = {
    "k/ul": "10*3/uL", "k/mcl": "10*3/uL", "k/mm3": "10*3/uL", "k/cumm": "10*3/uL", "thou/ul": "10*3/uL",
    "thou/mcl": "10*3/uL", "thousand/ul": "10*3/uL", "m/ul": "10*6/uL", "m/mcl": "10*6/uL",
    "mil/ul": "10*6/uL", "mill/ul": "10*6/uL", "million/ul": "10*6/uL", "m/mm3": "10*6/uL",
    "giga/l": "10*9/L", "giga.l-1": "10*9/L", "tera/l": "10*12/L", "tera.l-1": "10*12/L", "gpt/l": "10*9/L",
    "tpt/l": "10*12/L", "/cumm": "/mm3", "cells/cumm": "/mm3", "bpm": "/min", "f": "[degF]", "c": "Cel",
    "degf": "[degF]", "degc": "Cel", "deg f": "[degF]", "deg c": "Cel", "deg. f": "[degF]",
    "deg. c": "Cel", "fahrenheit": "[degF]", "celsius": "Cel", "degrees c": "Cel", "degrees f": "[degF]",
    "degree celsius": "Cel", "degree fahrenheit": "[degF]", "degrees celsius": "Cel",
    "degrees fahrenheit": "[degF]", "ph": "[pH]", "ph units": "[pH]", "ratio": "{ratio}", "inr": "{INR}",
    "score": "{score}", "1": "1", "percent": "%", "pct": "%", "enzyme units": "U",
    "fl oz": "[foz_us]", "mg/24h": "mg/(24.h)", "g/24h": "g/(24.h)", "mg/24hr": "mg/(24.h)",
    "ml/24h": "mL/(24.h)", "mmol/24h": "mmol/(24.h)",
}  # fmt: skip
"""Whole spellings, in small letters. Coulomb and farad are no units of a record: C and F are temperatures."""

_WORDS: Final = {
    "gm": "g", "gms": "g", "gram": "g", "grams": "g", "gr": "g", "milligram": "mg", "milligrams": "mg",
    "mgs": "mg", "microgram": "ug", "micrograms": "ug", "mcgs": "ug", "kilogram": "kg", "kilograms": "kg",
    "kgs": "kg", "liter": "L", "liters": "L", "litre": "L", "litres": "L", "milliliter": "mL",
    "milliliters": "mL", "millilitre": "mL", "mls": "mL", "cc": "mL", "deciliter": "dL", "unit": "U",
    "units": "U", "iu": "[IU]", "i.u.": "[IU]", "hr": "h", "hrs": "h", "hour": "h", "hours": "h",
    "hour(s)": "h", "h": "h", "min": "min", "mins": "min", "minute": "min", "minutes": "min", "sec": "s",
    "secs": "s", "second": "s", "seconds": "s", "day": "d", "days": "d", "day(s)": "d", "d": "d",
    "week": "wk", "weeks": "wk", "wks": "wk", "month": "mo", "months": "mo", "year": "a", "years": "a",
    "yr": "a", "yrs": "a", "y": "a", "mmhg": "mm[Hg]", "cmh2o": "cm[H2O]", "in": "[in_i]",
    "inch": "[in_i]", "inches": "[in_i]", "ft": "[ft_i]", "feet": "[ft_i]", "foot": "[ft_i]",
    "lb": "[lb_av]", "lbs": "[lb_av]", "pound": "[lb_av]", "pounds": "[lb_av]", "oz": "[oz_av]",
    "ounce": "[oz_av]", "ounces": "[oz_av]", "stone": "[stone_av]", "tsp": "[tsp_us]", "tbsp": "[tbs_us]",
    "centimeter": "cm", "centimeters": "cm", "meter": "m", "meters": "m", "metre": "m", "hpf": "[HPF]",
    "lpf": "[LPF]", "mole": "mol", "moles": "mol", "cumm": "mm3", "cmm": "mm3",
    "drop": "[drp]", "drops": "[drp]", "gtt": "[drp]", "gtts": "[drp]", "cfu": "[CFU]", "cal": "cal",
    "kpa": "kPa", "hpa": "hPa", "mbar": "mbar", "hz": "Hz", "mv": "mV", "mhz": "MHz", "cel": "Cel",
    "beat": "{beats}", "beats": "{beats}", "breath": "{breaths}", "breaths": "{breaths}",
    "resp": "{breaths}", "insp": "{breaths}", "cell": "{cells}", "cells": "{cells}", "copies": "{copies}",
    "tab": "{tbl}", "tabs": "{tbl}", "tablet": "{tbl}", "tablets": "{tbl}", "cap": "{capsule}",
    "caps": "{capsule}", "capsule": "{capsule}", "capsules": "{capsule}", "puff": "{puff}",
    "puffs": "{puff}", "spray": "{spray}", "sprays": "{spray}", "spry": "{spray}", "vial": "{vial}",
    "patch": "{patch}", "ptch": "{patch}", "supp": "{suppository}", "amp": "{ampule}", "bag": "{bag}",
    "dose": "{dose}", "doses": "{dose}", "syr": "{syringe}", "syringe": "{syringe}", "neb": "{nebule}",
    "pkt": "{packet}", "appl": "{application}", "loz": "{lozenge}", "score": "{score}",
}  # fmt: skip
_SMALL: Final = {
    f"{prefix}{atom}": f"{'u' if prefix == 'mc' else prefix}{unit}"
    for atom, unit in {
        "g": "g", "l": "L", "mol": "mol", "eq": "eq", "osm": "osm", "iu": "[IU]", "u": "U", "kat": "kat",
        "cal": "cal",
    }.items()
    for prefix in ("", "k", "d", "c", "m", "u", "mc", "n", "p", "f")
} | {f"{prefix}m": f"{prefix}m" for prefix in ("k", "d", "c", "m", "u", "n")} | {"ms": "ms"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that is known.

    `code` is its canonical UCUM spelling, `parts` its factors as (name for pint, exponent), `scale` the
    plain number in front, `atoms` the UCUM atoms, `about` an annotation that changes the meaning.
    """

    code: str
    scale: float = 1.0
    parts: tuple[tuple[str, int], ...] = ()
    atoms: tuple[str, ...] = ()
    about: str = ""


@lru_cache(maxsize=8192)
def read_unit(written: str) -> Unit | None:
    """The unit meant by `written`, in UCUM or in one of the known other spellings; None for all else.

    >>> [read_unit(text).code for text in ("MG/DL", "mmHg", "x10^9/L", "deg C", "{beats}/min")]
    ['mg/dL', 'mm[Hg]', '10*9/L', 'Cel', '/min']
    >>> read_unit("furlongs") is None
    True
    """
    text = written.strip()
    if not text or len(text) > 64:
        return None
    prepared = _prepared(text)
    whole = _WHOLE.get(prepared.lower()) or _WHOLE.get(prepared.lower().replace(" ", ""))
    for candidate in (whole, prepared.replace(" ", "")):
        if candidate is not None and (unit := _Parser(candidate).unit()) is not None:
            return unit
    return None


def _prepared(text: str) -> str:
    """One alphabet, one sign for each operator, powers of ten as UCUM writes them."""
    text = re.sub(r"10([\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+)", _superscript, text)
    text = unicodedata.normalize("NFKC", text).replace("\u03bc", "u").replace("\u00b0", "deg")
    for sign, plain in (("\u00d7", "x"), ("\u00b7", "."), ("\u22c5", "."), ("\u2212", "-"), ("\u2044", "/")):
        text = text.replace(sign, plain)
    text = re.sub(r"\s+per\s+", "/", " ".join(text.split()), flags=re.IGNORECASE)
    text = re.sub(r"(?i)\b(?:x\s*)?10\s*(?:\*\*|[*^e])\s*\(?(\d{1,2})\)?", r"10*\1", text)
    text = re.sub(r"(?i)/\s*\{?1[.,]73[\s_.]*m(?:\^|\*\*)?2\}?", "/" + BODY_SURFACE, text)
    text = re.sub(r"(?i)\bmm\s+hg\b", "mmHg", text)
    text = re.sub(r"(?i)\bcm\s*h2o\b", "cmH2O", text)
    return re.sub(r"([A-Za-z])(?:\^|\*\*)(-?\d)", r"\1\2", text)


def _superscript(found: re.Match[str]) -> str:
    return "10*" + unicodedata.normalize("NFKC", found.group(1))


class _Parser:
    """UCUM's grammar (specification, section 2.1): components with . and /, exponents, annotations."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self._scale = 1.0
        self._parts: list[tuple[str, int]] = []
        self._atoms: list[str] = []
        self._about = ""

    def unit(self) -> Unit | None:
        """The whole text as one unit, or None."""
        code = self._term(1, depth=0)
        if not code or self._at != len(self._text):
            return None
        if OFFSET & set(self._atoms) and self._parts not in (
            [("degree_Celsius", 1)],
            [(_PLAIN["[degF]"], 1)],
        ):
            return None
        about = code.lower() if code.startswith("{") else self._about
        return Unit(code, self._scale, tuple(self._parts), tuple(self._atoms), about)

    def _term(self, sign: int, depth: int) -> str | None:
        said = ""
        operator = "/" if self._take("/") else ""
        while True:
            piece = self._component(-sign if operator == "/" else sign, depth)
            if piece is None:
                return None
            if piece.startswith("{") and not (operator == "/" or self._at == len(self._text)):
                piece = ""
            said += (operator if said or operator == "/" else "") + piece if piece else ""
            if self._take("/"):
                operator = "/"
            elif self._take("."):
                operator = "."
            else:
                return said or None

    def _component(self, sign: int, depth: int) -> str | None:
        if self._take("("):
            inner = self._term(sign, depth + 1) if depth < 3 else None
            return f"({inner})" if inner and self._take(")") else None
        if (annotation := self._match(r"\{[^{}]*\}")) is not None:
            return self._counted(annotation, sign)
        if (factor := self._match(r"10[*^]-?\d{1,2}")) is not None:
            self._scale *= 10.0 ** (sign * int(factor[3:]))
            return f"10*{int(factor[3:])}"
        if (number := self._match(r"[1-9]\d{0,5}(?!\d)")) is not None:
            return self._number(number, sign)
        return self._simple(sign)

    def _counted(self, annotation: str, sign: int) -> str:
        """What is counted: in front it changes nothing, below the line it is another thing."""
        if sign < 0:
            self._about += annotation
        return annotation

    def _number(self, number: str, sign: int) -> str | None:
        self._scale *= float(int(number)) ** sign
        if self._text[self._at : self._at + 1] in ("", ".", "/", ")"):
            return number
        joined = self._simple(sign)
        return None if joined is None else f"({number}.{joined})"

    def _simple(self, sign: int) -> str | None:
        name = self._match(r"(?:[A-Za-z%#'+]|\[[^\[\]]*\]|\(s\)|(?<=H)2(?=O))+")
        found = _known(name) if name else None
        if found is None:
            return None
        code, atom, pint_name = found
        if not atom:
            return self._counted(code, sign)
        written = self._match(r"[+-]?\d{1,2}")
        exponent = (int(written) if written else 1) * (3 if code == "mm3" else 1)
        said = self._match(r"\{[^{}]*\}") or ""
        if exponent == 0 or (exponent < 0 and sign < 0):
            return None
        self._parts.append((pint_name, sign * exponent))
        self._atoms.append(atom)
        code = code.removesuffix("3") if code == "mm3" else code
        kind = said if said in _KINDS else ""
        self._about += kind
        return (code if exponent == 1 else f"{code}{exponent}") + kind

    def _match(self, pattern: str) -> str | None:
        found = re.compile(pattern).match(self._text, self._at)
        if found is None:
            return None
        self._at = found.end()
        return found.group()

    def _take(self, sign: str) -> bool:
        if self._text.startswith(sign, self._at):
            self._at += 1
            return True
        return False


def _known(name: str) -> tuple[str, str, str] | None:
    """(canonical code, atom, name for pint) of one unit with its prefix; atom "" for a counted thing."""
    if (exact := _exact(name)) is not None:
        return exact
    small = name.lower()
    other = _WORDS.get(small) or _SMALL.get(small)
    if other is None:
        return None
    if other.startswith("{"):
        return other, "", ""
    return ("mm3", "m", "millimeter") if other == "mm3" else _exact(other)


def _exact(name: str) -> tuple[str, str, str] | None:
    name = _ALIASES.get(name, name)
    if name in _PLAIN:
        return name, name, _PLAIN[name]
    if name in _METRIC:
        return name, name, _METRIC[name]
    prefix, atom = name[:1], _ALIASES.get(name[1:], name[1:])
    if atom in _METRIC and prefix in _PREFIXES and not (prefix == "c" and atom == "U"):
        return prefix + atom, atom, _PREFIXES[prefix] + _METRIC[atom]
    if atom in _LARGE_FOR and prefix in _LARGE:
        return prefix + atom, atom, _LARGE[prefix] + _METRIC[atom]
    return None
