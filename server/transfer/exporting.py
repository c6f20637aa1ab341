"""Everything of a company as one ZIP file: the rows of each table as JSON lines, and a manifest with counts and hashes.

Codes, names and contacts are in clear. Keys, verifiers, hashes and passwords are left out, and so are tables that
follow from others or serve the program's own work.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import IO, Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec
from sqlalchemy import Column, Connection, LargeBinary, Row, Table, and_, select

from server.cards import decrypted_texts
from server.db.tables import cards, customers, metadata
from server.keys import CompanyKeys
from server.ledger.rows.cards import row_in
from sync.protocol import sealing
from sync.protocol.card_packing import UNREADABLE
from sync.protocol.personal_text import Personal, parted

FORMAT = 1
MANIFEST = "manifest.json"
_AT_ONCE = 500  # rows read, and written
_STREAMED = {"yield_per": _AT_ONCE}

# What follows from other tables, serves the program's own work, or is a secret as a whole.
LEFT_OUT = frozenset(
    {
        "card_days",
        "card_list",
        "card_stores",
        "card_words",
        "digests",
        "directory",
        "export_parts",
        "exports",
        "idempotency",
        "import_parts",
        "import_rows",
        "jobs",
        "links",
        "memberships",
        "pairing_codes",
        "phone_answers",
        "pools",
        "slugs",
        "tally_cursors",
        "tombstones",
    }
)
# Of the other columns those are left out that hold bytes, but for the first ones here; and the second ones.
BYTES_KEPT = frozenset({("entries", "entry"), ("salvage", "entry"), ("looks", "logo"), ("looks", "logo_icon")})
SECRETS = frozenset(
    {
        ("staff", "verifier"),
        ("staff", "former_verifier"),
        ("customers", "name_key"),
        ("cards", "codes_key"),
        ("mails", "sealed_key"),
        ("cases", "sealed_key"),
        ("customer_sessions", "proved"),
        ("apple_devices", "push_token_key"),
        ("wallet_passes", "save_link_key"),
    }
)


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written of one table."""

    name: str
    rows: int
    sha256: str


def tables() -> list[Table]:
    """The tables of a company that are exported."""
    return [table for table in metadata.sorted_tables if "company_id" in table.c and table.name not in LEFT_OUT]


def columns(table: Table) -> list[Column[Any]]:
    """The columns of a table that are exported as they are."""
    return [
        column
        for column in table.c
        if (table.name, column.name) not in SECRETS
        and (not isinstance(column.type, LargeBinary) or (table.name, column.name) in BYTES_KEPT)
    ]


def write(conn: Connection, company_id: UUID, keys: CompanyKeys, file: IO[bytes], now: datetime) -> int:
    """Writes the ZIP file, of one moment; returns how many rows it has. *file* need not be seekable."""
    done = []
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for table in tables():
            done.append(_written(archive, table.name, _rows(conn, company_id, keys, table)))
        manifest = {
            "format": FORMAT,
            "company": str(company_id),
            "made_at": now,
            "tables": [
                {"name": one.name, "file": f"{one.name}.ndjson", "rows": one.rows, "sha256": one.sha256} for one in done
            ],
        }
        archive.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2))
    return sum(one.rows for one in done)


def _written(archive: ZipFile, name: str, rows: Iterable[Mapping[str, Any]]) -> Exported:
    digest, count, lines = hashlib.sha256(), 0, bytearray()
    with archive.open(f"{name}.ndjson", "w", force_zip64=True) as file:
        for row in rows:
            count += 1
            lines += _encode(row) + b"\n"
            if count % _AT_ONCE == 0:
                digest.update(lines)
                file.write(lines)
                lines.clear()
        digest.update(lines)
        file.write(lines)
    return Exported(str(name), count, digest.hexdigest())


def _rows(conn: Connection, company_id: UUID, keys: CompanyKeys, table: Table) -> Iterator[dict[str, Any]]:
    """The rows of a table, with what is encrypted in clear."""
    if table is cards:
        return _cards(conn, company_id, keys)
    if table is customers:
        return _customers(conn, company_id, keys)
    query = select(*columns(table)).where(table.c.company_id == company_id).order_by(*table.primary_key)
    return (row._asdict() for row in conn.execute(query, execution_options=_STREAMED))


def _cards(conn: Connection, company_id: UUID, keys: CompanyKeys) -> Iterator[dict[str, Any]]:
    query = select(cards).where(cards.c.company_id == company_id).order_by(cards.c.card_id)
    names = [column.name for column in columns(cards)]
    for row in conn.execute(query, execution_options=_STREAMED):
        said = {name: getattr(row, name) for name in names}
        codes = decrypted_texts.codes_of(row.card_id, row.codes, row.codes_key, keys)
        said |= {"number": None if codes is None else codes.number, "token": None if codes is None else codes.token}
        try:
            packed = row_in(row)
        except UNREADABLE:
            yield said
            continue
        personal = decrypted_texts.personal_of(packed, keys)
        said |= {name: getattr(packed, name) for name in _STATE}
        yield said | {"name": personal.name or None, "note": personal.note or None}


def _customers(conn: Connection, company_id: UUID, keys: CompanyKeys) -> Iterator[dict[str, Any]]:
    """Customers, whose names are encrypted for one of their cards."""
    same = and_(cards.c.company_id == customers.c.company_id, cards.c.customer_id == customers.c.customer_id)
    query = (
        select(customers, cards.c.card_id)
        .select_from(customers.outerjoin(cards, same))
        .where(customers.c.company_id == company_id)
        .order_by(customers.c.customer_id)
    )
    names = [column.name for column in columns(customers)]
    rows = conn.execute(query, execution_options=_STREAMED)
    for customer_id, of_customer in groupby(rows, key=attrgetter("customer_id")):
        mine = list(of_customer)
        personal = _personal(mine, keys)
        yield {name: getattr(mine[0], name) for name in names} | {
            "name": personal.name or None,
            "note": personal.note or None,
            "email": decrypted_texts.contact_of(customer_id, mine[0].email, keys),
            "phone": decrypted_texts.contact_of(customer_id, mine[0].phone, keys),
        }


def _personal(rows: Iterable[Row[Any]], keys: CompanyKeys) -> Personal:
    for row in rows:
        key = keys.data_with(row.name_key)
        if row.name is None or row.card_id is None or key is None:
            continue
        try:
            return parted(sealing.decrypt(key, row.card_id, row.name))
        except (sealing.Unopenable, UnicodeDecodeError):
            continue
    return Personal()


_STATE = (
    "created_at",
    "is_active",
    "total_stamps_earned",
    "stamps_redeemed",
    "total_points_earned",
    "points_redeemed",
    "welcome_given",
    "last_points_at",
    "last_redemption_at",
    "last_activity_at",
    "enrolled_at_store",
    "merged_into",
)
_encode = msgspec.json.Encoder().encode
Sink = Callable[[bytes], None]


class PartWriter:
    """A file that hands on what is written to it in parts of one size."""

    def __init__(self, size: int, sink: Sink) -> None:
        self._size = size
        self._sink = sink
        self._kept = bytearray()
        self.bytes = 0

    def write(self, data: bytes) -> int:
        """Takes bytes, as a file does."""
        self._kept += data
        self.bytes += len(data)
        while len(self._kept) >= self._size:
            self._sink(bytes(self._kept[: self._size]))
            del self._kept[: self._size]
        return len(data)

    def flush(self) -> None:
        """Does nothing: parts are handed on when they are full."""

    def close(self) -> None:
        """Hands on the last part."""
        if self._kept:
            self._sink(bytes(self._kept))
            self._kept.clear()
