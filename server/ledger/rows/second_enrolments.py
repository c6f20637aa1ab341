"""The second customer of a blank that was handed out twice: kept with the entry until a manager has decided."""

from dataclasses import replace
from uuid import UUID

from msgspec import structs
from sqlalchemy import Connection, select

from server.db.tables import entries
from server.keys import Keys
from server.ledger.rows.enrolments import Enrolment, Opener
from sync.protocol.entries import FromTheFuture, Unreadable, decode_entry
from sync.protocol.sealing import Unopenable, decrypt, encrypt


def read(
    conn: Connection,
    company_id: UUID,
    entry_id: UUID,
    keys: Keys,
    country: str,
    *,
    from_card: UUID,
    for_card: UUID,
) -> Enrolment | None:
    """The personal fields in the entry's side row, with the name encrypted for *for_card*; None if they are gone."""
    of_it = (entries.c.company_id == company_id, entries.c.entry_id == entry_id)
    row = conn.execute(select(entries.c.entry, entries.c.side).where(*of_it)).one_or_none()
    if row is None or row.side is None:
        return None
    own = keys.company(company_id)
    opener = Opener(keys.sealing, own, country)
    try:
        found = opener.for_card(opener.open(row.side, decode_entry(row.entry).side), from_card)
    except (Unreadable, FromTheFuture):
        return None
    side = found.side
    if side is None or side.name is None or for_card == from_card:
        return found
    key = own.data_with(side.name_key)
    try:
        name = None if key is None else encrypt(own.data, for_card, decrypt(key, from_card, side.name))
    except (Unopenable, UnicodeDecodeError):
        name = None
    return replace(found, side=structs.replace(side, name=name, name_key=own.data.id if name else 0))
