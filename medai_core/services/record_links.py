"""What one resource says of another: that it corrects it, is the same patient, or goes by another key."""

from collections.abc import Iterator
from typing import Any, Final

from medai_core.domain.record import Draft, Json
from medai_core.store.record_rows import identity_of

_PATIENT_LINKS: Final = {"replaces": "same-from", "replaced-by": "same-into"}


def links_of(draft: Draft) -> Iterator[tuple[str, str]]:
    """The identities of others, each with what is said of it: see `tables.record_links`."""
    for key in draft.replaces:
        if key != draft.key:
            yield identity_of(draft.source, draft.resource_type, key), "corrects"
    if draft.resource_type == "Patient":
        yield from _of_patient(draft)


def _of_patient(draft: Draft) -> Iterator[tuple[str, str]]:
    for link in _objects(draft.content.get("link")):
        kind = _PATIENT_LINKS.get(str(link.get("type")))
        other = link.get("other")
        reference = other.get("reference") if isinstance(other, dict) else None
        if kind and isinstance(reference, str) and reference:
            key = reference.partition("/_history/")[0].rpartition("/")[2].removeprefix("urn:uuid:")
            if key and key != draft.key:
                yield identity_of(draft.source, "Patient", key), kind
    for key in _other_keys(draft):
        yield identity_of(draft.source, "Patient", key), "alias"


def _other_keys(draft: Draft) -> set[str]:
    """The keys under which others name this patient where they know an identifier and not the id."""
    from medai_core.records.fhir.patients import identifier_key

    keys = set()
    for each in _objects(draft.content.get("identifier")):
        system, value = each.get("system"), each.get("value")
        if isinstance(value, str) and value:
            keys.add(identifier_key("Patient", system if isinstance(system, str) else "", value))
    return keys - {draft.key}


def _objects(value: Any) -> list[Json]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
