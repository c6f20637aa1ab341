"""People sign in to the office: accounts, sessions, links, attempts and the audit log; a company can be suspended."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("companies", sa.Column("suspended_at", Moment()))
    op.add_column("staff", sa.Column("has_pin", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("staff", sa.Column("account_id", Id()))
    some = sa.text("account_id IS NOT NULL")
    both = ["company_id", "account_id"]
    op.create_index("uq_staff_account", "staff", both, unique=True, sqlite_where=some, postgresql_where=some)
    _accounts()
    _sessions()
    _links()
    op.create_table(
        "attempts",
        sa.Column("key_hash", sa.LargeBinary(), primary_key=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("window_at", Moment(), nullable=False),
        sa.Column("locked_until", Moment()),
        sa.Column("expires_at", Moment(), nullable=False),
        *_times(),
    )
    op.create_table("platform_audit", sa.Column("audit_id", Id(), primary_key=True), *_who_and_what())
    op.create_index("ix_platform_audit_created", "platform_audit", ["created_at", "audit_id"])
    op.create_table(
        "audit",
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("audit_id", Id(), primary_key=True),
        *_who_and_what(),
    )
    op.create_index("ix_audit_created", "audit", ["company_id", "created_at", "audit_id"])


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("account_id", Id(), primary_key=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_folded", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("language", sa.Text()),
        *_times(),
        sa.UniqueConstraint("email_folded", name="uq_accounts_email_folded"),
    )
    op.create_table(
        "memberships",
        sa.Column("account_id", Id(), primary_key=True),
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("staff_id", Id(), nullable=False),
        *_times(),
    )


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.LargeBinary(), primary_key=True),
        sa.Column("session_id", Id(), nullable=False),
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("confirmed_until", Moment()),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("support_company_id", Id()),
        sa.Column("support_until", Moment()),
        *_times(),
        sa.UniqueConstraint("session_id", name="uq_sessions_session_id"),
    )
    op.create_index("ix_sessions_account", "sessions", ["account_id"])


def _links() -> None:
    op.create_table(
        "links",
        sa.Column("link_hash", sa.LargeBinary(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_folded", sa.Text(), nullable=False),
        sa.Column("account_id", Id()),
        sa.Column("company_id", Id()),
        sa.Column("staff_id", Id()),
        sa.Column("name", sa.Text()),
        sa.Column("role", sa.Text()),
        sa.Column("stores", sa.JSON(none_as_null=True)),
        sa.Column("invited_by", Id()),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("used_at", Moment()),
        *_times(),
    )
    op.create_index("ix_links_email", "links", ["email_folded"])


def _times() -> tuple[sa.Column[object], ...]:
    return sa.Column("created_at", Moment(), nullable=False), sa.Column("updated_at", Moment(), nullable=False)


def _who_and_what() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("account_id", Id()),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text()),
        sa.Column("before", sa.JSON(none_as_null=True)),
        sa.Column("after", sa.JSON(none_as_null=True)),
        sa.Column("address", sa.Text(), nullable=False),
        *_times(),
    )
