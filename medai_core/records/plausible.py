"""Limits outside of which a value cannot be true of a living patient, each with the source that gives it.

Only limits of a named source stand here; what has none is judged by outliers alone. They are wide on
purpose: a value within them may still be wrong, and an extreme value that is true must stay.

Sources
-------
MIMIC-III benchmark: Harutyunyan et al., Multitask learning and benchmarking with clinical time series data,
Sci Data 6:96, 2019; its table ``variable_ranges.csv``, columns OUTLIER LOW and OUTLIER HIGH (a value outside
is removed there), and IMPUTE (a usual value).
growthcleanr: Daymont et al., J Am Med Inform Assoc 24:1080, 2017; the package's algorithm for adults, limits
of a single height, weight or BMI in its setting "loosest".
"""

from dataclasses import dataclass
from typing import Final

from medai_core.domain.record import Code

LOINC: Final = "http://loinc.org"
MIMIC: Final = "MIMIC-III benchmark, variable_ranges.csv (Harutyunyan et al., Sci Data 2019)"
GROWTH: Final = "growthcleanr, algorithm for adults, setting loosest (Daymont et al., JAMIA 2017)"
SHARE: Final = "a share of the whole lies between 0 and 100 %"
SCALE: Final = "the scale has no other values"
ADULT_YEARS: Final = 18.0


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one quantity in `unit`, both included; `usual` is a typical value, where there is one.

    `adult` limits hold from 18 years on only; `child` ones, where given, before that and where the age is
    not known.
    """

    name: str
    codes: tuple[str, ...]
    unit: str
    low: float
    high: float
    source: str
    usual: float | None = None
    child: tuple[float, float, str] | None = None

    def of_age(self, age_years: float | None) -> tuple[float, float]:
        """(low, high) for a patient of an age; the wider ones where it is not known."""
        if self.child is None or (age_years is not None and age_years >= ADULT_YEARS):
            return self.low, self.high
        return self.child[0], self.child[1]


def _of(name: str, codes: str, unit: str, low: float, high: float, usual: float | None = None) -> Limits:
    return Limits(name, tuple(codes.split()), unit, low, high, MIMIC, usual)


LIMITS: Final = (
    Limits("Body temperature", ("8310-5", "8331-1", "8329-5", "8328-7", "8332-9", "8333-7"), "Cel",
           14.2, 47.0, MIMIC, 37.0),
    Limits("Body height", ("8302-2", "3137-7", "8301-4"), "cm", 122.0, 245.0, GROWTH, 170.0,
           child=(0.0, 275.0, MIMIC)),
    Limits("Body weight", ("29463-7", "3141-9", "3142-7"), "kg", 30.0, 350.0, GROWTH, 81.8,
           child=(0.0, 250.0, MIMIC)),
    Limits("Body mass index", ("39156-5",), "kg/m2", 10.0, 250.0, GROWTH, None, child=(0.0, 250.0, GROWTH)),
    _of("Heart rate", "8867-4 8893-0", "/min", 0, 390, 86),
    _of("Respiratory rate", "9279-1", "/min", 0, 330, 19),
    _of("Systolic blood pressure", "8480-6", "mm[Hg]", 0, 375, 118),
    _of("Diastolic blood pressure", "8462-4", "mm[Hg]", 0, 375, 59),
    _of("Mean blood pressure", "8478-0", "mm[Hg]", 0, 375, 77),
    Limits("Oxygen saturation", ("59408-5", "2708-6", "20564-1"), "%", 0.0, 100.0, SHARE, 98.0),
    Limits("Inhaled oxygen", ("3150-6", "19994-3"), "%", 0.0, 100.0, SHARE),
    Limits("Haematocrit", ("4544-3", "20570-8", "71833-8"), "%", 0.0, 100.0, SHARE, 30.2),
    Limits("Haemoglobin A1c", ("4548-4", "17856-6"), "%", 0.0, 100.0, SHARE),
    Limits("Glasgow coma scale", ("9269-2",), "{score}", 3.0, 15.0, SCALE),
    Limits("Pain severity, 0 to 10", ("72514-3",), "{score}", 0.0, 10.0, SCALE),
    _of("Potassium", "2823-3 6298-4", "mmol/L", 0, 15, 4.1),
    _of("Sodium", "2951-2 2947-0", "mmol/L", 0, 250, 142),
    _of("Chloride", "2075-0 2069-3", "mmol/L", 0, 200, 104),
    _of("Bicarbonate", "1963-8 2028-9 20565-8", "mmol/L", 0, 66, 25),
    _of("Anion gap", "33037-3 1863-0", "mmol/L", 0, 55, 13),
    _of("Glucose", "2345-7 2339-0 41653-7", "mg/dL", 0, 2200, 128),
    _of("Urea nitrogen", "3094-0 6299-2", "mg/dL", 0, 275, 23),
    _of("Creatinine", "2160-0 38483-4", "mg/dL", 0, 66, 1),
    _of("Albumin", "1751-7", "g/dL", 0, 60, 3.1),
    _of("Bilirubin, total", "1975-2", "mg/dL", 0, 66, 0.9),
    _of("Cholesterol, total", "2093-3", "mg/dL", 0, 660, 160),
    _of("Magnesium", "19123-9", "mg/dL", 0, 22, 2),
    _of("Phosphate", "2777-1", "mg/dL", 0, 22, 3.4),
    _of("Lactate", "2524-7 32693-4", "mmol/L", 0, 33, 1.8),
    _of("Alanine aminotransferase", "1742-6", "U/L", 0, 11000, 34),
    _of("Aspartate aminotransferase", "1920-8", "U/L", 0, 22000, 40),
    _of("Alkaline phosphatase", "6768-6", "U/L", 0, 4000, 106),
    _of("Lactate dehydrogenase", "2532-0 14804-9", "U/L", 0, 35000, 263),
    _of("Haemoglobin", "718-7", "g/dL", 0, 30, 10.2),
    _of("Platelets", "777-3 26515-7", "10*3/uL", 0, 2200, 208),
    _of("Leukocytes", "6690-2 26464-8", "10*3/uL", 0, 1100, 9.9),
    _of("Prothrombin time", "5902-2", "s", 0, 150, 14.5),
    _of("Partial thromboplastin time", "3173-2 14979-9", "s", 0, 150, 34.4),
    _of("pH of blood", "2744-1 2746-6 11558-4", "[pH]", 6.3, 10, 7.4),
    _of("Carbon dioxide pressure", "2019-8 11557-6", "mm[Hg]", 0, 220, 40),
    _of("Oxygen pressure", "2703-7 11556-8", "mm[Hg]", 0, 770, 112),
)  # fmt: skip
"""In the order in which they are shown."""

_BY_CODE: Final = {code: limits for limits in LIMITS for code in limits.codes}


def limits_of(code: Code) -> Limits | None:
    """The limits of a LOINC code; None where no source is known."""
    return _BY_CODE.get(code.code) if code.system in (LOINC, "") else None
