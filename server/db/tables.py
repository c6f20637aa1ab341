"""All tables of the company server. A company's tables have `company_id` first in their keys and constraints.

This allows sharding by company; `platform`, `directory` and `slugs` are small and shared. `version` is the company's
counter at the row's last change, by which the feed reads. Times are `Moment`s.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from server.db.columns import Id, Moment

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_1_name)s",
        "ix": "ix_%(table_name)s_%(column_1_name)s",
    }
)


def _times() -> tuple[Column[object], Column[object]]:
    return Column("created_at", Moment, nullable=False), Column("updated_at", Moment, nullable=False)


def _json() -> JSON:
    return JSON(none_as_null=True)


def _version() -> Column[int]:
    return Column("version", BigInteger, nullable=False)


def _index_of_some(name: str, *columns: str, unique: bool = False) -> Index:
    """A partial index of the rows in which the last column is not null."""
    some = text(f"{columns[-1]} IS NOT NULL")
    return Index(name, *columns, unique=unique, sqlite_where=some, postgresql_where=some)


platform = Table(
    "platform",
    metadata,
    Column("id", Integer, primary_key=True),  # always 1
    Column("epoch", BigInteger, nullable=False),
    Column("keys_id", Text, nullable=False),  # id of the key file of this database
    Column("limits", _json(), nullable=False),
    Column("rows_format", Integer),  # `sync.protocol.digests.ROWS_FORMAT` of the stored sums
    *_times(),
)

directory = Table(
    "directory",
    metadata,
    Column("hash", LargeBinary, primary_key=True),  # hash of a token, or HMAC of a number under the platform key
    Column("kind", Text, nullable=False),  # token, number
    Column("company_id", Id, nullable=False),
    Column("card_id", Id, nullable=False),
    *_times(),
)

slugs = Table(
    "slugs",
    metadata,
    Column("slug", Text, primary_key=True),  # a company's name in commands and addresses
    Column("company_id", Id, nullable=False),
    *_times(),
)

companies = Table(
    "companies",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("settings", _json(), nullable=False),  # chosen values only; defaults are in the code
    Column("clock", BigInteger, nullable=False),  # the last version assigned; this row is the company's lock
    _version(),
    *_times(),
)

programs = Table(
    "programs",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("program_id", Id, nullable=False),
    Column("holds_from", Moment, nullable=False),
    Column("body", _json(), nullable=False),
    _version(),
    *_times(),
    Index("ix_programs_version", "company_id", "version"),
)

stores = Table(
    "stores",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("store_id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    _version(),
    *_times(),
    UniqueConstraint("company_id", "name"),
    Index("ix_stores_version", "company_id", "version"),
)

staff = Table(
    "staff",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("staff_id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("stores", _json()),  # ids as text; null: all
    Column("verifier", _json(), nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("dismissed_version", BigInteger),  # the version from which tills could know
    Column("pin_set_at", Moment),  # when a till set the current PIN; null: set by the office
    _version(),
    *_times(),
    UniqueConstraint("company_id", "name"),
    Index("ix_staff_version", "company_id", "version"),
)

terminals = Table(
    "terminals",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("terminal_id", Id, primary_key=True),
    Column("store_id", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("signing_public", LargeBinary, nullable=False),
    Column("sealing_public", LargeBinary, nullable=False),
    Column("token_hash", LargeBinary, nullable=False),
    Column("journal_id", Id),  # the current journal; null until the first exchange
    Column("acked_seq", BigInteger, nullable=False),
    Column("head", LargeBinary),  # the chain hash at acked_seq
    Column("forked_at", Moment),
    Column("revoked_at", Moment),
    Column("last_seen_at", Moment),
    Column("differences", BigInteger, nullable=False, server_default="0"),  # how often its replica was found to differ
    Column("differed_at", Moment),
    _version(),
    *_times(),
    UniqueConstraint("company_id", "token_hash"),
    Index("ix_terminals_version", "company_id", "version"),
    Index("ix_terminals_token", "token_hash"),
)

pairing_codes = Table(
    "pairing_codes",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("code_hash", LargeBinary, primary_key=True),
    Column("store_id", Id, nullable=False),
    Column("terminal_name", Text, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    Column("keys_hash", LargeBinary),  # hash of the public keys it was used with
    Column("answer", LargeBinary),  # repeated to the same keys for an hour
    *_times(),
    Index("ix_pairing_codes_code", "code_hash"),
)

entries = Table(
    "entries",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("terminal_id", Id, primary_key=True),
    Column("journal_id", Id, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("entry_id", Id),  # null for unreadable bytes, or a repeated id
    Column("hash", LargeBinary, nullable=False),
    Column("entry", LargeBinary, nullable=False),
    Column("side", LargeBinary),  # until applied; personal fields are then in `customers`
    Column("occurred_at", Moment),  # as computed when it arrived, see `entry_times`
    Column("word", Text, nullable=False),  # the verdict's word; every entry has a verdict
    Column("verdict", LargeBinary, nullable=False),  # an encoded `sync.protocol.rows.VerdictRow`, as sent to the till
    Column("waits_for", Text),  # what a held entry waits for: an id, a code's hash, or a keyword
    Column("case_due_at", Moment),  # when a held entry becomes a case; null once it is one
    _version(),  # of the verdict
    *_times(),
    UniqueConstraint("company_id", "entry_id"),
    Index("ix_entries_version", "company_id", "terminal_id", "version"),
    _index_of_some("ix_entries_waits_for", "company_id", "waits_for"),
    _index_of_some("ix_entries_case_due", "company_id", "case_due_at"),
)

salvage = Table(
    "salvage",  # unjudged entries handed over by turned-away terminals
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("terminal_id", Id, primary_key=True),
    Column("journal_id", Id, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("hash", LargeBinary, primary_key=True),  # copies of one journal may both continue with a seq
    Column("entry", LargeBinary, nullable=False),
    Column("side", LargeBinary),
    *_times(),
)

customers = Table(
    "customers",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("customer_id", Id, primary_key=True),
    Column("name", LargeBinary),  # encrypted under the data key for the card's id, as sent to tills
    Column("name_key", Integer, nullable=False),
    Column("email", LargeBinary),  # encrypted under the data key for the customer's id
    Column("email_hmac", LargeBinary),
    Column("phone", LargeBinary),
    Column("phone_hmac", LargeBinary),
    Column("is_verified", Boolean, nullable=False),
    Column("language", Text),
    Column("consent", Boolean, nullable=False),
    *_times(),
    Index("ix_customers_email", "company_id", "email_hmac"),
    Index("ix_customers_phone", "company_id", "phone_hmac"),
)

cards = Table(
    "cards",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("card_id", Id, primary_key=True),
    Column("customer_id", Id),
    Column("token_hash", LargeBinary, nullable=False),
    Column("number_hmac", LargeBinary, nullable=False),
    Column("email_hmac", LargeBinary),  # the customer's
    Column("phone_hmac", LargeBinary),  # the customer's
    Column("codes", LargeBinary, nullable=False),  # token and number, encrypted for the card's id
    Column("codes_key", Integer, nullable=False),
    Column("is_blank", Boolean, nullable=False),  # available to be issued
    Column("is_retired", Boolean, nullable=False),  # its codes lead to another card
    Column("was_replaced", Boolean, nullable=False),  # replaced codes lead to it
    Column("deactivated_version", BigInteger),  # the version from which tills could know
    Column("stamp_count", BigInteger, nullable=False),  # copied from the packed row, for queries
    Column("points_balance", BigInteger, nullable=False),  # copied from the packed row, for queries
    Column("packed", LargeBinary, nullable=False),  # the rest of the row for tills, see `sync.protocol.card_packing`
    Column("row_hash", BigInteger, nullable=False),  # its contribution to its bucket's sum
    _version(),
    *_times(),
    Index("ix_cards_version", "company_id", "version"),
    Index("ix_cards_token", "company_id", "token_hash"),
    Index("ix_cards_number", "company_id", "number_hmac"),
    _index_of_some("ix_cards_customer", "company_id", "customer_id"),
    Index(
        "ix_cards_replaced",
        "company_id",
        "card_id",
        sqlite_where=text("was_replaced"),
        postgresql_where=text("was_replaced"),
    ),
)

transactions = Table(
    "transactions",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("transaction_id", Id, primary_key=True),
    Column("card_id", Id, nullable=False),
    Column("kind", Text, nullable=False),
    Column("store_id", Id, nullable=False),
    Column("terminal_id", Id),
    Column("staff_id", Id),
    Column("override_id", Id),
    Column("program_number", Integer, nullable=False),
    Column("occurred_at", Moment, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("stamps", BigInteger, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("shortfall", BigInteger, nullable=False),
    Column("corrects", Id),
    Column("follows", Id),
    Column("amount_minor", BigInteger),
    Column("receipt", Text),
    Column("receipt_key", Text),  # of `loyalty.receipts`, if this earning has used its receipt
    Column("reward", Text),
    Column("reason", Text),
    _version(),  # also gives the order in the ledger
    *_times(),
    ForeignKeyConstraint(["company_id", "card_id"], ["cards.company_id", "cards.card_id"]),
    _index_of_some("uq_transactions_receipt", "company_id", "store_id", "receipt_key", unique=True),
    Index("ix_transactions_version", "company_id", "store_id", "version"),
    Index("ix_transactions_card", "company_id", "card_id", "version"),
    Index("ix_transactions_recorded", "company_id", "store_id", "recorded_at"),
    _index_of_some("ix_transactions_corrects", "company_id", "corrects"),
)

cases = Table(
    "cases",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("case_id", Id, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("card_id", Id),
    Column("entry_id", Id),
    Column("terminal_id", Id),
    Column("amount", BigInteger, nullable=False),  # stamps or points at stake
    Column("occurred_at", Moment, nullable=False),
    *_times(),
    Index("ix_cases_card", "company_id", "card_id"),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("table", Text, primary_key=True),  # a `sync.protocol.rows.Table`
    Column("row_id", Id, primary_key=True),
    _version(),
    *_times(),
    Index("ix_tombstones_version", "company_id", "version"),
)

digests = Table(
    "digests",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("table", Text, primary_key=True),  # a `sync.protocol.rows.Table`
    Column("scope_id", Id, primary_key=True),  # the company, terminal or store the rows belong to
    Column("bucket", Text, primary_key=True),
    Column("sum", BigInteger, nullable=False),  # sum of row hashes, see `sync.protocol.digests`
    *_times(),
)

pools = Table(
    "pools",  # blanks reserved for a terminal's screen, until known to be used
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("card_id", Id, primary_key=True),
    Column("terminal_id", Id, nullable=False),
    *_times(),
    Index("ix_pools_terminal", "company_id", "terminal_id"),
)
