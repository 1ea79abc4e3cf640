"""Bringing a database to the newest form of the tables: a new one at once, an old one by the migrations."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from medai_core.domain.refusal import Refusal
from medai_core.store.connection import Database
from medai_core.store.tables import metadata
from medai_core.store.triggers import never_changed

HEAD: Final = "0007"
"""The newest migration; kept here so that a new or up-to-date store opens without loading Alembic."""

_MIGRATIONS: Final = Path(__file__).parent / "migrations"


def upgrade(database: Database, revision: str = HEAD) -> None:
    """Bring the tables to `revision`, all in one transaction.

    An empty database gets the newest tables as `tables` names them, which is what the migrations lead to
    (a test compares the two) and takes a tenth of their time. Raises Refusal "store-newer" where the
    database was written by a later version.
    """
    with database.reading() as connection:
        if current(connection) == revision:
            return
    with database.transaction() as connection:
        found = current(connection)
        if found == revision:
            return  # another process was faster
        if found is None and revision == HEAD:
            _create(connection)
        else:
            _migrate(connection, found, revision)


def current(connection: Connection) -> str | None:
    """The migration at which the database stands; None before the first."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _create(connection: Connection) -> None:
    metadata.create_all(connection, checkfirst=False)
    for statement in never_changed(connection.dialect.name):
        connection.exec_driver_sql(statement)
    connection.execute(
        text(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
            "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
        )
    )
    connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), {"head": HEAD})


def _migrate(connection: Connection, found: str | None, revision: str) -> None:
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
