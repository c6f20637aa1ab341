"""Blank cards, made ahead: numbers and codes unique on the platform, known to every till of the company.

Codes leave this module once, for the printer; the tables keep hashes, and the codes under the company's data key.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, insert, select

from loyalty.codes import TOKEN_BYTES, make_number, make_token
from server.db.tables import cards, directory
from server.db.units import next_version
from server.keys import CompanyKeys, Keys
from server.ledger.judging import release
from server.refusals import No, Refused
from sync import sealing
from sync.sealing import Key

BLANKS_MAX = 100_000
_LOOKED_UP_AT_ONCE = 5_000  # hashes in one query


@dataclass(frozen=True, slots=True)
class Blank:
    """A card nobody has yet, with what is printed on it."""

    id: UUID
    number: str
    token: str


def random_blanks() -> Iterator[Blank]:
    """Blanks without end, each by chance."""
    while True:
        yield Blank(uuid4(), make_number(secrets.token_bytes(16)), make_token(secrets.token_bytes(TOKEN_BYTES)))


def issue(
    conn: Connection, company_id: UUID, keys: Keys, source: Iterator[Blank], *, count: int, now: datetime
) -> list[Blank]:
    """The next *count* blanks of *source* whose codes nobody on the platform has; what waited for them goes on."""
    if not 1 <= count <= BLANKS_MAX:
        raise Refused(No.COUNT_INVALID, str(BLANKS_MAX))
    blanks, own = _unheard_of(conn, keys.platform, source, count), keys.company(company_id)
    times = {"created_at": now, "updated_at": now}
    first = next_version(conn, company_id, count)
    rows = [_row(company_id, blank, own, first + n) | times for n, blank in enumerate(blanks)]
    conn.execute(insert(cards), rows)
    conn.execute(
        insert(directory),
        [
            {"hash": hashed, "kind": kind, "company_id": company_id, "card_id": blank.id} | times
            for blank in blanks
            for kind, hashed in _routes(blank, keys.platform)
        ],
    )
    codes = [row[name] for row in rows for name in ("token_hash", "number_hmac")]
    release(conn, company_id, keys, [code.hex() for code in codes], now)
    return blanks


def _unheard_of(conn: Connection, platform: Key, source: Iterator[Blank], count: int) -> list[Blank]:
    """Twelve digits do repeat among millions of cards; a taken number is passed over, not printed twice."""
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
    """The directory's two ways to a card."""
    return ("token", sealing.token_hash(blank.token)), ("number", sealing.number_hmac(platform, blank.number))


def _row(company_id: UUID, blank: Blank, keys: CompanyKeys, version: int) -> dict[str, Any]:
    """The card's row before anybody has it."""
    return {
        "company_id": company_id,
        "card_id": blank.id,
        "token_hash": sealing.token_hash(blank.token),
        "number_hmac": sealing.number_hmac(keys.lookup, blank.number),
        "number_key": keys.lookup.id,
        "number_end": blank.number[-4:],
        "codes": sealing.encrypt(keys.data, blank.id, f"{blank.token} {blank.number}"),
        "codes_key": keys.data.id,
        "is_retired": False,
        "is_active": True,
        "stamp_count": 0,
        "total_stamps_earned": 0,
        "stamps_redeemed": 0,
        "points_balance": 0,
        "total_points_earned": 0,
        "points_redeemed": 0,
        "welcome_given": False,
        "marks": [],
        "version": version,
    }
