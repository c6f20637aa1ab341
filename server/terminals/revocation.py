"""Revocation of a till: the company gets new keys, and everything is re-encrypted under them.

The revocation is effective from the first commit. The rest is done by the job `keys` or the command, and may be
interrupted at any point: the till is marked until all is done, and every row names its key. Cards are re-encrypted in
batches, because one unit of work for a million of them would block the company's tills for minutes.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import asdict
from sqlalchemy import Connection, Row, Select, bindparam, select, update

from server.db import job_queue
from server.db.batches import Batch
from server.db.job_queue import DueJob
from server.db.tables import cards, customers, staff
from server.db.tables import terminals as tills
from server.db.units import Units, next_version
from server.keys import CompanyKeys, Keys
from server.ledger.rows import cards as card_rows
from server.ledger.rows.cards import Name
from server.ledger.rows.sums import Sums
from server.terminals import terminals
from sync.protocol.rows import VerifierRow
from sync.protocol.sealing import Key, PinVerifier, Unopenable, decrypt, encrypt, repepper

JOB = "keys"
CARDS_AT_ONCE = 1_000  # a tenth of a second under the company's lock
_FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Revocation:
    """Result of a revocation: the numbers of PINs and cards now under new keys."""

    terminal_id: UUID
    people: int
    cards: int


@dataclass(frozen=True, slots=True)
class Closed:
    """What a batch has put under the present keys, and where the next one goes on; None once nothing is left."""

    people: int
    cards: int
    cursor: str | None


def begin(conn: Connection, company_id: UUID, terminal_id: UUID, now: datetime) -> None:
    """Revokes the till with this id from the commit on; the job `keys` does the rest.

    One that is signed off already gets what was cut off, or what signing off left out: new keys.
    """
    if not terminals.by_id(conn, company_id, terminal_id).revoked:
        terminals.sign_off(conn, company_id, terminal_id, now)
    _expose(conn, company_id, terminal_id, now)
    job_queue.wake(conn, DueJob(company_id, JOB), now)


def revoke(units: Units, keys: Keys, company_id: UUID, name: str, now: Callable[[], datetime]) -> Revocation:
    """Revokes the till called *name* and re-encrypts everything under new keys before it returns."""
    with units.write(company_id) as conn:
        terminal_id = terminals.revoke(conn, company_id, name, now())
        _expose(conn, company_id, terminal_id, now())
        waiting = exposed(conn, company_id)
    renew(keys, company_id, waiting)
    people, done, cursor = 0, 0, None
    while True:
        with units.write(company_id) as conn:
            closed = close_next(conn, company_id, keys, waiting, cursor, now())
        people, done, cursor = people + closed.people, done + closed.cards, closed.cursor
        if cursor is None:
            return Revocation(terminal_id, people, done)


def exposed(conn: Connection, company_id: UUID) -> list[UUID]:
    """The revoked tills that know keys which something is still under."""
    query = select(tills.c.terminal_id).where(tills.c.company_id == company_id, tills.c.exposed_at.is_not(None))
    return list(conn.execute(query.order_by(tills.c.exposed_at)).scalars())


def renew(keys: Keys, company_id: UUID, waiting: Collection[UUID]) -> None:
    """Makes keys that none of these tills has, unless there are such keys."""
    for terminal_id in waiting:
        keys.renew(company_id, terminal_id)


def close_next(  # noqa: PLR0917 - what is closed, and where it stands
    conn: Connection, company_id: UUID, keys: Keys, waiting: Collection[UUID], cursor: str | None, now: datetime
) -> Closed:
    """Puts people, or the next cards, under the present keys; the last batch takes the marks from *waiting*.

    The caller holds the company's lock, so writers that used the old keys have ended. Keys that were renewed since the
    batch before begin it all anew.
    """
    present = keys.company(company_id)
    key_id, _, after = (cursor or "").partition(" ")
    if key_id != str(present.data.id):
        return Closed(_repepper_all(conn, company_id, present, now), 0, f"{present.data.id} {_FIRST}")
    rows = _under_other_keys(conn, company_id, present.data, UUID(after))
    if not rows:
        people = _repepper_all(conn, company_id, present, now)  # whose PINs were hashed meanwhile
        mine = (tills.c.company_id == company_id, tills.c.terminal_id.in_(waiting))
        conn.execute(update(tills).where(*mine).values(exposed_at=None))
        return Closed(people, 0, None)
    _reencrypt(conn, company_id, rows, present, now)
    return Closed(0, len(rows), f"{key_id} {rows[-1].card_id}")


def _expose(conn: Connection, company_id: UUID, terminal_id: UUID, now: datetime) -> None:
    mine = (tills.c.company_id == company_id, tills.c.terminal_id == terminal_id)
    conn.execute(update(tills).where(*mine).values(exposed_at=now))


def retire(units: Units, company_id: UUID, name: str, now: datetime) -> UUID:
    """Revokes the till called *name* without new keys, for a till whose keys are not at risk. Its name becomes free."""
    with units.write(company_id) as conn:
        return terminals.revoke(conn, company_id, name, now)


def _repepper_all(conn: Connection, company_id: UUID, keys: CompanyKeys, now: datetime) -> int:
    """Moves every PIN verifier to the current pepper, which needs no PIN; returns their number."""
    query = select(staff.c.staff_id, staff.c.verifier).where(staff.c.company_id == company_id)
    changed = []
    for staff_id, kept in conn.execute(query):
        verifier = PinVerifier(**asdict(msgspec.convert(kept, VerifierRow)))
        former = keys.pepper_with(verifier.pepper_id)
        if former is not None and former.id != keys.pepper.id:
            changed.append((staff_id, msgspec.to_builtins(repepper(verifier, staff_id, former, keys.pepper))))
    if not changed:
        return 0
    first = next_version(conn, company_id, len(changed))
    _VERIFIERS.run(
        conn,
        [
            {"of_company": company_id, "of_row": staff_id, "verifier": kept, "version": version, "updated_at": now}
            for version, (staff_id, kept) in enumerate(changed, start=first)
        ],
    )
    return len(changed)


def _under_other_keys(conn: Connection, company_id: UUID, data: Key, after: UUID) -> Sequence[Row[Any]]:
    """The next cards whose codes are not under this key, with their customers."""
    same_customer = (customers.c.company_id == cards.c.company_id) & (customers.c.customer_id == cards.c.customer_id)
    of_card = (cards.c.card_id, cards.c.codes, cards.c.codes_key, cards.c.customer_id)
    of_customer = (customers.c.name, customers.c.name_key, customers.c.email, customers.c.phone)
    query: Select[Any] = select(*of_card, *of_customer).outerjoin(customers, same_customer)
    query = query.where(cards.c.company_id == company_id, cards.c.card_id > after, cards.c.codes_key != data.id)
    return conn.execute(query.order_by(cards.c.card_id).limit(CARDS_AT_ONCE)).all()


def _reencrypt(conn: Connection, company_id: UUID, rows: Sequence[Row[Any]], keys: CompanyKeys, now: datetime) -> None:
    """Re-encrypts codes, names and contacts. A changed name changes the card's row, which goes to every till."""
    at = {"updated_at": now}
    named: dict[UUID, bytes] = {}
    codes, people = [], []
    for row in rows:
        of_card = {"of_company": company_id, "of_row": row.card_id}
        closed = _reencrypted(keys, row.card_id, row.codes)
        if closed is not None:
            codes.append(of_card | {"codes": closed, "codes_key": keys.data.id} | at)
        if row.customer_id is None:
            continue
        name = None if row.name_key == keys.data.id else _reencrypted(keys, row.card_id, row.name)
        if name is not None:
            named[row.card_id] = name
        people.append(
            {
                "of_company": company_id,
                "of_row": row.customer_id,
                "name": row.name if name is None else name,
                "name_key": row.name_key if name is None else keys.data.id,
                "email": _reencrypted(keys, row.customer_id, row.email) or row.email,
                "phone": _reencrypted(keys, row.customer_id, row.phone) or row.phone,
                **at,
            }
        )
    _CODES.run(conn, codes)
    _PEOPLE.run(conn, people)
    if named:
        sums, changed = Sums(company_id), card_rows.load(conn, company_id, named).values()
        for one, version in zip(changed, count(next_version(conn, company_id, len(named))), strict=False):
            one.version, one.name = version, Name(named[one.card.id], keys.data.id)
        card_rows.save(conn, company_id, changed, now, sums)
        sums.write(conn, now)


def _reencrypted(keys: CompanyKeys, row_id: UUID, closed: bytes | None) -> bytes | None:
    """Re-encrypts a text under the current key; None if there is none or no key of the company decrypts it.

    All keys are tried, because not every column names its key; a wrong key is detected by decryption.
    """
    for key in keys.all_data if closed is not None else ():
        try:
            return encrypt(keys.data, row_id, decrypt(key, row_id, closed or b""))
        except Unopenable:
            continue
    return None


_CARD = (cards.c.company_id == bindparam("of_company"), cards.c.card_id == bindparam("of_row"))
_CUSTOMER = (customers.c.company_id == bindparam("of_company"), customers.c.customer_id == bindparam("of_row"))
_STAFF = (staff.c.company_id == bindparam("of_company"), staff.c.staff_id == bindparam("of_row"))


def _named(*names: str) -> dict[str, Any]:
    return {name: bindparam(name) for name in names}


_VERIFIERS = Batch(update(staff).where(*_STAFF).values(_named("verifier", "version", "updated_at")))
_CODES = Batch(update(cards).where(*_CARD).values(_named("codes", "codes_key", "updated_at")))
_PEOPLE = Batch(update(customers).where(*_CUSTOMER).values(_named("name", "name_key", "email", "phone", "updated_at")))
