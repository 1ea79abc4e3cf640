"""The folded words under which each patient is found."""

from sqlalchemy import Connection, delete, insert

from medai_core.domain.people import PatientIdentity
from medai_core.store import tables
from medai_core.store.search import search_text


def words_of(identity: PatientIdentity) -> frozenset[str]:
    """The folded words under which a patient is kept."""
    name = identity.name
    text = search_text(name.alphabetic, name.ideographic, name.phonetic, identity.identifier)
    return frozenset(word[: tables.LONGEST_WORD] for word in text.split())


def set_words(connection: Connection, patient_id: str, identity: PatientIdentity, *, new: bool) -> None:
    """Keep the words of a patient, in place of those of before."""
    if not new:
        connection.execute(
            delete(tables.patient_words).where(tables.patient_words.c.patient_id == patient_id)
        )
    values = [{"word": word, "patient_id": patient_id} for word in sorted(words_of(identity))]
    if values:
        connection.execute(insert(tables.patient_words), values)
