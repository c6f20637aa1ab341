"""The encrypted texts of a card in clear: its codes, and its customer's name, note and contacts."""

from dataclasses import dataclass
from uuid import UUID

from server.keys import CompanyKeys
from sync.protocol import sealing
from sync.protocol.personal_text import Personal, parted
from sync.protocol.rows import CardRow

_NOBODY = Personal()
_HIDDEN = "\u2026"


@dataclass(frozen=True, slots=True)
class PrintedCodes:
    """What is printed on a card; whoever holds the token can collect and take rewards."""

    token: str
    number: str


def personal_of(card: CardRow, keys: CompanyKeys) -> Personal:
    """Name and note on a card; empty if there are none, or if they cannot be opened."""
    key = keys.data_with(card.name_key)
    if card.name is None or key is None:
        return _NOBODY
    try:
        return parted(sealing.decrypt(key, card.id, card.name))
    except (sealing.Unopenable, UnicodeDecodeError):
        return _NOBODY


def name_of(card: CardRow, keys: CompanyKeys) -> str | None:
    """The customer's name on a card; None if there is none, or if it cannot be opened."""
    return personal_of(card, keys).name or None


def codes_of(card_id: UUID, sealed: bytes, sealed_key: int, keys: CompanyKeys) -> PrintedCodes | None:
    """A card's codes; None if they cannot be opened."""
    key = keys.data_with(sealed_key)
    if key is None:
        return None
    try:
        token, _, number = sealing.decrypt(key, card_id, sealed).partition(" ")
    except (sealing.Unopenable, UnicodeDecodeError):
        return None
    return PrintedCodes(token, number)


def contact_of(customer_id: UUID, sealed: bytes | None, keys: CompanyKeys) -> str | None:
    """A contact; which of the company's data keys closed it is not stored."""
    if sealed is None:
        return None
    for key in keys.all_data:
        try:
            return sealing.decrypt(key, customer_id, sealed)
        except sealing.Unopenable:
            continue
    return None


def masked(contact: str | None) -> str | None:
    """A contact for who may not read it: "m…@mail.example", "+352…87"."""
    if contact is None:
        return None
    name, at, domain = contact.rpartition("@")
    return f"{name[:1]}{_HIDDEN}@{domain}" if at else f"{contact[:4]}{_HIDDEN}{contact[-2:]}"
