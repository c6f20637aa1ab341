"""Makes a company's snapshot: a replica file with its cards, indexes and all, compressed and hashed.

Everything in it is of one moment, and nothing that the feed would not send to any till of the company. It holds no
essentials, no verdicts and no transactions: those differ from till to till, and are few.
"""

import hashlib
import os
from datetime import datetime
from pathlib import Path
from uuid import UUID

import zstandard
from sqlalchemy import Connection, select

from server.db.tables import companies, digests, platform, terminals
from server.db.units import Units
from server.snapshots import filling
from server.snapshots.copying import books, copy
from server.snapshots.files import Mark, SnapshotFolder, Stored
from sync.protocol.rows import Table
from sync.replica.tables import FILE_FORMAT

LEVEL = -1  # nearly all of it is hashes and ids, which no level makes smaller; others cost more than they save
_PIECE = 4 * 1024 * 1024


def build(units: Units, company_id: UUID, place: SnapshotFolder, now: datetime) -> Stored:
    """Builds the snapshot and puts it in its place; the caller has the turn."""
    place.clear()
    try:
        with filling.begun(place.raw) as file:
            with books(units, file) as conn:
                version, epoch = _moment(conn, company_id)
                marks = _marks(conn, company_id)
                sums = _sums(conn, company_id)
                rows = copy(conn, company_id, file)
            filling.finish(file, sums)
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


def _sums(conn: Connection, company_id: UUID) -> dict[str, int]:
    """Those of the cards by bucket, which the books keep."""
    of_cards = (digests.c.company_id == company_id, digests.c.table == Table.CARD, digests.c.scope_id == company_id)
    query = select(digests.c.bucket, digests.c.sum).where(*of_cards, digests.c.sum != 0)
    return {row.bucket: row.sum for row in conn.execute(query)}


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
