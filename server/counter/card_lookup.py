"""Finds exactly one card: by its code or number, or by the whole e-mail address or phone number of its customer."""

from uuid import UUID

from loyalty.codes import Foreign, Token, parse
from loyalty.refusals import By, Reason, Refusal
from server.cards import card_record
from server.counter.found_card_tokens import FoundBy, FoundCard
from server.ledger.judging.savepoint_booking import Ledger
from server.ledger.rows import cards as card_rows
from server.ledger.rows import old_codes
from server.ledger.rows.enrolments import active_cards_with
from server.refusals import Refused
from sync.protocol import sealing


def by_code(ledger: Ledger, text: str, *, old_codes_redeem: bool | None) -> FoundCard | Refusal:
    """The card of a token, of an address that ends in one, or of a number, or else of another program's code.

    *old_codes_redeem* says whether such a code counts as shown by the customer; None: it is not looked for.
    """
    found = _by_own_code(ledger, text)
    is_unknown = isinstance(found, Refusal) and found.reason in (Reason.FOREIGN_CODE, Reason.UNKNOWN_CARD)
    if not is_unknown or old_codes_redeem is None:
        return found
    hashed = sealing.old_code_hmac(ledger.keys.company(ledger.company_id).lookup, text)
    led = {} if hashed is None else old_codes.cards_of(ledger.conn, ledger.company_id, [hashed])
    return FoundCard(led[hashed], FoundBy.CODE if old_codes_redeem else FoundBy.NUMBER) if hashed in led else found


def _by_own_code(ledger: Ledger, text: str) -> FoundCard | Refusal:
    code = parse(text)
    if isinstance(code, Foreign):
        return Refusal(Reason.FOREIGN_CODE, seems=code.seems)
    own = ledger.keys.company(ledger.company_id)
    is_token = isinstance(code, Token)
    try:
        card_id = card_record.find(ledger.conn, ledger.company_id, text, ledger.keys.platform, own)
    except Refused:
        return Refusal(Reason.UNKNOWN_CARD, by=None if is_token else By.NUMBER)
    hashed = sealing.token_hash(code.text) if isinstance(code, Token) else sealing.number_hmac(own.lookup, code.digits)
    opened = card_rows.load(ledger.conn, ledger.company_id, [card_id])[card_id]
    if opened.is_retired:  # a blank: the codes of one that was used lead to the card that has them
        return Refusal(Reason.CARD_WITHDRAWN)
    if card_record.replaces(ledger.conn, ledger.company_id, opened, hashed):
        return Refusal(Reason.CARD_REPLACED)
    return FoundCard(card_id, FoundBy.CODE if is_token else FoundBy.NUMBER)


def by_contact(ledger: Ledger, country: str, *, email: str = "", phone: str = "") -> FoundCard | Refusal:
    """The active card of the customer with exactly this e-mail address or phone number."""
    lookup = ledger.keys.company(ledger.company_id).lookup
    hashed = sealing.email_hmac(lookup, email) if email else sealing.phone_hmac(lookup, phone, country)
    if hashed is None:
        return Refusal(Reason.CONTACT_INVALID)
    found: set[UUID] = active_cards_with(ledger.conn, ledger.company_id, [hashed])[hashed]
    if not found:
        return Refusal(Reason.UNKNOWN_CARD, by=By.EMAIL if email else By.PHONE)
    return FoundCard(min(found), FoundBy.EMAIL if email else FoundBy.PHONE)
