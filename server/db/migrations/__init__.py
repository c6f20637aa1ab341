"""The schema migrations, run by alembic in order."""
