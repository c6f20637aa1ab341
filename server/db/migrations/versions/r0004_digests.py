"""Adds sums of rows by buckets, and reports of tills on their replicas. Sums are counted after all migrations."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "digests",
        sa.Column("company_id", Id(), nullable=False),
        sa.Column("table", sa.Text(), nullable=False),
        sa.Column("scope_id", Id(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("sum", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "table", "scope_id", "bucket", name=op.f("pk_digests")),
    )
    op.create_index("ix_transactions_recorded", "transactions", ["company_id", "store_id", "recorded_at"])
    op.add_column("platform", sa.Column("rows_format", sa.Integer()))
    op.add_column("terminals", sa.Column("differences", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("terminals", sa.Column("differed_at", Moment()))
    op.add_column("cards", sa.Column("row_hash", sa.BigInteger(), nullable=False, server_default="0"))
    if op.get_bind().dialect.name == "postgresql":  # SQLite would copy the table for this
        op.alter_column("cards", "row_hash", server_default=None)
