"""Runs the steps over the connection that `server.db.migration` hands in; there is no ini file and no other way in."""

from alembic import context

from server.db.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
