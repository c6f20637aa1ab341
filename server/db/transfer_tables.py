"""Tables of what other programs have or get: imports and exports, the codes of another program that lead to cards, and
passes in the wallets of phones.

What is staged of an import and what an export has made is encrypted under the company's data key, and deleted after its
time. No till receives these rows; of old codes it gets those of each card with the card.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, Table, Text

from server.db.columns import Id, Moment
from server.db.schema import index_of_some, json, metadata, times

old_codes = Table(
    "old_codes",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("hash", LargeBinary, primary_key=True),  # the look-up hash of the text
    Column("card_id", Id, nullable=False),
    *times(),
    Index("ix_old_codes_card", "company_id", "card_id"),
)

imports = Table(
    "imports",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("import_id", Id, primary_key=True),
    Column("name", Text, nullable=False),  # the file's
    Column("sha256", LargeBinary, nullable=False),
    Column("size", BigInteger, nullable=False),  # in bytes
    Column("encoding", Text, nullable=False),
    Column("separator", Text, nullable=False),
    Column("columns", json(), nullable=False),  # their names, as the file has them
    Column("choice", json()),  # a `server.transfer.row_values.Choice`
    Column("state", Text, nullable=False),  # a `server.transfer.imports.State`
    Column("wrong", Text),  # why nothing of it can be taken
    Column(
        "next_row", Integer, nullable=False
    ),  # where planning or running goes on; 0: rows of an earlier plan go first
    *(Column(name, BigInteger, nullable=False) for name in ("makes", "adds", "clashes", "refused")),
    Column("weak_codes", BigInteger, nullable=False),  # codes that can be guessed, being short or in sequence
    Column("done", BigInteger, nullable=False),  # rows that were carried out
    Column("staff_id", Id),  # who sent it
    Column("run_by", Id),  # who had it carried out
    Column("done_at", Moment),
    Column("cleared_at", Moment),  # when file and rows were deleted
    *times(),
    Index("ix_imports_created", "company_id", "created_at", "import_id"),
)

import_parts = Table(
    "import_parts",  # the file
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("import_id", Id, primary_key=True),
    Column("place", Integer, primary_key=True),  # from 0
    Column("sealed", LargeBinary, nullable=False),
    Column("sealed_key", Integer, nullable=False),
    *times(),
)

import_rows = Table(
    "import_rows",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("import_id", Id, primary_key=True),
    Column("row", Integer, primary_key=True),  # its number in the file
    Column("word", Text, nullable=False),  # a `server.transfer.import_plan.Word`
    Column("reason", Text),  # why it is refused
    Column("other_row", Integer),  # the row of the same file that it clashes with
    Column("card_id", Id),  # that it makes, adds to or clashes with
    Column("is_done", Boolean, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # the cells
    Column("sealed_key", Integer, nullable=False),
    *(Column(name, LargeBinary) for name in ("code_hmac", "email_hmac", "phone_hmac")),  # of rows to be carried out
    *times(),
    Index("ix_import_rows_word", "company_id", "import_id", "word", "row"),
    *(
        index_of_some(f"ix_import_rows_{name}", "company_id", "import_id", f"{name}_hmac")
        for name in ("code", "email", "phone")
    ),
    index_of_some("ix_import_rows_card", "company_id", "import_id", "card_id"),
)

exports = Table(
    "exports",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("export_id", Id, primary_key=True),
    Column("state", Text, nullable=False),  # a `server.transfer.exports.State`
    Column("staff_id", Id),
    Column("size", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("done_at", Moment),
    Column("cleared_at", Moment),
    *times(),
    Index("ix_exports_created", "company_id", "created_at", "export_id"),
)

export_parts = Table(
    "export_parts",  # the ZIP file
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("export_id", Id, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("sealed_key", Integer, nullable=False),
    *times(),
)

wallet_passes = Table(
    "wallet_passes",  # see `server.wallet.state`
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("pass_id", Id, primary_key=True),
    Column("card_id", Id, nullable=False),
    Column("maker", Text, nullable=False),  # a `server.wallet.makers.MakerName`
    Column("code", LargeBinary, nullable=False),  # the token hash of the code that it shows
    Column("language", Text, nullable=False),
    Column("content_hash", LargeBinary),  # of what it has to show; null until that was looked up
    Column("tag", BigInteger, nullable=False),  # see `server.wallet.state.next_tag`; of the content
    Column("changed_at", Moment),  # when the content became so, in whole seconds, each later than the one before
    Column("shown_hash", LargeBinary),  # of what the maker, or a phone, has
    Column("told_at", Moment),  # when the maker took the content, or word of it; null if it has to be told
    Column("tells", Integer, nullable=False),  # how often it was told of this content
    Column("tries", Integer, nullable=False),  # that failed since
    Column("next_at", Moment),  # when it is looked at next; null: when something changes
    Column("error", Text),  # what the maker said last
    Column("read_version", BigInteger, nullable=False),  # the company's clock when the content was looked up last
    Column("read_at", Moment),
    Column("save_link", LargeBinary),  # encrypted: the address that puts the pass into a wallet
    Column("save_link_key", Integer),
    Column("saved_at", Moment),  # when a wallet was first seen to have it
    Column("removed_at", Moment),  # when it was removed from the last wallet
    Column("voided_at", Moment),
    Column("delete_at", Moment),  # its card was erased
    *times(),
    Index("ix_wallet_passes_card", "company_id", "card_id"),
    Index("ix_wallet_passes_version", "company_id", "read_version"),
    Index("ix_wallet_passes_read", "company_id", "read_at"),
    Index("ix_wallet_passes_tag", "company_id", "tag"),
    index_of_some("ix_wallet_passes_next", "company_id", "next_at"),
    index_of_some("ix_wallet_passes_delete", "company_id", "delete_at"),
)

apple_devices = Table(
    "apple_devices",  # iPhones that have a pass, see `server.wallet.apple_devices`
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("pass_id", Id, primary_key=True),
    Column("device_hash", LargeBinary, primary_key=True),  # its identifier is a secret that it shares with us
    Column("push_token", LargeBinary, nullable=False),  # encrypted for the pass's id
    Column("push_token_key", Integer, nullable=False),
    Column("registered_at", Moment, nullable=False),
    Column("asked_at", Moment, nullable=False),  # when it last fetched the pass
    Column("waits_until", Moment),  # Apple wants no push to it before
    Column("waits_s", Integer, nullable=False),  # how long it waited last
    *times(),
    Index("ix_apple_devices_device", "company_id", "device_hash"),
)

wallet_directory = Table(
    "wallet_directory",  # the companies of a pass's serial, or of a phone; the platform's, as addresses name no company
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("company_id", Id, primary_key=True),
    *times(),
)

wallet_makers = Table(
    "wallet_makers",  # how each maker answers, see `server.wallet.makers`; the platform's
    metadata,
    Column("maker", Text, primary_key=True),
    Column("failures", Integer, nullable=False),  # in a row
    Column("stops", Integer, nullable=False),  # in a row, each longer than the one before
    Column("stopped_until", Moment),
    Column("error", Text),
    *times(),
)
