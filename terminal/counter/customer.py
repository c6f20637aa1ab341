"""A customer's personal fields: encryption before storage, and edits by managers."""

import secrets
from uuid import UUID

import msgspec

from loyalty.refusals import Reason, Refusal
from loyalty.settings import LANGUAGES
from loyalty.texts import CONTACT_CHARS_MAX, NAME_CHARS_MAX, NOTE_CHARS_MAX
from loyalty.transactions import NO_EFFECT, CustomerEdited
from sync.protocol.entries import Contact as SealedContact
from sync.protocol.entries import Side
from sync.protocol.personal_text import Personal, joined
from sync.protocol.sealing import Purpose, encrypt, normal_email, normal_phone, seal
from terminal.counter.ask_context import AskContext
from terminal.counter.card_lookup import contact_of, with_contact
from terminal.counter.transactions import Done, managed
from terminal.interface.asks import EditCustomer, Enrol
from terminal.storage.recorder import SALT_BYTES


def edit(context: AskContext, ask: EditCustomer) -> Done | Refusal:
    """Changes the fields of the current card's customer that *ask* names; for managers."""
    if (too_long := text_too_long(ask.name, ask.email, ask.phone, note=ask.note)) is not None:
        return too_long
    contact = contact_of(ask.email, ask.phone, context.keys.lookup, context.essentials.settings.country)
    if isinstance(contact, Refusal):
        return contact
    allowed = managed(context, ask.override)
    if isinstance(allowed, Refusal):
        return allowed
    front, effective, staff, manager = allowed
    assert effective.known is not None, "a manager works on known cards only"
    if effective.is_erased:
        return Refusal(Reason.CARD_ERASED)
    card_id = effective.known.row.id
    other = with_contact(contact, context.snapshot, context.journal)
    if other is not None and other.row.id != card_id:
        return Refusal(Reason.CONTACT_HAS_CARD)
    side = closed(context, card_id, ask, _personal(ask, context.personal(effective)))
    about = context.about(front, effective, staff=staff, override=manager, side=side)
    return ((context.write(CustomerEdited(), about), NO_EFFECT),)


def _personal(ask: EditCustomer, now: Personal) -> Personal | None:
    """Name and note after the edit; None if neither is changed."""
    if ask.name is None and ask.note is None:
        return None
    name = now.name if ask.name is None else ask.name
    return Personal(name, now.note if ask.note is None else ask.note)


def closed(context: AskContext, card_id: UUID, ask: Enrol | EditCustomer, personal: Personal | None) -> Side:
    """The side row of an entry: *personal* encrypted for this card, and the contact for the server.

    None leaves a field as it is; a contact with empty texts removes the present one.
    """
    keys, country = context.keys, context.essentials.settings.country
    hashes = contact_of(ask.email, ask.phone, keys.lookup, country)
    assert not isinstance(hashes, Refusal), "checked before"
    sealed = None
    if ask.email is not None or ask.phone is not None:
        contact = SealedContact(
            email=normal_email(ask.email) if ask.email else None,
            phone=normal_phone(ask.phone, country) if ask.phone else None,
        )
        sealed = seal(context.identity.sealing_public, msgspec.json.encode(contact), Purpose.CONTACT)
    return Side(
        salt=secrets.token_bytes(SALT_BYTES),
        name=None if personal is None else encrypt(keys.data, card_id, joined(personal)),
        name_key=0 if personal is None else keys.data.id,
        contact=sealed,
        email=hashes.email,
        phone=hashes.phone,
        lookup_key=keys.lookup.id,
        language=ask.language if ask.language in LANGUAGES else None,
        consent=ask.consent,
    )


def text_too_long(name: str | None, email: str | None, phone: str | None, *, note: str | None = None) -> Refusal | None:
    """The refusal of a personal text that is too long, or None."""
    limits = (
        (name, NAME_CHARS_MAX),
        (note, NOTE_CHARS_MAX),
        (email, CONTACT_CHARS_MAX),
        (phone, CONTACT_CHARS_MAX),
    )
    over = [limit for text, limit in limits if text is not None and len(text) > limit]
    return Refusal(Reason.TEXT_TOO_LONG, limit=over[0]) if over else None
