"""Read-only view of a card for the company: its state, its transactions and its cases."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select

from loyalty.codes import Foreign, Number, Token, parse
from server.db.tables import cards, directory, transactions
from server.db.work_tables import cases
from server.keys import CompanyKeys
from server.ledger.rows import cards as card_rows
from server.ledger.rows.cards import OpenCard
from server.refusals import No, Refused
from sync.protocol import sealing
from sync.protocol.personal_text import parted
from sync.protocol.sealing import Key

_TRANSACTION_FIELDS = {
    "id": "transaction_id",
    "kind": "kind",
    "occurred_at": "occurred_at",
    "recorded_at": "recorded_at",
    "stamps": "stamps",
    "points": "points",
    "shortfall": "shortfall",
    "store": "store_id",
    "terminal": "terminal_id",
    "staff": "staff_id",
    "override": "override_id",
    "program_version": "program_number",
    "corrects": "corrects",
    "follows": "follows",
    "amount_minor": "amount_minor",
    "receipt": "receipt",
    "reward": "reward",
    "reason": "reason",
}
_COUNTERS = (
    "stamp_count",
    "total_stamps_earned",
    "stamps_redeemed",
    "points_balance",
    "total_points_earned",
    "points_redeemed",
)
_TIMES = ("last_points_at", "last_redemption_at", "last_activity_at")


@dataclass(frozen=True, slots=True)
class CardHistory:
    """A card's data for `card show`, oldest first; ids as text, times as ISO 8601."""

    card: dict[str, object]
    transactions: list[dict[str, object]]
    cases: list[dict[str, object]]


def find(conn: Connection, company_id: UUID, text: str, platform: Key, keys: CompanyKeys) -> UUID:
    """The card that a current or replaced code leads to; that of a merged card leads to the one that stays."""
    match parse(text):
        case Token(token):
            condition, routed = cards.c.token_hash == sealing.token_hash(token), sealing.token_hash(token)
        case Number(digits):
            condition = cards.c.number_hmac == sealing.number_hmac(keys.lookup, digits)
            routed = sealing.number_hmac(platform, digits)
        case Foreign():
            raise Refused(No.CARD_UNKNOWN)
    current = select(cards.c.card_id).where(cards.c.company_id == company_id, condition, cards.c.is_retired.is_(False))
    former = select(directory.c.card_id).where(directory.c.company_id == company_id, directory.c.hash == routed)
    found: UUID | None = conn.execute(current).scalars().first() or conn.execute(former).scalar_one_or_none()
    if found is None:
        raise Refused(No.CARD_UNKNOWN)
    return card_rows.load_leading(conn, company_id, [found])[found].card.id


def replaces(conn: Connection, company_id: UUID, opened: OpenCard, hashed: bytes) -> bool:
    """True if the code with this hash led to the card, or to one that was merged into it, until that was replaced."""
    if hashed in (*opened.codes.old_tokens, *opened.codes.old_numbers):
        return True
    together = (opened, *card_rows.load(conn, company_id, opened.card.merged).values())
    return all(hashed not in (one.codes.token_hash, one.codes.number_hmac) for one in together)


def history(conn: Connection, company_id: UUID, card_id: UUID, keys: CompanyKeys) -> CardHistory:
    """The card with all its transactions and cases."""
    (card,) = card_rows.load(conn, company_id, [card_id]).values()
    together = (card_id, *card.card.merged)
    of_card = (transactions.c.company_id == company_id, transactions.c.card_id.in_(together))
    ledger = conn.execute(select(transactions).where(*of_card).order_by(transactions.c.version)).all()
    about = (cases.c.company_id == company_id, cases.c.card_id.in_(together))
    opened = conn.execute(select(cases).where(*about).order_by(cases.c.occurred_at, cases.c.case_id)).all()
    return CardHistory(
        _card(card, _name(card, keys)),
        [{name: _plain(getattr(one, column)) for name, column in _TRANSACTION_FIELDS.items()} for one in ledger],
        [
            {
                "id": str(one.case_id),
                "number": one.number,
                "state": one.state,
                "kind": one.kind,
                "entry": _plain(one.entry_id),
                "terminal": _plain(one.terminal_id),
                "amount": one.amount,
                "occurred_at": _plain(one.occurred_at),
            }
            for one in opened
        ],
    )


def _card(opened: OpenCard, name: str | None) -> dict[str, object]:
    card = opened.card
    return {
        "id": str(card.id),
        "number_end": opened.codes.number_end,
        "name": name,
        "active": card.is_active,
        "blank": card.is_blank,
        "created_at": _plain(card.created_at),
        "enrolled_at_store": _plain(card.enrolled_at_store),
        "stamps": {"count": card.stamp_count},
        "points": {"balance": card.points_balance},
        **{field: getattr(card, field) for field in _COUNTERS},
        **{field: _plain(getattr(card, field)) for field in _TIMES},
    }


def _name(opened: OpenCard, keys: CompanyKeys) -> str | None:
    data = keys.data_with(opened.name.key)
    if opened.name.sealed is None or data is None:
        return None
    try:
        return parted(sealing.decrypt(data, opened.card.id, opened.name.sealed)).name
    except sealing.Unopenable:
        return None  # an undecryptable name must not hide the ledger


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case UUID():
            return str(value)
        case _:
            return value
