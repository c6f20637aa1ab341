"""Each till's own blanks, which it shows on its screen: made up while they are few, and told until they are used.

A blank of a pool is that terminal's for good. One whose code was shown by a till out of contact looks unused here, so
it never goes to another till, nor back into the stack once its till is signed off.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, delete, insert

from server.cards import blanks as blank_cards
from server.db.tables import cards, pools
from server.db.units import Units
from server.keys import CompanyKeys, Keys
from server.ledger.judging.policy import policy_of
from server.ledger.rows.cards import of_company, row_in
from sync.protocol.messages import POOL_LOW, POOL_SIZE, Pool, PoolBlank, encode
from sync.protocol.sealing import Purpose, Unopenable, decrypt, seal


def make_up(units: Units, company_id: UUID, keys: Keys, terminal_id: UUID, now: datetime) -> None:
    """Makes new blanks for a terminal whose pool is half used, while the company enrols at its counters."""
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
    """A terminal's unused blanks with their codes, closed for it alone; None where it has none."""
    blanks = []
    for one in _members(conn, company_id, terminal_id):
        if not one.is_unused:
            continue
        key = keys.data_with(one.codes_key)
        if key is None:
            raise Unopenable("codes under a key that the company does not have")
        token, _, number = decrypt(key, one.card_id, one.codes).partition(" ")
        blanks.append(PoolBlank(card=one.card_id, number=number, token=token))
    return seal(sealing_public, encode(Pool(blanks=tuple(blanks))), Purpose.POOL) if blanks else None


@dataclass(frozen=True, slots=True)
class _Member:
    card_id: UUID
    codes: bytes
    codes_key: int
    is_unused: bool


def _members(conn: Connection, company_id: UUID, terminal_id: UUID) -> list[_Member]:
    """The blanks of a terminal's pool, with those used since they were looked at last."""
    same = (pools.c.company_id == cards.c.company_id) & (pools.c.card_id == cards.c.card_id)
    query = of_company(company_id).add_columns(cards.c.codes, cards.c.codes_key).join_from(cards, pools, same)
    query = query.where(pools.c.terminal_id == terminal_id).order_by(cards.c.version, cards.c.card_id)
    found = []
    for row in conn.execute(query):
        said = row_in(row)
        is_unused = said.created_at is None and not said.retired
        found.append(_Member(row.card_id, row.codes, row.codes_key, is_unused))
    return found


def _lacks(conn: Connection, company_id: UUID, terminal_id: UUID) -> int:
    """How many new blanks the pool is due: none while more than half of it is there, or nobody enrols."""
    unused = sum(one.is_unused for one in _members(conn, company_id, terminal_id))
    if unused > POOL_LOW or not policy_of(conn, company_id).settings.counter_enrolment:
        return 0
    return POOL_SIZE - unused


def _forget_used(conn: Connection, company_id: UUID, terminal_id: UUID) -> None:
    used = [one.card_id for one in _members(conn, company_id, terminal_id) if not one.is_unused]
    if used:
        conn.execute(delete(pools).where(pools.c.company_id == company_id, pools.c.card_id.in_(used)))
