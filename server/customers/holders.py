"""Who holds a card: whoever has its code."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection, bindparam, select

from loyalty.codes import Token, parse
from server.db.lookups import Query
from server.db.tables import cards, directory, slugs
from server.refusals import No, Refused
from sync.protocol.sealing import token_hash

_CARD = Query(
    select(cards.c.card_id, cards.c.is_blank).where(
        cards.c.company_id == bindparam("company"),
        cards.c.token_hash == bindparam("hash"),
        cards.c.is_retired.is_(False),
    )
)
_PLACE = Query(
    select(directory.c.company_id, directory.c.card_id, slugs.c.slug)
    .join(slugs, slugs.c.company_id == directory.c.company_id)
    .where(directory.c.hash == bindparam("hash"))
)


class CodeState(StrEnum):
    """What the code of a card leads to."""

    CARD = "card"
    BLANK = "blank"  # nobody has it yet
    REPLACED = "replaced"  # by another code


@dataclass(frozen=True, slots=True)
class Code:
    """A code that this server knows."""

    token: str
    slug: str
    state: CodeState


def card_of(conn: Connection, company_id: UUID, token: str) -> UUID | None:
    """The card whose present code this is; None for any other text, a blank among them."""
    if not isinstance(parse(token), Token):
        return None
    row = _CARD.first(conn, company=company_id, hash=token_hash(token))
    return None if row is None or row.is_blank else row.card_id


def find(conn: Connection, text: str) -> Code:
    """A code of any company; refuses what is unknown."""
    match parse(text):
        case Token(token):
            place = _PLACE.first(conn, hash=token_hash(token))
        case _:
            place = None
    if place is None:
        raise Refused(No.CODE_UNKNOWN)
    row = _CARD.first(conn, company=place.company_id, hash=token_hash(token))
    if row is None:
        return Code(token, place.slug, CodeState.REPLACED)
    return Code(token, place.slug, CodeState.BLANK if row.is_blank else CodeState.CARD)
