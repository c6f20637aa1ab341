"""A phone or a card that was lost: its owner blocks it, or goes on under another code."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from loyalty.transactions import Kind
from server.cards import blanks
from server.cards.blanks import Blank
from server.companies.companies import Company
from server.customers import customer_sessions
from server.customers.customer_sessions import CustomerSession
from server.customers.own_acts import own_card
from server.ledger.judging.savepoint_booking import Ledger
from server.ledger.own_bookings import owner_acts
from server.ledger.own_bookings.owner_acts import OwnAct
from server.ledger.rows import cards as card_rows
from server.refusals import No, Refused
from server.terminals import contacts

WITHIN, REPLACEMENTS_MAX = timedelta(days=30), 3
SILENT_AFTER = timedelta(minutes=3)  # a till that has a network is heard every minute


@dataclass(frozen=True, slots=True)
class Loss:
    """How a card stands that may be lost."""

    is_active: bool
    is_blocked: bool  # by its owner
    replacements_left: int
    unheard: Sequence[str]  # the stores of tills that may not have heard of the latest act


def standing(conn: Connection, company: Company, session: CustomerSession, now: datetime) -> Loss:
    """What an owner is told before they block or replace their card, and afterwards."""
    opened = own_card.opened(conn, company.id, session)
    acts = owner_acts.since(conn, company.id, own_card.all_ids(opened), now - WITHIN)
    told = [act.at for act in acts if act.kind in (Kind.CARD_DEACTIVATED, Kind.CARD_REPLACED)]
    return Loss(
        is_active=opened.card.is_active,
        is_blocked=owner_acts.is_blocked(conn, company.id, opened.card),
        replacements_left=max(0, REPLACEMENTS_MAX - _replacements(acts)),
        unheard=unheard(conn, company, max(told, default=now), now),
    )


def block(ledger: Ledger, booking_id: UUID, session: CustomerSession) -> None:
    """Switches the card off."""
    owner_acts.block(ledger, booking_id, own_card.opened(ledger.conn, ledger.company_id, session))


def replace(ledger: Ledger, booking_id: UUID, session: CustomerSession) -> Blank:
    """Continues the card under a new code and number, and ends the owner's other sessions. Who holds the former code
    holds nothing any more."""
    conn, company_id, keys, now = ledger
    opened = own_card.opened(conn, company_id, session)
    acts = owner_acts.since(conn, company_id, own_card.all_ids(opened), now - WITHIN)
    if _replacements(acts) >= REPLACEMENTS_MAX:
        raise Refused(No.REPLACED_OFTEN, str(REPLACEMENTS_MAX))
    (new,) = blanks.issue(conn, company_id, keys, blanks.random_blanks(), count=1, now=now, pooled=True)
    owner_acts.replace(ledger, booking_id, opened, card_rows.load(conn, company_id, [new.id])[new.id])
    customer_sessions.end_all(conn, company_id, session.customer_id, but=session.id)
    return new


def unheard(conn: Connection, company: Company, told_at: datetime, now: datetime) -> Sequence[str]:
    """The stores of tills that are silent, and were not heard since a moment."""
    standings = contacts.standings(conn, company.id, None, company.settings, now)
    silent = [one for one in standings if one.seen_at is not None and one.silent_for > SILENT_AFTER]
    return sorted({one.store for one in silent if one.seen_at is not None and one.seen_at < told_at})


def _replacements(acts: Sequence[OwnAct]) -> int:
    return sum(act.kind is Kind.CARD_REPLACED for act in acts)
