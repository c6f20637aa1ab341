"""The one way to book what a person in a browser asks. It is checked as a till's counter would, refused with the same
refusals, and then judged and written as a till's entry is.

Called under the company's lock. The transaction has no terminal; its id is the request's, so that it is booked once.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec import structs
from sqlalchemy import Connection, select

from loyalty import authority, enrolment, offline, points, stamps, voids
from loyalty.authority import Acting
from loyalty.card import Card
from loyalty.codes import Foreign, Number, Token, parse
from loyalty.money import Money
from loyalty.program import Program
from loyalty.refusals import Reason, Refusal, Why
from loyalty.settings import LANGUAGES, Settings
from loyalty.staff import Role
from loyalty.texts import CONTACT_CHARS_MAX, NAME_CHARS_MAX, NOTE_CHARS_MAX, REASON_CHARS_MAX, RECEIPT_CHARS_MAX, clean
from loyalty.transactions import (
    Body,
    CardCreated,
    CardDeactivated,
    CardReactivated,
    CardReplaced,
    Claim,
    Context,
    CustomerEdited,
    Effect,
    Kind,
    PointsAdjusted,
    PointsEarned,
    PointsRedeemed,
    StampEarned,
    StampRedeemed,
    StampsAdjusted,
    Transaction,
    following_id,
)
from loyalty.voids import Original
from server.cards import blanks, card_record
from server.cards.booking_asks import (
    STAMP_REWARD,
    Adjust,
    Asked,
    Booked,
    Booker,
    Deactivate,
    Earn,
    EditCustomer,
    Enrolled,
    Newcomer,
    Reactivate,
    Redeem,
    Replace,
    Stamp,
    Void,
)
from server.companies import stores
from server.db.tables import transactions
from server.keys import CompanyKeys
from server.ledger.judging.claims import Claims
from server.ledger.judging.savepoint_booking import Ledger
from server.ledger.rows import cards as card_rows
from server.ledger.rows import transactions as facts
from server.ledger.rows.cards import Contacts, OpenCard
from server.ledger.rows.enrolments import Enrolment, Person, enrolment_of
from server.refusals import No, Refused
from sync.protocol import sealing
from sync.protocol.personal_text import Personal, joined
from sync.protocol.rows import TransactionRow

VOIDABLE = (Kind.STAMP_EARNED, Kind.STAMP_REDEEMED, Kind.POINTS_EARNED, Kind.POINTS_REDEEMED)
_VOIDS = (Kind.STAMP_VOIDED, Kind.POINTS_VOIDED, Kind.REDEMPTION_VOIDED)


def book(ledger: Ledger, booking_id: UUID, card_id: UUID, asked: Asked, by: Booker) -> Booked:
    """Books it, or raises the refusal of the rules. What this id has booked already is returned as it is."""
    opened = _opened(ledger, card_id)
    before = _booked_before(ledger, booking_id)
    return Booked(before, opened) if before else _Desk.of(ledger, by).book(opened, booking_id, asked)


def enrol(ledger: Ledger, booking_id: UUID, newcomer: Newcomer, by: Booker) -> Enrolled:
    """Hands out a card, or raises the refusal of the rules."""
    before = _booked_before(ledger, booking_id)
    if before:
        return Enrolled(Booked(before, _opened(ledger, before[0].card_id)), None)
    if newcomer.code:
        return Enrolled(_Desk.of(ledger, by).enrol(blank_with(ledger, newcomer.code), booking_id, newcomer), None)
    conn, company_id, keys, now = ledger
    (shown,) = blanks.issue(conn, company_id, keys, blanks.random_blanks(), count=1, now=now, pooled=True)
    return Enrolled(_Desk.of(ledger, by).enrol(_opened(ledger, shown.id), booking_id, newcomer), shown)


@dataclass(frozen=True, slots=True)
class _Desk:
    """One unit of work of one person."""

    ledger: Ledger
    claims: Claims
    program: Program
    by: Booker

    @staticmethod
    def of(ledger: Ledger, by: Booker) -> "_Desk":
        if by.store_id is not None:
            stores.open_one(ledger.conn, ledger.company_id, by.store_id)
        claims = Claims(ledger)
        program = claims.programs.at(ledger.now)
        if program is None:
            raise Refused(No.PROGRAM_MISSING)
        return _Desk(ledger, claims, program, by)

    def book(self, opened: OpenCard, booking_id: UUID, asked: Asked) -> Booked:
        """Checks, judges and writes it."""
        if opened.card.is_blank:
            raise _refused(Reason.CARD_BLANK)
        original, blank, enrolled = None, None, None
        match asked:
            case Void():
                original = self.claims.original(asked.original)
                body, needed = self._void(opened.card, asked, original)
            case Replace():
                blank = blank_with(self.ledger, asked.code)
                _checked(enrolment.replace_code(opened.card, blank.card))
                body, needed = CardReplaced(blank=blank.card.id, reason=_text(asked.reason)), Why.MANAGERS_ONLY
            case Stamp() | Earn():
                body, needed = self._given(opened.card, asked), None
            case Redeem():
                body, needed = self._redeemed(opened.card, asked)
            case EditCustomer():
                enrolled = self._edited(opened, asked)
                body, needed = CustomerEdited(), Why.MANAGERS_ONLY
            case Adjust() | Deactivate() | Reactivate():
                self._require_manager(Why.MANAGERS_ONLY)
                body, needed = self._managed(opened.card, asked), Why.MANAGERS_ONLY
        if needed is not None:
            self._require_manager(needed)
        return self._write(opened, booking_id, body, needed, original=original, blank=blank, enrolled=enrolled)

    def enrol(self, blank: OpenCard, booking_id: UUID, newcomer: Newcomer) -> Booked:
        """Makes the blank the customer's card."""
        enrolled = enrolment_for(
            newcomer, blank.card.id, self.ledger.keys.company(self.ledger.company_id), self.claims.settings.country
        )
        has_card = self.claims.has_other_card(enrolled, blank.card.id)
        _checked(enrolment.create(blank.card, self.claims.settings, contact_has_card=has_card))
        return self._write(blank, booking_id, CardCreated(), None, enrolled=enrolled)

    def _edited(self, opened: OpenCard, asked: EditCustomer) -> Enrolment:
        """The customer's new fields; the contacts only if they are others."""
        keys, card_id = self.ledger.keys.company(self.ledger.company_id), opened.card.id
        newcomer = Newcomer(
            name=asked.name, email=asked.email, phone=asked.phone, language=asked.language, consent=asked.consent
        )
        found = enrolment_for(newcomer, card_id, keys, self.claims.settings.country)
        assert found.side is not None, "an enrolment in a browser has its fields"
        text = joined(Personal(_text(asked.name, NAME_CHARS_MAX), _text(asked.note, NOTE_CHARS_MAX)))
        is_moved = found.contacts != opened.contacts
        if is_moved and self.claims.has_other_card(found, card_id):
            raise _refused(Reason.CONTACT_HAS_CARD)
        name = sealing.encrypt(keys.data, card_id, text)
        side = structs.replace(found.side, name=name, name_key=keys.data.id, contact=b"" if is_moved else None)
        return replace(found, side=side)

    def _given(self, card: Card, asked: Stamp | Earn) -> Body:
        settings = self.claims.settings
        if isinstance(asked, Stamp):
            _checked(stamps.earn_stamps(card, self.program, settings.zone, self.ledger.now, asked.count))
            return StampEarned(count=asked.count)
        receipt = _text(asked.receipt, RECEIPT_CHARS_MAX) or None
        used = self.claims.is_receipt_used(receipt, self._store_of(card))
        amount = Money(asked.amount_minor, settings.currency)
        _checked(points.earn_points(card, self.program, amount, receipt_used=used))
        return PointsEarned(amount_minor=asked.amount_minor, receipt=receipt)

    def _redeemed(self, card: Card, asked: Redeem) -> tuple[Body, Why | None]:
        _checked(reward_effect(card, self.program, asked.reward))
        body: Body = StampRedeemed() if asked.reward == STAMP_REWARD else PointsRedeemed(reward=asked.reward)

        refused = reward_refusal(
            card,
            self.claims.settings,
            self._store_of(card),
            by_code=asked.by_code,
            manager_agrees=self.by.role.manages,
        )
        if refused is None:
            return body, None
        if refused.reason is not Reason.MANAGER_NEEDED:
            raise Refused(No.REFUSED, refusal=refused)
        return body, refused.why

    def _managed(self, card: Card, asked: Adjust | Deactivate | Reactivate) -> Body:
        reason = _text(asked.reason)
        match asked:
            case Deactivate():
                _checked(enrolment.deactivate(card))
                return CardDeactivated(reason=reason)
            case Reactivate():
                _checked(enrolment.reactivate(card))
                return CardReactivated(reason=reason)
            case Adjust() if (asked.points == 0) == (asked.stamps == 0):
                raise _refused(Reason.NOTHING_TO_ADJUST)  # a transaction adjusts one balance
            case Adjust() if asked.points:
                _checked(points.adjust_points(card, asked.points, reason))
                return PointsAdjusted(points=asked.points, reason=reason)
            case Adjust():
                _checked(stamps.adjust_stamps(card, asked.stamps, reason))
                return StampsAdjusted(stamps=asked.stamps, reason=reason)

    def _void(self, card: Card, asked: Void, original: Original | None) -> tuple[Body, Why | None]:
        if not self.claims.settings.void_allowed:
            raise _refused(Reason.VOID_OFF)
        if original is None:
            raise _refused(Reason.NOTHING_TO_VOID)
        body = voids.void_body(original.transaction, asked.amount_minor)
        if body is None:
            raise _refused(Reason.NOT_VOIDABLE)
        _checked(voids.take_back(card, body, original))
        if self.by.role.manages:
            return body, None
        needed = self._needed_to_void(original.transaction)
        return body, needed or (None if asked.amount_minor is None else Why.MANAGERS_ONLY)

    def _needed_to_void(self, done: Transaction) -> Why | None:
        """Why a cashier may not take it back alone: it is not their own last transaction in a browser, or too old."""
        context = done.context
        if context.staff_id != self.by.staff_id or context.terminal_id is not None:
            return Why.NOT_OWN_VOID
        if authority.too_late_to_void(done, self.ledger.now, self.claims.settings):
            return Why.TOO_LATE_TO_VOID
        later = (
            row
            for row in lately(self.ledger.conn, self.ledger.company_id, context.store_id, context.occurred_at)
            if row.staff == self.by.staff_id and row.terminal is None and row.kind in (*VOIDABLE, *_VOIDS)
        )
        last = next(later, None)
        return None if last is None or last.id == done.id else Why.NOT_OWN_VOID

    def _require_manager(self, why: Why) -> None:
        if not self.by.manager_agrees:
            raise Refused(No.REFUSED, refusal=Refusal(Reason.MANAGER_NEEDED, why=why))

    def _write(
        self,
        opened: OpenCard,
        booking_id: UUID,
        body: Body,
        needed: Why | None,
        *,
        original: Original | None = None,
        blank: OpenCard | None = None,
        enrolled: Enrolment | None = None,
    ) -> Booked:
        by = self.by
        given = None if original is None else original.transaction.context.store_id
        override = by.override_id if needed is not None and by.override_id != by.staff_id else None
        context = Context(
            occurred_at=self.ledger.now.astimezone(UTC),
            program_version=self.program.version,
            store_id=given or self._store_of(opened.card),  # tills hear of voids of their own store only
            staff_id=by.staff_id,
            override_id=override,
        )
        acting = Acting(
            staff=authority.Person(by.role, works_here=True),  # the table of rights says where
            override=None if override is None else authority.Person(Role.MANAGER, works_here=True),
            settings_told=authority.ASKED_ABOUT,
        )
        claim = Claim(booking_id, body, context)
        booked = self.claims.book(opened, claim, acting, original=original, blank=blank, enrolment=enrolled)
        if isinstance(booked, Refusal):
            raise Refused(No.REFUSED, refusal=booked)
        self.claims.write()
        return Booked(booked, opened)

    def _store_of(self, card: Card) -> UUID:
        store_id = card.enrolled_at_store if self.by.store_id is None else self.by.store_id
        if store_id is None:
            raise Refused(No.STORE_UNKNOWN)
        return store_id


def reward_effect(card: Card, program: Program, reward: str) -> Effect | Refusal:
    """What taking a reward costs the card, or why it cannot be taken."""
    if reward == STAMP_REWARD:
        return stamps.redeem_stamps(card, program)
    return points.redeem_points(card, program, reward)


def reward_refusal(
    card: Card, settings: Settings, store_id: UUID, *, by_code: bool, manager_agrees: bool
) -> Refusal | None:
    """Why no reward is given here, whatever the balance. What a browser shows is never old."""
    return offline.redemption_refusal(
        card,
        settings,
        staleness=timedelta(0),
        by_code=by_code,
        manager_agrees=manager_agrees,
        store_id=store_id,
    )


def lately(
    conn: Connection, company_id: UUID, store_id: UUID, since: datetime, most: int = 200
) -> list[TransactionRow]:
    """A store's transactions since a moment, the last first."""
    of_store = (transactions.c.company_id == company_id, transactions.c.store_id == store_id)
    query = select(transactions).where(*of_store, transactions.c.recorded_at >= since)
    newest = query.order_by(transactions.c.recorded_at.desc(), transactions.c.version.desc()).limit(most)
    return [facts.sent_row(row) for row in conn.execute(newest)]


def _booked_before(ledger: Ledger, booking_id: UUID) -> tuple[Transaction, ...]:
    """What this id has booked, with its consequences."""
    ids = [booking_id, following_id(booking_id, Kind.WELCOME_BONUS)]
    found = facts.by_id(ledger.conn, ledger.company_id, ids)
    return tuple(found[one] for one in ids if one in found)


def _opened(ledger: Ledger, card_id: UUID) -> OpenCard:
    found = card_rows.load_leading(ledger.conn, ledger.company_id, [card_id]).get(card_id)
    if found is None or found.is_retired or found.is_erased:
        raise Refused(No.CARD_UNKNOWN)
    return found


def blank_with(ledger: Ledger, text: str) -> OpenCard:
    """The blank with this code, or the refusal of a code that is no blank's."""
    conn, company_id, keys, _now = ledger
    own = keys.company(company_id)
    match parse(text):
        case Foreign(seems=seems):
            raise Refused(No.REFUSED, refusal=Refusal(Reason.FOREIGN_CODE, seems=seems))
        case Token(text=token):
            hashed = sealing.token_hash(token)
        case Number(digits=digits):
            hashed = sealing.number_hmac(own.lookup, digits)
    try:
        card_id = card_record.find(conn, company_id, text, keys.platform, own)
    except Refused:
        raise _refused(Reason.NOT_A_BLANK) from None
    found = card_rows.load(conn, company_id, [card_id])[card_id]
    if found.is_retired:
        raise _refused(Reason.CARD_WITHDRAWN)
    if card_record.replaces(conn, company_id, found, hashed):
        raise _refused(Reason.CARD_REPLACED)
    if not found.card.is_blank:
        raise _refused(Reason.ALREADY_ENROLLED)
    return found


def enrolment_for(newcomer: Newcomer, card_id: UUID, keys: CompanyKeys, country: str) -> Enrolment:
    """The personal fields, normalised and encrypted as a till's are."""
    name = _text(newcomer.name, NAME_CHARS_MAX)
    typed_email, typed_phone = _text(newcomer.email, CONTACT_CHARS_MAX), _text(newcomer.phone, CONTACT_CHARS_MAX)
    contacts = Contacts(
        sealing.email_hmac(keys.lookup, typed_email) if typed_email else None,
        sealing.phone_hmac(keys.lookup, typed_phone, country) if typed_phone else None,
    )
    if bool(typed_email) != bool(contacts.email) or bool(typed_phone) != bool(contacts.phone):
        raise _refused(Reason.CONTACT_INVALID)
    person = Person(
        name=name,
        email=sealing.normal_email(typed_email),
        phone=sealing.normal_phone(typed_phone, country),
        language=newcomer.language if newcomer.language in LANGUAGES else None,
        consent=newcomer.consent,
    )
    return enrolment_of(person, contacts, card_id, keys.data)


def _text(typed: str, limit: int = REASON_CHARS_MAX) -> str:
    """A typed text, normalised."""
    text = clean(typed)
    if len(text) > limit:
        raise Refused(No.REFUSED, refusal=Refusal(Reason.TEXT_TOO_LONG, limit=limit))
    return text


def _checked(found: Effect | Refusal) -> None:
    if isinstance(found, Refusal):
        raise Refused(No.REFUSED, refusal=found)


def _refused(reason: Reason) -> Refused:
    return Refused(No.REFUSED, refusal=Refusal(reason))
