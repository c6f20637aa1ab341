"""Adds pools of blanks, which one till shows on its screen."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pools",
        sa.Column("company_id", Id(), nullable=False),
        sa.Column("card_id", Id(), nullable=False),
        sa.Column("terminal_id", Id(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "card_id", name=op.f("pk_pools")),
    )
    op.create_index("ix_pools_terminal", "pools", ["company_id", "terminal_id"])
