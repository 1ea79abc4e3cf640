"""Bringing a database to the newest form of the tables, by the packaged migrations."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from medai_core.domain.refusal import Refusal
from medai_core.store.connection import Database

HEAD: Final = "0004"
"""The newest migration; kept here so that an up-to-date store opens without loading Alembic."""

_MIGRATIONS: Final = Path(__file__).parent / "migrations"


def upgrade(database: Database, revision: str = HEAD) -> None:
    """Run the migrations up to `revision`, all in one transaction.

    Raises Refusal "store-newer" where the database was written by a later version.
    """
    with database.reading() as connection:
        if current(connection) == revision:
            return
    with database.transaction() as connection:
        found = current(connection)
        if found == revision:
            return  # another process was faster
        _run(connection, found, revision)


def current(connection: Connection) -> str | None:
    """The migration at which the database stands; None before the first."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _run(connection: Connection, found: str | None, revision: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    configuration = Config()
    configuration.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    configuration.set_main_option("path_separator", "os")
    configuration.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(configuration).walk_revisions()}
    if found is not None and found not in known:
        raise Refusal(
            "store-newer",
            expected="a store written by this version of MedAI or an earlier one",
            found="one of a later version",
            what_to_do="Install the newer version, or restore an older backup into an empty folder.",
        )
    command.upgrade(configuration, revision)
