"""Builds a company's snapshot: a compressed, hashed replica file with its cards and indexes.

All rows are from one moment, and only rows that every till of the company may have. Essentials, verdicts and
transactions are left out, since they are few and differ between tills.
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

LEVEL = -1  # mostly hashes and ids, which compress no better at higher levels
_PIECE = 4 * 1024 * 1024


def build(units: Units, company_id: UUID, place: SnapshotFolder, now: datetime) -> Stored:
    """Builds the snapshot and puts it in place; the caller holds the turn."""
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
    """The stored sums of cards, by bucket."""
    of_cards = (digests.c.company_id == company_id, digests.c.table == Table.CARD, digests.c.scope_id == company_id)
    query = select(digests.c.bucket, digests.c.sum).where(*of_cards, digests.c.sum != 0)
    return {row.bucket: row.sum for row in conn.execute(query)}


def _pack(raw: Path, packed: Path) -> bytes:
    """Compresses the file durably; returns the hash of the compressed bytes."""
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
