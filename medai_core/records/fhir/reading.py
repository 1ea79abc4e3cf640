"""Files of FHIR R4: bundles of every type, single resources, and bulk exports of one resource a line.

Every entry of a bundle is read once under its own resource type, whatever its `request.method` says: an
entry that asks for a deletion deletes nothing. Entries without a resource (requests and responses alone)
hold nothing to read and are not counted. A bundle inside a bundle counts once; what stands in it goes in.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, BinaryIO, Final, cast

from medai_core.domain.record import Draft, Json, Read
from medai_core.records.fhir.codes import items, text_of
from medai_core.records.fhir.documents import (
    LARGEST_RESOURCE,
    TOO_LARGE,
    Part,
    encoding_of,
    parsed,
    parts,
)
from medai_core.records.fhir.drafts import indexed, key_of
from medai_core.records.fhir.references import ALONE, Surroundings, contained
from medai_core.records.fhir.surveying import (
    Survey,
    is_another,
    resource_in,
    subject_through,
    survey,
    url_of,
)
from medai_core.records.fhir.times import when
from medai_core.records.fhir.validity import verdict_of

UNKNOWN: Final = "resource"
"""What is counted under no resource type, because it does not say one."""

_LINES: Final = (".ndjson", ".jsonl")
_DANGLING: Final = "It refers to a resource that is not in this bundle."
_NOT_CONTAINED: Final = "It refers to a contained resource that it does not contain."
_NOTHING: Final = "Expected resources; found a bundle that holds requests or responses alone, or nothing."
_DEEPEST_BUNDLE: Final = 8


def read_fhir(open_: Callable[[], BinaryIO], name: str, *, source: str) -> Iterator[Read]:
    """Read a file of FHIR R4.

    Parameters
    ----------
    open_ : callable
        Opens the file for reading from its beginning; large bundles are opened twice.
    name : str
        The file's name as the person knows it.
    source : str
        Who says what stands in it.

    Yields
    ------
    Read
        One for each entry, line or resource: its draft, or the sentence that says why there is none.
    """
    if _is_lines(open_, name):
        yield from _read_lines(open_, name, source)
        return
    with open_() as stream:
        found = survey(parts(stream))
    reader = _Reader(name, source, found)
    if found.parts is not None:
        yield from reader.read(iter(found.parts))
        return
    with open_() as stream:
        yield from reader.read(parts(stream))


def _is_lines(open_: Callable[[], BinaryIO], name: str) -> bool:
    """Whether each line is a resource of its own: by the name, or by the first two lines."""
    with open_() as stream:
        text = _text(stream)
        first, second = _first_lines(text)
    if first in ("{", "["):
        return False
    if name.lower().endswith(_LINES):
        return True
    return second.startswith("{") and isinstance(parsed(first)[0], dict)


def _first_lines(text: io.TextIOWrapper) -> tuple[str, str]:
    found: list[str] = []
    while len(found) < 2 and (line := text.readline(LARGEST_RESOURCE)):
        if line.strip():
            found.append(line.strip())
        if not line.endswith("\n"):
            break
    return (*found, "", "")[0], (*found, "", "")[1]


def _text(stream: BinaryIO) -> io.TextIOWrapper:
    buffered: Any = stream if hasattr(stream, "peek") else io.BufferedReader(cast(Any, stream))
    encoding = encoding_of(buffered.peek(4)[:4])
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    return io.TextIOWrapper(buffered, encoding=encoding, errors=errors, newline="\n")


# ---- one resource a line


def _read_lines(open_: Callable[[], BinaryIO], name: str, source: str) -> Iterator[Read]:
    with open_() as stream:
        text = _text(stream)
        number = 0
        while line := text.readline(LARGEST_RESOURCE + 2):
            number += 1
            where = f"line {number}"
            if len(line) > LARGEST_RESOURCE and not line.endswith("\n"):
                _skip_line(text)
                yield Read(name, where, UNKNOWN, refused=TOO_LARGE)
            elif line.strip():
                yield from _read_line(line.strip(), where, name, source)


def _skip_line(text: io.TextIOWrapper) -> None:
    while (more := text.readline(LARGEST_RESOURCE)) and not more.endswith("\n"):
        pass


def _read_line(line: str, where: str, name: str, source: str) -> Iterator[Read]:
    resource, wrong = parsed(line)
    if wrong:
        yield Read(name, where, UNKNOWN, refused=wrong)
    elif isinstance(resource, dict) and resource.get("resourceType") == "Bundle":
        yield from _nested(resource, where, name, source)
    else:
        yield _read(resource, where, name, source, ALONE)


def _nested(bundle: Json, where: str, name: str, source: str, depth: int = 0) -> Iterator[Read]:
    """The entries of a bundle that stands inside a line or another bundle."""
    found = survey(_pieces(bundle))
    yield from _Reader(name, source, found, f"{where}, ", depth).read(iter(found.parts or ()))


def _pieces(bundle: Json) -> Iterator[Part]:
    entries = bundle.get("entry")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        yield Part(index, entry)
    yield Part(None, {name: value for name, value in bundle.items() if name != "entry"})


# ---- a document


class _Reader:
    """Gives what a document holds, after it was surveyed."""

    def __init__(self, name: str, source: str, found: Survey, inside: str = "", depth: int = 0) -> None:
        self.name, self.source, self.found = name, source, found
        self.inside, self.depth = inside, depth
        self.beside = found.beside()

    def read(self, pieces: Iterator[Part]) -> Iterator[Read]:
        """One `Read` for each resource, and one for what is wrong with the document itself."""
        if self.found.kind not in ("Bundle", "") or (not self.found.count and self.found.is_complete):
            yield from self._single(pieces)
            return
        if self.found.bundle_type == "history" and self.found.parts is not None:
            pieces = _oldest_first(self.found.parts)
        for part in pieces:
            if part.index is not None:
                yield from self._part(part)
        if self.found.is_complete and not self.found.with_resource:
            yield Read(self.name, f"{self.inside}Bundle", "Bundle", refused=_NOTHING)

    def _single(self, pieces: Iterator[Part]) -> Iterator[Read]:
        """A document that is one resource; one with an `entry` of its own (a List) is put together again."""
        kept = list(pieces)
        resource: Any = next((part.value for part in kept if part.index is None), None)
        entries = [part.value for part in kept if part.index is not None and not part.broken]
        if isinstance(resource, dict) and entries:
            resource = {**resource, "entry": entries}
        if isinstance(resource, dict) and resource.get("resourceType") == "Bundle":
            yield Read(self.name, f"{self.inside}Bundle", "Bundle", refused=_NOTHING)
        else:
            where = text_of(resource.get("resourceType")) if isinstance(resource, dict) else ""
            yield _read(resource, where or "the file", self.name, self.source, ALONE)
        for part in kept:
            if part.broken:
                yield self._broken(part)

    def _broken(self, part: Part) -> Read:
        where = (
            f"{self.inside}after Bundle.entry[{part.index - 1}]" if part.index else f"{self.inside}the file"
        )
        return Read(self.name, where, self.found.kind or UNKNOWN, refused=part.wrong)

    def _part(self, part: Part) -> Iterator[Read]:
        where = f"{self.inside}Bundle.entry[{part.index}]"
        resource = resource_in(part)
        if part.broken:
            yield self._broken(part)
        elif part.wrong:
            yield Read(self.name, where, UNKNOWN, refused=part.wrong)
        elif resource is not None:
            yield self._entry(part, resource, where)
        elif not isinstance(part.value, dict) or part.value.get("resource") is not None:
            yield Read(
                self.name, where, UNKNOWN, refused="Expected an entry with a resource; found something else."
            )

    def _entry(self, part: Part, resource: Json, where: str) -> Read:
        kind = text_of(resource.get("resourceType"))
        if kind == "Bundle":
            return self._bundle_inside(resource, where)
        place = self.found.place_of(part, resource)
        if kind and is_another(self.found, place, resource):
            return Read(
                self.name,
                where,
                kind,
                refused=f"Another {kind} of this bundle has the same id and says something else; the first "
                "one was taken.",
            )
        read = _read(resource, where, self.name, self.source, self.beside, key=place[1])
        drafts = tuple(self._completed(draft, part) for draft in read.drafts)
        return replace(read, drafts=drafts)

    def _completed(self, draft: Draft, part: Part) -> Draft:
        """What only the bundle knows: its address, whom a Provenance is about, when a version was written."""
        url = url_of(part)
        if url not in ("", f"urn:uuid:{draft.key}") and not url.endswith(
            f"/{draft.resource_type}/{draft.key}"
        ):
            draft = replace(draft, address=url)
        if draft.subject_key is None:
            draft = replace(draft, subject_key=subject_through(self.found, draft.content))
        if draft.recorded is None and isinstance(response := part.value.get("response"), dict):
            modified = when(response.get("lastModified"))
            draft = replace(draft, recorded=modified.at if modified is not None else None)
        return draft

    def _bundle_inside(self, bundle: Json, where: str) -> Read:
        """A bundle as an entry counts once; what stands in it becomes its drafts."""
        if self.depth >= _DEEPEST_BUNDLE:
            return Read(
                self.name, where, "Bundle", refused="Expected bundles in bundles to end; they do not."
            )
        verdict = verdict_of({**bundle, "entry": []})
        if verdict.refused:
            return Read(self.name, where, "Bundle", refused=verdict.refused)
        if not any(isinstance(each.get("resource"), dict) for each in items(bundle.get("entry"))):
            return _read(bundle, where, self.name, self.source, ALONE)
        inner = list(_nested(bundle, where, self.name, self.source, self.depth + 1))
        drafts = tuple(draft for read in inner for draft in read.drafts)
        cautions = dict.fromkeys(text for read in inner for text in (*read.cautions, read.refused) if text)
        refused = "" if drafts else next((read.refused for read in inner if read.refused), "")
        return Read(self.name, where, "Bundle", drafts, refused, tuple(cautions))


def _oldest_first(kept: list[Part]) -> Iterator[Part]:
    """Histories give the newest version first; read backwards each version follows the one before."""
    return reversed(kept)


def _read(
    resource: object, where: str, name: str, source: str, beside: Surroundings, *, key: str = ""
) -> Read:
    """One resource: checked, and indexed as a draft."""
    kind = text_of(resource.get("resourceType")) if isinstance(resource, dict) else ""
    verdict = verdict_of(resource)
    if verdict.refused or not isinstance(resource, dict):
        return Read(name, where, _countable(kind), refused=verdict.refused)
    draft = indexed(resource, source=source, key=key or key_of(resource), beside=beside)
    cautions = dict.fromkeys((*verdict.cautions, *_dangling(resource, verdict.references, beside)))
    return Read(name, where, kind, (draft,), cautions=tuple(cautions))


def _countable(kind: str) -> str:
    """A resource type as a name to count under; a stranger's text is not repeated."""
    return kind if kind.isascii() and kind.isalpha() and len(kind) <= 40 else UNKNOWN


def _dangling(resource: Json, references: tuple[str, ...], beside: Surroundings) -> Iterator[str]:
    """What a resource refers to that would have to be here, and is not."""
    for target in references:
        if target.startswith("#"):
            if len(target) > 1 and contained(resource, target[1:]) is None:
                yield _NOT_CONTAINED
        elif target.startswith("urn:") and target not in beside.by_url:
            yield _DANGLING
