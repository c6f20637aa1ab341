"""Pools of blanks, each reserved for one till to show on its screen: replenished when low and sent until used.

A pooled blank stays its till's for good: an offline till may have shown the code already, so it must not go to another
till or back to the stock, even after the till is revoked.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, bindparam, delete, insert, select

from server.cards import blanks as blank_cards
from server.db.lookups import Lookup
from server.db.tables import cards, pools
from server.db.units import Units
from server.keys import CompanyKeys, Keys
from server.ledger.judging.policy import policy_of
from server.ledger.rows.cards import of_company, row_in
from sync.protocol.messages import POOL_LOW, POOL_SIZE, Pool, PoolBlank, encode
from sync.protocol.sealing import Purpose, Unopenable, decrypt, seal


def make_up(units: Units, company_id: UUID, keys: Keys, terminal_id: UUID, now: datetime) -> None:
    """Adds blanks to a terminal's pool if it is half used and the company enrols at its counters."""
    with units.read() as conn:
        if not _lacks(conn, company_id, terminal_id):
            return
    with units.write(company_id) as conn:
        count = _lacks(conn, company_id, terminal_id)
        _forget_used(conn, company_id, terminal_id)
        if not count:
            return
        source = blank_cards.random_blanks()
        made = blank_cards.issue(conn, company_id, keys, source, count=count, now=now, pooled=True)
        mine = {"company_id": company_id, "terminal_id": terminal_id, "created_at": now, "updated_at": now}
        conn.execute(insert(pools), [mine | {"card_id": blank.id} for blank in made])


def sealed(
    conn: Connection, company_id: UUID, keys: CompanyKeys, terminal_id: UUID, *, sealing_public: bytes
) -> bytes | None:
    """A terminal's unused blanks with their codes, sealed to it; None if it has none."""
    blanks = []
    for one in _members(conn, company_id, terminal_id):
        if not one.is_unused:
            continue
        key = keys.data_with(one.codes_key)
        if key is None:
            raise Unopenable("the company has no key for these codes")
        token, _, number = decrypt(key, one.card_id, one.codes).partition(" ")
        blanks.append(PoolBlank(card=one.card_id, number=number, token=token))
    return seal(sealing_public, encode(Pool(blanks=tuple(blanks))), Purpose.POOL) if blanks else None


def left(conn: Connection, company_id: UUID) -> dict[UUID, int]:
    """How many unused blanks each terminal has, as far as is known here."""
    found: dict[UUID, int] = {}
    for one in _members(conn, company_id):
        found[one.terminal_id] = found.get(one.terminal_id, 0) + one.is_unused
    return found


@dataclass(frozen=True, slots=True)
class _Member:
    terminal_id: UUID
    card_id: UUID
    codes: bytes
    codes_key: int
    is_unused: bool


def _members(conn: Connection, company_id: UUID, terminal_id: UUID | None = None) -> list[_Member]:
    """The blanks of a terminal's pool, or of all, including used ones that are still to be removed."""
    query = select(pools.c.card_id, pools.c.terminal_id).where(pools.c.company_id == company_id)
    if terminal_id is not None:
        query = query.where(pools.c.terminal_id == terminal_id)
    terminal_of = {row.card_id: row.terminal_id for row in conn.execute(query)}
    # Not joined: to read the cards in their order, SQLite would look at every card of the company.
    rows = sorted(_CARDS.rows(conn, terminal_of, company=company_id), key=lambda row: (row.version, row.card_id))
    found = []
    for row in rows:
        card_row = row_in(row)
        is_unused = card_row.created_at is None and not card_row.retired
        found.append(_Member(terminal_of[row.card_id], row.card_id, row.codes, row.codes_key, is_unused))
    return found


def _lacks(conn: Connection, company_id: UUID, terminal_id: UUID) -> int:
    """The number of blanks to add: none while more than half are left, or if the company does not enrol at counters."""
    unused = sum(one.is_unused for one in _members(conn, company_id, terminal_id))
    if unused > POOL_LOW or not policy_of(conn, company_id).settings.counter_enrolment:
        return 0
    return POOL_SIZE - unused


def _forget_used(conn: Connection, company_id: UUID, terminal_id: UUID) -> None:
    used = [one.card_id for one in _members(conn, company_id, terminal_id) if not one.is_unused]
    if used:
        conn.execute(delete(pools).where(pools.c.company_id == company_id, pools.c.card_id.in_(used)))


_CARDS = Lookup(of_company(bindparam("company")).add_columns(cards.c.codes, cards.c.codes_key), cards.c.card_id)
