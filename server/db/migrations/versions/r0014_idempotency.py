"""Requests that book are carried out once: their answers are kept for a day."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "idempotency",
        sa.Column("request_id", Id(), primary_key=True),
        sa.Column("company_id", Id(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary()),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
    op.create_index("ix_idempotency_expires_at", "idempotency", ["expires_at"])
