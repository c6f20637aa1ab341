"""Tables of imports and exports, and of the codes of another program that lead to cards.

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
