"""Makes a company's snapshot: a replica file with its cards, indexes and all, compressed and hashed.

Everything in it is of one moment, and nothing that the feed would not send to any till of the company. It holds no
essentials, no verdicts and no transactions: those differ from till to till, and are few.
"""

import hashlib
import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from uuid import UUID

import zstandard
from sqlalchemy import Connection, NullPool, create_engine, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from server.db.tables import companies, platform, terminals
from server.db.units import Units
from server.snapshots.files import Mark, Place, Stored
from server.snapshots.reading import Ready, cards_as_sent
from sync import replica_sums
from sync.digests import row_hash
from sync.replica_tables import FILE_FORMAT, code_key, replica_tables
from sync.rows import Table as Kind

LEVEL = 1  # half of it is hashes, which no level makes smaller; higher ones cost more than they save
_PIECE = 4 * 1024 * 1024
_CARD = """INSERT INTO cards (id, version, token, number, blank, email, phone, row, hash)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_OLD_CODE = "INSERT OR REPLACE INTO old_codes (hash, card) VALUES (?, ?)"


def build(units: Units, company_id: UUID, place: Place, now: datetime) -> Stored:
    """Builds the snapshot and puts it in its place; the caller has the turn."""
    place.clear()
    try:
        with units.read() as conn:
            version, epoch = _moment(conn, company_id)
            marks = _marks(conn, company_id)
            rows = _fill(place.raw, cards_as_sent(conn, company_id))
        digest = _pack(place.raw, place.packed)
        stored = Stored(
            format=FILE_FORMAT,
            epoch=epoch,
            version=version,
            rows=rows,
            sha256=digest,
            bytes=place.packed.stat().st_size,
            file_bytes=place.raw.stat().st_size,
            built_at=now,
            marks=marks,
        )
        place.put(stored)
        return stored
    finally:
        place.clear()


def _moment(conn: Connection, company_id: UUID) -> tuple[int, int]:
    of_company = select(companies.c.clock, platform.c.epoch).join(platform, platform.c.id == 1)
    version, epoch = conn.execute(of_company.where(companies.c.company_id == company_id)).one()
    return version, epoch


def _marks(conn: Connection, company_id: UUID) -> tuple[Mark, ...]:
    query = select(terminals.c.terminal_id, terminals.c.journal_id, terminals.c.acked_seq)
    known = query.where(terminals.c.company_id == company_id, terminals.c.journal_id.is_not(None))
    return tuple(Mark(row.terminal_id, row.journal_id, row.acked_seq) for row in conn.execute(known))


def _fill(path: Path, parts: Iterable[list[Ready]]) -> int:
    """The file, rows first and indexes last; how many cards there are."""
    dialect, rows = sqlite.dialect(), 0
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        path.chmod(0o600)
        for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -200000", "temp_store = MEMORY"):
            file.execute(f"PRAGMA {setting}")  # a torn one is built again: nothing here is anybody's only copy
        file.execute("BEGIN")
        for table in replica_tables.sorted_tables:
            file.execute(str(CreateTable(table).compile(dialect=dialect)))
        for part in parts:
            file.executemany(_CARD, map(_card, part))
            old = [(code, one.row.id.bytes) for one in part for code in (*one.row.old_tokens, *one.row.old_numbers)]
            file.executemany(_OLD_CODE, old)
            rows += len(part)
        for table in replica_tables.sorted_tables:
            for index in sorted(table.indexes, key=lambda one: str(one.name)):
                file.execute(str(CreateIndex(index).compile(dialect=dialect)))
        file.execute(f"PRAGMA user_version = {FILE_FORMAT}")
        file.execute("COMMIT")
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.begin() as conn:
        replica_sums.begin(conn)  # here once, and not at each till while its counter waits
    return rows


def _card(one: Ready) -> tuple[bytes | int | None, ...]:
    row = one.row
    id_, token, number = row.id.bytes, code_key(row.token), code_key(row.number)
    hashed = row_hash(Kind.CARD, id_, one.version, one.sent)
    blank = int(row.created_at is None and not row.retired)
    return id_, one.version, token, number, blank, row.email, row.phone, one.sent, hashed


def _pack(raw: Path, packed: Path) -> bytes:
    """Compresses the file and sees it to the disk; the hash of what lies there."""
    digest = hashlib.sha256()
    compressor = zstandard.ZstdCompressor(level=LEVEL, threads=2).compressobj(size=raw.stat().st_size)
    with raw.open("rb") as source, packed.open("wb") as target:
        packed.chmod(0o600)
        while piece := source.read(_PIECE):
            out = compressor.compress(piece)
            digest.update(out)
            target.write(out)
        rest = compressor.flush()
        digest.update(rest)
        target.write(rest)
        target.flush()
        os.fsync(target.fileno())
    return digest.digest()
