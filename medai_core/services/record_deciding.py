"""What becomes of each staged draft, by what is stored of it: added, changed, or left as it is and why."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from medai_core.services.record_completing import complete, said_before
from medai_core.store.record_rows import patient_from, unmapped_from
from medai_core.store.record_writing import Known, RecordWriter
from medai_core.store.staging import ADDED, CHANGED, UNCHANGED, Staged

OLDER: Final = "A newer version of it is stored already."
UNDATED: Final = "It says no time, and a version that does is stored already."
PAST: Final = "It is a version that was replaced by a later one."
BARE: Final = "It says of a known patient only which records are theirs."

_SAID_OF_PEOPLE: Final = frozenset(
    {"resourceType", "id", "identifier", "name", "birthDate", "gender", "deceasedDateTime"}
)

_CodeCounts = Counter[tuple[str, str, str, str, str]]


@dataclass(frozen=True, slots=True)
class Decided:
    """The drafts of one identity: what is stored of it, and those of them that are written, in order."""

    known: Known | None
    group: Sequence[Staged]
    written: tuple[Staged, ...]
    outcomes: tuple[tuple[int, int, str], ...]
    confirmed: datetime | None = None
    """When the source last said again what is stored, where that is later than is known."""

    @property
    def identity(self) -> str:
        """The hash of the statement's key."""
        name: str = self.group[0].values["identity"]
        return name


def decided_on(writer: RecordWriter, groups: Sequence[Sequence[Staged]]) -> list[Decided]:
    known = writer.known([group[0].values["identity"] for group in groups])
    differing = [
        there.id
        for group in groups
        if (there := known.get(group[0].values["identity"])) is not None
        and any(draft.values["digest"] != there.digest for draft in group)
    ]
    past = writer.past_digests(differing)
    people = [
        known[group[0].values["identity"]].id
        for group in groups
        if group[0].values["resource_type"] == "Patient" and group[0].values["identity"] in known
    ]
    changing = set(people) & set(differing)
    said, abouts = (writer.contents(changing), writer.abouts(changing)) if changing else ({}, {})
    stored = {entry_id: (said[entry_id], abouts[entry_id]) for entry_id in said}
    return [folded(known.get(group[0].values["identity"]), group, past, stored) for group in groups]


def folded(
    known: Known | None,
    group: Sequence[Staged],
    past: Mapping[str, set[str]],
    stored: Mapping[str, tuple[str, str]],
) -> Decided:
    """One draft after the other against what would be stored by then; `stored` is content and about of
    Patients, by entry. A Patient of whom only a part is said is completed."""
    digest, recorded = (known.digest, known.recorded) if known else (None, None)
    content, about = stored.get(known.id, ("", "")) if known else ("", "")
    seen = past.get(known.id, set()) | said_before(about) if known else set()
    written: list[Staged] = []
    outcomes: list[tuple[int, int, str]] = []
    confirmed = None
    for draft in group:
        values, part = draft.values, draft.values["digest"]
        if content and part != digest and _says_a_part(values):
            complete(values, content, about)
        weight, reason = _decision(values, digest, recorded, content, seen)
        if weight == CHANGED and part in seen and not _is_newer(values, recorded):
            weight, reason = UNCHANGED, PAST
        if values["digest"] == digest and _is_newer(values, recorded):
            confirmed = recorded = values["recorded"]
        outcomes.append((draft.seq, weight, reason))
        if weight in (ADDED, CHANGED):
            values["recorded"] = values["recorded"] or recorded  # what has no time does not make it older
            written.append(draft)
            seen |= {digest} if digest else set()
            seen.add(part)
            digest, recorded = values["digest"], values["recorded"]
            content, about = (values["content"], values["about"]) if _is_person(values) else ("", "")
            confirmed = None
    return Decided(known, group, tuple(written), tuple(outcomes), confirmed)


def _decision(
    values: Mapping[str, Any], digest: str | None, recorded: datetime | None, content: str, seen: set[str]
) -> tuple[int, str]:
    """What becomes of one draft, and why where nothing does; `digest` None where nothing is stored of it."""
    person, newer = _is_person(values), _is_newer(values, recorded)
    if digest is None:
        return ADDED, ""
    if values["digest"] == digest or (person and content and _says_less(values["content"], content)):
        return UNCHANGED, ""
    if values["recorded"] is None and recorded is not None and not person:
        return UNCHANGED, UNDATED
    if values["recorded"] is not None and recorded is not None and values["recorded"] < recorded:
        return UNCHANGED, OLDER
    if values["digest"] in seen and not newer:
        return UNCHANGED, PAST
    if person and _is_bare(values):
        return UNCHANGED, BARE
    return CHANGED, ""


def _is_person(values: Mapping[str, Any]) -> bool:
    return bool(values["resource_type"] == "Patient")


def _says_a_part(values: Mapping[str, Any]) -> bool:
    return _is_person(values) and '"partial"' in values["about"]


def _is_newer(values: Mapping[str, Any], recorded: datetime | None) -> bool:
    """Whether a draft has a time, and one later than that of what is stored."""
    time = values["recorded"]
    return time is not None and (recorded is None or time > recorded)


def _is_bare(values: Mapping[str, Any]) -> bool:
    """Whether a Patient says nothing but which other patient it is."""
    identity = patient_from(values["about"])
    return '"link":' in values["content"] and (
        identity is None or (identity.birth_date is None and identity.sex is None)
    )


def _says_less(new: str, stored: str) -> bool:
    """Whether a Patient holds only identifiers, name, birth date, sex and death, all of them stored already.

    So are those that rows of a table and short messages hold: they name a patient, they do not describe one.
    """
    said, known = json.loads(new), json.loads(stored)
    if not set(said) <= _SAID_OF_PEOPLE:
        return False
    numbers = [each.get("value") for each in known.get("identifier", ())]
    if any(each.get("value") not in numbers for each in said.pop("identifier", ())):
        return False
    return all(known.get(element) == value for element, value in said.items())


def unmapped_changes(writer: RecordWriter, decided: Sequence[Decided]) -> _CodeCounts:
    """How the counts of unknown codes change: those of what is new, less those of what it replaces."""
    counts: _CodeCounts = Counter()
    changed = [each.known.id for each in decided if each.known and each.written]
    before = writer.abouts(changed) if changed else {}
    for each in decided:
        if not each.written:
            continue
        values = each.written[-1].values
        for sign, about in ((1, values["about"]), (-1, before.get(each.known.id, "") if each.known else "")):
            for code in unmapped_from(about):
                counts[values["source"], values["resource_type"], code.system, code.code, code.display] += (
                    sign
                )
    return Counter({key: count for key, count in counts.items() if count})
