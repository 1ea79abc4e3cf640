"""The names that are looked for, with their codes: our own lists, and ICD-10-CM's descriptions."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from medai_core.domain.record import Code
from medai_core.notes import icd10cm
from medai_core.notes.drug_terms import ALONE, DRUGS
from medai_core.notes.items import ICD10CM, RXNORM, SNOMED, Kind
from medai_core.notes.problem_terms import PROBLEMS
from medai_core.notes.procedure_terms import PROCEDURES

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.matcher import PhraseMatcher


@dataclass(frozen=True, slots=True)
class Name:
    """One name with what it stands for; in capitals only where `exact`."""

    words: str
    kind: Kind
    code: Code
    exact: bool


@lru_cache(maxsize=1)
def names() -> tuple[Name, ...]:
    """Every name that is looked for. Our own lists come first and win."""
    found: dict[str, Name] = {}
    for name in (*_problems(), *_procedures(), *_drugs(), *_of_tables()):
        found.setdefault(name.words, name)
    return tuple(found.values())


def _problems() -> Iterator[Name]:
    for line in PROBLEMS.strip().splitlines():
        code, listed = line.split(":", 1)
        for one in _listed(listed):
            value = Code(ICD10CM, code, icd10cm.display(code)) if code != "-" else Code("", "", one)
            yield Name(one, Kind.PROBLEM, value, one != one.lower())


def _procedures() -> Iterator[Name]:
    for line in PROCEDURES.strip().splitlines():
        code, shown, listed = line.split("|")
        value = Code(SNOMED if code else "", code, shown)
        for one in _listed(listed):
            yield Name(one, Kind.PROCEDURE, value, one != one.lower())


def _drugs() -> Iterator[Name]:
    for line in DRUGS.strip().splitlines():
        head, others = line.split(":", 1)
        number, generic = head.split(" ", 1)
        for one in (generic, *_listed(others.replace(",", ";"))):
            yield Name(one, Kind.DRUG, Code(RXNORM, number, generic), exact=False)
    for one in _listed(ALONE.replace(",", ";")):
        yield Name(one, Kind.DRUG, Code("", "", one), exact=False)


def _of_tables() -> Iterator[Name]:
    displays, codes = icd10cm.table()
    for words, code in codes.items():
        yield Name(words, Kind.PROBLEM, Code(ICD10CM, code, displays[code]), exact=False)


def _listed(text: str) -> list[str]:
    return [" ".join(one.split()) for one in text.split(";") if one.strip()]


# ---- spaCy


@lru_cache(maxsize=1)
def pipeline() -> "Language":
    """spaCy's English tokens, without any trained part."""
    import spacy

    return spacy.blank("en")


@lru_cache(maxsize=1)
def matchers() -> "tuple[tuple[PhraseMatcher, tuple[Name, ...]], ...]":
    """One matcher for names in any letters, one for those in capitals only; each with its names by number."""
    from spacy.matcher import PhraseMatcher

    language = pipeline()
    built = []
    for attribute, exact in (("LOWER", False), ("ORTH", True)):
        chosen = tuple(name for name in names() if name.exact is exact)
        matcher = PhraseMatcher(language.vocab, attr=attribute)
        for number, document in enumerate(map(language.make_doc, (name.words for name in chosen))):
            matcher.add(str(number), [document])
        built.append((matcher, chosen))
    return tuple(built)
