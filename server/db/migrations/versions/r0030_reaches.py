"""Transactions say which rewards they reached and took, sums have it by day, and what cards hold is noted daily.

Sums are counted anew: what the rows of an older program reached is found when they are summed.
"""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("reached", sa.BigInteger()),
        sa.Column("taken", sa.BigInteger()),
        sa.Column("waited_days", sa.Integer()),
    ):
        op.add_column("transactions", column)
    op.drop_table("tallies")
    op.create_table(
        "tallies",
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("dimension", sa.Text(), primary_key=True),
        sa.Column("day", sa.Text(), primary_key=True),
        sa.Column("store_id", Id(), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("stamps", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reached", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("shortfalls", sa.BigInteger(), nullable=False),
        sa.Column("shortfall_minor", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
    op.execute("DELETE FROM tally_cursors")
    op.execute("UPDATE jobs SET read_version = 0, due_at = 0 WHERE name = 'tally'")
    op.create_table(
        "gauges",
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("day", sa.Text(), primary_key=True),
        sa.Column("cards", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.BigInteger(), nullable=False),
        sa.Column("stamps", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("stamps_minor", sa.BigInteger()),
        sa.Column("points_minor", sa.BigInteger()),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
    op.drop_table("card_days")
    op.create_table(
        "card_days",
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("day", sa.Integer(), primary_key=True),
        sa.Column("is_active", sa.Boolean(), primary_key=True),
        sa.Column("cards", sa.BigInteger(), nullable=False),
        sa.Column("stamps", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
    op.execute(
        """
        INSERT INTO card_days (company_id, day, is_active, cards, stamps, points, created_at, updated_at)
        SELECT company_id, last_activity_at / 86400000000, is_active, count(*),
               sum(CASE WHEN stamps > 0 THEN stamps ELSE 0 END), sum(CASE WHEN points > 0 THEN points ELSE 0 END),
               max(updated_at), max(updated_at)
        FROM card_list GROUP BY company_id, last_activity_at / 86400000000, is_active
        """
    )
