"""A first mapping from header words and sample cells; a person looks at it before anything is stored."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from medai_core.records.tables.cells import Cell, CellProblem, date_orders, decimal_signs, text_of, time_of
from medai_core.records.tables.mapping import SINGLE, About, Column, Mapping, Role
from medai_core.records.tables.vocabulary import ROLE_WORDS, SYSTEMS, measured_by, plain_word

_ICD10: Final = re.compile(r"[A-TV-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?")
_ICD9: Final = re.compile(r"(?:\d{3}|V\d{2}|E\d{3})\.?\d{0,2}")
_LOINC_FORM: Final = re.compile(r"\d{1,5}-\d")
_DIAGNOSIS: Final = ("icd", "diagnos", "problem", "condition", "dx", "disease", "diagnose")
_DRUG: Final = (
    "drug", "medic", "ndc", "rxnorm", "rxcui", "atc", "dose", "route", "prescri", "wirkstoff", "amountuom",
)  # fmt: skip
_WITHIN: Final = ("eventtype", "transfertime", "curr_service", "bed", "ward")
"""Header words of tables whose rows are parts of an encounter: their own key is the row's."""
_STAY: Final = (
    "admittime", "dischtime", "admission_date", "discharge_date", "intime", "outtime", "admit_date",
    "transfertime",
)  # fmt: skip


def guess_mapping(
    columns: Sequence[str], samples: Iterable[Sequence[Cell]] = (), *, name: str = ""
) -> Mapping:
    """Propose a mapping.

    Parameters
    ----------
    columns : sequence of str
        The header.
    samples : iterable of rows
        Cells to look at; they settle dates, the decimal sign and code systems.
    name : str
        The file's name: "procedures.csv" says what its codes are of.
    """
    rows = [tuple(row) for row in samples]
    words = [plain_word(column) for column in columns]
    about = _about(words, name)
    taken: set[Role] = set()
    found: list[Column] = []
    for place, column in enumerate(columns):
        cells = [row[place] for row in rows if place < len(row)]
        found.append(_column(column, words, place, cells, about, taken))
    mapping = Mapping(tuple(found), about)
    if about is About.VISITS and not mapping.places(Role.MEASUREMENT):
        mapping = Mapping(mapping.columns, About.PATIENTS)
    return Mapping(
        mapping.columns,
        mapping.about,
        date_order=settled_order(mapping, rows),
        decimal=settled_decimal(mapping, rows),
    )


def _about(words: Sequence[str], name: str) -> About:
    """What a row says, from the words of the header."""
    roles = [ROLE_WORDS.get(word) for word in words]
    file = name.rpartition("/")[2].lower()
    if Role.ORGANISM in roles:
        return About.CULTURES
    if any(_any_part(word, _DRUG) for word in words) and _names_something(roles):
        return About.MEDICATION
    if any(word in ("allergy", "allergen", "allergies") for word in words):
        return About.ALLERGIES
    if Role.VALUE in roles and _names_something(roles):
        return About.RESULTS
    if any(word in _STAY for word in words):
        return About.ENCOUNTERS
    if any("procedure" in word or word.startswith("cpt") for word in words) or "procedure" in file:
        return About.PROCEDURES if _names_something(roles) else About.PATIENTS
    if any(_any_part(word, _DIAGNOSIS) for word in words) and _names_something(roles):
        return About.PROBLEMS
    return About.VISITS


def _names_something(roles: Sequence[Role | None]) -> bool:
    return Role.CODE in roles or Role.TEXT in roles


def _any_part(word: str, parts: Sequence[str]) -> bool:
    return any(part in word for part in parts)


def _column(
    column: str, words: Sequence[str], place: int, cells: Sequence[Cell], about: About, taken: set[Role]
) -> Column:
    """The proposal for one column; a role that only one column may have goes to the first."""
    word = words[place]
    if about is About.VISITS and (measured := measured_by(column)) is not None:
        return Column(column, Role.MEASUREMENT, measured[0], measured[1])
    role = _fitting(ROLE_WORDS.get(word), word, words, about)
    if role is None and word == "id" and Role.PATIENT not in {ROLE_WORDS.get(other) for other in words}:
        role = Role.PATIENT
    if role is Role.START and _has_time_beside(word, words):
        role = Role.DAY
    if role is None or (role in SINGLE and role in taken):
        return Column(column)
    if role in _DATED and not _are_dates(cells):
        return Column(column)
    taken.add(role)
    system = _system(word, cells, about) if role is Role.CODE else ""
    return Column(column, role, system=system)


def _has_time_beside(word: str, words: Sequence[str]) -> bool:
    """Whether a column of days stands beside one of times of the same thing: chartdate and charttime."""
    if "date" not in word or "time" in word:
        return False
    time = word.replace("date", "time")
    return time in words and ROLE_WORDS.get(time) is Role.START


_ONLY: Final[dict[About, frozenset[Role]]] = {
    About.VISITS: frozenset(
        {Role.PATIENT, Role.ISSUER, Role.NAME, Role.FAMILY, Role.GIVEN, Role.BIRTH_DATE, Role.SEX, Role.DEATH,
         Role.KEY, Role.ENCOUNTER, Role.START, Role.DAY, Role.NOTE, Role.WRONG}
    ),
}  # fmt: skip
_NOT_IN: Final[dict[About, frozenset[Role]]] = {
    About.PROBLEMS: frozenset({Role.VALUE, Role.UNIT, Role.LOW, Role.HIGH}),
    About.PROCEDURES: frozenset({Role.VALUE, Role.UNIT, Role.LOW, Role.HIGH}),
    About.ENCOUNTERS: frozenset({Role.VALUE, Role.UNIT, Role.LOW, Role.HIGH, Role.CODE, Role.TEXT}),
}


def _fitting(role: Role | None, word: str, words: Sequence[str], about: About) -> Role | None:
    """A role where the kind of rows has use for it."""
    if about is About.ENCOUNTERS:
        if word in ("diagnosis", "reason", "chief_complaint"):
            return Role.REASON
        if word in ("admission_type", "encounter_type", "class", "first_careunit", "curr_service"):
            return Role.TEXT
        if role is Role.KEY and Role.ENCOUNTER in {ROLE_WORDS.get(other) for other in words}:
            return role if set(words) & set(_WITHIN) else None
        if word == "icustay_id" and "los" in words and "eventtype" not in words:
            return Role.KEY
    if role is None or role in _NOT_IN.get(about, frozenset()):
        return None
    only = _ONLY.get(about)
    if only is not None and role not in only:
        return None
    if about is About.MEDICATION and role is Role.CODE and word == "itemid":
        return role
    if about is About.MEDICATION and role is Role.TEXT and not _any_part(word, _DRUG):
        return None
    return role


def _system(word: str, cells: Sequence[Cell], about: About) -> str:
    """The code system, from the header's word or the form of all the sample codes."""
    for part, system in SYSTEMS.items():
        if part in word:
            return system
    texts = [text for cell in cells[:200] if (text := _text(cell))]
    if not texts:
        return ""
    if all(_LOINC_FORM.fullmatch(text) for text in texts):
        return SYSTEMS["loinc"]
    if about in (About.PROBLEMS, About.PROCEDURES):
        if about is About.PROBLEMS and all(_ICD10.fullmatch(text) for text in texts):
            return SYSTEMS["icd10"]
        if about is About.PROBLEMS and all(_ICD9.fullmatch(text) for text in texts):
            return SYSTEMS["icd9"]
    return ""


def _text(cell: Cell) -> str | None:
    try:
        return text_of(cell)
    except CellProblem:
        return None


_DATED: Final = (Role.START, Role.DAY, Role.END, Role.BIRTH_DATE, Role.DEATH)


def settled_order(mapping: Mapping, rows: Iterable[Sequence[Cell]]) -> str:
    """ "DMY", "MDY" or "YMD" where the rows leave no doubt, else ""."""
    places = [place for role in _DATED for place in mapping.places(role)]
    seen: set[str] = set()
    turned = False
    for row in rows:
        for place in places:
            text = _text(row[place]) if place < len(row) else None
            orders = date_orders(text) if text and "." not in text else set()
            turned = turned or bool(orders)
            if len(orders) == 1:
                seen |= orders
    if len(seen) == 1:
        return seen.pop()
    return "" if turned else "YMD"


def settled_decimal(mapping: Mapping, rows: Iterable[Sequence[Cell]]) -> str:
    """ "." or "," where the numbers leave no doubt, else ""."""
    places = [
        place
        for role in (Role.VALUE, Role.LOW, Role.HIGH, Role.MEASUREMENT)
        for place in mapping.places(role)
    ]
    seen: set[str] = set()
    doubtful = False
    for row in rows:
        for place in places:
            cell = row[place] if place < len(row) else None
            signs = decimal_signs(cell.strip().lstrip("<>=")) if isinstance(cell, str) else set()
            doubtful = doubtful or len(signs) == 2
            if len(signs) == 1:
                seen |= signs
    if len(seen) == 1:
        return seen.pop()
    return "" if doubtful or seen else "."


def _are_dates(cells: Sequence[Cell]) -> bool:
    """Whether most of what stands in the cells can be read as a date; an empty column may be one."""
    there = [cell for cell in cells if _text(cell)]
    return sum(_is_date(cell) for cell in there) * 2 >= len(there)


def _is_date(cell: Cell) -> bool:
    for order in ("DMY", "MDY"):
        try:
            time_of(cell, order)
        except CellProblem:
            continue
        return True
    return False
