"""The local prevalence of a site's settings: what an administrator has set, for each model.

of_model(model), set(...), remove(...), set_default(...).
"""

from typing import Final

from sqlalchemy import ColumnElement, delete, insert, select, update

from medai_core.store import clock, tables
from medai_core.store.connection import Repository
from medai_core.store.rows import SiteSetting

_SETTINGS: Final = tables.local_prevalences.c


class Prevalences(Repository):
    """The settings of one store."""

    def of_model(self, model: str) -> tuple[SiteSetting, ...]:
        """All that was set for a model, by the settings' names."""
        query = select(tables.local_prevalences).where(_SETTINGS.model == model).order_by(_SETTINGS.setting)
        with self._database.reading() as connection:
            return tuple(
                SiteSetting(row["setting"], dict(row["shares"]), row["site_default"])
                for row in connection.execute(query).mappings()
            )

    def set(self, model: str, setting: str, shares: dict[str, float], *, changed_by: str) -> None:
        """Keep {label: share 0..1} of a setting in place of what was there; empty: only its name."""
        values = {"shares": shares, "changed_by": changed_by, "changed_at": clock.now()}
        with self._database.transaction() as connection:
            query = update(tables.local_prevalences).where(_of(model, setting)).values(**values)
            if connection.execute(query).rowcount == 0:
                values |= {"model": model, "setting": setting, "site_default": False}
                connection.execute(insert(tables.local_prevalences).values(**values))

    def remove(self, model: str, setting: str) -> None:
        """Forget a setting, also as the site's default."""
        with self._database.transaction() as connection:
            connection.execute(delete(tables.local_prevalences).where(_of(model, setting)))

    def set_default(self, model: str, setting: str | None, *, changed_by: str) -> None:
        """Say which setting is the site's own; None for none."""
        with self._database.transaction() as connection:
            others = (_SETTINGS.model == model) & _SETTINGS.site_default
            connection.execute(update(tables.local_prevalences).where(others).values(site_default=False))
            if setting is None:
                return
            chosen = update(tables.local_prevalences).where(_of(model, setting)).values(site_default=True)
            if connection.execute(chosen).rowcount == 0:
                self.set(model, setting, {}, changed_by=changed_by)
                connection.execute(chosen)


def _of(model: str, setting: str) -> ColumnElement[bool]:
    return (_SETTINGS.model == model) & (_SETTINGS.setting == setting)
