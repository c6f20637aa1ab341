"""Which company the serial of a pass, or a phone, belongs to: the makers' addresses name none.

Both are kept as hashes. A phone may have passes of several companies, none of which learns of the others.
"""

from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from server.db.transfer_tables import wallet_directory


def of_serial(pass_id: UUID) -> bytes:
    """What leads to a pass."""
    return sha256(b"serial\x00" + pass_id.bytes).digest()


def of_phone(device: str) -> bytes:
    """What leads to the passes of a phone; its identifier is a secret that it shares with this server."""
    return sha256(b"phone\x00" + device.encode()).digest()


def enter(conn: Connection, hashed: bytes, company_id: UUID, now: datetime) -> None:
    """Notes that a serial or a phone leads to the company."""
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    row = {"hash": hashed, "company_id": company_id, "created_at": now, "updated_at": now}
    conn.execute(dialect.insert(wallet_directory).values(row).on_conflict_do_nothing())


def companies_of(conn: Connection, hashed: bytes) -> list[UUID]:
    """The companies that a serial or a phone leads to."""
    query = select(wallet_directory.c.company_id).where(wallet_directory.c.hash == hashed)
    return list(conn.execute(query.order_by(wallet_directory.c.company_id)).scalars())


def leave(conn: Connection, hashed: bytes, company_id: UUID) -> None:
    """Forgets that a serial or a phone leads to the company."""
    one = (wallet_directory.c.hash == hashed, wallet_directory.c.company_id == company_id)
    conn.execute(delete(wallet_directory).where(*one))
