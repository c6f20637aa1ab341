"""Replacement of a card's codes by a blank's. Both rows keep their ids, and old and new codes lead to the card."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, update

from server.db.tables import directory
from server.keys import CompanyKeys
from server.ledger.rows.cards import Codes, OpenCard
from sync.protocol.sealing import Key, Unopenable, decrypt, encrypt, number_hmac


@dataclass(frozen=True, slots=True)
class Replacement:
    """The card's codes after the replacement, and the directory hashes that lead to the card from then on."""

    card: OpenCard
    blank: OpenCard
    codes: Codes
    ways: tuple[bytes, bytes]


def replacement(
    card: OpenCard, blank: OpenCard, keys: CompanyKeys, platform: Key, merged: Collection[OpenCard] = ()
) -> Replacement:
    """Computes a replacement of the card's codes, and of those of the cards that were *merged* into it.

    The blank's codes are re-encrypted, since encryption binds the row's id; raises `Unopenable`.
    """
    data, closed_with = keys.data, keys.data_with(blank.codes.sealed_key)
    if closed_with is None:
        raise Unopenable("another company's key")
    token_and_number = decrypt(closed_with, blank.card.id, blank.codes.sealed)
    _, _, number = token_and_number.partition(" ")
    codes = blank.codes._replace(
        sealed=encrypt(data, card.card.id, token_and_number),
        sealed_key=data.id,
        old_tokens=_each((*card.codes.old_tokens, *(one.codes.token_hash for one in (card, *merged)))),
        old_numbers=_each((*card.codes.old_numbers, *(one.codes.number_hmac for one in (card, *merged)))),
        old_codes=card.codes.old_codes,
    )
    return Replacement(card, blank, codes, (blank.codes.token_hash, number_hmac(platform, number)))


def _each(codes: Iterable[bytes]) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(codes))


def redirect_codes(conn: Connection, company_id: UUID, done: Replacement, now: datetime) -> None:
    """Points the directory's entries for the blank's codes to the card."""
    ways = (directory.c.company_id == company_id, directory.c.hash.in_(done.ways))
    conn.execute(update(directory).where(*ways).values(card_id=done.card.card.id, updated_at=now))
