"""One row as the resources that it says; a cell that is not what its column is refuses the row."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

from medai_core.domain.record import Code, Draft, Json, Read
from medai_core.domain.refusal import Refusal
from medai_core.records.analytes import LOINC
from medai_core.records.fhir.drafts import indexed
from medai_core.records.tables import building
from medai_core.records.tables.cells import CellProblem, Number, number_of, text_of, time_of
from medai_core.records.tables.mapping import About, Mapping, Role, digest_of_columns
from medai_core.records.tables.naming import SPECIMEN_WORDS, loinc_of
from medai_core.records.tables.opening import Row
from medai_core.records.tables.people import HIDDEN_AGE, STRANGE_SEX, People, gender_of, is_hidden_age
from medai_core.records.tables.vocabulary import plain_word
from medai_core.records.ucum import read_unit

UNKNOWN_OFFSET: Final = "-00:00"
"""RFC 3339, 4.3: the time is taken as UTC, its place's offset is not known."""
NO_OFFSET: Final = "Times without an offset from UTC were read as UTC."
BACKWARDS: Final = "It ends before it begins: both were kept as they are."
NO_VALUE: Final = "The value is missing; it was kept as missing, never as zero."
UNKNOWN_UNIT: Final = "The unit is none that UCUM knows: it was kept as written."
NAMED: Final = "A test was given the LOINC code of its name and unit; its own words and code stay beside it."
NO_RESULT: Final = (
    "A formula of the workbook has no stored result: the cell counts as empty. Save the file in Excel once."
)
ROW: Final = "row"

_Found = TypeVar("_Found")


class RowReader:
    """Rows of one table, in their order."""

    def __init__(self, mapping: Mapping, *, name: str, source: str) -> None:
        self._mapping, self._name, self._source = mapping, name, source
        self._place = {role: mapping.place(role) for role in Role}
        self._offset = mapping.offset or UNKNOWN_OFFSET
        self._people = People(mapping.issuer)
        self._table = "t" + digest_of_columns(mapping.names)[:10]
        self._row = Row(0)
        self._cautions: dict[str, None] = {}

    def read(self, row: Row) -> Read:
        """The row's drafts, or the sentence that refuses it."""
        self._row, self._cautions = row, {}
        if row.refused:
            return self._refused(row.refused)
        try:
            drafts = self._drafts()
        except CellProblem as problem:
            return self._refused(str(problem))
        except Refusal as refusal:
            return self._refused(refusal.sentence)
        if row.has_open_formula:
            self._say(NO_RESULT)
        return Read(self._name, row.where, ROW, drafts, cautions=tuple(self._cautions))

    def _refused(self, sentence: str) -> Read:
        cautions = (NO_RESULT,) if self._row.has_open_formula else ()
        return Read(self._name, self._row.where, ROW, refused=sentence, cautions=cautions)

    def _indexed(self, resource: Json) -> Draft:
        """A row says of a patient what its columns hold, and nothing of all else."""
        draft = indexed(resource, source=self._source, key=str(resource["id"]))
        return replace(draft, partial=()) if draft.resource_type == "Patient" else draft

    def _drafts(self) -> tuple[Draft, ...]:
        subject, patient = self._patient()
        resources = [] if patient is None else [patient]
        for resource, suffix in self._said(subject):
            resources.append(self._finished(resource, suffix))
        drafts = tuple(self._indexed(each) for each in resources)
        self._people.keep()
        return drafts

    def _finished(self, resource: Json, suffix: str) -> Json:
        """With its encounter, notes and identity, and marked where the row says that it was an error.

        Keys are unique within their table alone, so its header is part of the identity.
        """
        kind = resource["resourceType"]
        encounter, key = self._text(Role.ENCOUNTER), self._text(Role.KEY)
        if encounter and kind != "Encounter":
            holder = "context" if kind == "MedicationStatement" else "encounter"
            resource[holder] = {"reference": f"Encounter/{building.named(encounter)}"}
        if kind != "Encounter" and (notes := self._notes()):
            resource["note"] = [{"text": note} for note in notes]
        if self._is_wrong():
            resource = building.erroneous(resource)
        if key:
            return building.with_identity(resource, "-".join(filter(None, (self._table, key, suffix))))
        return building.with_identity(resource, encounter if kind == "Encounter" else None)

    def _is_wrong(self) -> bool:
        said = self._text(Role.WRONG)
        return said is not None and said.lower() in (
            "1",
            "true",
            "yes",
            "y",
            "t",
            "entered-in-error",
            "error",
        )

    # cells

    def _at(self, place: int, read: Callable[[], _Found]) -> _Found:
        try:
            return read()
        except CellProblem as problem:
            name = self._mapping.columns[place].name
            words = str(problem)
            raise CellProblem(f"Column '{name}': {words}.") from problem

    def _text(self, role: Role) -> str | None:
        place = self._place[role]
        return None if place is None else self._text_at(place)

    def _text_at(self, place: int) -> str | None:
        return self._at(place, lambda: text_of(self._row.cells[place]))

    def _number(self, role: Role) -> Number | str | None:
        place = self._place[role]
        return None if place is None else self._number_at(place)

    def _number_at(self, place: int) -> Number | str | None:
        return self._at(place, lambda: number_of(self._row.cells[place], self._mapping.decimal))

    def _time(self, role: Role) -> str | None:
        place = self._place[role]
        if place is None:
            return self._time(Role.DAY) if role is Role.START else None
        order = self._mapping.date_order
        found = self._at(place, lambda: time_of(self._row.cells[place], order, self._offset))
        if found is None and role is Role.START:
            return self._time(Role.DAY)
        if found is not None and found.endswith(UNKNOWN_OFFSET):
            self._say(NO_OFFSET)
        return found

    def _notes(self) -> list[str]:
        found = []
        for place in self._mapping.places(Role.NOTE):
            if text := self._text_at(place):
                found.append(f"{self._mapping.columns[place].name}: {text}")
        return found

    def _say(self, caution: str) -> None:
        self._cautions.setdefault(caution)

    # the patient

    def _patient(self) -> tuple[str, Json | None]:
        identifier = self._text(Role.PATIENT)
        place = self._place[Role.PATIENT]
        if identifier is None:
            name = self._mapping.columns[place].name if place is not None else "patient"
            raise CellProblem(f"Column '{name}': expected the patient's number; found none.")
        said: Json = {}
        if full_name := self._name_element():
            said["name"] = [full_name]
        if birth := self._time(Role.BIRTH_DATE):
            said["birthDate"] = birth[:10]
            if is_hidden_age(birth, self._any_time()):
                self._say(HIDDEN_AGE)
        sex = self._text(Role.SEX)
        if gender := gender_of(sex):
            said["gender"] = gender
        elif sex:
            self._say(STRANGE_SEX)
        if death := self._time(Role.DEATH):
            said["deceasedDateTime"] = death
        try:
            return self._people.patient(identifier, self._text(Role.ISSUER) or "", said)
        except CellProblem as problem:
            raise CellProblem(_sentence(str(problem))) from problem

    def _any_time(self) -> str | None:
        return self._time(Role.DEATH) or self._time(Role.START)

    def _name_element(self) -> Json:
        family, given, whole = (self._text(role) for role in (Role.FAMILY, Role.GIVEN, Role.NAME))
        if family or given:
            found: Json = {"family": family} if family else {}
            return found | ({"given": given.split()} if given else {})
        return _parted(whole) if whole else {}

    # what the row says

    def _said(self, subject: str) -> list[tuple[Json, str]]:
        match self._mapping.about:
            case About.RESULTS:
                return [(self._result(subject), "")]
            case About.VISITS:
                return self._visit(subject)
            case About.PROBLEMS:
                start, end = self._span()
                return [(building.condition(subject, self._concept(), start=start, end=end), "")]
            case About.MEDICATION:
                return [(self._medication(subject), "")]
            case About.PROCEDURES:
                start, end = self._span()
                return [(building.procedure(subject, self._procedure(), start=start, end=end), "")]
            case About.ALLERGIES:
                return [(building.allergy(subject, self._concept(), start=self._time(Role.START)), "")]
            case About.ENCOUNTERS:
                return [(self._encounter(subject), "")]
            case About.CULTURES:
                return [(self._culture(subject), "")]
            case About.PATIENTS:
                return []

    def _span(self) -> tuple[str | None, str | None]:
        start, end = self._time(Role.START), self._time(Role.END)
        if start and end and _is_before(end, start):
            self._say(BACKWARDS)
        return start, end

    def _period(self) -> Json:
        start, end = self._span()
        return {name: at for name, at in (("start", start), ("end", end)) if at}

    def _concept(self) -> Json:
        code, text = self._text(Role.CODE), self._text(Role.TEXT)
        place = self._place[Role.CODE]
        system = self._mapping.columns[place].system if place is not None else ""
        found = building.concept(Code(system, code) if code else None, text)
        if not found:
            raise CellProblem(
                f"{self._columns(Role.CODE, Role.TEXT)}: expected a code or a name; found none."
            )
        return found

    def _columns(self, *roles: Role) -> str:
        names = [
            f"'{self._mapping.columns[place].name}'"
            for role in roles
            if (place := self._place[role]) is not None
        ]
        return ("Column " if len(names) == 1 else "Columns ") + " and ".join(names)

    def _procedure(self) -> Json:
        found = self._concept()
        for coding in found.get("coding", []):
            if coding.get("system") == building.ICD9:
                written = (self._text(Role.CODE) or "").strip()
                coding["code"] = building.procedure_dot(written)
                found["coding"] = [coding] + ([{"code": written}] if coding["code"] != written else [])
                break
        return found

    def _result(self, subject: str) -> Json:
        value = self._number(Role.VALUE)
        if value is None:
            self._say(NO_VALUE)
        unit = self._unit(value)
        start, end = self._span()
        what = self._concept()
        if (code := self._named(unit)) is not None and not _has_loinc(what):
            what["coding"] = [building.concept(code, None)["coding"][0], *what.get("coding", ())]
            self._say(NAMED)
        found = building.observation(
            subject,
            what,
            value,
            unit,
            at=start,
            until=end,
            low=self._limit(Role.LOW),
            high=self._limit(Role.HIGH),
        )
        if flag := self._text(Role.INTERPRETATION):
            found["interpretation"] = building.interpretation(flag)
        return found

    def _named(self, unit: str) -> Code | None:
        """The LOINC code that a test's name, unit and specimen settle."""
        name = self._text(Role.TEXT)
        inside = (place for place, column in enumerate(self._mapping.columns)
                  if plain_word(column.name) in SPECIMEN_WORDS)  # fmt: skip
        place = next(inside, None)
        specimen = None if place is None else self._text_at(place)
        return loinc_of(name, unit, specimen or "") if name else None

    def _limit(self, role: Role) -> Number | None:
        found = self._number(role)
        return found if isinstance(found, Number) else None

    def _unit(self, value: Number | str | None, fixed: str = "") -> str:
        unit = fixed or self._text(Role.UNIT) or (value.unit if isinstance(value, Number) else "")
        if unit and isinstance(value, Number) and read_unit(unit) is None:
            self._say(UNKNOWN_UNIT)
        return unit

    def _visit(self, subject: str) -> list[tuple[Json, str]]:
        """An Observation for each measurement; a cell that is none is left out with a caution."""
        at = self._time(Role.START)
        found = []
        for place in self._mapping.places(Role.MEASUREMENT):
            column = self._mapping.columns[place]
            try:
                value = self._number_at(place)
            except CellProblem as problem:
                self._say(f"Left out: {problem}")
                continue
            if value is None:
                continue
            unit = self._unit(value, column.unit)
            code = column.code or Code("", "", column.name)
            what = building.concept(code, None)
            found.append((building.observation(subject, what, value, unit, at=at), str(place + 1)))
        return found

    def _medication(self, subject: str) -> Json:
        dose = self._number(Role.VALUE)
        return building.medication(
            subject,
            self._concept(),
            dose=dose,
            unit=self._unit(dose) if dose is not None else "",
            route=self._text(Role.ROUTE),
            often=self._text(Role.FREQUENCY),
            period=self._period(),
        )

    def _encounter(self, subject: str) -> Json:
        kind, reason = self._text(Role.TEXT), self._text(Role.REASON)
        within = self._text(Role.ENCOUNTER) if self._text(Role.KEY) else None
        period = self._period()
        within = building.named(within) if within else None
        may_last = self._place[Role.END] is not None
        return building.encounter(
            subject, kind=kind, reason=reason, period=period, within=within, may_last=may_last
        )

    def _culture(self, subject: str) -> Json:
        drug, organism = self._text(Role.TEXT), self._text(Role.ORGANISM)
        specimen, flag = self._text(Role.SPECIMEN), self._text(Role.INTERPRETATION)
        value: Number | str | None = self._number(Role.VALUE) if drug else organism
        what = {"text": f"Susceptibility to {drug}" if drug else f"Culture of {specimen or 'a specimen'}"}
        if not (drug or organism or specimen):
            raise CellProblem(
                f"{self._columns(Role.SPECIMEN, Role.ORGANISM, Role.TEXT)}: found none of them."
            )
        found = building.observation(subject, what, value, "", at=self._time(Role.START))
        if flag:
            found["interpretation"] = building.interpretation(flag)
            if value is None:
                found.pop("dataAbsentReason")
        if specimen:
            found["specimen"] = {"display": specimen}
        if drug and organism:
            found["component"] = [{"code": {"text": "Organism"}, "valueString": organism}]
        return found


def _has_loinc(what: Json) -> bool:
    return any(coding.get("system") == LOINC for coding in what.get("coding", ()))


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + "."


def _parted(whole: str) -> Json:
    """A name in one cell: "Family, Given" is taken apart, anything else stays one text."""
    family, comma, given = (part.strip() for part in whole.partition(","))
    if comma and family and given:
        return {"family": family, "given": given.split()}
    return {"text": whole}


def _is_before(end: str, start: str) -> bool:
    """Whether an end lies before a beginning, as far as both are precise."""
    from medai_core.records.fhir.times import when

    first, last = when(start), when(end)
    if first is None or last is None or len(end) < 10 or len(start) < 10:
        return end[:4] < start[:4]
    if min(len(end), len(start)) == 10:
        return end[:10] < start[:10]
    return last.at < first.at
