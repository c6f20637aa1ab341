"""Somebody in a browser who books on cards of a paper shop."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from loyalty.refusals import Refusal
from loyalty.staff import Role
from server.cards import booking
from server.cards.booking_asks import Asked, Booked, Booker, Enrolled, Newcomer
from server.ledger.judging.savepoint_booking import Ledger
from server.refusals import Refused
from tests.support.paper_shop import PaperShop


@dataclass
class BrowserDesk:
    """One person, in one store."""

    shop: PaperShop
    role: Role = Role.CASHIER
    name: str = "Ana"
    store: str = "Gare"

    def __post_init__(self) -> None:
        self.staff_id = self.shop.person(self.name, self.role)
        with self.shop.units.write(self.shop.company_id) as conn:
            self.store_id = self.shop.store(conn, self.store).id

    def ask(
        self, card_id: UUID, asked: Asked, *, booking_id: UUID | None = None, override: UUID | None = None
    ) -> Booked | Refusal:
        """What was booked, or the refusal."""
        try:
            with self.shop.units.write(self.shop.company_id) as conn:
                return booking.book(self._ledger(conn), booking_id or uuid4(), card_id, asked, self._by(override))
        except Refused as no:
            assert no.refusal is not None, no
            return no.refusal

    def enrol(self, *, booking_id: UUID | None = None, **newcomer: Any) -> Enrolled | Refusal:
        """The customer's new card, or the refusal."""
        try:
            with self.shop.units.write(self.shop.company_id) as conn:
                return booking.enrol(
                    self._ledger(conn),
                    booking_id or uuid4(),
                    Newcomer(**newcomer),
                    self._by(None),
                )
        except Refused as no:
            assert no.refusal is not None, no
            return no.refusal

    def new_card(self, **newcomer: Any) -> UUID:
        """The id of a card that a customer has just got."""
        (blank,) = self.shop.blanks()
        enrolled = self.enrol(code=blank.token, **newcomer)
        assert isinstance(enrolled, Enrolled), enrolled
        return blank.id

    def _ledger(self, conn: object) -> Ledger:
        return Ledger(conn, self.shop.company_id, self.shop.keys, self.shop.now)  # type: ignore[arg-type]

    def _by(self, override: UUID | None) -> Booker:
        return Booker(staff_id=self.staff_id, role=self.role, store_id=self.store_id, override_id=override)
