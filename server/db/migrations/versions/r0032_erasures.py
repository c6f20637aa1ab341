"""What was erased, and which tills have to erase it too."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("card_id", Id(), primary_key=True),
        sa.Column("staff_id", Id()),
        sa.Column("entries", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("closed_at", Moment()),
        sa.Column("filed_at", Moment()),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
    op.create_index("ix_erasures_version", "erasures", ["company_id", "version"])
    unfiled, has_side = sa.text("filed_at IS NULL"), sa.text("side IS NOT NULL")
    op.create_index(
        "ix_erasures_unfiled", "erasures", ["company_id", "card_id"], sqlite_where=unfiled, postgresql_where=unfiled
    )
    op.create_table(
        "erasure_tills",
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("card_id", Id(), primary_key=True),
        sa.Column("terminal_id", Id(), primary_key=True),
        sa.Column("done_at", Moment()),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
    op.create_index(
        "ix_entries_side", "entries", ["company_id", "entry_id"], sqlite_where=has_side, postgresql_where=has_side
    )
