"""Jobs are leased rows, one for each job and company."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create("jobs", sa.Column("company_id", Id(), primary_key=True))
    _create("platform_jobs")
    op.create_index("ix_jobs_due", "jobs", ["due_at"])


def _create(name: str, *of_company: sa.Column[object]) -> None:
    op.create_table(
        name,
        *of_company,
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("leased_by", Id()),
        sa.Column("lease_until", Moment()),
        sa.Column("cursor", sa.Text()),
        sa.Column("read_version", sa.BigInteger(), nullable=False),
        sa.Column("started_at", Moment()),
        sa.Column("done_at", Moment()),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
