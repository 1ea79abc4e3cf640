"""A small builder of HL7 v2 messages, and their drafts."""

import io
from collections.abc import Sequence
from typing import Any

from medai_core.domain.record import Draft, Read
from medai_core.records.hl7v2.reading import read_hl7
from medai_core.records.hl7v2.syntax import Separators

PLAIN = Separators()

Field = str | Sequence[Any]
"""Text, or components (or, nested, subcomponents); a set of repetitions is a `Many`."""


class Many(list[Field]):
    """Repetitions of one field."""


def escaped(text: str, separators: Separators) -> str:
    """The text as a sender writes it into a component: marks and line ends as escape sequences."""
    one = separators
    letters = {one.field: "F", one.component: "S", one.sub: "T", one.repetition: "R", one.escape: "E"}
    marks = letters | {"\n": ".br", "\r": ".br"}
    return "".join(f"{one.escape}{marks[sign]}{one.escape}" if sign in marks else sign for sign in text)


def field(value: Field, marks: Separators = PLAIN) -> str:
    """A field with everything in it escaped."""
    if isinstance(value, Many):
        return marks.repetition.join(field(each, marks) for each in value)
    if isinstance(value, str):
        return escaped(value, marks)
    parts = (
        escaped(each, marks) if isinstance(each, str) else marks.sub.join(escaped(sub, marks) for sub in each)
        for each in value
    )
    return marks.component.join(parts)


def segment(name: str, fields: dict[int, Field], marks: Separators = PLAIN) -> str:
    """A segment of numbered fields."""
    last = max(fields, default=0)
    return marks.field.join([name, *(field(fields.get(n, ""), marks) for n in range(1, last + 1))])


def msh(kind: str = "ORU^R01", marks: Separators = PLAIN, **fields: Field) -> str:
    """A header; fields as f3, f4, f7 and so on."""
    given: dict[int, Field] = {
        3: "LAB",
        4: "NORTH",
        7: "20240105120000+0100",
        9: kind.split("^"),
        10: "1",
        11: "P",
        12: "2.5.1",
    } | {int(name[1:]): value for name, value in fields.items()}
    rest = segment("", {n - 1: value for n, value in given.items() if n > 2}, marks)
    return f"MSH{marks.field}{marks.encoding}{rest[len(marks.field) :]}"


def pid(
    number: str = "4711", *, name: Field = ("Doe", "Jane"), issuer: str = "NORTH", **fields: Field
) -> str:
    """A patient with a medical record number."""
    given: dict[int, Field] = {3: [number, "", "", issuer, "MR"], 5: name, 7: "19700203", 8: "F"}
    return segment("PID", given | {int(key[1:]): value for key, value in fields.items()})


def obr(number: str = "F1", **fields: Field) -> str:
    """An order with a filler number."""
    given: dict[int, Field] = {3: number, 4: ["24323-8", "Panel", "LN"], 7: "20240105080000+0100", 25: "F"}
    return segment("OBR", given | {int(key[1:]): value for key, value in fields.items()})


def obx(value: str = "4.1", kind: str = "NM", **fields: Field) -> str:
    """A potassium of some value, as it stands in OBX-5 (not escaped)."""
    given: dict[int, Field] = {
        1: "1",
        2: kind,
        3: ["2823-3", "Potassium", "LN"],
        6: ["mmol/L", "", "UCUM"],
        11: "F",
        14: "20240105080000+0100",
    } | {int(key[1:]): each for key, each in fields.items()}
    parts = segment("OBX", given).split("|")
    parts[5] = value
    return "|".join(parts)


def message(*segments: str, end: str = "\r") -> bytes:
    """Segments with their line ends."""
    return (end.join(segments) + end).encode()


def reads(raw: bytes, source: str | None = None) -> list[Read]:
    """What is found in a file of these bytes."""
    return list(read_hl7(lambda: io.BytesIO(raw), "file.hl7", source=source))


def drafts(raw: bytes, resource_type: str) -> list[Draft]:
    """Drafts of one type, each once."""
    found: list[Draft] = []
    for read in reads(raw):
        found += [each for each in read.drafts if each.resource_type == resource_type and each not in found]
    return found


def draft(raw: bytes, resource_type: str) -> Draft:
    """The one draft of a type."""
    (found,) = drafts(raw, resource_type)
    return found
