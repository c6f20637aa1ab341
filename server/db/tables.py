"""All tables of the company server. What belongs to a company has `company_id` first in its keys and constraints.

So that a database can be sharded by company; `platform`, `directory` and `slugs` are small and the platform's own.

`version` is the company's counter at the row's last change: the feed reads by it. Times are `Moment`s.
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
    """An index of the few rows where the last column says anything: the others cost it nothing."""
    some = text(f"{columns[-1]} IS NOT NULL")
    return Index(name, *columns, unique=unique, sqlite_where=some, postgresql_where=some)


platform = Table(
    "platform",
    metadata,
    Column("id", Integer, primary_key=True),  # always 1
    Column("epoch", BigInteger, nullable=False),
    Column("keys_id", Text, nullable=False),  # which key file belongs to this database
    Column("limits", _json(), nullable=False),
    Column("rows_format", Integer),  # `sync.protocol.digests.ROWS_FORMAT` that the sums were counted by
    *_times(),
)

directory = Table(
    "directory",
    metadata,
    Column("hash", LargeBinary, primary_key=True),  # of tokens; HMAC of numbers under the platform key
    Column("kind", Text, nullable=False),  # token, number
    Column("company_id", Id, nullable=False),
    Column("card_id", Id, nullable=False),
    *_times(),
)

slugs = Table(
    "slugs",
    metadata,
    Column("slug", Text, primary_key=True),  # what command lines and addresses call a company
    Column("company_id", Id, nullable=False),
    *_times(),
)

companies = Table(
    "companies",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("settings", _json(), nullable=False),  # the values chosen; defaults are the code's
    Column("clock", BigInteger, nullable=False),  # the last version handed out: its row is the company's lock
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
    Column("dismissed_version", BigInteger),  # the version at which tills could know
    Column("pin_set_at", Moment),  # when a till set the PIN that holds; null: the office did
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
    Column("journal_id", Id),  # the journal it writes now; null until the first exchange
    Column("acked_seq", BigInteger, nullable=False),
    Column("head", LargeBinary),  # the link at acked_seq
    Column("forked_at", Moment),
    Column("revoked_at", Moment),
    Column("last_seen_at", Moment),
    Column("differences", BigInteger, nullable=False, server_default="0"),  # how often its replica was found wrong
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
    Column("keys_hash", LargeBinary),  # of the public keys it was used with
    Column("answer", LargeBinary),  # repeated for an hour to the same keys
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
    Column("entry_id", Id),  # null for bytes that cannot be read, or that repeat another entry's id
    Column("hash", LargeBinary, nullable=False),
    Column("entry", LargeBinary, nullable=False),
    Column("side", LargeBinary),  # until it has been applied; personal fields then lie in `customers`
    Column("occurred_at", Moment),  # as placed between the till's anchors when it came
    Column("word", Text, nullable=False),  # the company's: there is no entry without a verdict
    Column("verdict", LargeBinary, nullable=False),  # a `sync.protocol.rows.VerdictRow`, as its till gets it
    Column("waits_for", Text),  # a card's or entry's id, a code's hash in hexadecimal, or a word; null unless held
    Column("case_due_at", Moment),  # held until then, it becomes a case; null once it is one
    _version(),  # of the verdict
    *_times(),
    UniqueConstraint("company_id", "entry_id"),
    Index("ix_entries_version", "company_id", "terminal_id", "version"),
    _index_of_some("ix_entries_waits_for", "company_id", "waits_for"),
    _index_of_some("ix_entries_case_due", "company_id", "case_due_at"),
)

salvage = Table(
    "salvage",  # entries handed over by a terminal that was turned away; none of them is judged
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("terminal_id", Id, primary_key=True),
    Column("journal_id", Id, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("hash", LargeBinary, primary_key=True),  # two copies of one journal may both go on with a seq
    Column("entry", LargeBinary, nullable=False),
    Column("side", LargeBinary),
    *_times(),
)

customers = Table(
    "customers",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("customer_id", Id, primary_key=True),
    Column("name", LargeBinary),  # under the data key, for the card's id, as tills get it
    Column("name_key", Integer, nullable=False),
    Column("email", LargeBinary),  # under the data key, for the customer's id
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
    Column("codes", LargeBinary, nullable=False),  # token and number under the data key, for the card's id
    Column("codes_key", Integer, nullable=False),
    Column("is_blank", Boolean, nullable=False),  # nobody has it, and it can be given out
    Column("is_retired", Boolean, nullable=False),  # its codes lead elsewhere
    Column("was_replaced", Boolean, nullable=False),  # older codes lead to it
    Column("deactivated_version", BigInteger),  # the version at which tills could know
    Column("stamp_count", BigInteger, nullable=False),  # as the row says, for queries
    Column("points_balance", BigInteger, nullable=False),  # the same
    Column("packed", LargeBinary, nullable=False),  # the rest of what tills get of it, see `sync.protocol.card_packing`
    Column("row_hash", BigInteger, nullable=False),  # what the row adds to its bucket's sum
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
    Column("receipt_key", Text),  # the receipt, where this is the earning that counts for it
    Column("reward", Text),
    Column("reason", Text),
    _version(),  # also the order in the ledger
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
    Column("scope_id", Id, primary_key=True),  # the company, the terminal or the store whose rows these are
    Column("bucket", Text, primary_key=True),
    Column("sum", BigInteger, nullable=False),  # of the rows' hashes, see `sync.protocol.digests`
    *_times(),
)

pools = Table(
    "pools",  # blanks that one terminal shows on its screen, until they are known to be used
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("card_id", Id, primary_key=True),
    Column("terminal_id", Id, nullable=False),
    *_times(),
    Index("ix_pools_terminal", "company_id", "terminal_id"),
)
