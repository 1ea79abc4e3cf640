"""Drafts as rows and rows as entries, so that nothing about a draft is decided twice."""

import hashlib
import json
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import RowMapping

from medai_core.domain import exact_json
from medai_core.domain.people import PatientIdentity, PersonName
from medai_core.domain.record import Code, Draft, Entry, Lane, Standing, Value, When
from medai_core.store.columns import key_hash

_SOURCE: Final = 255
_STATUS: Final = 64

encoded: Final = exact_json.canonical
"""A content or an `about` as it is stored: the same text for the same document."""


def digest_of(content: str) -> str:
    """The digest of an encoded content."""
    return hashlib.sha256(content.encode()).hexdigest()


def identity_of(source: str, resource_type: str, key: str) -> str:
    """The hash by which a statement is found; that of a Patient is the `subject` of what is said of them."""
    return key_hash(storable(source)[:_SOURCE], resource_type, key)


def subject_of(draft: Draft) -> str | None:
    """The `identity` of the Patient that a draft is about; None where it is about nobody."""
    if draft.resource_type == "Patient":
        return identity_of(draft.source, "Patient", draft.key)
    return identity_of(draft.source, "Patient", draft.subject_key) if draft.subject_key else None


def columns_of(draft: Draft) -> dict[str, Any]:
    """What a draft alone decides of its row: all but the id, the patient, the import and the history."""
    content = encoded(draft.content)
    return {
        "identity": identity_of(draft.source, draft.resource_type, draft.key),
        "subject": subject_of(draft),
        "source": storable(draft.source)[:_SOURCE],
        "resource_type": storable(draft.resource_type)[:_STATUS],
        "lane": draft.lane.value,
        "status": storable(draft.status)[:_STATUS],
        "standing": draft.standing.value,
        "starts_at": draft.starts.at if draft.starts else None,
        "ends_at": draft.ends.at if draft.ends else None,
        "recorded": draft.recorded,
        "digest": digest_of(content),
        "content": content,
        "about": _about(draft),
    }


def value_rows(entry_id: str, values: tuple[Value, ...]) -> list[dict[str, Any]]:
    """The rows of an entry's values, in their order."""
    return [
        {
            "entry_id": entry_id,
            "position": position,
            "system": storable(value.code.system),
            "code": storable(value.code.code),
            "display": storable(value.code.display),
            "number": value.number,
            "unit": storable(value.unit),
            "text": storable(value.text),
            "comparator": value.comparator[:8],
            "low": value.low,
            "high": value.high,
            "interpretation": storable(value.interpretation),
        }
        for position, value in enumerate(values)
    ]


def values_from(about: str) -> tuple[Value, ...]:
    """The values that stand in an `about`."""
    if '"values"' not in about:
        return ()
    return tuple(Value(Code(*value[:3]), *value[3:]) for value in json.loads(about).get("values", ()))


def unmapped_from(about: str) -> tuple[Code, ...]:
    """The codes that nobody knows, of an `about`."""
    if '"unmapped"' not in about:
        return ()
    return tuple(Code(*code) for code in json.loads(about).get("unmapped", ()))


def patient_from(about: str) -> PatientIdentity | None:
    """Who the Patient of an `about` is."""
    return _identity(json.loads(about).get("identity"))


def key_from(about: str) -> str:
    """The key within its source, of an `about`."""
    key: str = json.loads(about)["key"]
    return key


def value_of(row: RowMapping) -> Value:
    """A value from its row."""
    code = Code(row["system"], row["code"], row["display"])
    names = ("number", "unit", "text", "comparator", "low", "high", "interpretation")
    return Value(code, **{name: row[name] for name in names})


def storable(text: str) -> str:
    """Text as every database takes it: half letters spelled out, without the zero character."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\x00", "")


def _about(draft: Draft) -> str:
    """Everything of a draft that stands neither in its content nor in a column of its own."""
    document: dict[str, Any] = {"key": draft.key}
    if draft.subject_key is not None:
        document["subject"] = draft.subject_key
    document |= {name: text for name in ("title", "address") if (text := getattr(draft, name))}
    for name, codes in (("codes", draft.codes), ("unmapped", draft.unmapped)):
        if codes:
            document[name] = [[code.system, code.code, code.display] for code in codes]
    for name, when in (("starts", draft.starts), ("ends", draft.ends)):
        if when:
            document[name] = [when.offset_minutes, when.precision]
    if draft.values:
        document["values"] = [_value_document(value) for value in draft.values]
    if draft.replaces:
        document["replaces"] = list(draft.replaces)
    if draft.partial is not None:
        document["partial"] = list(draft.partial)
    if draft.identity:
        document["identity"] = _identity_document(draft.identity)
    return encoded(document)


def _value_document(value: Value) -> list[Any]:
    code = value.code
    return [code.system, code.code, code.display, value.number, value.unit, value.text, value.comparator,
            value.low, value.high, value.interpretation]  # fmt: skip


def _identity_document(identity: PatientIdentity) -> list[Any]:
    name, born = identity.name, identity.birth_date
    return [identity.identifier, identity.issuer, name.alphabetic, name.ideographic, name.phonetic,
            born.isoformat() if born else None, identity.sex]  # fmt: skip


def draft_from(row: RowMapping) -> Draft:
    """The draft of a row, as it came in."""
    about = json.loads(row["about"])
    return Draft(
        source=row["source"],
        resource_type=row["resource_type"],
        key=about["key"],
        content=exact_json.read(row["content"]),
        lane=Lane(row["lane"]),
        subject_key=about.get("subject"),
        codes=tuple(Code(*code) for code in about.get("codes", ())),
        title=about.get("title", ""),
        status=row["status"],
        standing=Standing(row["standing"]),
        starts=_when(row["starts_at"], about.get("starts")),
        ends=_when(row["ends_at"], about.get("ends")),
        recorded=row["recorded"],
        values=tuple(Value(Code(*value[:3]), *value[3:]) for value in about.get("values", ())),
        replaces=tuple(about.get("replaces", ())),
        identity=_identity(about.get("identity")),
        unmapped=tuple(Code(*code) for code in about.get("unmapped", ())),
        address=about.get("address", ""),
        partial=tuple(about["partial"]) if "partial" in about else None,
    )


def entry_of(row: RowMapping) -> Entry:
    """An entry from a row of the table."""
    return Entry(
        id=row["id"],
        patient_id=row["patient_id"],
        draft=draft_from(row),
        import_id=row["import_id"],
        stored_at=row["stored_at"],
        replaced_by=row["replaced_by"],
        versions=row["versions"],
    )


def when_of(row: RowMapping, name: str = "starts") -> When | None:
    """The beginning or end of a row that holds the time and `about`, without decoding the rest twice."""
    return _when(row[f"{name}_at"], json.loads(row["about"]).get(name))


def _when(at: datetime | None, rest: list[Any] | None) -> When | None:
    return When(at, *rest) if at is not None and rest is not None else None


def _identity(rest: list[Any] | None) -> PatientIdentity | None:
    if rest is None:
        return None
    born = date.fromisoformat(rest[5]) if rest[5] else None
    return PatientIdentity(rest[0], rest[1], PersonName(*rest[2:5]), born, rest[6])
