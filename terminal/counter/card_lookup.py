"""Finds the card of a scanned or typed code, an e-mail address or a phone number, or the reason why there is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from loyalty.codes import Foreign, Number, Token, parse
from loyalty.judge import Word
from loyalty.refusals import By, Reason, Refusal
from loyalty.transactions import Kind
from sync.protocol.entries import ByCard
from sync.protocol.sealing import Key, email_hmac, number_hmac, old_code_hmac, phone_hmac, token_hash
from terminal.storage.journal import Journal, Written
from terminal.storage.replica_reader import ConfirmedCard, ReplicaSnapshot

READINGS_MAX = 24  # six keyboards times three states of Caps Lock, and some reserve


@dataclass(frozen=True, slots=True)
class InFront:
    """The card in front of the cashier: known by its row, or only by its code's hash."""

    card_key: bytes  # the card's id, or the token's hash
    known: bool
    by_code: bool  # found by its code, which proves that the customer has the card


def by_code(
    text: str, snapshot: ReplicaSnapshot, journal: Journal, lookup: Key, *, old_codes_redeem: bool | None
) -> InFront | Refusal:
    """Finds the card of a token, a URL that ends in one, or a card number, or else of another program's code.

    *old_codes_redeem* says whether such a code counts as shown by the customer; None: it is not looked for.
    """
    found = _by_own_code(text, snapshot, journal, lookup)
    is_known = isinstance(found, InFront) and found.known
    is_ours = isinstance(found, Refusal) and found.reason not in (Reason.FOREIGN_CODE, Reason.UNKNOWN_CARD)
    if is_known or is_ours or old_codes_redeem is None:
        return found
    owner = _by_old_code(text, snapshot, lookup)
    return found if owner is None else InFront(owner.row.id.bytes, known=True, by_code=old_codes_redeem)


def _by_old_code(text: str, snapshot: ReplicaSnapshot, lookup: Key) -> ConfirmedCard | None:
    code_hash = old_code_hmac(lookup, text)
    return None if code_hash is None else snapshot.card_by_old_code(code_hash)


def _by_own_code(text: str, snapshot: ReplicaSnapshot, journal: Journal, lookup: Key) -> InFront | Refusal:
    code = parse(text)
    match code:
        case Foreign(seems=seems):
            return Refusal(Reason.FOREIGN_CODE, seems=seems)
        case Token(text=token):
            code_hash, secret = token_hash(token), True
        case Number(digits=digits):
            code_hash, secret = number_hmac(lookup, digits), False
    found = snapshot.card_by_code(code_hash)
    if found is None and (blank := snapshot.withdrawn(code_hash)) is not None:
        if _handed_out_here(blank, snapshot, journal):
            return InFront(blank.row.id.bytes, known=True, by_code=secret)
        return Refusal(Reason.CARD_WITHDRAWN)
    if found is None:
        return InFront(code_hash, known=False, by_code=True) if secret else Refusal(Reason.UNKNOWN_CARD, by=By.NUMBER)
    known, replaced = found
    if replaced or _replaced_here(known, snapshot, journal):
        return Refusal(Reason.CARD_REPLACED)
    card_id = moved_to_blank(known, snapshot, journal) or known.row.id
    return InFront(card_id.bytes, known=True, by_code=secret)


def known_reading(texts: Sequence[str], snapshot: ReplicaSnapshot, lookup: Key) -> int | None:
    """The index of the first of *texts* that leads to a known card or blank, or None."""
    for index, text in enumerate(texts[:READINGS_MAX]):
        match parse(text):
            case Token(text=token):
                code_hash = token_hash(token)
            case Number(digits=digits):
                code_hash = number_hmac(lookup, digits)
            case Foreign():
                code_hash = b""
        if (code_hash and snapshot.card_by_code(code_hash)) or _by_old_code(text, snapshot, lookup):
            return index
    return None


def moved_to_blank(blank: ConfirmedCard, snapshot: ReplicaSnapshot, journal: Journal) -> UUID | None:
    """The card that a replacement at this till has moved to this blank's codes, or None; the entry may still wait."""
    for written in journal.naming(blank.row.id) if blank.row.created_at is None else ():
        if isinstance(written.entry.card, ByCard) and _is_effective(written, snapshot):
            return written.entry.card.id
    return None


def _replaced_here(known: ConfirmedCard, snapshot: ReplicaSnapshot, journal: Journal) -> bool:
    """True if this till has given the card new codes that its row does not have yet."""
    waiting = journal.of_card([known.row.id.bytes], known.as_of_seq, Kind.CARD_REPLACED)
    return any(_is_effective(written, snapshot) for written in waiting)


def _handed_out_here(blank: ConfirmedCard, snapshot: ReplicaSnapshot, journal: Journal) -> bool:
    """True if this till has given the blank to a customer, which the company has still to hear."""
    waiting = journal.of_card([blank.row.id.bytes], blank.as_of_seq, Kind.CARD_CREATED)
    return any(_is_effective(written, snapshot) for written in waiting)


def _is_effective(written: Written, snapshot: ReplicaSnapshot) -> bool:
    verdict = snapshot.verdict(written.entry.id)
    return verdict is None or verdict.word in (Word.ACCEPTED, Word.ADJUSTED)


@dataclass(frozen=True, slots=True)
class Contact:
    """The look-up hashes of an e-mail address and a phone number, if given."""

    email: bytes | None
    phone: bytes | None


def contact_of(email: str | None, phone: str | None, lookup: Key, country: str) -> Contact | Refusal:
    """The look-up hashes of typed contacts; refuses invalid ones."""
    contact = Contact(
        email=email_hmac(lookup, email) if email else None,
        phone=phone_hmac(lookup, phone, country) if phone else None,
    )
    if bool(email) != bool(contact.email) or bool(phone) != bool(contact.phone):
        return Refusal(Reason.CONTACT_INVALID)
    return contact


def by_contact(contact: Contact, snapshot: ReplicaSnapshot, journal: Journal) -> InFront | Refusal:
    """Finds the card of the customer with exactly this e-mail address or phone number."""
    known = with_contact(contact, snapshot, journal)
    if known is None:
        return Refusal(Reason.UNKNOWN_CARD, by=By.PHONE if contact.email is None else By.EMAIL)
    return InFront(known.row.id.bytes, known=True, by_code=False)


def with_contact(contact: Contact, snapshot: ReplicaSnapshot, journal: Journal) -> ConfirmedCard | None:
    """The active card of the customer with this contact, confirmed, or enrolled here and waiting."""
    found: list[ConfirmedCard | None] = []
    if contact.email is not None:
        found += snapshot.cards_by_contact(email=contact.email)
        found += [_waiting_card(written, snapshot, journal) for written in journal.with_contact(email=contact.email)]
    if contact.phone is not None:
        found += snapshot.cards_by_contact(phone=contact.phone)
        found += [_waiting_card(written, snapshot, journal) for written in journal.with_contact(phone=contact.phone)]
    return next((known for known in found if known and known.row.is_active and not known.row.retired), None)


def _waiting_card(written: Written, snapshot: ReplicaSnapshot, journal: Journal) -> ConfirmedCard | None:
    """The card of an entry with a contact that the card's row lacks; None if a later entry names another contact."""
    reference = written.entry.card
    named = snapshot.card(reference.id) if isinstance(reference, ByCard) else None
    known = None if named is None else snapshot.leading(named)
    if known is None or written.seq <= known.as_of_seq:
        return None
    later = [one for one in journal.of_card([known.row.id.bytes], written.seq) if one.entry.side is not None]
    sides = [journal.side_of(one.seq) for one in later]
    return None if any(side is not None and side.contact is not None for side in sides) else known
