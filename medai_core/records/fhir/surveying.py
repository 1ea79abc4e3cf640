"""A first look over a bundle: what stands in it and under which names, so that references can be followed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from medai_core.domain.record import Json
from medai_core.records.fhir.codes import items, text_of
from medai_core.records.fhir.documents import Part
from medai_core.records.fhir.drafts import LONGEST_KEY, digest_of, key_of, subject_key_of
from medai_core.records.fhir.references import Place, Surroundings
from medai_core.records.fhir.shapes import shape_of

KEPT_ENTRIES: Final = 20_000
"""Bundles of up to this many entries are read once and kept; larger ones are read twice."""

_FOLLOWED: Final = ("Provenance", "AuditEvent", "Binary")


@dataclass(slots=True)
class Survey:
    """What the first reading of a document found.

    `top` is the document without its entries, None where it broke off before its end; `parts` are its
    pieces where they are few enough to be kept, else None.
    """

    top: object = None
    parts: list[Part] | None = field(default_factory=list)
    count: int = 0
    with_resource: int = 0
    places: dict[str, Place] = field(default_factory=dict)
    keys: dict[Place, int] = field(default_factory=dict)
    urls: dict[Place, str] = field(default_factory=dict)
    repeated: dict[Place, str] = field(default_factory=dict)
    identifiers: dict[tuple[str, str, str], Place] = field(default_factory=dict)
    drugs: dict[Place, Json] = field(default_factory=dict)
    subjects: dict[Place, str] = field(default_factory=dict)
    is_complete: bool = False

    @property
    def kind(self) -> str:
        """The resource type of the document; a document with entries of a bundle that broke off is one."""
        if isinstance(self.top, dict) and (kind := text_of(self.top.get("resourceType"))):
            return kind
        return "Bundle" if self.with_resource else ""

    @property
    def bundle_type(self) -> str:
        """The type of the bundle ("transaction", "history" ...); empty where unknown."""
        return text_of(self.top.get("type")) if isinstance(self.top, dict) else ""

    def place_of(self, part: Part, resource: Json) -> Place:
        """Type and key of an entry. Of two servers' entries with one id the second has its address as key."""
        url = url_of(part)
        own = (text_of(resource.get("resourceType")), key_of(resource, url=url))
        return self.places.get(url, own)

    def beside(self) -> Surroundings:
        """The resources of the bundle, for those that refer to them."""
        return Surroundings(self.places, self.identifiers, self.drugs.get)


def survey(pieces: Iterable[Part]) -> Survey:
    """Read a document once."""
    found = Survey()
    for part in pieces:
        if part.index is None:
            found.top, found.is_complete = part.value, True
        elif not part.broken:
            found.count += 1
            _remember(found, part)
        if found.parts is not None:
            found.parts.append(part)
            if found.count > KEPT_ENTRIES:
                found.parts = None
    _follow_subjects(found)
    return found


def resource_in(part: Part) -> Json | None:
    """The resource of an entry; a list at the top of a document holds resources themselves."""
    if not isinstance(part.value, dict):
        return None
    inner = part.value.get("resource")
    if isinstance(inner, dict):
        return inner
    return part.value if "resourceType" in part.value else None


def url_of(part: Part) -> str:
    """The `fullUrl` of an entry."""
    return text_of(part.value.get("fullUrl")) if isinstance(part.value, dict) else ""


def _remember(found: Survey, part: Part) -> None:
    resource = resource_in(part)
    if resource is None or part.index is None:
        return
    found.with_resource += 1
    kind = text_of(resource.get("resourceType"))
    url = url_of(part)
    place = (kind, key_of(resource, url=url))
    if place in found.keys and found.urls.get(place, url) != url and url not in found.places:
        place = (kind, url[:LONGEST_KEY])
    if place in found.keys:
        found.repeated.setdefault(place, "")
    found.keys.setdefault(place, part.index)
    if url:
        found.places.setdefault(url, place)
        found.urls.setdefault(place, url)
    for each in items(resource.get("identifier")):
        if value := text_of(each.get("value")):
            found.identifiers.setdefault((kind, text_of(each.get("system")), value), place)
    if kind == "Medication":
        found.drugs[place] = {"code": resource.get("code")}
    elif kind not in ("Patient", "Organization", "Practitioner"):
        found.subjects.update(_subjects(found, resource, place))


def _subjects(found: Survey, resource: Json, place: Place) -> Iterator[tuple[Place, str]]:
    """Whom the resource is about, and so the documents that it refers to."""
    subject = subject_key_of(resource, shape_of(place[0]), found.beside())
    if subject is None:
        return
    yield place, subject
    for content in items(resource.get("content")):
        attachment = content.get("attachment")
        target = text_of(attachment.get("url")) if isinstance(attachment, dict) else ""
        pointed = found.beside().place_of({"reference": target}) if "Binary" in target else None
        if pointed is not None:
            yield pointed, subject


def _follow_subjects(found: Survey) -> None:
    """Places that were named before their entry came are known by now."""
    for url, place in found.places.items():
        guessed = ("", url.rpartition(":")[2])
        if url.startswith("urn:") and guessed in found.subjects:
            found.subjects[place] = found.subjects[guessed]


def subject_through(found: Survey, resource: Json) -> str | None:
    """Whom a resource is about that names no patient itself: that of what it points to."""
    kind = text_of(resource.get("resourceType"))
    if kind not in _FOLLOWED:
        return None
    beside = found.beside()
    targets = items(resource.get("target")) + items(resource.get("securityContext"))
    targets += [each["what"] for each in items(resource.get("entity")) if isinstance(each.get("what"), dict)]
    for target in targets:
        place = beside.place_of(target, resource)
        if place is not None and place in found.subjects:
            return found.subjects[place]
    return found.subjects.get((kind, key_of(resource)))


def is_another(found: Survey, place: Place, resource: Json) -> bool:
    """Whether a repeated id stands for something else than the first entry under it.

    Entries of a history, and those that give their version or when it was written, are versions.
    """
    if place not in found.repeated or found.bundle_type == "history":
        return False
    meta = resource.get("meta")
    if isinstance(meta, dict) and (meta.get("versionId") or meta.get("lastUpdated")):
        return False
    digest = digest_of(resource)
    first = found.repeated[place] or digest
    found.repeated[place] = first
    return first != digest
