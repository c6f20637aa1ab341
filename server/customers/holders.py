"""Who holds a card: whoever has its code."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, bindparam, select

from loyalty.codes import Token, parse
from server.db.lookups import Query
from server.db.tables import cards, directory, slugs
from server.ledger.rows import cards as card_rows
from server.ledger.rows.cards import OpenCard
from server.refusals import No, Refused
from sync.protocol.sealing import token_hash

_CARDS = Query(
    select(cards.c.card_id, cards.c.is_retired).where(
        cards.c.company_id == bindparam("company"), cards.c.token_hash == bindparam("hash")
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
    BLANK = "blank"  # printed; nobody has it yet
    POOLED = "pooled"  # a blank on a till's screen, which the till is about to give to somebody
    REPLACED = "replaced"  # by another code


@dataclass(frozen=True, slots=True)
class Code:
    """A code that this server knows."""

    token: str
    slug: str
    state: CodeState


def card_of(conn: Connection, company_id: UUID, token: str) -> UUID | None:
    """The card that this present code shows, perhaps of one that was merged into it; None for any other text, a blank
    among them."""
    if not isinstance(parse(token), Token):
        return None
    found = _shown(conn, company_id, token)
    return None if found is None or found.state is not CodeState.CARD else found.card_id


def blank_of(conn: Connection, company_id: UUID, token: str) -> CodeState | None:
    """BLANK or POOLED if the code is that of a card which nobody has yet."""
    if not isinstance(parse(token), Token):
        return None
    found = _shown(conn, company_id, token)
    return None if found is None or found.state is CodeState.CARD else found.state


def find(conn: Connection, text: str) -> Code:
    """A code of any company; refuses what is unknown."""
    match parse(text):
        case Token(token):
            place = _PLACE.first(conn, hash=token_hash(token))
        case _:
            place = None
    if place is None:
        raise Refused(No.CODE_UNKNOWN)
    found = _shown(conn, place.company_id, token)
    if found is None:
        return Code(token, place.slug, CodeState.REPLACED)
    return Code(token, place.slug, found.state)


class _Shown(NamedTuple):
    """What a present code shows."""

    card_id: UUID
    state: CodeState


def _shown(conn: Connection, company_id: UUID, token: str) -> _Shown | None:
    """The card or blank that a token shows; None if it was replaced or withdrawn, or its customer was erased."""
    hashed = token_hash(token)
    rows = _CARDS.all(conn, company=company_id, hash=hashed)
    for row in rows:
        if not row.is_retired:
            (opened,) = card_rows.load(conn, company_id, [row.card_id]).values()
            return None if opened.is_erased else _Shown(row.card_id, _state(opened))
    leading = card_rows.load_leading(conn, company_id, [row.card_id for row in rows])
    found = next((leads for one, leads in leading.items() if leads.card.id != one), None)
    is_present = found is not None and hashed not in found.codes.old_tokens and not found.is_erased
    return _Shown(found.card.id, CodeState.CARD) if found is not None and is_present else None


def _state(opened: OpenCard) -> CodeState:
    if not opened.card.is_blank:
        return CodeState.CARD
    return CodeState.POOLED if opened.pooled else CodeState.BLANK
