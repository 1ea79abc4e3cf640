"""Alembic's way in: the connection, with its open transaction, is handed over by `store.schema`."""

from alembic import context

from medai_core.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
