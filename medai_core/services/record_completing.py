"""A Patient of whom a source says only a part, completed by what is stored of them from the same source.

HL7 v2: a field that is absent is unchanged, one that is "" is deleted (2.5.3). Rows of a table and FHIR
Patients that are tagged as subsetted or name nobody say a part, too. All other FHIR Patients are whole: what
they leave out is gone, though every version stays.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from medai_core.domain.exact_json import read
from medai_core.domain.record import Json
from medai_core.services.identity import differences
from medai_core.store.record_rows import digest_of, encoded, patient_from

_PARTS: Final = "parts"
_KEPT_PARTS: Final = 50
_EITHER: Final = ("deceased", "multipleBirth")
_PHONES: Final = "telecom"


def said_before(about: str) -> set[str]:
    """The digests of the parts from which what is stored was put together."""
    return set(json.loads(about).get(_PARTS, ())) if about else set()


def complete(values: dict[str, Any], content: str, about: str) -> None:
    """Make a part into the whole that would be stored: `values` gets its content, digest and about.

    `content` and `about` are those of what is stored. Another person under the same key (another name, birth
    date or sex) is never mixed with the stored one: their part stands for itself.
    """
    said = json.loads(values["about"])
    if "partial" not in said or _is_another(values["about"], about):
        return
    part, parts = values["digest"], [*json.loads(about).get(_PARTS, ()), values["digest"]]
    if f'"{_PARTS}"' not in about:
        parts.insert(0, digest_of(content))
    whole = _merged(read(content), read(values["content"]), said["partial"])
    values["content"] = encoded(whole)
    values["digest"] = digest_of(values["content"])
    if values["digest"] != part:
        values["about"] = encoded({**said, _PARTS: list(dict.fromkeys(parts))[-_KEPT_PARTS:]})


def _is_another(one: str, two: str) -> bool:
    first, second = patient_from(one), patient_from(two)
    return first is not None and second is not None and bool(differences(first, second))


def _merged(stored: Json, said: Json, removed: list[str]) -> Json:
    """Elements that are said, over those that are stored and not removed."""
    whole = {name: value for name, value in stored.items() if name not in removed}
    for choice in _EITHER:
        if any(name.startswith(choice) for name in (*said, *removed)):
            whole = {name: value for name, value in whole.items() if not name.startswith(choice)}
    whole |= said
    if "identifier" in said:
        whole["identifier"] = _joined(stored.get("identifier"), said["identifier"], ("system", "value"))
    if isinstance(stored.get(_PHONES), list):
        phones = said.get(_PHONES, [])
        uses = {each.get("use") for each in phones}
        uses |= {name.partition(":")[2] for name in removed if name.startswith(f"{_PHONES}:")}
        whole[_PHONES] = phones + [each for each in stored[_PHONES] if each.get("use") not in uses]
    return {name: value for name, value in whole.items() if value != []}


def _joined(stored: object, said: list[Json], names: tuple[str, ...]) -> list[Json]:
    """What is said, then those of the stored ones that nothing said stands for."""
    told = [_named(each, names) for each in said]
    kept = stored if isinstance(stored, list) else []
    return said + [each for each in kept if _named(each, names) not in told]


def _named(each: Mapping[str, Any], names: tuple[str, ...]) -> list[Any]:
    return [each.get(name) for name in names]
