"""The LOINC code of a test that a row names in words: by its name, and by a unit that its property can have.

A name alone says too little: glucose by mass and glucose by amount of substance are two codes.
"""

from typing import Final

from medai_core.domain.record import Code
from medai_core.records.analytes import LOINC, analyte_of
from medai_core.records.tables.vocabulary import MEASURED, plain_word
from medai_core.records.units import converted

SPECIMEN_WORDS: Final = frozenset("specimen fluid specimen_type sample_type material spec_type_desc".split())
"""Header words of columns that say in what a test was done."""
_BLOOD: Final = frozenset("serum plasma blood whole_blood serum_plasma ser_plas venous_blood".split())

_BY_PROPERTY: Final = {
    "[Mass/volume]": "mg/dL",
    "[Moles/volume]": "mmol/L",
    "[Enzymatic activity/volume]": "U/L",
    "[#/volume]": "10*3/uL",
    "[Units/volume]": "m[IU]/L",
}
_BY_CODE: Final = {
    "4548-4": "%", "4544-3": "%", "787-2": "fL", "785-6": "pg", "788-0": "%", "5902-2": "s", "3173-2": "s",
    "6301-6": "{INR}", "8480-6": "mm[Hg]", "8462-4": "mm[Hg]", "8478-0": "mm[Hg]", "8867-4": "/min",
    "9279-1": "/min", "8310-5": "Cel", "59408-5": "%", "29463-7": "kg", "8302-2": "cm", "39156-5": "kg/m2",
}  # fmt: skip
"""A unit of the codes whose name states no property that settles it."""
_MOLAR: Final = {
    "2345-7": "14749-6", "2160-0": "14682-9", "3094-0": "14937-7", "17861-6": "2000-8", "19123-9": "2601-3",
    "2777-1": "14879-1", "1975-2": "14631-6", "1968-7": "14629-0", "2093-3": "14647-2", "2085-9": "14646-4",
    "2089-1": "22748-8", "2571-8": "14927-8", "3084-1": "14933-6", "2498-4": "14798-3", "718-7": "59260-0",
}  # fmt: skip
"""LOINC code by mass to that of the same analyte by amount of substance."""


def loinc_of(name: str, unit: str, specimen: str = "") -> Code | None:
    """The code of a test in serum, plasma, blood or at the body; None where name, unit or specimen say else.

    >>> loinc_of("Potassium", "mEq/L").code, loinc_of("Glucose", "mg/dl").code
    ('2823-3', '2345-7')
    >>> loinc_of("Glucose", "mmol/L").display
    'Glucose [Moles/volume] in Serum or Plasma'
    >>> loinc_of("Potassium", ""), loinc_of("Potassium", "mg"), loinc_of("Glucose", "mg/dL", "Urine")
    (None, None, None)
    """
    code = MEASURED.get(plain_word(name))
    if code is None or not unit or (specimen and plain_word(specimen) not in _BLOOD):
        return None
    if _is_in(code, unit):
        return code
    if code.code in _MOLAR:
        molar = Code(LOINC, _MOLAR[code.code], code.display.replace("[Mass/volume]", "[Moles/volume]"))
        return molar if _is_in(molar, unit) else None
    return None


def _is_in(code: Code, unit: str) -> bool:
    """Whether the unit is one of the code's property."""
    usual = _BY_CODE.get(code.code) or next(
        (each for words, each in _BY_PROPERTY.items() if words in code.display), None
    )
    if usual is None:
        return False
    if converted(1.0, unit, usual) is not None:
        return True
    analyte = analyte_of(code.system, code.code)  # an equivalent is an amount where the charge is known
    is_equivalent = analyte is not None and analyte.charge > 0 and converted(1.0, unit, "meq/L") is not None
    return is_equivalent and usual == "mmol/L"
