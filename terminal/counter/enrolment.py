"""Enrolment: a blank becomes a customer's card, or replaces a lost one. Personal fields are encrypted before
storage."""

from dataclasses import dataclass
from uuid import UUID

import msgspec

from loyalty import enrolment
from loyalty.codes import Code, Foreign, Number, Token, parse
from loyalty.codes import written as written_number
from loyalty.refusals import Reason, Refusal, Why
from loyalty.texts import REASON_CHARS_MAX
from loyalty.transactions import CardCreated, CardReplaced
from sync.protocol.personal_text import Personal
from sync.protocol.rows import card_of
from sync.protocol.sealing import number_hmac, token_hash
from terminal.counter.ask_context import AskContext
from terminal.counter.card_lookup import InFront, contact_of, moved_to_blank, with_contact
from terminal.counter.customer import closed, text_too_long
from terminal.interface.asks import Enrol, Replace
from terminal.interface.views import NewCardView
from terminal.storage.journal import Written
from terminal.storage.replica_reader import ConfirmedCard


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A new card of a customer; *shown* is its code if it came from this till's pool."""

    written: Written
    front: InFront
    shown: NewCardView | None = None


def enrol(context: AskContext, ask: Enrol) -> Enrolled | Refusal:
    """Enrols a customer with the blank that *ask* names, or one of this till's pool."""
    staff = context.someone()
    if isinstance(staff, Refusal):
        return staff
    if not context.essentials.ready:
        return Refusal(Reason.NOT_READY)
    if (too_long := text_too_long(ask.name, ask.email, ask.phone)) is not None:
        return too_long
    code = None if ask.code is None else parse(ask.code)
    blank = _own_blank(context) if code is None else _blank(context, code)
    if isinstance(blank, Refusal):
        return blank
    settings = context.essentials.settings
    contact = contact_of(ask.email, ask.phone, context.keys.lookup, settings.country)
    if isinstance(contact, Refusal):
        return contact
    effective = context.effective_cards.known(blank)
    has_card = with_contact(contact, context.snapshot, context.journal) is not None
    answer = enrolment.create(effective.card, settings, contact_has_card=has_card)
    if isinstance(answer, Refusal):
        return answer
    front = InFront(blank.row.id.bytes, known=True, by_code=not isinstance(code, Number))
    name = ask.name or ""
    side = closed(context, blank.row.id, _without_empty(ask), Personal(name) if name else None)
    written = context.write(CardCreated(), context.about(front, effective, staff=staff, side=side))
    if code is not None:
        return Enrolled(written, front)
    context.pool.gave(blank.row.id)
    return Enrolled(written, front, _shown(context, blank.row.id))


def _without_empty(ask: Enrol) -> Enrol:
    """*ask* with empty contacts replaced by None."""
    return msgspec.structs.replace(ask, email=ask.email or None, phone=ask.phone or None)


def last_code(context: AskContext) -> tuple[InFront, NewCardView] | Refusal:
    """The last phone card and its code, until it is marked as handed over."""
    staff, card_id = context.someone(), context.pool.last_given
    if isinstance(staff, Refusal):
        return staff
    shown = None if card_id is None else _shown(context, card_id)
    if card_id is None or shown is None:
        return Refusal(Reason.CODE_GONE)
    return InFront(card_id.bytes, known=True, by_code=True), shown


def _own_blank(context: AskContext) -> ConfirmedCard | Refusal:
    """The next blank of this till's pool whose row has arrived; drops those that are not usable any more."""
    for card_id in context.pool.unused:
        known = context.snapshot.card(card_id)
        if known is None:
            continue  # its row arrives with the next exchange
        codes = context.pool.codes_of(card_id)
        fits = codes is not None and known.row.token == token_hash(codes[0])
        if fits and not known.row.retired and context.effective_cards.known(known).card.is_blank:
            return known
        context.pool.drop(card_id)
    return Refusal(Reason.POOL_EMPTY)


def _shown(context: AskContext, card_id: UUID) -> NewCardView | None:
    codes = context.pool.codes_of(card_id)
    return None if codes is None else NewCardView(card_number=written_number(codes[1]), qr_code=codes[0])


def replace(context: AskContext, ask: Replace) -> Written | Refusal:
    """Moves the current card's history to a blank's codes; for managers."""
    if len(ask.reason) > REASON_CHARS_MAX:
        return Refusal(Reason.TEXT_TOO_LONG, limit=REASON_CHARS_MAX)
    staff = context.someone()
    if isinstance(staff, Refusal):
        return staff
    card = context.in_front()
    if isinstance(card, Refusal):
        return card
    front, effective = card
    if effective.known is None:
        return Refusal(Reason.CARD_WAITING)
    if effective.card.is_blank:
        return Refusal(Reason.CARD_BLANK)
    blank = _blank(context, parse(ask.code))
    if isinstance(blank, Refusal):
        return blank
    new = context.effective_cards.known(blank).card
    answer = enrolment.replace_code(effective.card, new, is_erased=effective.is_erased)
    if isinstance(answer, Refusal):
        return answer
    manager = context.desk.manager(ask.override, Why.MANAGERS_ONLY)
    if isinstance(manager, Refusal):
        return manager
    body = CardReplaced(blank=blank.row.id, reason=ask.reason)
    return context.write(body, context.about(front, effective, staff=staff, override=manager))


def _blank(context: AskContext, code: Code) -> ConfirmedCard | Refusal:
    match code:
        case Foreign(seems=seems):
            return Refusal(Reason.FOREIGN_CODE, seems=seems)
        case Token(text=token):
            code_hash = token_hash(token)
        case Number(digits=digits):
            code_hash = number_hmac(context.keys.lookup, digits)
    found = context.snapshot.card_by_code(code_hash)
    if found is None:
        is_withdrawn = context.snapshot.withdrawn(code_hash) is not None
        return Refusal(Reason.CARD_WITHDRAWN if is_withdrawn else Reason.NOT_A_BLANK)
    known, replaced = found
    if replaced:
        return Refusal(Reason.CARD_REPLACED)
    if moved_to_blank(known, context.snapshot, context.journal) is not None:
        return Refusal(Reason.NOT_A_BLANK)
    return known if card_of(known.row).is_blank else Refusal(Reason.ALREADY_ENROLLED)
