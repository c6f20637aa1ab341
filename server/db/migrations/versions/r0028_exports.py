"""Everything of a company can be had as a file, which is kept for a day."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exports",
        *(sa.Column(name, Id(), primary_key=True) for name in ("company_id", "export_id")),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("staff_id", Id()),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("size", "rows")),
        *(sa.Column(name, Moment()) for name in ("done_at", "cleared_at")),
        *(sa.Column(name, Moment(), nullable=False) for name in ("created_at", "updated_at")),
    )
    op.create_index("ix_exports_created", "exports", ["company_id", "created_at", "export_id"])
    op.create_table(
        "export_parts",
        *(sa.Column(name, Id(), primary_key=True) for name in ("company_id", "export_id")),
        sa.Column("place", sa.Integer(), primary_key=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_key", sa.Integer(), nullable=False),
        *(sa.Column(name, Moment(), nullable=False) for name in ("created_at", "updated_at")),
    )
