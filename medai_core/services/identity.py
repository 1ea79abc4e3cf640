"""Whether two statements about a patient can be of the same person, and what a picture's patient needs."""

import unicodedata
from typing import Final

from medai_core.domain.people import PatientIdentity, PersonName
from medai_core.domain.refusal import Refusal

_GROUPS: Final = ("alphabetic", "ideographic", "phonetic")
_TITLES: Final = frozenset("mr mrs ms miss mx dr prof".split())


def differences(known: PatientIdentity, given: PatientIdentity) -> tuple[str, ...]:
    """Which of "name", "birth date", "sex" two records of one key disagree on; absent is no disagreement."""
    found = []
    if not _names_agree(known, given):
        found.append("name")
    if known.birth_date and given.birth_date and known.birth_date != given.birth_date:
        found.append("birth date")
    if known.sex and given.sex and known.sex != given.sex:
        found.append("sex")
    return tuple(found)


def completed(known: PatientIdentity, given: PatientIdentity) -> PatientIdentity:
    """`known` with what it lacks taken from `given`; nothing that is known changes."""
    name = PersonName(*(getattr(known.name, group) or getattr(given.name, group) for group in _GROUPS))
    return PatientIdentity(
        identifier=known.identifier,
        issuer=known.issuer,
        name=name,
        birth_date=known.birth_date or given.birth_date,
        sex=known.sex or given.sex,
    )


def checked(identity: PatientIdentity) -> PatientIdentity:
    """A typed identity, trimmed; raises Refusal "patient-id-missing" without an identifier."""
    identifier = identity.identifier.strip()
    if not identifier:
        raise no_patient("an empty patient id")
    if len(identifier) > 64 or len(identity.issuer) > 64:
        raise Refusal(
            "patient-id-long",
            expected="a patient id and issuer of at most 64 characters each",
            found="a longer one",
            what_to_do="Check what was typed.",
        )
    return PatientIdentity(
        identifier=identifier,
        issuer=identity.issuer.strip(),
        name=identity.name,
        birth_date=identity.birth_date,
        sex=identity.sex or None,
    )


def no_patient(found: str) -> Refusal:
    """The refusal of a file that says nothing of its patient while nobody else has."""
    return Refusal(
        "patient-id-missing",
        expected="a file that names its patient, or a patient id given with it",
        found=found,
        what_to_do="Import it again with the patient's id (and name, birth date, sex where known).",
    )


def _names_agree(known: PatientIdentity, given: PatientIdentity) -> bool:
    """Same name in every script that both give.

    Names that share no script cannot be compared: only an equal birth date lets them pass.
    """
    if not any(_groups(known.name)) or not any(_groups(given.name)):
        return True
    shared = [(a, b) for a, b in zip(_groups(known.name), _groups(given.name), strict=True) if a and b]
    if not shared:
        return known.birth_date is not None and known.birth_date == given.birth_date
    return all(a == b for a, b in shared)


def _groups(name: PersonName) -> tuple[str, ...]:
    return tuple(_untitled(folded(getattr(name, group))) for group in _GROUPS)


def _untitled(name: str) -> str:
    """The words without forms of address, which one sender writes and the next leaves out."""
    words = name.split()
    return " ".join(word for word in words if word not in _TITLES) or name


def folded(text: str) -> str:
    """Text without case, width and punctuation: for comparing, never for showing. Marks of a letter stay."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    kept = (letter if unicodedata.category(letter)[0] in "LMN" else " " for letter in plain)
    return " ".join("".join(kept).split())
