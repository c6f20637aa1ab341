"""Passes in the wallets of phones."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("platform", sa.Column("wallet_tag", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "wallet_passes",
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("pass_id", Id(), primary_key=True),
        sa.Column("card_id", Id(), nullable=False),
        sa.Column("maker", sa.Text(), nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary()),
        sa.Column("tag", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", Moment()),
        sa.Column("shown_hash", sa.LargeBinary()),
        sa.Column("told_at", Moment()),
        sa.Column("tells", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", Moment()),
        sa.Column("error", sa.Text()),
        sa.Column("read_version", sa.BigInteger(), nullable=False),
        sa.Column("read_at", Moment()),
        sa.Column("save_link", sa.LargeBinary()),
        sa.Column("save_link_key", sa.Integer()),
        sa.Column("saved_at", Moment()),
        sa.Column("removed_at", Moment()),
        sa.Column("voided_at", Moment()),
        sa.Column("delete_at", Moment()),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
    op.create_index("ix_wallet_passes_card", "wallet_passes", ["company_id", "card_id"])
    op.create_index("ix_wallet_passes_version", "wallet_passes", ["company_id", "read_version"])
    op.create_index("ix_wallet_passes_read", "wallet_passes", ["company_id", "read_at"])
    op.create_index("ix_wallet_passes_tag", "wallet_passes", ["company_id", "tag"])
    some = sa.text("next_at IS NOT NULL")
    op.create_index(
        "ix_wallet_passes_next", "wallet_passes", ["company_id", "next_at"], sqlite_where=some, postgresql_where=some
    )
    some = sa.text("delete_at IS NOT NULL")
    op.create_index(
        "ix_wallet_passes_delete",
        "wallet_passes",
        ["company_id", "delete_at"],
        sqlite_where=some,
        postgresql_where=some,
    )
    op.create_table(
        "apple_devices",
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("pass_id", Id(), primary_key=True),
        sa.Column("device_hash", sa.LargeBinary(), primary_key=True),
        sa.Column("push_token", sa.LargeBinary(), nullable=False),
        sa.Column("push_token_key", sa.Integer(), nullable=False),
        sa.Column("registered_at", Moment(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("waits_until", Moment()),
        sa.Column("waits_s", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
    op.create_index("ix_apple_devices_device", "apple_devices", ["company_id", "device_hash"])
    op.create_table(
        "wallet_directory",
        sa.Column("hash", sa.LargeBinary(), primary_key=True),
        sa.Column("company_id", Id(), primary_key=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
    op.create_table(
        "wallet_makers",
        sa.Column("maker", sa.Text(), primary_key=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("stops", sa.Integer(), nullable=False),
        sa.Column("stopped_until", Moment()),
        sa.Column("error", sa.Text()),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
    )
