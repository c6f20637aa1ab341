"""One person's desk in a browser: who asks, in which store, and what they may do to which card."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from loyalty.phrases import Words
from loyalty.refusals import Refusal
from loyalty.staff import Role
from loyalty.transactions import Kind
from loyalty.voids import Original, voided_whole
from server.accounts import overrides
from server.accounts.overrides import Colleague
from server.accounts.rights import Right
from server.cards import booking
from server.cards.booking_asks import Asked, Booked, Booker, Enrolled, Newcomer, Void
from server.cards.decrypted_texts import PrintedCodes, codes_of, name_of
from server.companies import programs, stores
from server.companies.companies import Company
from server.counter import card_lookup, found_card_tokens, receipts, views
from server.counter.found_card_tokens import FoundBy, FoundCard
from server.edge.asks import Ask
from server.ledger.judging.savepoint_booking import Ledger
from server.ledger.rows import cards as card_rows
from server.ledger.rows import transactions as facts
from server.refusals import No, Refused
from sync.protocol.rows import TransactionRow
from sync.protocol.sealing import Key

LATELY = timedelta(hours=12)
LAST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class LastRow:
    """One of the last transactions of this person in a browser."""

    row: TransactionRow
    name: str
    number_end: str
    can_void: bool
    returned_minor: int  # of a purchase


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A desk within a unit of work."""

    ledger: Ledger
    company: Company
    words: Words
    account_id: UUID
    staff_id: UUID
    role: Role
    may_browse: bool  # the list of cards is open to them, so that they need not look a card up
    store_id: UUID | None
    override_id: UUID | None = None

    def look_up(self, *, code: str = "", by_camera: bool = False, email: str = "", phone: str = "") -> FoundCard:
        """The one card that is meant, or the refusal. A camera reads no code of another program."""
        if code:
            redeem = None if by_camera else self.company.settings.old_codes_redeem
            found = card_lookup.by_code(self.ledger, code, old_codes_redeem=redeem)
        else:
            found = card_lookup.by_contact(self.ledger, self.company.settings.country, email=email, phone=phone)
        if isinstance(found, Refusal):
            raise Refused(No.REFUSED, refusal=found)
        return found

    def found(self, card_id: UUID, by: str) -> FoundCard:
        """The card as it was looked up; a cashier's own look-up is asked for."""
        found = found_card_tokens.read(by, self._signing, self.account_id, card_id, self.ledger.now)
        if found is None and not self.may_browse:
            raise Refused(No.CARD_UNKNOWN)
        return found or FoundCard(card_id, None)

    def view(self, found: FoundCard) -> views.CardView:
        """The card in front."""
        conn, company_id, keys, now = self.ledger
        opened = card_rows.load_leading(conn, company_id, [found.id]).get(found.id)
        if opened is None or opened.is_retired:
            raise Refused(No.CARD_UNKNOWN)
        return views.card(
            opened,
            self.company.settings,
            programs.versions(conn, company_id).at(now),
            self.words,
            now=now,
            name=name_of(card_rows.sent_row(opened), keys.company(company_id)) or "",
            by=found.said(self._signing, self.account_id, now),
            by_code=found.by is FoundBy.CODE,
            store_id=self.store_id,
            manager_agrees=self.role.manages,
        )

    def book(self, booking_id: UUID, card_id: UUID, asked: Asked) -> Booked:
        """Books what is asked for a card."""
        return booking.book(self.ledger, booking_id, card_id, asked, self._booker)

    def void(self, booking_id: UUID, original_id: UUID, amount_minor: int | None = None) -> Booked:
        """Takes a transaction back, on whatever card it is."""
        original = facts.by_id(self.ledger.conn, self.ledger.company_id, [original_id]).get(original_id)
        if original is None:
            raise Refused(No.TRANSACTION_UNKNOWN)
        return self.book(booking_id, original.card_id, Void(original_id, amount_minor))

    def enrol(self, booking_id: UUID, newcomer: Newcomer) -> Enrolled:
        """Hands out a card."""
        return booking.enrol(self.ledger, booking_id, newcomer, self._booker)

    def last(self) -> Sequence[LastRow]:
        """What this person has last booked in this store in a browser, the newest first."""
        if self.store_id is None:
            return []
        conn, company_id, _keys, now = self.ledger
        mine = [
            row
            for row in booking.lately(conn, company_id, self.store_id, now - LATELY)
            if row.staff == self.staff_id and row.terminal is None and row.follows is None
        ][:LAST_SHOWN]
        return self._rows(mine)

    def purchases(self, receipt: str) -> Sequence[LastRow]:
        """The purchases of this store with a receipt, of which something can still be returned."""
        assert self.store_id is not None, "receipts are of a store"
        return self._rows(receipts.with_receipt(self.ledger, self.store_id, receipt, self.company.settings))

    def codes(self, card_id: UUID) -> PrintedCodes | None:
        """The codes of a card that a customer takes a picture of."""
        conn, company_id, keys, _now = self.ledger
        codes = card_rows.load(conn, company_id, [card_id])[card_id].codes
        return codes_of(card_id, codes.sealed, codes.sealed_key, keys.company(company_id))

    def has_enrolled(self, card_id: UUID, since: datetime) -> bool:
        """True if this person has handed out the card since a moment."""
        return any(
            last.row.card == card_id and last.row.kind == Kind.CARD_CREATED and last.row.recorded_at >= since
            for last in self.last()
        )

    def managers(self) -> list[Colleague]:
        """Who can agree here."""
        conn, company_id = self.ledger.conn, self.ledger.company_id
        return [] if self.store_id is None else overrides.managers(conn, company_id, self.store_id)

    def _rows(self, rows: Sequence[TransactionRow]) -> list[LastRow]:
        """Transactions with the names of their customers, and what is still to be taken back."""
        conn, company_id, keys, _now = self.ledger
        found = facts.by_id(conn, company_id, [row.id for row in rows if row.kind in booking.VOIDABLE])
        voids = list(facts.correcting(conn, company_id, found.keys()))
        originals = {
            one.id: Original(one, tuple(void for names, void in voids if names == one.id)) for one in found.values()
        }
        cards = card_rows.load(conn, company_id, {row.card for row in rows})
        own, may_void = keys.company(company_id), self.company.settings.void_allowed
        return [
            LastRow(
                row,
                name_of(card_rows.sent_row(cards[row.card]), own) or "",
                cards[row.card].codes.number_end,
                may_void and row.id in originals and not voided_whole(originals[row.id]),
                originals[row.id].returned_minor if row.id in originals else 0,
            )
            for row in rows
        ]

    @property
    def _signing(self) -> Key:
        """A key that no till has: who reads a till's files must not say how a card was found."""
        return self.ledger.keys.platform

    @property
    def _booker(self) -> Booker:
        return Booker(staff_id=self.staff_id, role=self.role, store_id=self.store_id, override_id=self.override_id)


def at(ask: Ask, store_id: UUID | None) -> Desk:
    """The desk of who asks, in a store where they may serve; refuses another one, and a manager's wrong PIN."""
    who, company = ask.who, ask.company
    assert company is not None and who.staff_id is not None, "the right is of staff"
    if isinstance(ask.ahead, Refusal):
        raise Refused(No.REFUSED, refusal=ask.ahead)
    ledger = Ledger(ask.conn, company.id, ask.installation.keys, ask.now)
    if store_id is not None:
        store = stores.by_id(ask.conn, company.id, store_id)
        if not who.may_in(store_id):
            raise Refused(No.NOT_ALLOWED)
        if store.is_closed:
            raise Refused(No.STORE_CLOSED, store.name)
    return Desk(
        ledger=ledger,
        company=company,
        words=ask.words,
        account_id=who.account_id,
        staff_id=who.staff_id,
        role=Role(who.role.value),
        may_browse=who.may(Right.CARDS_READ),
        store_id=store_id,
        override_id=ask.ahead,
    )


def override_checked(ask: Ask, store_id: UUID, staff: str, pin: str) -> UUID | Refusal:
    """The manager who agrees, if the PIN is theirs; called before the unit of work, as hashing takes long."""
    assert ask.company is not None
    if not ask.who.may_in(store_id):
        raise Refused(No.NOT_ALLOWED)
    here = ask.installation
    return overrides.checked(here.units, here.keys, ask.company, store_id, staff_named=staff, pin=pin, now=ask.now)
