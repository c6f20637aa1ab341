"""Sentences for cases and their choices, in every language, for offices and tills alike."""

from typing import Protocol

from loyalty.cases import CaseKind, Choice


class Words(Protocol):
    """gettext in the reader's language."""

    def gettext(self, message: str) -> str: ...


def _(message: str) -> str:
    """Marks a sentence for the catalogues; it is translated when used."""
    return message


_SENTENCES = {
    CaseKind.BALANCE_TOO_SMALL: _("A reward was given that the balance no longer covered."),
    CaseKind.STAMP_CONFLICT: _("A stamp was given that the cooldown or a limit rules out."),
    CaseKind.PROGRAM_CHANGED: _("A till went on with rules that no longer hold."),
    CaseKind.CONTACT_HAS_CARD: _("Somebody with a card was given a second one."),
    CaseKind.SECOND_ENROLMENT: _("One new card was handed out to two customers."),
    CaseKind.RECEIPT_REPEATED: _("One receipt was used at two tills."),
    CaseKind.RETURN_TOO_LARGE: _("More of a purchase was returned than was bought."),
    CaseKind.HELD_TOO_LONG: _("An entry has been waiting for 30 days."),
    CaseKind.CARD_INACTIVE: _("A card was used after it had been switched off."),
    CaseKind.STAFF_DISMISSED: _("Somebody worked at a till after having left."),
    CaseKind.REWARD_UNKNOWN: _("A reward was given that the program does not have."),
    CaseKind.BLOCKED_CODE: _("A reward was taken with a card that its owner had blocked."),
    CaseKind.UNREADABLE: _("A till sent an entry that cannot be read."),
    CaseKind.SALVAGED: _("A till that was signed off, or whose journal was copied, handed over what was not booked."),
    CaseKind.NOT_ALLOWED: _("A till booked what its people may not do, or what its rules did not allow."),
    CaseKind.NOT_TAKEN_IN: _("A till was in contact for a day and did not take in what it was sent."),
    CaseKind.PIN_CHANGES: _("A till set PINs of several people, or a manager's without proof."),
    CaseKind.IMPORT_CLASH: _("A row of an import has the code or contact of this card."),
    CaseKind.UNUSUAL: _("A day gave one card or one colleague unusually much."),
}
TITLES = {
    CaseKind.BALANCE_TOO_SMALL: _("Balance too small"),
    CaseKind.STAMP_CONFLICT: _("Stamp against the rules"),
    CaseKind.PROGRAM_CHANGED: _("Old program"),
    CaseKind.CONTACT_HAS_CARD: _("Two cards, one contact"),
    CaseKind.SECOND_ENROLMENT: _("One card, two customers"),
    CaseKind.RECEIPT_REPEATED: _("Same receipt at two tills"),
    CaseKind.RETURN_TOO_LARGE: _("More returned than bought"),
    CaseKind.HELD_TOO_LONG: _("Waiting for long"),
    CaseKind.CARD_INACTIVE: _("Card was switched off"),
    CaseKind.STAFF_DISMISSED: _("Colleague had left"),
    CaseKind.REWARD_UNKNOWN: _("Unknown reward"),
    CaseKind.BLOCKED_CODE: _("Card was blocked"),
    CaseKind.UNREADABLE: _("Entry cannot be read"),
    CaseKind.SALVAGED: _("Not in the books"),
    CaseKind.NOT_ALLOWED: _("Not allowed"),
    CaseKind.NOT_TAKEN_IN: _("Till takes nothing in"),
    CaseKind.UNUSUAL: _("Unusual day"),
    CaseKind.PIN_CHANGES: _("New PINs at a till"),
    CaseKind.IMPORT_CLASH: _("Import meets a card"),
}
_CHOICES = {
    Choice.ACCEPT: (_("Accept"), _("The company bears it, and the card stays as it is.")),
    Choice.CHARGE_BACK: (_("Charge back to the card"), _("The card pays what was missing, as far as it has it.")),
    Choice.REVERSE: (_("Take it back"), _("Only if nothing was handed over: what was booked is taken back.")),
    Choice.GIVE_BACK: (_("Give it back"), _("The customer gets back what it cost; the company bears the reward.")),
    Choice.KEEP: (_("Leave it"), _("It stays as the company has counted it.")),
    Choice.GIVE: (_("Give it"), _("The customer gets what the till has given.")),
    Choice.MERGE: (_("Merge the cards"), _("The newer card goes on in the older one. This cannot be undone.")),
    Choice.DIFFERENT_PEOPLE: (_("Different people"), _("Both keep their card, and the new one gets its welcome.")),
    Choice.FIRST_KEEPS: (
        _("The first one keeps it"),
        _("The card stays with the first customer; the contact of the second is erased."),
    ),
    Choice.SECOND_KEEPS: (
        _("The second one keeps it"),
        _("The card goes to the second customer, whose contact is not verified."),
    ),
    Choice.NEW_CARD: (_("New card for the second"), _("The second customer gets the blank card that you scan.")),
    Choice.BOTH_SALES: (_("Both were sales"), _("This purchase gets its points too.")),
    Choice.BELONGS_HERE: (_("It belongs to this card"), _("The points go from the other card to this one.")),
    Choice.WAIT: (_("Wait 30 more days"), _("Nothing is decided, and you are asked again.")),
    Choice.THIS_CARD: (_("It is this card"), _("The entry is counted for the card that you scan.")),
    Choice.DROP: (_("Drop it"), _("It is not counted, and stays kept as it was sent.")),
    Choice.SWITCH_ON: (_("Switch the card on"), _("The card can be used again.")),
    Choice.TAKE_POINTS: (_("Take points"), _("As many points as you type are taken from the card.")),
    Choice.SET_ASIDE: (_("Set aside"), _("Nothing is booked; what was sent is kept.")),
    Choice.BOOK: (_("Book it"), _("It is judged now, as if it had come in time.")),
    Choice.IT_WAS_RIGHT: (_("It was right"), _("What the till claimed is booked.")),
    Choice.FINE: (_("That is fine"), _("Nothing changes.")),
    Choice.NEW_PINS: (_("New PINs from the office"), _("The PINs that were set there end.")),
    Choice.ADD_THERE: (_("Add to that card"), _("What the row brings is added; the customer stays as they are.")),
    Choice.OWN_CARD: (
        _("A card of its own"),
        _("The row gets a new card, as if it had met none. Both keep the contact."),
    ),
    Choice.SKIP: (_("Leave the row out"), _("Nothing of the row is imported.")),
}
_SETTLED = {
    "entry_resolved": _("What the entry waited for has come, so there is nothing to decide."),
    "booked_otherwise": _("The entry has come by another way, so there is nothing to decide."),
    "taken_in": _("The till has taken in what it was sent since."),
    "cards_merged": _("Both cards have become one, so there is nothing to decide."),
}


def title(kind: str, words: Words) -> str:
    """The short name of a case; the word itself for one of a newer server."""
    return words.gettext(TITLES[CaseKind(kind)]) if kind in set(CaseKind) else kind


def sentence(kind: str, words: Words) -> str:
    """What happened, in a sentence."""
    return words.gettext(_SENTENCES[CaseKind(kind)]) if kind in set(CaseKind) else kind


def choice(one: str, words: Words) -> str:
    """The name of a choice."""
    return words.gettext(_CHOICES[Choice(one)][0]) if one in set(Choice) else one


def choice_effect(one: str, words: Words) -> str:
    """What a choice does, in a sentence."""
    return words.gettext(_CHOICES[Choice(one)][1]) if one in set(Choice) else ""


def settled(why: str | None, words: Words) -> str:
    """Why a case went away by itself."""
    return words.gettext(_SETTLED[why]) if why is not None and why in _SETTLED else ""
