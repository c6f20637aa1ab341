"""How many cards there are is read from sums by day and by store, which are kept beside the list of cards."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "card_days",
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("day", sa.Integer(), primary_key=True),
        sa.Column("is_active", sa.Boolean(), primary_key=True),
        sa.Column("cards", sa.BigInteger(), nullable=False),
        sa.Column("stamps", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
    op.create_table(
        "card_stores",
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("store_id", Id(), primary_key=True),
        sa.Column("cards", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
    op.execute(
        """
        INSERT INTO card_days (company_id, day, is_active, cards, stamps, created_at, updated_at)
        SELECT company_id, last_activity_at / 86400000000, is_active, count(*),
               sum(CASE WHEN stamps > 0 THEN stamps ELSE 0 END), max(updated_at), max(updated_at)
        FROM card_list GROUP BY company_id, last_activity_at / 86400000000, is_active
        """
    )
    op.execute(
        """
        INSERT INTO card_stores (company_id, store_id, cards, created_at, updated_at)
        SELECT company_id, enrolled_store_id, count(*), max(updated_at), max(updated_at)
        FROM card_list WHERE enrolled_store_id IS NOT NULL GROUP BY company_id, enrolled_store_id
        """
    )
