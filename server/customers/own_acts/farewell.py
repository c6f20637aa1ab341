"""What goes when a customer erases themselves, and where it takes longer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from loyalty.unit_value import owed_for_points, owed_for_stamps
from server.cards import card_detail
from server.cards.card_detail import CardDetail
from server.companies.companies import Company
from server.customers.customer_sessions import CustomerSession
from server.customers.own_acts import loss
from server.keys import CompanyKeys


@dataclass(frozen=True, slots=True)
class Farewell:
    """What an owner is told before."""

    card: CardDetail
    worth_minor: int | None  # of stamps and points; None: not known
    unheard: Sequence[str]  # the stores of tills that are without a network


def of_owner(
    conn: Connection, company: Company, keys: CompanyKeys, session: CustomerSession, now: datetime
) -> Farewell:
    """What would go."""
    found = card_detail.of_card(conn, company, keys, session.card_id, now)
    return Farewell(found, _worth(found), loss.unheard(conn, company, now, now))


def _worth(found: CardDetail) -> int | None:
    program, card = found.program, found.card
    if program is None:
        return None
    owed = owed_for_stamps(program, max(0, card.stamp_count)), owed_for_points(program, max(0, card.points_balance))
    known = [one for one in owed if one is not None]
    return sum(known) if len(known) == len(owed) else None
