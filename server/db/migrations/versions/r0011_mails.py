"""Mails wait in the database until they are sent, and a customer's address may turn out to be undeliverable."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customers", sa.Column("undeliverable_at", Moment()))
    _create("mails", sa.Column("company_id", Id(), primary_key=True))
    _create("platform_mails")


def _create(name: str, *of_company: sa.Column[object]) -> None:
    op.create_table(
        name,
        *of_company,
        sa.Column("mail_id", Id(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("address", sa.LargeBinary()),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("sealed_key", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", Moment()),
        sa.Column("error", sa.Text()),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
    first = [column.name for column in of_company]
    waits = sa.text("next_at IS NOT NULL")
    op.create_index(f"ix_{name}_next", name, [*first, "next_at"], sqlite_where=waits, postgresql_where=waits)
    op.create_index(f"ix_{name}_created", name, [*first, "created_at"])
