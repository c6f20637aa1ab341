"""What fields of imports are called, and why rows are refused, in words."""

from collections.abc import Mapping

from loyalty.phrases import Words
from server.transfer.csv_reading import Wrong
from server.transfer.row_values import Field, Refusal


def _(message: str) -> str:
    """Marks a sentence for the catalogues; it is translated when used."""
    return message


FIELDS: Mapping[Field, str] = {
    Field.OLD_CODE: _("Old code"),
    Field.CARD_NUMBER: _("Card number"),
    Field.NAME: _("Name"),
    Field.EMAIL: _("E-mail address"),
    Field.PHONE: _("Phone"),
    Field.LANGUAGE: _("Language"),
    Field.CONSENT: _("Consent"),
    Field.CONSENT_ON: _("Consent given on"),
    Field.STAMPS: _("Stamps"),
    Field.POINTS: _("Points"),
    Field.ENROLLED_ON: _("Enrolled on"),
    Field.LAST_ACTIVITY_ON: _("Last activity on"),
    Field.STORE: _("Store"),
}
_ROWS: Mapping[Wrong | Refusal, str] = {
    Wrong.ROW_TOO_LONG: _("The row has more than 8 KB."),
    Wrong.QUOTE_OPEN: _("A quotation mark opens a cell and does not close it."),
    Wrong.UNREADABLE: _("The row has a character that cannot be read."),
    Wrong.CELLS_TOO_MANY: _("The row has more cells than the header."),
    Wrong.FORMULA: _("A cell holds a formula instead of its value."),
    Wrong.NUMBER_MANGLED: _("A spreadsheet has rounded a number, as in 4.8E+11."),
    Refusal.NOBODY: _("The row has neither a code nor a name or contact."),
    Refusal.NOTHING: _("The row would add nothing to its card."),
    Refusal.TEXT_TOO_LONG: _("The name is too long."),
    Refusal.CODE_INVALID: _("The old code has more than 128 characters, or some that cannot be seen."),
    Refusal.NUMBER_INVALID: _("A card number has 12 digits."),
    Refusal.CARD_UNKNOWN: _("The company has no card with this number."),
    Refusal.CARD_INACTIVE: _("The card is switched off."),
    Refusal.EMAIL_INVALID: _("This is not an e-mail address."),
    Refusal.PHONE_INVALID: _("This is not a phone number."),
    Refusal.CONSENT_UNCLEAR: _("Consent is yes or no."),
    Refusal.COUNT_INVALID: _("Stamps and points are whole numbers from 0 up."),
    Refusal.BALANCE_FULL: _("The card would hold more than a card can."),
    Refusal.NO_STAMPS: _("The program gives no stamps."),
    Refusal.NO_POINTS: _("The program gives no points."),
    Refusal.DATE_UNCLEAR: _("The date is not written in the order that was chosen."),
    Refusal.DATE_TO_COME: _("The date is still to come."),
    Refusal.STORE_UNKNOWN: _("The company has no open store of this name."),
    Refusal.CLASH: _("The code or contact belongs to another card, or to an earlier row."),
}


def of_row(reason: str, words: Words) -> str:
    """Why a row is refused."""
    known: Mapping[str, str] = {str(one): said for one, said in _ROWS.items()}
    return words.gettext(known[reason])
