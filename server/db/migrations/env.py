"""Runs the migrations over the connection passed by `server.db.migration`; there is no ini file."""

from alembic import context

from server.db.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
