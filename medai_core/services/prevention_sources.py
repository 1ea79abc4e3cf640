"""What a measure against a risk factor is, and the guidelines that were read for them.

`address` is where the text was read; where that is a copy or a part, `read_in` says of what.
"""

from dataclasses import dataclass
from typing import Final

from medai_core.domain.inputs import CHOICE, YES_NO, Input, Value


@dataclass(frozen=True, slots=True)
class Check:
    """One condition: a number at least, at most or below something, or an answer that is `equals`."""

    key: str
    at_least: float | None = None
    at_most: float | None = None
    below: float | None = None
    equals: Value | None = None


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of several."""

    tests: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of several."""

    tests: "tuple[Condition, ...]"


Condition = Check | AnyOf | AllOf


@dataclass(frozen=True, slots=True)
class Source:
    """A guideline: who, what, which year, where it was read; `read_in` names a copy or a part."""

    publisher: str
    title: str
    year: int
    address: str
    read_in: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """What a source recommends for whom.

    Parameters
    ----------
    number : str
        The recommendation's number or place in the source.
    strength : str
        In the source's own terms; what was not stated in the text that was read says so.
    not_for : str
        Whom the source leaves out that no question here asks for.
    """

    key: str
    factor: str
    do: str
    quote: str
    number: str
    strength: str
    source: Source
    eligibility: str
    conditions: tuple[Condition, ...]
    not_for: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What is not offered, and why."""

    what: str
    why: str


SMOKING, PRESSURE, LIPIDS = "Smoking", "Blood pressure", "Lipids"
GLUCOSE, WEIGHT, ACTIVITY = "Glucose", "Weight", "Diet and activity"
ALCOHOL, SCREENING = "Alcohol", "Screening"
FACTORS: Final = (SMOKING, PRESSURE, LIPIDS, GLUCOSE, WEIGHT, ACTIVITY, ALCOHOL, SCREENING)

PCE: Final = "risk:pce_ascvd"
PREVENT: Final = "risk:prevent_cvd_10y"
RISK_WORDS: Final = {
    PCE: "the 10-year risk by the Pooled Cohort Equations",
    PREVENT: "the 10-year cardiovascular risk by PREVENT",
}

OWN_QUESTIONS: Final = (
    Input("ever_smoked", "has ever smoked", YES_NO),
    Input("pack_years", "pack-years of cigarettes", unit="pack-years", low=0, high=300),
    Input("quit_years", "years since the last cigarette", unit="years", low=0, high=100),
    Input("dyslipidaemia", "has dyslipidaemia", YES_NO),
    Input("drinks_riskily", "drinks in a risky or hazardous way, by a screening instrument", YES_NO),
    Input("active_enough", "is active for 150 minutes a week or more at moderate intensity", YES_NO),
    Input(
        "lifestyle_months", "months of a trial of lifestyle change against blood pressure", CHOICE,
        choices=("none or under 3", "3 or more"),
    ),
)  # fmt: skip
"""What is asked here alone: no score asks it, and no record is searched for it."""

ADULT: Final = Check("age", at_least=18)
NOT_PREGNANT: Final = AnyOf((Check("sex", equals="male"), Check("pregnant", equals=False)))
_USPSTF: Final = "US Preventive Services Task Force"
_AT: Final = "https://www.uspreventiveservicestaskforce.org"


def _uspstf(title: str, year: int, address: str, read_in: str = "") -> Source:
    return Source(_USPSTF, title, year, address, read_in)


TOBACCO: Final = _uspstf(
    "Tobacco Smoking Cessation in Adults, Including Pregnant Persons: Interventions", 2021,
    "http://www.uspreventiveservicestaskforce.org/Page/Document/ClinicalSummaryFinal/"
    "tobacco-use-in-adults-and-pregnant-women-counseling-and-interventions1",
    "the clinician summary",
)  # fmt: skip
LUNG: Final = _uspstf("Lung Cancer: Screening", 2021, f"{_AT}/uspstf/recommendation/lung-cancer-screening")
AORTA: Final = _uspstf(
    "Abdominal Aortic Aneurysm: Screening", 2019,
    "https://uspreventiveservicestaskforce.org/uspstf/document/RecommendationStatementFinal/"
    "abdominal-aortic-aneurysm-screening",
)  # fmt: skip
HYPERTENSION_SCREENING: Final = _uspstf(
    "Hypertension in Adults: Screening", 2021,
    "https://uspreventiveservicestaskforce.org/uspstf/draft-recommendation/hypertension-in-adults-screening",
)  # fmt: skip
STATIN: Final = _uspstf(
    "Statin Use for the Primary Prevention of Cardiovascular Disease in Adults: Preventive Medication", 2022,
    f"{_AT}/Page/Document/RecommendationStatementFinal/statin-use-in-adults-preventive-medication1",
)  # fmt: skip
DIET_RISK: Final = _uspstf(
    "Behavioral Counseling Interventions to Promote a Healthy Diet and Physical Activity for CVD Prevention "
    "in Adults with Cardiovascular Risk Factors", 2020,
    "https://www.aafp.org/afp/2021/0315/p366.html",
    "Am Fam Physician 2021;103:366, as published by the USPSTF",
)  # fmt: skip
DIET: Final = _uspstf(
    "Healthy Diet and Physical Activity for Cardiovascular Disease Prevention in Adults Without "
    "Cardiovascular Disease Risk Factors: Behavioral Counseling Interventions", 2022,
    "https://uspreventiveservicestaskforce.org/uspstf/index.php/recommendation/"
    "healthy-lifestyle-and-physical-activity-for-cvd-prevention-adults-without-known-risk-factors-"
    "behavioral-counseling",
)  # fmt: skip
OBESITY: Final = _uspstf(
    "Weight Loss to Prevent Obesity-Related Morbidity and Mortality in Adults: Behavioral "
    "Interventions", 2018,
    f"{_AT}/uspstf/recommendation/obesity-in-adults-interventions",
)  # fmt: skip
DIABETES_SCREENING: Final = _uspstf(
    "Screening for Prediabetes and Type 2 Diabetes", 2021,
    "https://www.aafp.org/afp/2022/0100/od1.html", "Am Fam Physician 2022;105(1), as published by the USPSTF",
)  # fmt: skip
DRINKING: Final = _uspstf(
    "Unhealthy Alcohol Use in Adolescents and Adults: Screening and Behavioral Counseling "
    "Interventions", 2018,
    "https://uspreventiveservicestaskforce.org/Page/Document/UpdateSummaryFinal/"
    "unhealthy-alcohol-use-in-adolescents-and-adults-screening-and-behavioral-counseling-interventions",
)  # fmt: skip
BREAST: Final = _uspstf(
    "Breast Cancer: Screening", 2024,
    "https://uspreventiveservicestaskforce.org/uspstf/document/ClinicalSummaryFinal/breast-cancer-screening",
    "the clinician summary",
)  # fmt: skip
COLON: Final = _uspstf(
    "Colorectal Cancer: Screening", 2021,
    "https://shc-drive-flu-2022.teachable.com/courses/2159418/lectures/48652697",
    "a copy of the clinician summary; the ages also in the JAMA Network release, "
    "https://www.eurekalert.org/pub_releases/2021-05/jn-ulr051321.php",
)  # fmt: skip
BONE: Final = _uspstf(
    "Screening for Osteoporosis to Prevent Fractures", 2025,
    "https://www.regenstrief.org/article/implications-of-increased-medicare-advantage-enrollment/",
    "the abstract of the statement in JAMA",
)  # fmt: skip
PRESSURE_2025: Final = Source(
    "AHA/ACC and others",
    "2025 Guideline for the Prevention, Detection, Evaluation and Management of High Blood Pressure in "
    "Adults",
    2025, "https://eguideline.guidelinecentral.com/i/1512419-high-blood-pressure/1",
    "the top take-home messages in Guideline Central's pocket guide; message 6 in a copy of the ACC's "
    "Guideline-at-a-Glance, https://slidepub.com/slideshow/2025-hypertension-guideline-at-a-glance-pdf",
)  # fmt: skip
WHO_ACTIVITY: Final = Source(
    "World Health Organization", "Guidelines on physical activity and sedentary behaviour", 2020,
    "https://pmc.ncbi.nlm.nih.gov/articles/PMC7719906",
    "the abstract of Bull FC et al., Br J Sports Med 2020;54:1451",
)  # fmt: skip

NO_STRENGTH: Final = "not stated in the text that was read"
STRONG: Final = (
    "\u201cstrongly recommended\u201d (class of recommendation not stated in the text that was read)"
)
AVERAGE: Final = "The source speaks of averages of blood pressure; one value is none."

STATIN_FACTORS: Final = AnyOf(
    (
        Check("dyslipidaemia", equals=True), Check("diabetes", equals=True),
        Check("hypertension", equals=True), Check("smoker", equals=True),
    )
)  # fmt: skip
STATIN_WORDS: Final = (
    "adults aged 40 to 75 years with no history of CVD and who have 1 or more CVD risk factors (ie, "
    "dyslipidemia, diabetes, hypertension, or smoking)"
)
ABOVE_130: Final = AnyOf((Check("systolic_bp", at_least=130), Check("diastolic_bp", at_least=80)))
COLON_NOT_FOR: Final = (
    "A prior diagnosis of colorectal cancer, adenomatous polyps or inflammatory bowel disease, and known "
    "genetic disorders that predispose to it; people with symptoms."
)
