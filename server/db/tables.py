"""The tables of a company's books, and the platform's own.

A company's tables have `company_id` first in their keys and constraints, which allows sharding by company; `platform`,
`directory` and `slugs` are small and shared. `version` is the company's counter at the row's last change, by which the
feed reads. Times are `Moment`s. Tables of other subjects lie in modules of their own, which are imported here so that
`metadata` has them all.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)

from server.db import account_tables, answers, transfer_tables, work_tables
from server.db.columns import Id, Moment
from server.db.schema import FEW, WIDE, index_of_some, json, metadata, times, version

__all__ = ["account_tables", "answers", "metadata", "transfer_tables", "work_tables"]  # beside these
_REPLACED = text("was_replaced")
_HAS_SIDE = text("side IS NOT NULL")

platform = Table(
    "platform",
    metadata,
    Column("id", Integer, primary_key=True),  # always 1
    Column("epoch", BigInteger, nullable=False),
    Column("keys_id", Text, nullable=False),  # id of the key file of this database
    Column("limits", json(), nullable=False),
    Column("rows_format", Integer),  # `sync.protocol.digests.ROWS_FORMAT` of the stored sums
    Column("wallet_tag", BigInteger, nullable=False, server_default="0"),  # counts changes of passes
    *times(),
)

directory = Table(
    "directory",
    metadata,
    Column("hash", LargeBinary, primary_key=True),  # hash of a token, or HMAC of a number under the platform key
    Column("kind", Text, nullable=False),  # token, number
    Column("company_id", Id, nullable=False),
    Column("card_id", Id, nullable=False),
    *times(),
)

slugs = Table(
    "slugs",
    metadata,
    Column("slug", Text, primary_key=True),  # a company's name in commands and addresses
    Column("company_id", Id, nullable=False),
    *times(),
)

companies = Table(
    "companies",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("settings", json(), nullable=False),  # the values chosen; defaults are the code's
    Column("settings_since", json()),  # by name, the version at which the present value was chosen
    Column("authority_version", BigInteger, nullable=False, server_default="0"),  # of the newest change of who may what
    Column("suspended_at", Moment),  # since when its people may change nothing; its tills serve on
    Column("clock", BigInteger, nullable=False),  # the last version handed out: its row is the company's lock
    version(),
    *times(),
)

programs = Table(
    "programs",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("program_id", Id, nullable=False),
    Column("holds_from", Moment, nullable=False),
    Column("body", json(), nullable=False),
    Column("withdrawn_at", Moment),  # before it began: it holds at no time
    version(),
    *times(),
    Index("ix_programs_version", "company_id", "version"),
)

stores = Table(
    "stores",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("store_id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("closed_at", Moment),  # since when nothing is booked there
    version(),
    *times(),
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
    Column("stores", json()),  # ids as text; null: all
    Column("verifier", json(), nullable=False),
    Column("former_verifier", json()),  # of the PIN before, for tills that have not heard of the new one
    Column("is_active", Boolean, nullable=False),
    Column("changed_version", BigInteger),  # of the last change of what they may; null: it is as it began
    Column("pin_set_at", Moment),  # when the PIN that holds was set; null: at the hiring
    Column("has_pin", Boolean, nullable=False, server_default=true()),  # false: the verifier fits no PIN
    Column("account_id", Id),  # with which they sign in to the office
    version(),
    *times(),
    UniqueConstraint("company_id", "name"),
    Index("ix_staff_version", "company_id", "version"),
    index_of_some("uq_staff_account", "company_id", "account_id", unique=True),
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
    Column("head", LargeBinary),  # the link at acked_seq
    Column("said_seq", BigInteger, nullable=False, server_default="0"),  # how long it last said that its journal is
    Column("program_version", Text),  # of the program that it last said it runs, as in 1.4.0
    Column("marks", Text),  # `server.exchange.marks`: what it had been told, and from which entry on
    Column("forked_at", Moment),
    Column("revoked_at", Moment),
    Column("exposed_at", Moment),  # when it was revoked as stolen; null once nothing is under keys that it knows
    Column("last_seen_at", Moment),
    Column("differences", WIDE, nullable=False, server_default="0"),  # how often its replica was found wrong
    Column("differed_at", Moment),
    version(),
    *times(),
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
    Column("key", LargeBinary),  # encrypted; until the code has expired, or its answer is forgotten
    Column("keys_hash", LargeBinary),  # hash of the public keys it was used with
    Column("answer", LargeBinary),  # repeated to the same keys for an hour
    *times(),
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
    Column("side", LargeBinary),  # until it has been applied; personal fields then lie in `customers`
    Column("occurred_at", Moment),  # as placed between the till's anchors when it came
    Column("word", Text, nullable=False),  # the company's: there is no entry without a verdict
    Column("verdict", LargeBinary, nullable=False),  # a `sync.protocol.rows.VerdictRow`, as its till gets it
    Column("waits_for", Text),  # a card's or entry's id, a code's hash in hexadecimal, or a word; null unless held
    Column("told", Text),  # `server.ledger.rows.till_knowledge`, while it is held
    Column("case_due_at", Moment),  # held until then, it becomes a case; null once it is one
    version(),  # of the verdict
    *times(),
    UniqueConstraint("company_id", "entry_id"),
    Index("ix_entries_version", "company_id", "terminal_id", "version"),
    index_of_some("ix_entries_waits_for", "company_id", "waits_for", info=FEW),
    index_of_some("ix_entries_case_due", "company_id", "case_due_at", info=FEW),
    Index("ix_entries_side", "company_id", "entry_id", sqlite_where=_HAS_SIDE, postgresql_where=_HAS_SIDE, info=FEW),
)

salvage = Table(
    "salvage",  # unjudged entries handed over by turned-away terminals
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("terminal_id", Id, primary_key=True),
    Column("journal_id", Id, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("hash", LargeBinary, primary_key=True),  # copies of one journal may both continue with a seq
    Column("entry_id", Id),  # as its case names it
    Column("entry", LargeBinary, nullable=False),
    Column("side", LargeBinary),
    *times(),
    index_of_some("ix_salvage_entry", "company_id", "entry_id"),
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
    Column("verified_at", Moment),  # when they proved that the contact is theirs
    Column("language", Text),
    Column("consent", Boolean, nullable=False),
    Column("consent_at", Moment),  # when it was given, if another program has said so
    Column("mail_off", Boolean, nullable=False, server_default=false()),  # they want no notices
    Column("undeliverable_at", Moment),  # when a mail server refused the e-mail address for good
    *times(),
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
    Column("is_blank", Boolean, nullable=False),  # nobody has it, and it can be given out
    Column("is_retired", Boolean, nullable=False),  # its codes lead elsewhere
    Column("was_replaced", Boolean, nullable=False),  # other codes lead to it too: older ones, or another program's
    Column("deactivated_version", BigInteger),  # the version at which tills could know
    Column("stamp_count", WIDE, nullable=False),  # as the row says, for queries
    Column("points_balance", BigInteger, nullable=False),  # the same
    Column("packed", LargeBinary, nullable=False),  # the rest of what tills get of it, see `sync.protocol.card_packing`
    Column("row_hash", BigInteger, nullable=False),  # what the row adds to its bucket's sum
    version(),
    *times(),
    Index("ix_cards_version", "company_id", "version"),
    Index("ix_cards_token", "company_id", "token_hash"),
    Index("ix_cards_number", "company_id", "number_hmac"),
    index_of_some("ix_cards_customer", "company_id", "customer_id"),
    Index("ix_cards_replaced", "company_id", "card_id", sqlite_where=_REPLACED, postgresql_where=_REPLACED),
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
    Column("stamps", WIDE, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("shortfall", BigInteger, nullable=False),
    Column("corrects", Id),
    Column("follows", Id),
    Column("amount_minor", BigInteger),
    Column("receipt", Text),
    Column("receipt_key", Text),  # of `loyalty.receipts`, if this earning has used its receipt
    Column("reward", Text),
    Column("reason", Text),
    Column("case_id", Id),  # that was decided
    Column("choice", Text),
    Column("reached", BigInteger),  # see `loyalty.reach`; null in rows of an older program until they are summed
    Column("taken", BigInteger),  # the same
    Column("waited_days", Integer),
    version(),  # also gives the order in the ledger
    *times(),
    ForeignKeyConstraint(["company_id", "card_id"], ["cards.company_id", "cards.card_id"]),
    index_of_some("uq_transactions_receipt", "company_id", "store_id", "receipt_key", unique=True),
    Index("ix_transactions_version", "company_id", "store_id", "version"),
    Index("ix_transactions_card", "company_id", "card_id", "version"),
    Index("ix_transactions_recorded", "company_id", "store_id", "recorded_at"),
    index_of_some("ix_transactions_corrects", "company_id", "corrects"),
)

pin_passes = Table(
    "pin_passes",  # where in its terminal's journal somebody last passed their PIN
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("terminal_id", Id, primary_key=True),
    Column("staff_id", Id, primary_key=True),
    Column("journal_id", Id, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("occurred_at", Moment, nullable=False),
    *times(),
)

pin_changes = Table(
    "pin_changes",  # every PIN that a till has set, or was not let set
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("change_id", Id, primary_key=True),  # the entry's
    Column("terminal_id", Id, nullable=False),
    Column("staff_id", Id, nullable=False),  # whose PIN
    Column("answering_id", Id),  # who answers for it: themselves, or the manager who let them
    Column("occurred_at", Moment, nullable=False),
    Column("word", Text, nullable=False),
    Column("reason", Text),
    *times(),
    Index("ix_pin_changes_created", "company_id", "created_at"),
)

phone_answers = Table(
    "phone_answers",  # what head office has told somebody at a till, until a new PIN was set by it
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("terminal_id", Id, primary_key=True),
    Column("staff_id", Id, primary_key=True),
    Column("answered_at", Moment, nullable=False),
    *times(),
)

staff_days = Table(
    "staff_days",  # what a person has given out on one of the company's days
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("staff_id", Id, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("points", BigInteger, nullable=False),
    Column("stamps", BigInteger, nullable=False, server_default="0"),
    Column("rewards", BigInteger, nullable=False),
    *times(),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("table", Text, primary_key=True),  # a `sync.protocol.rows.Table`
    Column("row_id", Id, primary_key=True),
    version(),
    *times(),
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
    *times(),
)

pools = Table(
    "pools",  # blanks reserved for a terminal's screen, until known to be used
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("card_id", Id, primary_key=True),
    Column("terminal_id", Id, nullable=False),
    *times(),
    Index("ix_pools_terminal", "company_id", "terminal_id"),
)
