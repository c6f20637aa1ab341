"""The tables of `replica.db`, which the server fills as a snapshot and a till updates from the feed.

Look-up columns are derived from a row's bytes and can be rebuilt. In a snapshot, cards are packed and the columns hold
what is left out.
"""

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, Table, Text, literal_column, text

FILE_FORMAT = 8  # a file of another format is emptied and fetched again, but for those that have a step to this one
CODE_KEY_BYTES = 8  # prefix of a code's hash used for look-ups; full hashes would double a snapshot

replica_tables = MetaData()

state = Table(
    "state",
    replica_tables,
    Column("id", Integer, primary_key=True),  # always 1
    Column("journal_id", LargeBinary, nullable=False),
    Column("acked_seq", Integer, nullable=False),
    Column("essentials", Integer, nullable=False),
    Column("bulk", Integer, nullable=False),
    Column("recent", Integer),  # position in the store's transactions while behind bulk
    Column("complete", Integer, nullable=False),  # 1 once the first load is done
    Column("base_seq", Integer, nullable=False),  # this till's entries that the initial snapshot includes
    Column("rows", Integer, nullable=False),  # rows received in the first load
    Column("rows_left", Integer),
    Column("confirmed_at", Text),  # server time of the last exchange after which nothing was left
    Column("seal", LargeBinary),
    Column("anchor", LargeBinary),
    Column("health", LargeBinary),  # `terminal.storage.replica_repair.Health`
)

essentials = Table(
    "essentials",
    replica_tables,
    Column("kind", Text, primary_key=True),
    Column("id", LargeBinary, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("row", LargeBinary, nullable=False),
    Column("hash", Integer),  # its contribution to its bucket's sum
)

verdicts = Table(
    "verdicts",
    replica_tables,
    Column("id", LargeBinary, primary_key=True),  # the entry's
    Column("version", Integer, nullable=False),
    Column("journal_id", LargeBinary, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("word", Text, nullable=False),
    Column("card", LargeBinary),
    Column("card_version", Integer, nullable=False),
    Column("row", LargeBinary, nullable=False),
    Column("hash", Integer),  # its contribution to its bucket's sum
)
Index("ix_verdicts_seq", verdicts.c.seq)
Index("ix_verdicts_card", verdicts.c.card, verdicts.c.card_version)
Index("ix_verdicts_word", verdicts.c.word, sqlite_where=text("word != 'accepted'"))

cards = Table(
    "cards",
    replica_tables,
    Column("id", LargeBinary, nullable=False),  # unique by a separate index, which snapshots create last
    Column("version", Integer, nullable=False),
    Column("as_of_seq", Integer),  # the row includes this till's entries up to here; null: up to `base_seq`
    Column("token", LargeBinary, nullable=False),
    Column("number", LargeBinary, nullable=False),
    Column("blank", Integer, nullable=False),
    Column("email", LargeBinary),
    Column("phone", LargeBinary),
    Column("row", LargeBinary, nullable=False),  # as sent or packed: see `sync.replica.cards`
    Column("hash", Integer),  # its contribution to its bucket's sum
    Index("ix_cards_token", text(f"substr(token, 1, {CODE_KEY_BYTES})")),
    Index("ix_cards_number", text(f"substr(number, 1, {CODE_KEY_BYTES})")),
)
Index("ix_cards_id", cards.c.id, unique=True)
Index("ix_cards_blank", cards.c.blank, sqlite_where=text("blank = 1"))
Index("ix_cards_email", cards.c.email, sqlite_where=cards.c.email.isnot(None))
Index("ix_cards_phone", cards.c.phone, sqlite_where=cards.c.phone.isnot(None))

old_codes = Table(
    "old_codes",
    replica_tables,
    Column("hash", LargeBinary, primary_key=True),
    Column("card", LargeBinary, nullable=False),
)

transactions = Table(
    "transactions",
    replica_tables,
    Column("id", LargeBinary, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("card", LargeBinary, nullable=False),
    Column("receipt", Text),
    Column("corrects", LargeBinary),
    Column("day", Text, nullable=False),  # the UTC day on which the server recorded it
    Column("row", LargeBinary, nullable=False),
    Column("hash", Integer),  # its contribution to its bucket's sum
)
Index("ix_transactions_card", transactions.c.card, transactions.c.version)
Index("ix_transactions_receipt", transactions.c.receipt, sqlite_where=transactions.c.receipt.isnot(None))
Index("ix_transactions_corrects", transactions.c.corrects, sqlite_where=transactions.c.corrects.isnot(None))

cases = Table(
    "cases",
    replica_tables,
    Column("id", LargeBinary, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("day", Text, nullable=False),  # the UTC day on which it was opened or changed last
    Column("row", LargeBinary, nullable=False),
    Column("hash", Integer),  # its contribution to its bucket's sum
)

digests = Table(
    "digests",
    replica_tables,
    Column("kind", Text, primary_key=True),
    Column("bucket", Text, primary_key=True),
    Column("sum", Integer, nullable=False),  # kept by the triggers of `sync.replica.sums`
    sqlite_with_rowid=False,
)


# The prefix of a hash, as indexed.
TOKEN_KEY = literal_column(f"substr(cards.token, 1, {CODE_KEY_BYTES})", LargeBinary)
NUMBER_KEY = literal_column(f"substr(cards.number, 1, {CODE_KEY_BYTES})", LargeBinary)


def code_key(code_hash: bytes) -> bytes:
    """The look-up prefix of a code's hash; callers compare the full hash."""
    return code_hash[:CODE_KEY_BYTES]
