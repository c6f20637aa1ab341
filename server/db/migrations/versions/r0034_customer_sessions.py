"""Customers who sign in: one-time codes and sessions."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "code_challenges",
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("challenge_id", Id(), primary_key=True),
        sa.Column("contact_hmac", sa.LargeBinary(), nullable=False),
        sa.Column("customer_id", Id()),
        sa.Column("code_hmac", sa.LargeBinary(), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
    op.create_index("ix_code_challenges_contact", "code_challenges", ["company_id", "contact_hmac"])
    some = sa.text("customer_id IS NOT NULL")
    op.create_index(
        "ix_code_challenges_customer",
        "code_challenges",
        ["company_id", "customer_id"],
        sqlite_where=some,
        postgresql_where=some,
    )
    op.create_table(
        "customer_sessions",
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("token_hash", sa.LargeBinary(), primary_key=True),
        sa.Column("session_id", Id(), nullable=False),
        sa.Column("customer_id", Id(), nullable=False),
        sa.Column("proven_at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
    op.create_index("ix_customer_sessions_customer", "customer_sessions", ["company_id", "customer_id"])
