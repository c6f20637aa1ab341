"""A card as its holder sees it: what a till would show, with the code to hold up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection

from loyalty.card import Card
from loyalty.codes import written
from loyalty.program import Program
from loyalty.transactions import Kind
from server.cards import card_detail, rewards
from server.cards.rewards import Offer
from server.companies.companies import Company
from server.keys import CompanyKeys
from server.ledger.own_bookings import joins, owner_acts

_OF_THE_OFFICE = {Kind.CUSTOMER_EDITED, Kind.CASE_DECIDED}  # which change nothing on the card


@dataclass(frozen=True, slots=True)
class MyCard:
    """A card with its code, and what its balances reach."""

    card: Card
    first_name: str
    token: str | None  # None: its codes cannot be opened
    number: str | None  # as it is written
    program: Program | None
    row: Offer | None  # the reward for a full row of stamps
    offers: Sequence[Offer]  # for points, those that can be taken first
    expires_on: date | None  # of the points, if nothing happens until then
    version: int
    is_blocked: bool = False  # by its owner
    welcome: int = 0  # points that wait until the contact is proven
    has_contact: bool = False
    can_confirm: bool = False  # there is an e-mail address, which is not proven

    @property
    def ready(self) -> int:
        """How many rewards can be taken now."""
        offers = (*self.offers, *(() if self.row is None else (self.row,)))
        return sum(one.missing == 0 for one in offers)


def of_holder(conn: Connection, company: Company, keys: CompanyKeys, card_id: UUID, now: datetime) -> MyCard:
    """The card of who holds its code."""
    found = card_detail.of_card(conn, company, keys, card_id, now)
    card, program = found.card, found.program
    return MyCard(
        card=card,
        first_name=found.customer.name.partition(" ")[0],
        token=None if found.codes is None else found.codes.token,
        number=None if found.codes is None else written(found.codes.number),
        program=program,
        row=None if program is None else rewards.for_stamps(program, card.stamp_count),
        offers=() if program is None else rewards.for_points(program, card.points_balance),
        expires_on=found.expires_on,
        is_blocked=owner_acts.is_blocked(conn, company.id, card),
        welcome=joins.waiting_welcome(conn, company.id, card, program),
        has_contact=bool(found.opened.contacts.known),
        can_confirm=bool(found.customer.email) and not found.customer.is_verified,
        version=found.opened.version,
    )


def tells(kind: Kind) -> bool:
    """True if it is something that a holder would look for in the card's history."""
    return kind not in _OF_THE_OFFICE
