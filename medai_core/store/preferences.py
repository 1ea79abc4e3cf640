"""What the store as a whole, or one user, prefers: small JSON values under words.

get(key, default, user_id=None), set(key, value, user_id=None), all(user_id=None); None is the whole store.
"""

from typing import Any, Final

from sqlalchemy import delete, insert, select

from medai_core.store import clock, tables
from medai_core.store.connection import Repository

_PREFERENCES: Final = tables.preferences.c


class Preferences(Repository):
    """The preferences of one store."""

    def get(self, key: str, default: Any = None, *, user_id: str | None = None) -> Any:
        """The value, or `default` where none was set."""
        return self.all(user_id=user_id).get(key, default)

    def set(self, key: str, value: Any, *, user_id: str | None = None) -> None:
        """Keep a value that JSON can hold."""
        owner = user_id or ""
        mine = (_PREFERENCES.user_id == owner) & (_PREFERENCES.key == key)
        values = {"user_id": owner, "key": key, "value": value, "changed_at": clock.now()}
        with self._database.transaction() as connection:
            connection.execute(delete(tables.preferences).where(mine))
            connection.execute(insert(tables.preferences).values(**values))

    def all(self, *, user_id: str | None = None) -> dict[str, Any]:
        """All values of the store, or of one user."""
        query = select(_PREFERENCES.key, _PREFERENCES.value).where(_PREFERENCES.user_id == (user_id or ""))
        with self._database.reading() as connection:
            return {key: value for key, value in connection.execute(query)}
