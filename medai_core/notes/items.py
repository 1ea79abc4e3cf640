"""What is read from a note: sections, items, and why an item is present, negated, historical ..."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from medai_core.domain.record import Code

LOINC: Final = "http://loinc.org"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
SNOMED: Final = "http://snomed.info/sct"
ICD10CM: Final = "http://hl7.org/fhir/sid/icd-10-cm"
UCUM: Final = "http://unitsofmeasure.org"


class Kind(StrEnum):
    """What an item speaks of."""

    PROBLEM = "problem"
    DRUG = "drug"
    ALLERGY = "allergy"
    PROCEDURE = "procedure"
    VITAL = "vital"
    LAB = "lab"


class Assertion(StrEnum):
    """What the note says of an item."""

    PRESENT = "present"
    NEGATED = "negated"
    HISTORICAL = "historical"
    FAMILY = "family"
    UNCERTAIN = "uncertain"


Span = tuple[int, int]
"""Code points of the note, from the first to before the second."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the note from its head to the next one; `title` is empty where no head stands before it.

    `body` is where the text after the head begins; `topic` is one of `sections.TOPICS`, or empty.
    """

    title: str
    start: int
    end: int
    body: int
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """An assertion with its reason: the words that decided, their place and reach, and the rule's id.

    A statement that no rule touches is present, with empty `trigger` and `rule`.
    """

    assertion: Assertion = Assertion.PRESENT
    trigger: str = ""
    rule: str = ""
    trigger_span: Span | None = None
    scope: Span | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """A number as the note gives it: `unit` is UCUM, empty where the note gives none."""

    code: Code
    number: float
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Dose:
    """How a drug is taken, in the note's own words; what it does not say is empty."""

    dose: str = ""
    route: str = ""
    frequency: str = ""
    as_needed: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """Something found in the text before it is decided what the note says of it.

    `name` is what is written, without values: the drug of a dose, the vital sign of a number.
    `decided` is set where the place itself decides (an allergy list, "NKDA").
    """

    kind: Kind
    start: int
    end: int
    name: str
    codes: tuple[Code, ...] = ()
    measures: tuple[Measure, ...] = ()
    dose: Dose | None = None
    decided: Decision | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One statement of the note: what, where, and what is said of it. `text` is ``note[start:end]``."""

    text: str
    mention: Mention
    decision: Decision
    sentence: Span
    section: str = ""

    @property
    def kind(self) -> Kind:
        """What it speaks of."""
        return self.mention.kind

    @property
    def start(self) -> int:
        """Its first code point."""
        return self.mention.start

    @property
    def end(self) -> int:
        """The code point after its last."""
        return self.mention.end

    def as_json(self) -> dict[str, Any]:
        """The form of the command line."""
        return {
            "text": self.text,
            "kind": self.kind.value,
            "start": self.start,
            "end": self.end,
            "assertion": self.decision.assertion.value,
            "codes": [
                {"system": one.system, "code": one.code, "display": one.display} for one in self.mention.codes
            ],
            "trigger": self.decision.trigger,
            "rule": self.decision.rule,
        }


@dataclass(frozen=True, slots=True)
class Note:
    """A note that was read."""

    text: str
    sections: tuple[Section, ...]
    items: tuple[Item, ...]
