"""Adds salvage: entries handed over by terminals that were turned away, stored as received and not judged."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "salvage",
        sa.Column("company_id", Id(), nullable=False),
        sa.Column("terminal_id", Id(), nullable=False),
        sa.Column("journal_id", Id(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("side", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "terminal_id", "journal_id", "seq", "hash", name=op.f("pk_salvage")),
    )
