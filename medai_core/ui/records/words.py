"""What a table's rows and columns may be, in the words of the guided mapping."""

from typing import Final

from medai_core.records.tables.mapping import About, Role

ABOUT: Final = {
    About.RESULTS: "one result: what was measured, value, unit",
    About.VISITS: "several results, each in a column of its own",
    About.PROBLEMS: "one problem or diagnosis",
    About.MEDICATION: "one drug that was given or prescribed",
    About.PROCEDURES: "one procedure",
    About.ENCOUNTERS: "one stay or visit",
    About.ALLERGIES: "one allergy",
    About.CULTURES: "one culture or one answer to an antibiotic",
    About.PATIENTS: "one patient, and nothing else",
}

ROLES: Final = {
    Role.UNUSED: ("not imported", "The column is left out."),
    Role.PATIENT: ("patient's number", "The number by which the patient is known; every row needs one."),
    Role.ISSUER: ("who gave out the number", "The hospital or register whose number it is."),
    Role.NAME: ("whole name", "As one text; \u201cFamily, Given\u201d is taken apart."),
    Role.FAMILY: ("family name", ""),
    Role.GIVEN: ("given name", ""),
    Role.BIRTH_DATE: ("birth date", ""),
    Role.SEX: ("sex", "Words or letters; numbers are never guessed and left out."),
    Role.DEATH: ("date of death", ""),
    Role.KEY: ("the row's own number", "Makes a later correction of the row a correction of the record."),
    Role.START: ("time, or beginning", "When it was measured, given, began."),
    Role.DAY: (
        "day, where the time is missing",
        "Beside a column of times: the day counts where that is empty.",
    ),
    Role.END: ("end", "When it stopped."),
    Role.CODE: ("code", "A code of LOINC, ICD-10-CM, ICD-9-CM, NDC, RxNorm, ATC or the sender's own."),
    Role.TEXT: ("name in words", "What was measured, the problem, the drug, the kind of visit."),
    Role.VALUE: ("value or dose", "A number, or words where there is none. A gap stays a gap, never zero."),
    Role.UNIT: ("unit", "As written; what UCUM knows is understood, all else is kept as it is."),
    Role.LOW: ("reference range, lower end", ""),
    Role.HIGH: ("reference range, upper end", ""),
    Role.MEASUREMENT: ("a measurement", "Values of one kind down the column: say its LOINC code and unit."),
    Role.ROUTE: ("route", "How a drug is given."),
    Role.FREQUENCY: ("how often", ""),
    Role.ENCOUNTER: ("number of the stay or visit", "Ties the row to its stay."),
    Role.REASON: ("reason for the visit", ""),
    Role.SPECIMEN: ("specimen", ""),
    Role.ORGANISM: ("organism", ""),
    Role.INTERPRETATION: ("interpretation", "H, L, S, I, R, or words."),
    Role.WRONG: ("entered in error", "1, yes or true: stored, and never shown as current."),
    Role.NOTE: ("kept as a note", "Stays beside the row's entries in its own words."),
}
"""Role to its short name and what it means."""

PERSON: Final = (
    Role.UNUSED, Role.PATIENT, Role.ISSUER, Role.NAME, Role.FAMILY, Role.GIVEN, Role.BIRTH_DATE, Role.SEX,
    Role.DEATH, Role.KEY, Role.NOTE,
)  # fmt: skip
OFFERED: Final = {
    About.RESULTS: (Role.START, Role.DAY, Role.END, Role.CODE, Role.TEXT, Role.VALUE, Role.UNIT, Role.LOW,
                    Role.HIGH, Role.INTERPRETATION, Role.ENCOUNTER, Role.WRONG),
    About.VISITS: (Role.START, Role.DAY, Role.MEASUREMENT, Role.ENCOUNTER, Role.WRONG),
    About.PROBLEMS: (Role.CODE, Role.TEXT, Role.START, Role.DAY, Role.END, Role.ENCOUNTER, Role.WRONG),
    About.MEDICATION: (Role.CODE, Role.TEXT, Role.VALUE, Role.UNIT, Role.ROUTE, Role.FREQUENCY, Role.START,
                       Role.DAY, Role.END, Role.ENCOUNTER, Role.WRONG),
    About.PROCEDURES: (Role.CODE, Role.TEXT, Role.START, Role.DAY, Role.END, Role.ENCOUNTER, Role.WRONG),
    About.ENCOUNTERS: (Role.ENCOUNTER, Role.START, Role.DAY, Role.END, Role.TEXT, Role.REASON, Role.WRONG),
    About.ALLERGIES: (Role.CODE, Role.TEXT, Role.START, Role.DAY, Role.ENCOUNTER, Role.WRONG),
    About.CULTURES: (Role.START, Role.DAY, Role.SPECIMEN, Role.ORGANISM, Role.TEXT, Role.VALUE,
                     Role.INTERPRETATION, Role.ENCOUNTER, Role.WRONG),
    About.PATIENTS: (),
}  # fmt: skip
"""What columns may hold beside the patient, by what a row says."""

SYSTEMS: Final = {
    "": "the sender's own codes",
    "http://loinc.org": "LOINC",
    "http://snomed.info/sct": "SNOMED CT",
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD-10-CM",
    "http://hl7.org/fhir/sid/icd-10": "ICD-10",
    "http://hl7.org/fhir/sid/icd-9-cm": "ICD-9-CM",
    "http://hl7.org/fhir/sid/ndc": "NDC",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "RxNorm",
    "http://www.whocc.no/atc": "ATC",
    "http://www.ama-assn.org/go/cpt": "CPT",
}
ORDERS: Final = {
    "": "found out from the table",
    "YMD": "readable in one way (2020-04-03, 3.4.2020)",
    "DMY": "03/04/2020 is the 3rd of April",
    "MDY": "03/04/2020 is the 4th of March",
}
DECIMALS: Final = {"": "found out from the table", ".": "point (4.5)", ",": "comma (4,5)"}


def offered(about: About) -> tuple[Role, ...]:
    """What a column may be, the patient's own first."""
    return (*PERSON, *OFFERED[about])
