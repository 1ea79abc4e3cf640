"""What all tables are made of: one collection of tables, column types, and the hash that finds a key."""

import hashlib
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Column, DateTime, Dialect, ForeignKey, MetaData, String, TypeDecorator

from medai_core.store.sealed import Sealed

__all__ = ["Moment", "Sealed", "id_column", "key_hash", "metadata", "to"]

metadata: Final = MetaData()


class Moment(TypeDecorator[datetime]):
    """A moment with a time zone in Python, kept as UTC."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware to naive UTC."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Naive UTC to aware."""
        return None if value is None else value.replace(tzinfo=UTC)


def id_column() -> Column[str]:
    """The opaque id of a row."""
    return Column("id", String(22), primary_key=True)


def to(target: str, name: str, *, required: bool = True, index: bool = True) -> Column[str]:
    """A reference to another table's id, with an index."""
    return Column(name, String(22), ForeignKey(f"{target}.id"), nullable=not required, index=index)


def key_hash(*parts: str) -> str:
    """32 hexadecimal digits by which a key (its parts in order) is found without being read."""
    joined = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined, digest_size=16).hexdigest()
