"""What the columns of tables mean: proposed, settled by a person, and remembered for the next such table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medai_core.domain.people import Caller, Role
from medai_core.domain.refusal import Refusal
from medai_core.imaging.archive import FileSource
from medai_core.security.access import require
from medai_core.store.database import Store

if TYPE_CHECKING:
    from medai_core.records.tables.mapping import Mapping
    from medai_core.records.tables.reading import Columns


@dataclass(frozen=True, slots=True)
class Proposal:
    """The first rows of a table, and a mapping for them; `is_remembered` where a person settled it before."""

    columns: "Columns"
    mapping: "Mapping"
    is_remembered: bool


def propose(store: Store, caller: Caller, file: FileSource) -> Proposal:
    """Look at a table: the remembered mapping for its header, else one from its words and first rows.

    Raises Refusal "not-allowed", or "table-unreadable" for what is no table.
    """
    from medai_core.records.tables.reading import aligned, columns_of, guess_mapping

    require(caller, Role.CLINICIAN)
    columns = columns_of(file.open, file.name)
    kept = remembered(store)(columns.digest)
    if kept is not None:
        return Proposal(columns, aligned(kept, columns.names), True)
    return Proposal(columns, guess_mapping(columns.names, columns.samples, name=file.name), False)


def remember(store: Store, caller: Caller, mapping: "Mapping", *, name: str = "") -> None:
    """Keep a mapping for tables with the same header.

    Raises Refusal "not-allowed", or "mapping-incomplete" for one that no row can be read by.
    """
    from medai_core.records.tables.mapping import check, digest_of_columns, to_json

    require(caller, Role.CLINICIAN)
    check(mapping)
    store.mappings.remember(digest_of_columns(mapping.names), name, to_json(mapping), caller.user_id)


def remembered(store: Store) -> Callable[[str], "Mapping | None"]:
    """Finds the remembered mapping by the digest of a header; one that is no longer understood is none."""
    from medai_core.records.tables.mapping import from_json

    def find(columns_digest: str) -> "Mapping | None":
        plain = store.mappings.get(columns_digest)
        try:
            return None if plain is None else from_json(plain)
        except Refusal:
            return None

    return find
