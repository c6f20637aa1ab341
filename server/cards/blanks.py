"""Blank cards, made ahead: numbers and codes unique on the platform, known to every till of the company.

Codes leave this module once, for the printer; the tables keep hashes, and the codes under the company's data key.
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
from server.ledger.judging.single_booking import release
from server.ledger.rows import cards
from server.ledger.rows.cards import Codes, NewCard
from server.refusals import No, Refused
from sync.protocol import sealing
from sync.protocol.sealing import Key

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
    conn: Connection,
    company_id: UUID,
    keys: Keys,
    source: Iterator[Blank],
    *,
    count: int,
    now: datetime,
    pooled: bool = False,
) -> list[Blank]:
    """The next *count* blanks of *source* whose codes nobody on the platform has; what waited for them goes on.

    *pooled*: one till shows them on its screen; they are not printed then.
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


def _codes(blank: Blank, keys: CompanyKeys) -> Codes:
    """What the company keeps of the codes that are printed."""
    return Codes(
        token_hash=sealing.token_hash(blank.token),
        number_hmac=sealing.number_hmac(keys.lookup, blank.number),
        number_key=keys.lookup.id,
        number_end=blank.number[-4:],
        sealed=sealing.encrypt(keys.data, blank.id, f"{blank.token} {blank.number}"),
        sealed_key=keys.data.id,
    )
