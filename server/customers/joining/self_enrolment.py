"""A card that somebody takes on the company's pages, or a printed one that they make theirs.

Whether a contact has a card already is not looked at, so nothing tells it. A robot is answered as a customer is.
"""

import hmac
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import Connection

from loyalty.refusals import Reason, Refusal
from server.cards import blanks, booking
from server.cards.booking_asks import Newcomer
from server.cards.decrypted_texts import PrintedCodes, codes_of
from server.companies import programs, stores
from server.companies.companies import Company
from server.companies.stores import Store
from server.customers import consents, one_time_codes
from server.customers.consents import Text
from server.customers.joining import form_tokens, limits
from server.customers.one_time_codes import Sender
from server.keys import CompanyKeys, Keys
from server.ledger.judging.savepoint_booking import Ledger
from server.ledger.own_bookings import joins
from server.ledger.own_bookings.joins import Taken
from server.ledger.rows import cards as card_rows
from server.ledger.rows.cards import OpenCard
from server.ledger.rows.enrolments import Enrolment, customer_id_of
from server.refusals import No, Refused, TooMany

PRINTED = "card"  # the way of who has made a printed card theirs
_RESTS = timedelta(hours=1)  # where no code can be sent


class Via(StrEnum):
    """Where somebody came from."""

    LINK = "link"
    POSTER = "poster"
    WINDOW = "window"
    TILL = "till"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody has filled in."""

    form: str  # the token that the form carried
    language: str
    name: str = ""
    contact: str = ""  # an e-mail address, or else a phone number
    consent: bool = False
    store_id: UUID | None = None
    via: Via = Via.LINK
    blank: str = ""  # the code of a printed card
    is_robots: bool = False  # a field is filled that people do not see

    @property
    def way(self) -> str:
        return PRINTED if self.blank else self.via

    @property
    def newcomer(self) -> Newcomer:
        is_email = "@" in self.contact
        return Newcomer(
            name=self.name,
            email=self.contact if is_email else "",
            phone="" if is_email else self.contact,
            language=self.language,
            consent=self.consent,
        )


@dataclass(frozen=True, slots=True)
class Handed:
    """A card that somebody has now, and what proves that they have asked for a code; empty where none was sent."""

    card_id: UUID
    codes: PrintedCodes
    challenge: str = ""


@dataclass(frozen=True, slots=True)
class CodeFirst:
    """The card is made once the code that was sent is entered."""

    challenge: str


def store_of(conn: Connection, company: Company, wished: UUID | None) -> Store | None:
    """The store that a card is taken in, as the link says, else the first one; None if nobody can take one by
    themselves."""
    if not company.settings.self_enrolment or company.suspended_at is not None:
        return None
    if not programs.versions(conn, company.id).versions:
        return None
    open_ones: Sequence[Store] = [one for one in stores.listed(conn, company.id) if not one.is_closed]
    return next((one for one in open_ones if one.id == wished), open_ones[0] if open_ones else None)


def join(ledger: Ledger, company: Company, wish: Wish, sender: Sender) -> Handed | CodeFirst:
    """Makes a card, or refuses what is not right. The same request again is answered with the same card.

    The caller holds the company's lock.
    """
    conn, company_id, keys, now = ledger
    store = store_of(conn, company, wish.store_id)
    if store is None:
        raise Refused(No.SELF_ENROLMENT_OFF)
    form = form_tokens.read(keys, company_id, wish.form)
    if form is None or wish.is_robots:
        return _pretended(keys)
    mark = _mark(keys, wish)
    before = joins.find(conn, company_id, form.id)
    counted = replace(sender, address=None)  # cards of an address are counted, and its codes with them
    if before is not None:
        is_again = hmac.compare_digest(before.mark, mark) and form.is_good(now)
        if not is_again or not _is_as_made(conn, company_id, before.card_id):
            return _pretended(keys)
        return handed(ledger, company, before.card_id, wish, counted)
    if not form.is_good(now):
        raise Refused(No.FORM_TIME)
    own = keys.company(company_id)
    blank = None if not wish.blank else _printed(ledger, wish.blank)
    checked = booking.enrolment_for(wish.newcomer, uuid4(), own, company.settings.country)
    contact = next(iter(checked.contacts.known), None)
    is_within = limits.take(conn, keys, company_id, address=sender.address or "", contact=contact, now=now)
    if blank is None and not is_within:
        return _code_first(ledger, company, wish, checked, sender)
    card = blank or new_blank(ledger)
    enrolment = booking.enrolment_for(wish.newcomer, card.card.id, own, company.settings.country)
    hand_out(ledger, card, Taken(id=form.id, store_id=store.id, via=wish.way, mark=mark), enrolment, wish)
    return handed(ledger, company, card.card.id, wish, counted)


def hand_out(ledger: Ledger, card: OpenCard, taken: Taken, enrolment: Enrolment, wish: Wish) -> None:
    """Books that the card is theirs, and what they have agreed to."""
    joins.book(ledger, card, taken, enrolment)
    if wish.consent and card.customer_id is not None:
        customer_id = customer_id_of(taken.id)
        consents.give(ledger.conn, ledger.company_id, customer_id, Text.JOINING, language=wish.language, now=ledger.now)


def new_blank(ledger: Ledger) -> OpenCard:
    """A blank for a phone's screen."""
    conn, company_id, keys, now = ledger
    (made,) = blanks.issue(conn, company_id, keys, blanks.random_blanks(), count=1, now=now, pooled=True)
    return card_rows.load(conn, company_id, [made.id])[made.id]


def _printed(ledger: Ledger, code: str) -> OpenCard:
    """The printed blank with this code; one that a till shows on its screen is for that till alone."""
    found = booking.blank_with(ledger, code)
    if found.pooled:
        raise Refused(No.REFUSED, refusal=Refusal(Reason.NOT_A_BLANK))
    return found


def handed(ledger: Ledger, company: Company, card_id: UUID, wish: Wish, sender: Sender) -> Handed:
    """The card for who has it now; a code is sent to their address."""
    conn, company_id, keys, now = ledger
    codes = card_codes(conn, company_id, keys.company(company_id), card_id)
    if codes is None:  # it was erased meanwhile
        return _pretended(keys)
    challenge = ""
    if wish.newcomer.email:
        with suppress(TooMany):  # another one can be asked for later
            newcomer_id = card_rows.load(conn, company_id, [card_id])[card_id].customer_id
            challenge = one_time_codes.ask(conn, keys, company, wish.contact, sender, now=now, newcomer_id=newcomer_id)
    return Handed(card_id, codes, challenge)


def _is_as_made(conn: Connection, company_id: UUID, card_id: UUID) -> bool:
    """True while the card has the code that it was made with: another is for who asked for it alone."""
    opened = card_rows.load(conn, company_id, [card_id])[card_id]
    return opened.card.merged_into is None and not opened.codes.old_tokens


def card_codes(conn: Connection, company_id: UUID, keys: CompanyKeys, card_id: UUID) -> PrintedCodes | None:
    """The codes of a card, for who holds it."""
    opened = card_rows.load_leading(conn, company_id, [card_id]).get(card_id)
    return None if opened is None else codes_of(opened.card.id, opened.codes.sealed, opened.codes.sealed_key, keys)


def _code_first(ledger: Ledger, company: Company, wish: Wish, checked: Enrolment, sender: Sender) -> CodeFirst:
    conn, _company_id, keys, now = ledger
    if not sender.can_mail:
        raise TooMany(int(_RESTS.total_seconds()))
    if checked.contacts.email is None:
        raise Refused(No.EMAIL_NEEDED)
    return CodeFirst(
        one_time_codes.ask_for_card(conn, keys, company, wish.contact, sender, wish=encoded(wish), now=now)
    )


def encoded(wish: Wish) -> str:
    """A wish as text, to be kept encrypted until its code is entered."""
    return msgspec.json.encode(wish).decode()


def decoded(text: str) -> Wish:
    """The wish that was kept."""
    return _wish.decode(text)


def _pretended(keys: Keys) -> Handed:
    """What looks like a card, and is none."""
    code = form_tokens.pretended_code(keys)
    codes = PrintedCodes(code, form_tokens.pretended_number(keys, code))
    return Handed(uuid4(), codes, one_time_codes.pretended())


_wish = msgspec.json.Decoder(Wish)


def _mark(keys: Keys, wish: Wish) -> bytes:
    typed = msgspec.json.encode((wish.name, wish.contact, wish.consent, wish.blank))
    return hmac.digest(keys.platform.secret, b"join\x00" + typed, "sha256")
