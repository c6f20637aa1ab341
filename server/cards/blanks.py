"""Issuing of blank cards, whose numbers and codes are unique on the platform and known to all tills of the company.

Plain codes leave this module only once, for the printer; tables hold hashes and the codes encrypted.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection, insert, select

from loyalty.codes import TOKEN_BYTES, make_number, make_token
from server.db.tables import directory
from server.db.units import next_version
from server.keys import CompanyKeys, Keys
from server.ledger.judging.savepoint_booking import release
from server.ledger.rows import cards
from server.ledger.rows.cards import Codes, NewCard
from server.refusals import No, Refused
from sync.protocol import sealing
from sync.protocol.sealing import Key

BLANKS_MAX = 100_000
_LOOKED_UP_AT_ONCE = 5_000  # hashes per query


@dataclass(frozen=True, slots=True)
class Blank:
    """A card without a customer, with its printed codes."""

    id: UUID
    number: str
    token: str


def random_blanks() -> Iterator[Blank]:
    """An endless iterator of random blanks."""
    while True:
        yield Blank(uuid4(), make_number(secrets.token_bytes(16)), make_token(secrets.token_bytes(TOKEN_BYTES)))


def issue(
    conn: Connection,
    company_id: UUID,
    keys: Keys,
    source: Iterator[Blank],
    *,
    count: int,
    now: datetime,
    pooled: bool = False,
) -> list[Blank]:
    """Stores the next *count* blanks of *source* with unused codes, and judges entries that waited for them.

    *pooled* blanks are shown on a till's screen and not printed.
    """
    if not 1 <= count <= BLANKS_MAX:
        raise Refused(No.COUNT_INVALID, str(BLANKS_MAX))
    blanks, own = _unheard_of(conn, keys.platform, source, count), keys.company(company_id)
    times = {"created_at": now, "updated_at": now}
    first = next_version(conn, company_id, count)
    new = [NewCard(blank.id, _codes(blank, own), first + n, pooled=pooled) for n, blank in enumerate(blanks)]
    cards.add(conn, company_id, new, now)
    conn.execute(
        insert(directory),
        [
            {"hash": hashed, "kind": kind, "company_id": company_id, "card_id": blank.id} | times
            for blank in blanks
            for kind, hashed in _routes(blank, keys.platform)
        ],
    )
    arrived = [code.hex() for one in new for code in (one.codes.token_hash, one.codes.number_hmac)]
    release(conn, company_id, keys, arrived, now)
    return blanks


def _unheard_of(conn: Connection, platform: Key, source: Iterator[Blank], count: int) -> list[Blank]:
    """Draws blanks whose codes are unused on the platform; a taken number is skipped."""
    found: dict[bytes, Blank] = {}
    while len(found) < count:
        drawn = [next(source) for _ in range(min(count - len(found), _LOOKED_UP_AT_ONCE))]
        hashes = {blank: [hashed for _, hashed in _routes(blank, platform)] for blank in drawn}
        asked = [hashed for both in hashes.values() for hashed in both]
        taken = set(conn.execute(select(directory.c.hash).where(directory.c.hash.in_(asked))).scalars())
        for blank, (token, number) in hashes.items():
            if token not in taken and number not in taken and number not in found:
                found[number] = blank
    return list(found.values())


def _routes(blank: Blank, platform: Key) -> tuple[tuple[str, bytes], tuple[str, bytes]]:
    """The two directory hashes of a card, with their kinds."""
    return ("token", sealing.token_hash(blank.token)), ("number", sealing.number_hmac(platform, blank.number))


def _codes(blank: Blank, keys: CompanyKeys) -> Codes:
    """The stored form of a blank's codes."""
    return Codes(
        token_hash=sealing.token_hash(blank.token),
        number_hmac=sealing.number_hmac(keys.lookup, blank.number),
        number_key=keys.lookup.id,
        number_end=blank.number[-4:],
        sealed=sealing.encrypt(keys.data, blank.id, f"{blank.token} {blank.number}"),
        sealed_key=keys.data.id,
    )
