"""Creates the first tables: companies, staff, tills, cards, ledger, entries and verdicts."""

import sqlalchemy as sa
from alembic import op

from server.db.columns import Id, Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cards",
        sa.Column("company_id", Id(), nullable=False),
        sa.Column("card_id", Id(), nullable=False),
        sa.Column("customer_id", Id(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("number_hmac", sa.LargeBinary(), nullable=False),
        sa.Column("number_key", sa.Integer(), nullable=False),
        sa.Column("number_end", sa.Text(), nullable=False),
        sa.Column("codes", sa.LargeBinary(), nullable=False),
        sa.Column("codes_key", sa.Integer(), nullable=False),
        sa.Column("old_codes", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("is_retired", sa.Boolean(), nullable=False),
        sa.Column("card_created_at", Moment(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("deactivated_version", sa.BigInteger(), nullable=True),
        sa.Column("stamp_count", sa.Integer(), nullable=False),
        sa.Column("total_stamps_earned", sa.Integer(), nullable=False),
        sa.Column("stamps_redeemed", sa.Integer(), nullable=False),
        sa.Column("points_balance", sa.BigInteger(), nullable=False),
        sa.Column("total_points_earned", sa.BigInteger(), nullable=False),
        sa.Column("points_redeemed", sa.BigInteger(), nullable=False),
        sa.Column("welcome_given", sa.Boolean(), nullable=False),
        sa.Column("last_points_at", Moment(), nullable=True),
        sa.Column("last_redemption_at", Moment(), nullable=True),
        sa.Column("last_activity_at", Moment(), nullable=True),
        sa.Column("enrolled_at_store", Id(), nullable=True),
        sa.Column("marks", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "card_id", name=op.f("pk_cards")),
    )
    op.create_index("ix_cards_customer", "cards", ["company_id", "customer_id"], unique=False)
    op.create_index("ix_cards_number", "cards", ["company_id", "number_hmac"], unique=False)
    op.create_index("ix_cards_token", "cards", ["company_id", "token_hash"], unique=False)
    op.create_index("ix_cards_version", "cards", ["company_id", "version"], unique=False)
    op.create_table(
        "cases",
        sa.Column("company_id", Id(), nullable=False),
        sa.Column("case_id", Id(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("card_id", Id(), nullable=True),
        sa.Column("entry_id", Id(), nullable=True),
        sa.Column("terminal_id", Id(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("occurred_at", Moment(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "case_id", name=op.f("pk_cases")),
    )
    op.create_index("ix_cases_card", "cases", ["company_id", "card_id"], unique=False)
    op.create_table(
        "companies",
        sa.Column("company_id", Id(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("settings", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("clock", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", name=op.f("pk_companies")),
        sa.UniqueConstraint("slug", name=op.f("uq_companies_")),
    )
    op.create_table(
        "customers",
        sa.Column("company_id", Id(), nullable=False),
        sa.Column("customer_id", Id(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("name_key", sa.Integer(), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("email_hmac", sa.LargeBinary(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("phone_hmac", sa.LargeBinary(), nullable=True),
        sa.Column("is_verified", sa.Boolean(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("consent", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "customer_id", name=op.f("pk_customers")),
    )
    op.create_index("ix_customers_email", "customers", ["company_id", "email_hmac"], unique=False)
    op.create_index("ix_customers_phone", "customers", ["company_id", "phone_hmac"], unique=False)
    op.create_table(
        "directory",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("company_id", Id(), nullable=False),
        sa.Column("card_id", Id(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_directory")),
    )
    op.create_table(
        "entries",
        sa.Column("company_id", Id(), nullable=False),
        sa.Column("terminal_id", Id(), nullable=False),
        sa.Column("journal_id", Id(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", Id(), nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("side", sa.LargeBinary(), nullable=True),
        sa.Column("occurred_at", Moment(), nullable=True),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("verdict", sa.LargeBinary(), nullable=False),
        sa.Column("waits_for", sa.Text(), nullable=True),
        sa.Column("case_due_at", Moment(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "terminal_id", "journal_id", "seq", name=op.f("pk_entries")),
        sa.UniqueConstraint("company_id", "entry_id", name=op.f("uq_entries_entry_id")),
    )
    op.create_index("ix_entries_version", "entries", ["company_id", "terminal_id", "version"], unique=False)
    _index_of_some("ix_entries_waits_for", "entries", ["company_id", "waits_for"])
    _index_of_some("ix_entries_case_due", "entries", ["company_id", "case_due_at"])
    op.create_table(
        "pairing_codes",
        sa.Column("company_id", Id(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("store_id", Id(), nullable=False),
        sa.Column("terminal_name", sa.Text(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.Column("keys_hash", sa.LargeBinary(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "code_hash", name=op.f("pk_pairing_codes")),
    )
    op.create_index("ix_pairing_codes_code", "pairing_codes", ["code_hash"], unique=False)
    op.create_table(
        "platform",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("keys_id", sa.Text(), nullable=False),
        sa.Column("limits", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform")),
    )
    op.create_table(
        "programs",
        sa.Column("company_id", Id(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("program_id", Id(), nullable=False),
        sa.Column("holds_from", Moment(), nullable=False),
        sa.Column("body", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "number", name=op.f("pk_programs")),
    )
    op.create_index("ix_programs_version", "programs", ["company_id", "version"], unique=False)
    op.create_table(
        "staff",
        sa.Column("company_id", Id(), nullable=False),
        sa.Column("staff_id", Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("stores", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("verifier", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("dismissed_version", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "staff_id", name=op.f("pk_staff")),
        sa.UniqueConstraint("company_id", "name", name=op.f("uq_staff_name")),
    )
    op.create_index("ix_staff_version", "staff", ["company_id", "version"], unique=False)
    op.create_table(
        "stores",
        sa.Column("company_id", Id(), nullable=False),
        sa.Column("store_id", Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "store_id", name=op.f("pk_stores")),
        sa.UniqueConstraint("company_id", "name", name=op.f("uq_stores_name")),
    )
    op.create_index("ix_stores_version", "stores", ["company_id", "version"], unique=False)
    op.create_table(
        "terminals",
        sa.Column("company_id", Id(), nullable=False),
        sa.Column("terminal_id", Id(), nullable=False),
        sa.Column("store_id", Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("signing_public", sa.LargeBinary(), nullable=False),
        sa.Column("sealing_public", sa.LargeBinary(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("journal_id", Id(), nullable=True),
        sa.Column("acked_seq", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=True),
        sa.Column("forked_at", Moment(), nullable=True),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.Column("last_seen_at", Moment(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "terminal_id", name=op.f("pk_terminals")),
        sa.UniqueConstraint("company_id", "token_hash", name=op.f("uq_terminals_token_hash")),
    )
    op.create_index("ix_terminals_token", "terminals", ["token_hash"], unique=False)
    op.create_index("ix_terminals_version", "terminals", ["company_id", "version"], unique=False)
    op.create_table(
        "tombstones",
        sa.Column("company_id", Id(), nullable=False),
        sa.Column("table", sa.Text(), nullable=False),
        sa.Column("row_id", Id(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "table", "row_id", name=op.f("pk_tombstones")),
    )
    op.create_index("ix_tombstones_version", "tombstones", ["company_id", "version"], unique=False)
    op.create_table(
        "transactions",
        sa.Column("company_id", Id(), nullable=False),
        sa.Column("transaction_id", Id(), nullable=False),
        sa.Column("card_id", Id(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("store_id", Id(), nullable=False),
        sa.Column("terminal_id", Id(), nullable=True),
        sa.Column("staff_id", Id(), nullable=True),
        sa.Column("override_id", Id(), nullable=True),
        sa.Column("program_number", sa.Integer(), nullable=False),
        sa.Column("occurred_at", Moment(), nullable=False),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("stamps", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("shortfall", sa.BigInteger(), nullable=False),
        sa.Column("corrects", Id(), nullable=True),
        sa.Column("follows", Id(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("receipt_key", sa.Text(), nullable=True),
        sa.Column("reward", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "card_id"], ["cards.company_id", "cards.card_id"], name=op.f("fk_transactions_company_id")
        ),
        sa.PrimaryKeyConstraint("company_id", "transaction_id", name=op.f("pk_transactions")),
    )
    _index_of_some("uq_transactions_receipt", "transactions", ["company_id", "store_id", "receipt_key"], unique=True)
    op.create_index("ix_transactions_card", "transactions", ["company_id", "card_id", "version"], unique=False)
    _index_of_some("ix_transactions_corrects", "transactions", ["company_id", "corrects"])
    op.create_index("ix_transactions_version", "transactions", ["company_id", "store_id", "version"], unique=False)


def _index_of_some(name: str, table: str, columns: list[str], unique: bool = False) -> None:
    some = sa.text(f"{columns[-1]} IS NOT NULL")
    op.create_index(name, table, columns, unique=unique, sqlite_where=some, postgresql_where=some)
