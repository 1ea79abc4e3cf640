"""Drafts out again as one FHIR R4 bundle. What came in goes out as it came, element by element."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final
from urllib.parse import quote

from medai_core.domain.record import Draft, Json
from medai_core.records.fhir.codes import text_of
from medai_core.records.fhir.own import BASE, fhir_id

_URN: Final = "urn:uuid:"
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def bundle_of(drafts: Iterable[Draft], own: Iterable[Json] = (), *, at: datetime, name: str = "") -> Json:
    """One bundle of type collection.

    Parameters
    ----------
    drafts : iterable of Draft
        What came in; each content stands in the bundle unchanged.
    own : iterable of dict
        Resources of ours, under the addresses of `own.address`; the same one twice stands once, and one that
        went out before and came in again stands as it came in.
    at : datetime
        When the bundle is made, with a time zone.
    name : str
        An opaque id for the bundle.

    Notes
    -----
    The `fullUrl` of an entry is the address under which other entries refer to it, so that every reference
    that resolved on the way in resolves in the bundle too.
    """
    kept = sorted(drafts, key=lambda draft: draft.resource_type != "Patient")
    addresses = addresses_of(kept)
    entries = [{"fullUrl": addresses[_place(draft)], "resource": draft.content} for draft in _once(kept)]
    taken, ours = set(addresses.values()), dict[str, Json]()
    for resource in own:
        if (url := f"{BASE}/{resource['resourceType']}/{resource['id']}") not in taken:
            ours.setdefault(url, resource)
    entries += [{"fullUrl": url, "resource": resource} for url, resource in ours.items()]
    bundle: Json = {"resourceType": "Bundle", "type": "collection"}
    if name:
        bundle["id"] = fhir_id(name)
    bundle["timestamp"] = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return bundle if not entries else {**bundle, "entry": entries}


Place = tuple[str, str, str]


def _place(draft: Draft) -> Place:
    return draft.source, draft.resource_type, draft.key


def _once(drafts: list[Draft]) -> Iterator[Draft]:
    seen: set[Place] = set()
    for draft in drafts:
        if _place(draft) not in seen:
            seen.add(_place(draft))
            yield draft


def addresses_of(drafts: Iterable[Draft]) -> dict[Place, str]:
    """The `fullUrl` of each draft: the `urn:uuid:` or address that others call it by, else our own."""
    kept = list(drafts)
    called: dict[str, set[str]] = {}
    for draft in kept:
        called.setdefault(draft.source, set()).update(references_in(draft.content))
    found: dict[Place, str] = {}
    taken: set[str] = set()
    for draft in kept:
        url = next(
            (each for each in _candidates(draft, called[draft.source]) if each not in taken),
            f"{BASE}/{quote(draft.source, safe='')}/{draft.resource_type}/{quote(draft.key, safe='')}",
        )
        if _place(draft) not in found:
            found[_place(draft)] = url
            taken.add(url)
    return found


def _candidates(draft: Draft, called: set[str]) -> Iterator[str]:
    """The ways in which other entries may refer to this one."""
    if draft.address:
        yield draft.address
    path = f"/{draft.resource_type}/{draft.key}"
    urn = f"{_URN}{draft.key}"
    if urn in called or (_UUID.fullmatch(draft.key) and path[1:] not in called):
        yield urn
    yield from sorted(url for url in called if url.endswith(path) and "://" in url)
    if "://" in draft.key:
        yield draft.key


def references_in(value: object) -> Iterator[str]:
    """Every `reference` in a resource, however deep."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            if target := text_of(each.get("reference")):
                yield target
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
