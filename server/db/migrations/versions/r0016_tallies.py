"""Figures are read from sums of transactions by day, which a job counts from the transactions there are."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tallies",
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("dimension", sa.Text(), primary_key=True),
        sa.Column("day", sa.Text(), primary_key=True),
        sa.Column("store_id", Id(), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), primary_key=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("n", "stamps", "points", "amount_minor")),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
    op.create_table(
        "tally_cursors",
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("store_id", Id(), primary_key=True),
        sa.Column("read_version", sa.BigInteger(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
