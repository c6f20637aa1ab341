"""Moves slugs to their own table, because a value unique among companies cannot be in a table sharded by company."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "slugs",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("company_id", Id(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_slugs")),
    )
    op.execute("INSERT INTO slugs SELECT slug, company_id, created_at, updated_at FROM companies")
    with op.batch_alter_table("companies") as companies:
        companies.drop_constraint(op.f("uq_companies_"), type_="unique")
        companies.drop_column("slug")
