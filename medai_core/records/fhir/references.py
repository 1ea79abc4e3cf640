"""What a FHIR Reference points to, as type and key within one source."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl

from medai_core.domain.record import Json
from medai_core.records.fhir.codes import items, text_of
from medai_core.records.fhir.patients import identifier_key, record_number

_RELATIVE: Final = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+)/([A-Za-z0-9.\-]{1,200})(?:/_history/[^/]*)?")
_URN: Final = ("urn:uuid:", "urn:oid:")

Place = tuple[str, str]
"""Resource type ("" where the reference does not say) and key."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The resources that stand beside one, in its bundle: by `fullUrl`, by type and key, by identifier."""

    by_url: Mapping[str, Place] = field(default_factory=dict)
    by_identifier: Mapping[tuple[str, str, str], Place] = field(default_factory=dict)
    resource_at: Callable[[Place], Json | None] = lambda place: None

    def place_of(self, reference: object, holder: Json | None = None) -> Place | None:
        """Where a Reference points to; None for contained resources and for references without a target."""
        if not isinstance(reference, dict):
            return None
        target = text_of(reference.get("reference"))
        if target.startswith("#"):
            return self._contained_place(holder, target[1:])
        if target:
            return self.by_url.get(target) or self._parsed(target)
        return self._by_identifier(text_of(reference.get("type")), reference.get("identifier"))

    def _parsed(self, target: str) -> Place | None:
        for prefix in _URN:
            if target.startswith(prefix):
                return "", target[len(prefix) :]
        kind, mark, query = target.partition("?")
        if mark:
            return self._conditional(kind.rpartition("/")[2], query)
        found = _RELATIVE.fullmatch(target)
        if found is None:
            return None
        bare = target.partition("/_history/")[0]
        return self.by_url.get(bare) or (found[1], found[2])

    def _conditional(self, kind: str, query: str) -> Place | None:
        """`Practitioner?identifier=system|value`: whoever has that identifier."""
        for name, value in parse_qsl(query):
            if name == "identifier":
                system, mark, number = value.rpartition("|")
                return self._by_identifier(kind, {"system": system if mark else "", "value": number})
        return None

    def _by_identifier(self, kind: str, identifier: object) -> Place | None:
        """Who has that identifier; a reference that does not say of what type means a patient."""
        if not isinstance(identifier, dict) or not text_of(identifier.get("value")):
            return None
        kind = kind or "Patient"
        system, value = text_of(identifier.get("system")), text_of(identifier["value"])
        found = self.by_identifier.get((kind, system, value))
        return found or (kind, identifier_key(kind, system, value))

    def _contained_place(self, holder: Json | None, name: str) -> Place | None:
        """A contained resource is somebody outside only where it has an identifier of its own."""
        inner = contained(holder, name)
        if inner is None:
            return None
        kind = text_of(inner.get("resourceType"))
        number = record_number(inner) if kind == "Patient" else None
        return (kind, identifier_key(kind, *number)) if number is not None else None

    def resource_of(self, reference: object, holder: Json) -> Json | None:
        """The resource that a Reference points to, contained or beside; None where it is elsewhere."""
        if not isinstance(reference, dict):
            return None
        target = text_of(reference.get("reference"))
        if target.startswith("#"):
            return contained(holder, target[1:])
        place = self.place_of(reference, holder)
        return self.resource_at(place) if place is not None else None


def contained(holder: Json | None, name: str) -> Json | None:
    """The contained resource of that id; what it contains or refers to is not followed."""
    for each in items((holder or {}).get("contained")):
        if each.get("id") in (name, f"#{name}"):
            return each
    return None


ALONE: Final = Surroundings()
"""A resource that comes by itself."""
