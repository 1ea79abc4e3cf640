"""What a substance weighs: the only bridge between mass and amount of substance.

Molar masses are computed from the formula with the abridged standard atomic weights of IUPAC's Commission on
Isotopic Abundances and Atomic Weights (Prohaska et al. 2022, Pure Appl. Chem. 94:573, table 2). Three follow
a convention of laboratories: urea nitrogen is stated as the two nitrogen atoms of urea, phosphate as
phosphorus, and triglycerides as triolein. Formulas: PubChem (pubchem.ncbi.nlm.nih.gov), by name.
"""

import re
from dataclasses import dataclass
from typing import Final

ATOMIC_WEIGHTS: Final = {
    "H": 1.0080, "Li": 6.94, "C": 12.011, "N": 14.007, "O": 15.999, "Na": 22.990, "Mg": 24.305, "P": 30.974,
    "S": 32.06, "Cl": 35.45, "K": 39.098, "Ca": 40.078, "Fe": 55.845, "Co": 58.933, "Cu": 63.546,
    "Zn": 65.38, "I": 126.90, "Pb": 207.2,
}  # fmt: skip
"""Dimensionless, in g/mol as molar mass."""
LOINC: Final = "http://loinc.org"


@dataclass(frozen=True, slots=True)
class Analyte:
    """A substance that laboratories state by mass or by amount; `charge` is that of its ion, 0 for none."""

    name: str
    formula: str
    loinc: tuple[str, ...]
    charge: int = 0

    @property
    def molar_mass(self) -> float:
        """g/mol.

        >>> round(Analyte("glucose", "C6H12O6", ()).molar_mass, 2)
        180.16
        """
        found = re.findall(r"([A-Z][a-z]?)(\d*)", self.formula)
        return sum(ATOMIC_WEIGHTS[symbol] * int(count or 1) for symbol, count in found)


ANALYTES: Final = (
    Analyte(
        "glucose",
        "C6H12O6",
        ("2345-7", "2339-0", "1558-6", "2340-8", "2341-6", "41653-7", "14749-6", "15074-8", "14771-0"),
    ),
    Analyte("creatinine", "C4H7N3O", ("2160-0", "38483-4", "14682-9")),
    Analyte(
        "cholesterol",
        "C27H46O",
        ("2093-3", "2085-9", "2089-1", "13457-7", "18262-6", "14647-2", "14646-4", "22748-8", "39469-2"),
    ),
    Analyte("triglycerides as triolein", "C57H104O6", ("2571-8", "14927-8")),
    Analyte("urea nitrogen", "N2", ("3094-0", "6299-2", "14937-7")),
    Analyte("urea", "CH4N2O", ("3091-6", "22664-7")),
    Analyte(
        "bilirubin",
        "C33H36N4O6",
        ("1975-2", "1968-7", "1971-1", "14631-6", "14629-0", "14630-8", "42719-5"),
    ),
    Analyte("calcium", "Ca", ("17861-6", "2000-8", "1994-3", "1995-0"), charge=2),
    Analyte("magnesium", "Mg", ("19123-9", "2601-3"), charge=2),
    Analyte("phosphate as phosphorus", "P", ("2777-1", "14879-1")),
    Analyte("uric acid", "C5H4N4O3", ("3084-1", "14933-6")),
    Analyte("lactate as lactic acid", "C3H6O3", ("2524-7", "32693-4")),
    Analyte("iron", "Fe", ("2498-4", "14798-3")),
    Analyte("sodium", "Na", ("2951-2", "2947-0"), charge=1),
    Analyte("potassium", "K", ("2823-3", "6298-4"), charge=1),
    Analyte("chloride", "Cl", ("2075-0", "2069-3"), charge=1),
    Analyte("bicarbonate", "CHO3", ("1963-8", "1959-6"), charge=1),
)  # fmt: skip
_BY_LOINC: Final = {code: analyte for analyte in ANALYTES for code in analyte.loinc}
HBA1C: Final = frozenset({"4548-4", "17856-6", "59261-8"})
"""LOINC codes of haemoglobin A1c, whose per cent and mmol/mol are bound by an equation, not by a factor."""


def analyte_of(system: str, code: str) -> Analyte | None:
    """The analyte that a code names; None where it is not in the table."""
    return _BY_LOINC.get(code) if system in (LOINC, "LN", "LOINC", "urn:oid:2.16.840.1.113883.6.1") else None
